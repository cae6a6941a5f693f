"""Using a trained model: bundles, backends and the one prediction path."""
