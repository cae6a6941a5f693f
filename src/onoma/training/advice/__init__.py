"""What to train on some data, for how long, and how many minutes that takes here."""
