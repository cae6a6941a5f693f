"""What the server tells Prometheus. Its labels are models and routes, and nothing from a request."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_REQUESTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_TOKENS = (16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144)


class Metrics:
    """The figures of one server, in a registry of their own.

    Args:
        shared: where this process is one of several (`shared_metrics`), what tells the figures of all.
    """

    def __init__(self, shared: CollectorRegistry | None = None) -> None:
        self.registry = CollectorRegistry()
        self.told = shared or self.registry
        if shared is None:
            ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.told)
        own, model = self.registry, ["model"]
        self.requests = Counter("onoma_requests", "Answered requests.", ["route", "status"], registry=own)
        self.seconds = Histogram(
            "onoma_request_seconds", "Time to the answer.", ["route"], registry=own, buckets=_SECONDS
        )
        self.in_flight = Gauge(
            "onoma_requests_in_flight",
            "Requests not answered yet.",
            registry=own,
            multiprocess_mode="livesum",
        )
        self.waiting = Gauge(
            "onoma_queue_requests", "Requests that wait.", model, registry=own, multiprocess_mode="livesum"
        )
        self.batch_requests = Histogram(
            "onoma_batch_requests", "Requests of a batch.", model, registry=own, buckets=_REQUESTS
        )
        self.batch_tokens = Histogram(
            "onoma_batch_tokens", "Tokens of a batch.", model, registry=own, buckets=_TOKENS
        )
        self.batch_seconds = Counter("onoma_batch_seconds", "Time spent tagging.", model, registry=own)
        self.tokens = Counter("onoma_tokens", "Tokens tagged.", model, registry=own)
        self.reloads = Counter(
            "onoma_reloads", "Attempts to take over a new bundle.", ["model", "result"], registry=own
        )

    def observer(self, model: str) -> ModelObserver:
        """Return what counts for one model."""
        return ModelObserver(self, model)

    def text(self) -> bytes:
        """Return all figures in Prometheus's text format."""
        return generate_latest(self.told)


class ModelObserver:
    """Counts queue and batches of one model (`onoma.service.batching.BatchObserver`)."""

    def __init__(self, metrics: Metrics, model: str) -> None:
        self._waiting = metrics.waiting.labels(model)
        self._requests = metrics.batch_requests.labels(model)
        self._tokens = metrics.batch_tokens.labels(model)
        self._seconds = metrics.batch_seconds.labels(model)
        self._all_tokens = metrics.tokens.labels(model)

    def waiting(self, requests: int) -> None:
        """So many requests wait."""
        self._waiting.set(requests)

    def batch(self, requests: int, tokens: int, seconds: float) -> None:
        """A batch was tagged."""
        self._requests.observe(requests)
        self._tokens.observe(tokens)
        self._seconds.inc(seconds)
        self._all_tokens.inc(tokens)
