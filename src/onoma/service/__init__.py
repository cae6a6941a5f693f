"""Serving models over HTTP: bounded queues, micro-batches, no text of a request in any log."""
