"""Output depends on model, options and inputs only; what is refused is counted and listed."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import annotate, backwards, inline, json_lines, parts, refused, settings, text_lines

import onoma
from failing_disk import small_disk
from onoma.annotation.driver import Annotation
from onoma.annotation.folders import DiskFolder
from onoma.annotation.ledger import Ledger, total
from onoma.errors import ConfigError, DataError, OnomaError, OutputError
from onoma.readers import read_documents
from onoma.runtime.tagger import Tagger
from onoma.text import Document


def test_the_parts_are_what_the_model_says(archive: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = annotate(archive, out, settings())
    found = [document for name in parts(out) for document in read_documents(out / "parts" / name)]
    texts = [*text_lines(300).decode().splitlines(), *(json.loads(line)["text"] for line in json_lines(40))]
    assert [document.text for document in found] == texts
    assert len({document.id for document in found}) == len(texts)
    tagged = onoma.load("en").pipe(texts)
    assert [[e.key for e in d.entities] for d in found] == [[e.key for e in d.entities] for d in tagged]
    assert len(parts(out)) == done.totals.shards > 3
    assert done.totals.documents == 340
    assert done.totals.entities.total() == sum(len(document.entities) for document in found)
    assert done.totals.tokens == sum(document.num_tokens for document in found)
    for record in Ledger(DiskFolder(out)).records():
        assert hashlib.sha256(parts(out)[record.file]).hexdigest() == record.sha256
    assert json.loads((out / "status.json").read_text())["state"] == "done"


@pytest.mark.parametrize("to", ["jsonl", "jsonl.gz", "conll", "parquet"])
def test_order_and_history_leave_no_trace(archive: list[Path], tmp_path: Path, to: str) -> None:
    if to == "parquet":
        pytest.importorskip("pyarrow")
    one, other = tmp_path / "one", tmp_path / "other"
    annotate(archive, one, settings(to))
    job = Annotation(settings(to), [str(path) for path in archive], other, backwards, shard_mb=0.002)
    events = job.execute()
    for _ in range(3):
        next(events)
    events.close()  # as a stop does
    assert 0 < len(Ledger(DiskFolder(other)).done) < len(parts(one))
    annotate(archive, other, settings(to), resume=True)
    assert parts(one) == parts(other)
    totals = [total(Ledger(DiskFolder(out)).records()).to_dict() for out in (one, other)]
    assert [{**each, "cpu_seconds": 0} for each in totals] == [{**totals[0], "cpu_seconds": 0}] * 2


def test_only_what_is_missing_is_done(archive: list[Path], tmp_path: Path) -> None:
    out, asked = tmp_path / "out", []

    def watched(how: Any, folder: Path, shards: Any, workers: int) -> Any:
        asked.append([shard.number for shard in shards])
        return inline(how, folder, shards, workers)

    annotate(archive, out, settings())
    before = parts(out)
    (out / "parts" / "part-000002.jsonl").unlink()
    (out / "parts" / "part-000001.jsonl").write_bytes(b"cut short")
    with (out / "ledger.jsonl").open("rb+") as ledger:  # the last record was being written
        ledger.truncate(ledger.seek(0, 2) - 10)
    annotate(archive, out, settings(), watched, resume=True)
    assert asked == [[1, 2, len(before) - 1]]
    assert parts(out) == before
    annotate(archive, out, settings(), watched, resume=True)
    assert len(asked) == 1


def test_poison_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = json_lines(200)
    lines[60] = b"{broken\n"
    lines[120] = b'{"text": "\xff"}\n'
    lines[150] = b'{"text": "a\0b"}\n'
    lines[180] = b'{"id": "bad", "text": "Anna has POISON."}\n'
    path, packed, strange = tmp_path / "data.jsonl", tmp_path / "cut.jsonl.gz", tmp_path / "a.png"
    path.write_bytes(b"".join(lines))
    strange.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    packed.write_bytes(gzip.compress(b"".join(lines[:10]))[:-20])
    pipe = Tagger.pipe

    def failing(self: Tagger, items: Iterable[Document]) -> Iterator[Document]:
        listed = list(items)
        if any("POISON" in item.text for item in listed):
            raise RuntimeError("the network met poison")
        return pipe(self, listed)

    monkeypatch.setattr(Tagger, "pipe", failing)
    out = tmp_path / "out"
    done = annotate([path, packed, strange], out, settings())
    found = refused(out)
    places = sorted((one["line"], one["code"]) for one in found if one["path"] == str(path))
    assert places == [(61, "json-syntax"), (121, "bad-encoding"), (151, "nul"), (181, "untaggable")]
    assert [one["code"] for one in found if one["ends"]] == ["truncated-archive", "binary-file"]
    assert done.totals.broken == 2
    assert done.totals.refused.total() == len(found) == 6
    ids = [json.loads(line)["id"] for part in parts(out).values() for line in part.splitlines()]
    assert sum(one.startswith("d") for one in ids) >= 196
    assert "bad" not in ids
    with pytest.raises(OnomaError, match=r"data\.jsonl:.*not JSON"):
        annotate([path], tmp_path / "strict", settings(on_error="strict"))


def test_a_document_that_columns_cannot_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Anna saw Paris.\nA -DOCSTART- here.\nJohn saw Rome.\n")
    done = annotate([path], tmp_path / "out", settings("conll"))
    assert done.totals.documents + done.totals.refused.total() == 3


def test_going_on_with_something_else_is_refused(archive: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    annotate(archive, out, settings())
    for paths, how, shard_mb, said in (
        (archive, settings("conll"), 0.002, 'to was "jsonl"'),
        (archive, settings(max_document_mb=3), 0.002, "max-document-mb was 64"),
        (archive, settings(), 1, "shard-mb was 0.002"),
        (archive[:1], settings(), 0.002, "data.jsonl.*not among"),
        (archive[::-1], settings(), 0.002, "another order"),
    ):
        with pytest.raises(ConfigError, match=said):
            annotate(paths, out, how, resume=True, shard_mb=shard_mb)
    archive[0].write_bytes(text_lines(299))
    with pytest.raises(ConfigError, match=r"text\.txt.* has changed"):
        annotate(archive, out, settings(), resume=True)


def test_folders_that_are_not_ours_are_refused(archive: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(OutputError, match="nothing to resume"):
        annotate(archive, out, settings(), resume=True)
    running = Annotation(settings(), [str(archive[0])], out, inline)
    with pytest.raises(OutputError, match="is at work here"):
        annotate(archive[:1], out, settings(), resume=True)
    running.close()
    with pytest.raises(OutputError, match="--resume"):
        annotate(archive[:1], out, settings())
    with pytest.raises(OutputError, match="not empty"):
        annotate(archive, tmp_path, settings())
    for place in (tmp_path, tmp_path / "a" / "b"):
        with pytest.raises(ConfigError, match="lies within"):
            annotate([*archive, tmp_path], place, settings())
    assert not (tmp_path / "a").exists()
    Annotation(settings(), [str(tmp_path)], tmp_path / ".hidden" / "out", inline).close()


def test_a_damaged_ledger_is_named(archive: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    annotate(archive, out, settings())
    with (out / "ledger.jsonl").open("a") as ledger:
        ledger.write('{"shard": 1}\n')
    with pytest.raises(OutputError, match="is no record of a shard"):
        annotate(archive, out, settings(), resume=True)


def test_an_input_that_shrinks_stops_the_work(archive: list[Path], tmp_path: Path) -> None:
    job = Annotation(settings(), [str(archive[0])], tmp_path / "out", inline, shard_mb=0.002)
    archive[0].write_bytes(text_lines(150))
    with pytest.raises(DataError, match="shorter than it was"):
        list(job.execute())
    assert json.loads((tmp_path / "out" / "status.json").read_text())["state"] == "failed"


def test_a_full_disk_stops_the_work_which_goes_on_when_there_is_room(
    archive: list[Path], tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    annotate(archive, whole, settings())
    needed = sum(map(len, parts(whole).values()))
    with small_disk(tmp_path / "disk", needed // 2) as place:
        out = place / "out"
        with pytest.raises(OutputError, match="space"):
            annotate(archive, out, settings())
        done = Ledger(DiskFolder(out)).done
        assert 0 < len(done) < len(parts(whole))
        subprocess.run(["mount", "-o", f"remount,size={16 * needed}", place], check=True)
        annotate(archive, out, settings(), resume=True)
        assert parts(out) == parts(whole)
