"""Predictions from anywhere laid on gold: which documents belong together, and where characters stand."""
