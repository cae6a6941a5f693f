"""The tokenisers that come with Onoma, one a module; of one in several versions, a module a version."""
