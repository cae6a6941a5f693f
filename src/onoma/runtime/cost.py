"""What models cost where they predict: time, memory, start and size, on this machine with one thread.

Models that are to be compared are measured by turns (A B C A B C ...), each turn in a fresh process, so that
start and memory are the model's own and what slows the machine down for a while meets all of them. A figure
is the median of the rounds, its interval the lowest and the highest: whatever the distribution, that of five
rounds holds the true median in 94 of 100 cases (1 - 2 / 2^5; H. A. David, H. N. Nagaraja: Order Statistics,
2003, 7.1).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from onoma.errors import ConfigError, ModelError
from onoma.runtime.bundle import bundle_size

PROBE_SECONDS = "ONOMA_PROBE_SECONDS"
"""Environment variable: most seconds in bulk for a model, in all rounds; twice as many one by one."""
_SECONDS = 10.0
_ROUNDS = ((5.0, 5), (1.0, 3), (0.0, 1))
"""In how many rounds, by the seconds that there are at least."""
_TIMEOUT = 900.0
_WAITED, _OTHERS = 0.05, 0.25

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cost:
    """The prediction cost of a model: medians of some rounds.

    Args:
        latency_p50_ms: median time for one sentence, from text to entities with their probabilities.
        latency_p95_ms: the time that 95 % of single sentences stay below.
        tokens_per_second: in bulk.
        cold_start_seconds: from the start of the process to its first answer.
        memory_mb: peak resident size above that of the bare interpreter.
        bundle_mb: size on disk, in millions of bytes.
        num_sentences: that were measured one by one, in each round.
        rounds: how often it was measured.
        intervals: lowest and highest of the rounds, of each figure above that is not exact.
        waited: share of the time, 0..1, in which the process was kept from computing.
        others: share of all cores, 0..1, that were busy with other work; None where the system does not tell.
    """

    latency_p50_ms: float
    latency_p95_ms: float
    tokens_per_second: float
    cold_start_seconds: float
    memory_mb: float
    bundle_mb: float
    num_sentences: int
    rounds: int
    intervals: Mapping[str, Interval]
    waited: float
    others: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Cost:
        """Return what `as_dict` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else, or of a version that measured otherwise.
        """
        bounds = {name: (float(low), float(high)) for name, (low, high) in values["intervals"].items()}
        return cls(**{**values, "intervals": bounds})

    def interval(self, name: str) -> Interval:
        """Return lowest and highest round of a figure; twice the figure itself where it is exact."""
        value = getattr(self, name)
        return self.intervals.get(name, (value, value))

    @property
    def is_measured(self) -> bool:
        """Whether it was measured here, and not only said."""
        return True

    def figure(self, name: str) -> float | None:
        """Return a figure by name; all are known."""
        value: float = getattr(self, name)
        return value

    @property
    def disturbed(self) -> bool:
        """Whether other work on the machine may have changed the figures."""
        return self.waited > _WAITED or (self.others or 0.0) > _OTHERS


def measure_costs(bundles: Sequence[Path], sentences: Sequence[str]) -> list[Cost | ModelError]:
    """Measure bundles by turns, with one thread.

    Args:
        bundles: folders.
        sentences: texts, at least one, in the order of the data: a model that reads context finds it there
            (`onoma.runtime.cost_context`).

    Returns:
        For each bundle its cost, or why it cannot be measured: with the last line of the process that failed.

    Raises:
        ModelError: there is no sentence.
        ConfigError: the environment variable `PROBE_SECONDS` is no number above 0.
    """
    if not sentences:
        raise ModelError("there is no sentence to measure costs with")
    seconds = probe_seconds()
    num_rounds = next(rounds for least, rounds in _ROUNDS if seconds >= least)
    rounds: list[list[dict[str, Any]]] = [[] for _ in bundles]
    failed: dict[int, ModelError] = {}
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "sentences.json"
        texts.write_text(json.dumps(list(sentences)), encoding="utf-8")
        for _ in range(num_rounds):
            for place, bundle in enumerate(bundles):
                if place in failed:
                    continue
                try:
                    rounds[place].append(_measure_round(bundle, texts, seconds / num_rounds))
                except ModelError as error:
                    failed[place] = error
    return [failed.get(place) or _sum_up(bundle, rounds[place]) for place, bundle in enumerate(bundles)]


def probe_seconds() -> float:
    """Return for how long a model is measured in bulk.

    Raises:
        ConfigError: the environment variable `PROBE_SECONDS` is no number above 0.
    """
    given = os.environ.get(PROBE_SECONDS, str(_SECONDS))
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ConfigError(f"{PROBE_SECONDS}={given}: must be a number of seconds above 0")
    return seconds


def _measure_round(bundle: Path, texts: Path, seconds: float) -> dict[str, Any]:
    """What one fresh process measures, and how long it took to its first answer."""
    errors = texts.with_name("errors.txt")
    command = [
        *(sys.executable, "-m", "onoma.runtime.cost_probe"),
        *(str(bundle.resolve()), str(texts), str(seconds)),
    ]
    with errors.open("wb") as sink:
        cold_start, facts, code = _converse(command, sink)
    if code != 0 or not facts:
        said = errors.read_text(encoding="utf-8", errors="replace").strip().split("\n")[-1]
        raise ModelError(f"{bundle}: its cost cannot be measured: {said or f'exit code {code}'}")
    return {**facts, "cold_start": cold_start}


def _sum_up(bundle: Path, rounds: Sequence[Mapping[str, Any]]) -> Cost:
    """Medians and extremes of the rounds; latencies are of the sentences that all of them came to."""
    count = min(len(one["milliseconds"]) for one in rounds)
    latencies = np.percentile(
        [one["milliseconds"][:count] for one in rounds], (50, 95), axis=1
    )  # [2, rounds]
    figures = {
        "latency_p50_ms": latencies[0],
        "latency_p95_ms": latencies[1],
        "tokens_per_second": [one["bulk_tokens"] / max(one["bulk_seconds"], 1e-9) for one in rounds],
        "cold_start_seconds": [one["cold_start"] for one in rounds],
        "memory_mb": [one["memory_mb"] for one in rounds],
    }
    others = [one["others"] for one in rounds if one["others"] is not None]
    return Cost(
        **{name: float(np.median(values)) for name, values in figures.items()},
        bundle_mb=bundle_size(bundle) / 1e6,
        num_sentences=count,
        rounds=len(rounds),
        intervals={name: (float(min(values)), float(max(values))) for name, values in figures.items()},
        waited=float(np.mean([one["waited"] for one in rounds])),
        others=float(np.mean(others)) if others else None,
    )


def _converse(command: Sequence[str], errors: Any) -> tuple[float, dict[str, Any], int]:
    """Run the probe; return seconds to its first line, its last line, and its exit code."""
    threads = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(threads, "1"), "TOKENIZERS_PARALLELISM": "false"}
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        cold_start = time.perf_counter() - started
        try:
            rest, _ = process.communicate(timeout=_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            return cold_start, {}, -9
    facts = json.loads(rest) if first and rest.strip() else {}
    return cold_start, facts, process.returncode
