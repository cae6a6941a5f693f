"""Training by several processes at once, each of which learns from its share of every batch."""
