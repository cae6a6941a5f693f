"""The strategies, one a module, each with a `STRATEGY`."""
