"""The formats: one a file, found by its ``FORMAT``. What several of them need lies in `onoma.readers`."""
