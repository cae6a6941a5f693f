"""The search for good settings: a space, a study of trials in a database, and what came of it."""
