"""What a model costs where it predicts: time, memory, start and size, on this machine with one thread.

Each model is measured in a process of its own, and once: the figures are kept with the hash of the bundle's
manifest (which holds the hashes of all its files), the machine, the versions and the sentences.
"""

from __future__ import annotations

import hashlib
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
from onoma.files import write_text
from onoma.runtime.bundle import bundle_size
from onoma.runtime.loading import find_bundle
from onoma.training.environment import describe_environment

MAX_SENTENCES = 3_000
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


class CostBook:
    """The costs that are known already, in a file.

    Args:
        path: JSON; made when something is measured.
        sentences: texts to measure with.
    """

    def __init__(self, path: Path, sentences: Sequence[str]) -> None:
        self.path = path
        self.sentences = list(sentences[:MAX_SENTENCES])
        self._known = _read(path)
        self._circumstances = _circumstances(self.sentences)

    def known(self, model: Path) -> Cost | None:
        """Return what was measured of a model before, under the same circumstances."""
        entry = self._known.get(manifest_hash(model))
        if not isinstance(entry, dict) or entry.get("circumstances") != self._circumstances:
            return None
        try:
            return Cost(**entry["cost"])
        except (KeyError, TypeError):
            return None

    def measure(self, model: Path) -> Cost:
        """Return the cost of a model (a run or bundle), measuring it if need be.

        Raises:
            ModelError: there is no bundle, it cannot be used, or measuring fails.
        """
        found = self.known(model)
        if found is None:
            found = measure_cost(find_bundle(model), self.sentences)
            entry = {"model": str(model), "circumstances": self._circumstances, "cost": found.as_dict()}
            self._known[manifest_hash(model)] = entry
            write_text(self.path, json.dumps(self._known, indent=1) + "\n")
        return found


def manifest_hash(model: Path) -> str:
    """Return the sha256 of a model's manifest: it names the hashes of all other files.

    Raises:
        ModelError: there is no bundle.
    """
    manifest = find_bundle(model) / "manifest.json"
    try:
        return hashlib.sha256(manifest.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{manifest}: cannot be read: {error.strerror}") from None


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
            *(sys.executable, "-m", "onoma.training.suites.cost_probe"),
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


def _circumstances(sentences: Sequence[str]) -> dict[str, Any]:
    environment = describe_environment()
    digest = hashlib.sha256("\n".join(sentences).encode("utf-8", "surrogatepass")).hexdigest()
    kept = ("onoma", "python", "platform", "processor", "cores", "packages")
    return {**{name: environment[name] for name in kept}, "sentences": digest}


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
