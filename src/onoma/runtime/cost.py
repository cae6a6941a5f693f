"""What a model costs where it predicts: time, memory, start and size, on this machine with one thread.

It is measured in a process of its own, so that start and memory are the model's own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from onoma.errors import ModelError
from onoma.runtime.bundle import bundle_size

_TIMEOUT = 900.0


@dataclass(frozen=True, slots=True)
class Cost:
    """The prediction cost of a model.

    Args:
        latency_p50_ms: median time for one sentence, from text to entities with their probabilities.
        latency_p95_ms: the time that 95 % of single sentences stay below.
        tokens_per_second: in bulk.
        cold_start_seconds: from the start of the process to its first answer.
        memory_mb: peak resident size above that of the bare interpreter.
        bundle_mb: size on disk, in millions of bytes.
        num_sentences: that were measured one by one.
    """

    latency_p50_ms: float
    latency_p95_ms: float
    tokens_per_second: float
    cold_start_seconds: float
    memory_mb: float
    bundle_mb: float
    num_sentences: int

    def as_dict(self) -> dict[str, float]:
        """Return plain JSON-ready values."""
        return asdict(self)


def measure_cost(bundle: Path, sentences: Sequence[str]) -> Cost:
    """Measure a bundle in a fresh process with one thread.

    Args:
        bundle: the folder.
        sentences: texts, at least one.

    Raises:
        ModelError: there is no sentence, or the process fails; with its last line.
    """
    if not sentences:
        raise ModelError(f"{bundle}: there is no sentence to measure with")
    with tempfile.TemporaryDirectory() as folder:
        texts, errors = Path(folder) / "sentences.json", Path(folder) / "errors.txt"
        texts.write_text(json.dumps(list(sentences)), encoding="utf-8")
        command = [
            *(sys.executable, "-m", "onoma.runtime.cost_probe"),
            *(str(bundle.resolve()), str(texts)),
        ]
        with errors.open("wb") as sink:
            cold_start, facts, code = _converse(command, sink)
        if code != 0 or not facts:
            said = errors.read_text(encoding="utf-8", errors="replace").strip().split("\n")[-1]
            raise ModelError(f"{bundle}: its cost cannot be measured: {said or f'exit code {code}'}")
    p50, p95 = np.percentile(facts["milliseconds"], (50, 95))
    return Cost(
        latency_p50_ms=float(p50),
        latency_p95_ms=float(p95),
        tokens_per_second=facts["bulk_tokens"] / max(facts["bulk_seconds"], 1e-9),
        cold_start_seconds=cold_start,
        memory_mb=facts["memory_mb"],
        bundle_mb=bundle_size(bundle) / 1e6,
        num_sentences=len(facts["milliseconds"]),
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
