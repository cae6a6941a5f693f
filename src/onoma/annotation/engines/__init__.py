"""What runs workers, a file an engine; see `onoma.annotation.engine`."""
