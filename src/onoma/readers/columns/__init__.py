"""Words and tags: splitting rows, finding the columns, tags to entities, and writing them."""
