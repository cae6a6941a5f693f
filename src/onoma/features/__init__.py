"""Model inputs as numpy arrays: vocabularies, word features, batches. No torch here."""
