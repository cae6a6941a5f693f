"""Finished models side by side: what is sure about their scores, what they cost, and which one to ship."""
