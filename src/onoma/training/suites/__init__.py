"""Suites: several models over several seeds (and shares of the training data), trained into one folder."""
