"""What models cost where they predict, measured once.

The figures are kept with the hash of the bundle's manifest (which holds the hashes of all its files), the
machine, the versions, the sentences, and the session in which they were measured. Only figures of one
session, by turns, are compared: the machine is never twice the same.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from onoma.errors import ModelError
from onoma.files import write_json
from onoma.runtime.bundle import manifest_hash
from onoma.runtime.cost import Cost, measure_costs, probe_seconds
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

    def known(self, models: Sequence[Path]) -> list[Cost] | None:
        """Return what was measured of the models before; None unless together, under the same circumstances.

        Raises:
            ModelError: there is no bundle.
        """
        entries: list[Any] = [self._known.get(manifest_hash(find_bundle(model))) for model in models]
        try:
            costs = [Cost.from_dict(entry["cost"]) for entry in entries]
            sessions = {entry["session"] for entry in entries}
            alike = all(entry["circumstances"] == self._circumstances for entry in entries)
        except (KeyError, TypeError, ValueError, AttributeError):
            return None
        return costs if alike and len(sessions) == 1 else None

    def measure(self, models: Sequence[Path]) -> list[Cost | ModelError]:
        """Measure models (runs or bundles) by turns and keep what was found; of those that fail, return why.

        Raises:
            ModelError: there is no bundle.
        """
        costs = measure_costs([find_bundle(model) for model in models], self.sentences)
        session = uuid.uuid4().hex
        for model, cost in zip(models, costs, strict=True):
            if isinstance(cost, Cost):
                self._known[manifest_hash(find_bundle(model))] = {
                    "model": str(model),
                    "session": session,
                    "circumstances": self._circumstances,
                    "cost": cost.as_dict(),
                }
        write_json(self.path, self._known)
        return costs


def _circumstances(sentences: Sequence[str]) -> dict[str, Any]:
    environment = describe_environment()
    digest = hashlib.sha256("\n".join(sentences).encode("utf-8", "surrogatepass")).hexdigest()
    kept = ("onoma", "python", "platform", "processor", "cores", "packages", "decoding")
    return {
        **{name: environment[name] for name in kept},
        "sentences": digest,
        "probe_seconds": probe_seconds(),
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
