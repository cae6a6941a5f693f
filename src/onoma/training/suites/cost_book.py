"""What models cost where they predict, measured once.

The figures are kept with the hash of the bundle's manifest (which holds the hashes of all its files), the
machine, the versions and the sentences.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from onoma.errors import ModelError
from onoma.files import write_text
from onoma.runtime.cost import Cost, measure_cost
from onoma.runtime.loading import find_bundle
from onoma.training.environment import describe_environment

MAX_SENTENCES = 3_000


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
