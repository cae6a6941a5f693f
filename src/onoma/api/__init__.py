"""Onoma from Python: what the command line does, as functions; heavy imports wait until they are called."""
