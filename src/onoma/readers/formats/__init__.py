"""The formats: one a file, each found by its ``FORMAT``. What several of them need lies in `onoma.readers`."""
