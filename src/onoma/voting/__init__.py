"""Sources that label without gold, and their votes merged: word lists, patterns, models, functions."""
