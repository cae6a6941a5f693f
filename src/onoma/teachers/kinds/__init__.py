"""Kinds of teachers, one a module, each with a ``TEACHER``."""
