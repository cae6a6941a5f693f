"""Scores of predictions against gold. `onoma.metrics.report.evaluate` gives them all."""
