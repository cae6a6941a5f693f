"""The real corpora give the numbers their authors published."""

from __future__ import annotations

from pathlib import Path

import pytest

from onoma.errors import DataError
from onoma.readers import ReadLog, Source, find_splits, read_corpus, read_documents, write_documents
from onoma.text import Corpus

CONLL = {"train": (14041, 946, 23499), "dev": (3250, 216, 5942), "test": (3453, 231, 5648)}


def num_sentences(corpus: Corpus) -> int:
    return sum(len(document.sentences) for document in corpus.documents)


@pytest.mark.parametrize("split", CONLL)
def test_conll2003_in_both_schemes(shared_data: Path, split: str) -> None:
    sentences, documents, entities = CONLL[split]
    log, log1 = ReadLog(), ReadLog()
    iob2 = read_corpus(find_splits(shared_data / "conll2003")[split], log=log)
    iob1 = read_corpus(find_splits(shared_data / "conll2003" / "iob1_original")[split], log=log1)
    assert (log.scheme, log1.scheme) == ("BIO", "IOB1")
    for corpus in (iob2, iob1):
        assert (num_sentences(corpus), len(corpus.documents), corpus.num_entities) == CONLL[split]
        assert corpus.ledger.kept == corpus.ledger.read == entities
    assert (sentences, documents) == (num_sentences(iob2), len(iob1.documents))
    assert [(d.text, d.entities) for d in iob2.documents] == [(d.text, d.entities) for d in iob1.documents]


@pytest.mark.parametrize(
    ("name", "sentences", "entities"),
    [
        ("wnut17/train.conll", 3394, 1975),
        ("wnut17/dev.conll", 1009, 836),
        ("wnut17/test.conll", 1287, 1079),
        ("wikiann/ru/train.conll", 20000, None),
        ("wikiann/ru/val.conll", 10000, None),
        ("wikiann/ru/test.conll", 10000, None),
        ("factrueval2016/devset.conll", 1769, 2420),
        ("factrueval2016/testset.conll", 3138, 4582),
    ],
)
def test_one_sentence_documents(shared_data: Path, name: str, sentences: int, entities: int | None) -> None:
    log = ReadLog()
    corpus = read_corpus(shared_data / name, log=log)
    assert num_sentences(corpus) == len(corpus.documents) == sentences
    assert entities in (None, corpus.num_entities)
    assert corpus.ledger.kept == corpus.num_entities
    assert log.problem_counts == {}


def test_round_trip_of_conll2003_through_both_formats(shared_data: Path, tmp_path: Path) -> None:
    original = tuple(read_documents(shared_data / "conll2003" / "valid.txt"))
    write_documents(tmp_path / "valid.jsonl.gz", original)
    assert tuple(read_documents(tmp_path / "valid.jsonl.gz")) == original
    write_documents(tmp_path / "valid.conll", original, "conll", "BILOU")
    assert tuple(read_documents(tmp_path / "valid.conll")) == original


def test_bytes_of_another_encoding_in_a_zip(shared_data: Path) -> None:
    path = shared_data / "gmb" / "ner_dataset.csv.zip"
    with pytest.raises(DataError, match="cp1252 would decode it") as caught:
        list(Source(path).lines())
    lines = list(Source(path, "cp1252").lines())
    assert len(lines) == 1_048_575 + 1
    assert "\r" not in lines[-1]
    number = caught.value.line
    assert number is not None
    assert not lines[number - 1].isascii()
    assert all(line.isascii() for line in lines[: number - 1])
