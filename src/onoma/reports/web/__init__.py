"""A folder for any server of files: a model that runs in the page of a visitor, who sends nothing."""
