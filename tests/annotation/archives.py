"""Small archives, and an engine that annotates them in this process."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from onoma.annotation.driver import Annotation
from onoma.annotation.engine import Run
from onoma.annotation.events import AnnotationEnded
from onoma.annotation.folders import Place
from onoma.annotation.ledger import ShardRecord
from onoma.annotation.plan import Shard
from onoma.annotation.settings import Settings
from onoma.annotation.worker import Worker
from onoma.readers import ReadOptions
from onoma.runtime.loading import find_bundle

NAMES = ("Anna", "John Smith", "Paris", "New York", "Google", "Mr. Brown")
SHARD_MB = 0.002


def text_lines(count: int) -> bytes:
    """Lines of text, a document each."""
    return "".join(f"{NAMES[n % 6]} met {NAMES[n // 6 % 6]} on day {n}.\n" for n in range(count)).encode()


def json_lines(count: int) -> list[bytes]:
    """Lines of span JSONL with ids."""
    return [
        json.dumps({"id": f"d{n}", "text": f"{NAMES[n % 6]} saw {NAMES[n % 5]}."}).encode() + b"\n"
        for n in range(count)
    ]


def settings(to: str = "jsonl", **reading: Any) -> Settings:
    """The English model, and how annotations read by default."""
    options = ReadOptions(**{"on_error": "skip", "on_misaligned": "expand", "gold": False, **reading})
    return Settings(str(find_bundle("en").absolute()), {"precision": "fp32"}, options, to)


def inline(
    settings: Settings, folder: Place, shards: Sequence[Shard], workers: int
) -> Generator[ShardRecord, None, None]:
    """An engine without processes."""
    worker = Worker(settings, folder)
    for shard in shards:
        yield worker.annotate(shard)


def backwards(
    settings: Settings, folder: Place, shards: Sequence[Shard], workers: int
) -> Generator[ShardRecord, None, None]:
    """One that does the last shard first."""
    yield from inline(settings, folder, shards[::-1], workers)


def annotate(
    paths: Sequence[Path | str], folder: Path | str, how: Settings, engine: Run = inline, **given: Any
) -> AnnotationEnded:
    """Annotate to the end."""
    job = Annotation(how, [str(path) for path in paths], folder, engine, **{"shard_mb": SHARD_MB, **given})
    *_, last = job.execute()
    assert isinstance(last, AnnotationEnded)
    return last


def parts(folder: Path) -> dict[str, bytes]:
    """What was written, by name."""
    return {path.name: path.read_bytes() for path in sorted((folder / "parts").iterdir())}


def refused(folder: Path) -> list[dict[str, Any]]:
    """What was left out."""
    return [json.loads(line) for line in (folder / "refused.jsonl").read_text().splitlines()]
