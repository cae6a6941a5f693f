"""Forms of teachers' answers, one a module, each with a ``FORM``."""
