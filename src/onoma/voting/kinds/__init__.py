"""The kinds of sources, one a file, each with its ``SOURCE``."""
