"""What to annotate next: the documents of a pool from which a model would learn most."""
