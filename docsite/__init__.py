"""The documentation site: what is made from the code, and how the tutorials are walked through."""
