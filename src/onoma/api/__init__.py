"""Onoma from Python: what the command line does, as functions; each module imports what it needs when called."""
