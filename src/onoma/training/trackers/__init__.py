"""Experiment trackers: what shows the figures of runs elsewhere, a file a kind.

A module of `onoma.training.trackers.kinds` with a `Tracker` as ``TRACKER`` is found by itself, and other
packages register theirs under the entry point group ``onoma.trackers``. The setting ``trackers`` names those
of a run.
"""
