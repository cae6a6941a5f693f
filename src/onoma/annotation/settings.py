"""What a worker needs to know besides its shard, as plain values that travel and are compared."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from onoma.readers import ReadOptions
from onoma.readers.label_map import LabelMap
from onoma.runtime.bundle import manifest_hash

SUFFIXES = {"jsonl": ".jsonl", "jsonl.gz": ".jsonl.gz", "parquet": ".parquet", "conll": ".conll"}
"""What can be written, and the suffix of its files."""
FORMATS = {"jsonl": "spans-jsonl", "jsonl.gz": "spans-jsonl", "parquet": "parquet", "conll": "conll"}
"""The names of the formats."""
SHARD_MB = 32
"""Size of a shard, in 2 ** 20 bytes of input, unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to annotate.

    Args:
        model: folder of the bundle.
        loading: how it is loaded: arguments of `onoma.load`.
        reading: how inputs are read.
        to: a key of `SUFFIXES`.
    """

    model: str
    loading: dict[str, Any]
    reading: ReadOptions
    to: str = "jsonl"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        reading = asdict(self.reading)
        reading["labels"] = dict(self.reading.labels.names)
        reading["label_names"] = list(self.reading.label_names)
        return {"model": self.model, "loading": self.loading, "reading": reading, "to": self.to}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Settings:
        """Return the settings that `to_dict` made these of."""
        reading = dict(values["reading"])
        reading["labels"] = LabelMap(reading["labels"])
        reading["label_names"] = tuple(reading["label_names"])
        return cls(values["model"], values["loading"], ReadOptions(**reading), values["to"])

    def as_planned(self) -> dict[str, Any]:
        """Return what has to be the same when it is gone on with; where the model lies may differ."""
        values = self.to_dict()
        options = {**values["loading"], **values["reading"], "to": self.to}
        return {"model": manifest_hash(Path(self.model)), "options": options}
