"""The ways to merge votes, one a file, each with its ``MERGER``."""
