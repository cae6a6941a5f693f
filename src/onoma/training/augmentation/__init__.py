"""Sentences of train in other forms, drawn anew each epoch; a form a file."""
