"""What is known of real corpora."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from inspection_corpora import inspect, write_spans

from onoma.inspection.report import NestingPair


def test_conll2003(shared_data: Path) -> None:
    reports = inspect(shared_data / "conll2003")
    sizes = {
        name: (split.documents, split.sentences, split.tokens, split.entities)
        for name, split in reports.items()
    }
    assert sizes == {
        "train": (946, 14041, 203621, 23499),
        "dev": (216, 3250, 51362, 5942),
        "test": (231, 3453, 46435, 5648),
    }
    test = reports["test"]
    # 126 of the 3453 sentences, each occurrence counted; they are 78 texts.
    assert (test.duplicates.shared["train"].sentences, test.duplicates.shared["train"].distinct) == (126, 78)
    # Each occurrence of a mention counts, letter by letter, whatever its label in train.
    assert round(test.mentions.seen_share or 0, 3) == 0.540
    assert test.casing.upper_sentences == 578
    longest = test.longest_sentence
    assert longest is not None
    with (shared_data / "conll2003" / "test.txt").open() as lines:
        words = [line.split(" ")[0] for line in lines][longest.line - 1 :][: longest.tokens]
    assert (longest.tokens, " ".join(words)[:200]) == (124, longest.text)
    assert all(split.num_problems == 0 for split in reports.values())


def test_iob1_needless_begins_are_listed(shared_data: Path) -> None:
    folder = shared_data / "conll2003" / "iob1_original"
    report = inspect(folder / "eng.train")["train"]
    assert (report.scheme, report.entities) == ("IOB1", 23499)
    assert set(report.problem_counts) <= {"needless-begin"}


def test_wikiann_russian(shared_data: Path) -> None:
    shared = inspect(shared_data / "wikiann" / "ru")["test"].duplicates.shared["train"]
    assert (shared.distinct, shared.sentences) == (555, 869)


def test_gmb(shared_data: Path) -> None:
    path = shared_data / "gmb" / "ner_dataset.csv.zip"
    report = inspect(path, encoding="cp1252")[str(path)]
    assert (report.sentences, report.tokens, report.entities) == (47959, 1048575, 111891)
    assert (report.duplicates.repeated, report.duplicates.contradictory) == (384, 35)
    assert [(odd.character, odd.count) for odd in report.odd_characters] == [("U+00A0", 1)]


def test_nerel_nesting(shared_data: Path, tmp_path: Path) -> None:
    for split in ("train", "dev", "test"):
        with (shared_data / "nerel-v1.1" / f"{split}.jsonl").open(encoding="utf-8") as lines:
            given = [json.loads(line) for line in lines]
        records = [{"id": one["id"], "text": one["text"], "entities": _entities(one)} for one in given]
        write_spans(tmp_path / f"{split}.jsonl", *records)
    reports = inspect(tmp_path, on_error="repair").values()
    total = sum(split.entities for split in reports)
    assert [split.documents for split in reports] == [746, 94, 93]
    assert sum(split.discontinuous for split in reports) == 151
    assert sum(split.nested for split in reports) / total == pytest.approx(0.212, abs=0.0005)
    assert sum(split.nesting.involved for split in reports) / total == pytest.approx(0.338, abs=0.0005)
    assert sum(split.nesting.crossing for split in reports) / total == pytest.approx(0.004, abs=0.0005)


def test_nerel(shared_data: Path) -> None:
    splits = list(inspect(shared_data / "nerel-v1.1").values())
    assert [split.documents for split in splits] == [746, 94, 93]
    assert [split.entities for split in splits] == [44867, 5590, 5827]
    assert [sum(split.relations.values()) for split in splits] == [31388, 4012, 4096]
    assert [(len(split.labels), len(split.relations)) for split in splits] == [(29, 49)] * 3
    labels = [split.document_labels for split in splits]
    assert [one and (one.annotated, len(one.counts)) for one in labels] == [(746, 49), (94, 49), (93, 49)]
    assert [split.discontinuous for split in splits] == [127, 7, 17]
    # Every entity is kept, eight with their pieces put in order, and every surface is what its offsets say.
    assert [split.ledger["read"] for split in splits] == [44867, 5590, 5827]
    assert [split.ledger["kept"] for split in splits] == [44859, 5590, 5827]
    assert [split.ledger["adjusted"] for split in splits] == [{"fragments-sorted": 8}, {}, {}]
    assert [split.problem_counts for split in splits] == [{"repeated-entity": 3}, {}, {"unknown-entity": 1}]
    # Each depth was counted once more by another way, span by span.
    assert splits[0].nesting.depths == {1: 35284, 2: 7995, 3: 1334, 4: 217, 5: 33, 6: 4}
    assert splits[2].nesting.depths == {1: 4608, 2: 997, 3: 186, 4: 32, 5: 4}
    assert splits[0].nesting.pairs[0] == NestingPair("PROFESSION", "PROFESSION", 1602)


def _entities(given: dict[str, list[str]]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for entity in given["entities"]:
        label, *places = entity.split("\t")[1].replace(";", " ").split(" ")
        numbers = [int(place) for place in places]
        pieces = sorted(zip(numbers[::2], numbers[1::2], strict=True))
        item: dict[str, object] = {"start": pieces[0][0], "end": pieces[-1][1], "label": label}
        found.append(item | ({"fragments": pieces} if len(pieces) > 1 else {}))
    return found
