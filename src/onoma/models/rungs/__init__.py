"""The rungs: one a file, each found by its ``RUNG``. Parts that several share lie in `onoma.models`."""
