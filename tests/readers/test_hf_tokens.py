"""Token classification records, made after the dataset cards of conll2003 and wnut_17 on the Hub."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from annotation_reading import check_fault, lines, read_text
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, Source, detect_format, read_documents, write_documents
from onoma.readers.detection import find_matches
from onoma.text import Document, document_from_sentences

NAMES = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
WORDS = ["Ann", "Lee", "left", "Oslo"]
TAGS = ["B-PER", "I-PER", "O", "B-LOC"]
NUMBERS = [1, 2, 0, 5]
FOUND = [("Ann Lee", "PER", 0, 7), ("Oslo", "LOC", 13, 17)]


def found(documents: list[Document]) -> list[tuple[str, str, int, int]]:
    return [(one.text, one.label, one.start, one.end) for document in documents for one in document.entities]


def record(tags: object = TAGS, **more: object) -> dict[str, object]:
    return {"id": "0", "tokens": WORDS, "ner_tags": tags, **more}


@pytest.mark.parametrize(
    "text",
    [
        lines(record()),
        lines(record(pos_tags=[22, 22, 38, 22], chunk_tags=[11, 12, 21, 11])),
        json.dumps([record()]),
        json.dumps([record()], indent=1),
        json.dumps({"version": "1", "data": [record()]}),
        json.dumps({"data": [record()], "version": {"a": [1]}}, indent=2),
        lines({"id": 0, "words": WORDS, "labels": TAGS}),
        lines({"id": "0", "words": WORDS, "tags": ["PER", "PER", "O", "LOC"]}),
        lines({"id": "0", "tokens": WORDS, "ner": ["B-PER", "L-PER", "O", "U-LOC"]}),
        lines({"id": "0", "tokens": WORDS, "ner_tags": ["B_PER", "I_PER", "O", "B_LOC"]}),
    ],
)
def test_every_layout_is_found_and_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "noname"
    path.write_text(text)
    assert detect_format(path).name == "hf-tokens"
    log = ReadLog()
    documents = list(read_documents(path, log=log))
    assert [(one.id, one.text) for one in documents] == [("0", "Ann Lee left Oslo")]
    assert found(documents) == FOUND
    assert (log.ledger().read, log.ledger().kept) == (2, 2)


def test_numbers_are_named_by_the_user(tmp_path: Path) -> None:
    assert found(read_text(tmp_path, "hf-tokens", lines(record(NUMBERS)), label_names=NAMES)) == FOUND


def test_numbers_without_names_are_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"0 to 5 as far as seen.*--label-names") as caught:
        read_text(tmp_path, "hf-tokens", lines(record([0] * 4), record(NUMBERS, id="1")), on_error="skip")
    assert (caught.value.code, caught.value.line) == ("label-names", 1)
    assert "\n" not in str(caught.value)


def test_numbers_do_not_matter_where_no_gold_is_wanted(tmp_path: Path) -> None:
    text = lines(record(NUMBERS), {"id": "1", "tokens": ["a"]})
    assert [one.words for one in read_text(tmp_path, "hf-tokens", text, gold=False)] == [WORDS, ["a"]]


@pytest.mark.parametrize("key", ["feature", "none"])
@pytest.mark.parametrize("above", [False, True])
def test_names_come_from_the_features_beside_the_file(tmp_path: Path, key: str, above: bool) -> None:
    classes = {"names": list(NAMES), "_type": "ClassLabel"}
    feature = {"feature": classes, "_type": "Sequence"} if key == "feature" else classes
    (tmp_path / "dataset_info.json").write_text(json.dumps({"features": {"ner_tags": feature}}))
    folder = tmp_path / "train" if above else tmp_path
    folder.mkdir(exist_ok=True)
    assert found(read_text(folder, "hf-tokens", lines(record(NUMBERS)))) == FOUND


@pytest.mark.parametrize("info", ["{", "[]", '{"features": {"ner_tags": 1}}', '{"features": []}', "{}"])
def test_features_that_name_nothing_are_no_names(tmp_path: Path, info: str) -> None:
    (tmp_path / "dataset_info.json").write_text(info)
    with pytest.raises(DataError, match="--label-names"):
        read_text(tmp_path, "hf-tokens", lines(record(NUMBERS)))


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({"tokens": ["a", "b"], "ner_tags": ["O"]}, "length-mismatch"),
        ({"tokens": ["a"], "ner_tags": ["O", "B-PER"]}, "length-mismatch"),
        ({"tokens": ["a"]}, "missing-key"),
        ({"ner_tags": ["O"]}, "missing-key"),
        ({"tokens": "a", "ner_tags": ["O"]}, "missing-key"),
        ({"tokens": [1], "ner_tags": ["O"]}, "wrong-type"),
        ({"tokens": ["a"], "ner_tags": [None]}, "wrong-type"),
        ({"tokens": ["a", "b"], "ner_tags": ["O", 1]}, "wrong-type"),
        ({"tokens": ["a"], "ner_tags": [True]}, "wrong-type"),
        ({"tokens": ["a"], "ner_tags": [3]}, "label-names"),
        ({"tokens": [""], "ner_tags": ["O"]}, "empty-word"),
        ({"tokens": ["a"], "ner_tags": ["X-PER"]}, "unknown-tag"),
        ({"tokens": ["a"], "ner_tags": ["I-PER"]}, "illegal-tag"),
    ],
)
def test_malformed(tmp_path: Path, second: dict[str, object], code: str) -> None:
    first = [record(id=str(number)) for number in range(3)]
    if code == "label-names":  # the first records tell that tags are strings, or numbers
        with pytest.raises(DataError) as caught:
            read_text(tmp_path, "hf-tokens", lines(record(NUMBERS), second), label_names=NAMES[:3])
        assert (caught.value.code, caught.value.line) == (code, 1)
        return
    check_fault(tmp_path, "hf-tokens", lines(*first, second, record(id="9")), code, 4)


def test_tags_of_pieces_are_refused_with_a_hint(tmp_path: Path) -> None:
    text = lines(record([-100, 1, 2, -100]))
    for names in ((), NAMES):
        with pytest.raises(DataError, match="made ready for a model") as caught:
            read_text(tmp_path, "hf-tokens", text, label_names=names)
        assert (caught.value.code, caught.value.line) == ("ignored-tag", 1)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('{"data": [\n{"tokens": ["a"], "ner_tags": ["O"]},\n', "truncated", 2),
        ('{"data": [\n{"tokens": ["a"], "ner_tags": ["O"]},\n{"tokens": ["a" "b"]}]}', "json-syntax", 3),
        ('{"data": [\n{"tokens": ["a"], "ner_tags": ["O"]}\n7]}', "json-syntax", 3),
        ('{"data": [\n{"tokens": ["a"], "ner_tags": ["O"]},\n7]}', "not-an-object", 3),
    ],
)
def test_faults_under_data_are_located(tmp_path: Path, text: str, code: str, line: int) -> None:
    with pytest.raises(DataError) as caught:
        read_text(tmp_path, "hf-tokens", text)
    assert (caught.value.code, caught.value.line) == (code, line)


def test_ids_that_come_again_are_numbered_and_said(tmp_path: Path) -> None:
    log = ReadLog()
    documents = read_text(tmp_path, "hf-tokens", lines(record(), record(), record(id=None)), log)
    assert [one.id for one in documents] == ["0", "f:2", "f:3"]
    assert log.problem_counts == {"duplicate-id": 1}


def test_a_record_without_words_is_left_out(tmp_path: Path) -> None:
    log = ReadLog()
    documents = read_text(tmp_path, "hf-tokens", lines(record(), {"tokens": [], "ner_tags": []}), log)
    assert len(documents) == 1
    assert log.problem_counts == {"empty-sentence": 1}


@pytest.mark.parametrize(
    "other",
    [
        {"tokens": ["a"], "ner": [[0, 0, "PER"]]},
        {"tokens": ["a"], "entities": [{"start": 0, "end": 1, "type": "PER"}]},
        {"tokens": [{"text": "a"}], "tags": ["O"]},
        {"tokens": [[0, 1]], "labels": ["news"], "text": "a"},
        {"text": "a b", "tokens": ["a", "b"], "labels": ["news"]},
        {"words": ["a"]},
        {"tokens": None, "tags": None},
        [],
        1,
    ],
)
def test_other_records_are_not_taken(tmp_path: Path, other: object) -> None:
    path = tmp_path / "noname"
    path.write_text(lines(other, other))
    matches = find_matches(Source(path))
    assert "hf-tokens" not in [match.format.name for match in matches]


WORD = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=4).filter(
    lambda word: bool(word.strip())
)


@settings(max_examples=60)
@given(st.lists(st.lists(WORD, min_size=1, max_size=5), min_size=1, max_size=4), st.data())
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[list[str]], data: st.DataObject
) -> None:
    documents = []
    for number, words in enumerate(sentences):
        cuts = sorted(data.draw(st.sets(st.integers(0, len(words)), max_size=4)))
        spans = [(0, first, end, "PER" if first % 2 else "x y") for first, end in pairwise(cuts)]
        documents.append(document_from_sentences(f"d{number}", [words], spans))
    path = tmp_path_factory.mktemp("hf") / "f.jsonl"
    written = write_documents(path, documents, "hf-tokens")
    log = ReadLog()
    assert list(read_documents(path, ReadOptions(scheme="BIO"), log)) == documents
    assert log.format == "hf-tokens"
    assert written.kept == log.ledger().kept == sum(len(one.entities) for one in documents)


def test_sentences_are_written_one_by_one(tmp_path: Path) -> None:
    document = document_from_sentences("d", [["a"], ["b", "c"]], [(1, 0, 2, "X")])
    path = tmp_path / "f.jsonl"
    write_documents(path, [document], "hf-tokens", "BIOES")
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"id": "d#1", "tokens": ["a"], "ner_tags": ["O"]},
        {"id": "d#2", "tokens": ["b", "c"], "ner_tags": ["B-X", "E-X"]},
    ]
