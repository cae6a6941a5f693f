"""All kinds of pages: a module each, which turns what was found into what its template shows.

Each has a ``PAGE``, by which the tests find it: whatever it is given, it must escape.
"""
