"""Label Studio's ML backend: what its projects ask of a model, and what becomes of their annotations."""
