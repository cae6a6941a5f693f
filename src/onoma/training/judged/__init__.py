"""Models that were finished elsewhere, scored on the very documents of those that are trained here."""
