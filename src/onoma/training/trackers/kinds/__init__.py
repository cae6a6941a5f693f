"""Trackers, a file each; see `onoma.training.trackers`."""
