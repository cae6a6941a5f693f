"""Neural parts in PyTorch: the only layer, with models' builds and training, that knows torch."""
