"""Structured inference over emissions, in numpy: one implementation for training, ONNX and services."""
