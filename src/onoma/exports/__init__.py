"""From a trained model to one that runs without PyTorch, with the proof that it does the same."""
