"""The life of a job: claim a folder, go on or begin, tell what happens, stop in good order, let go."""
