"""spaCy's JSON: training data of version 2, tuples, NER Annotator, Doc.to_json; after spaCy's manual."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from annotation_reading import check_fault, lines, read_text

from onoma.readers import ReadLog, detect_format, write_documents
from onoma.text import Document, Link, Span, Token

TEXT = "Ann left Oslo."
ANN, OSLO = Span(0, 3, "PER", "Ann"), Span(9, 13, "LOC", "Oslo")
Json = dict[str, Any]


def token(orth: str, ner: str | None, **more: object) -> Json:
    return {"id": 0, "orth": orth, "tag": "X", "head": 0, "dep": "dep", "ner": ner, **more}


def sentence(*pairs: str) -> Json:
    return {"tokens": [token(*pair.rsplit("/", 1)) for pair in pairs], "brackets": []}


OSLO_LEFT = sentence("Ann/U-PER", "left/O", "Oslo/U-LOC", "./O")


def v2(*paragraphs: object, id: object = 0) -> Json:
    return {"id": id, "paragraphs": list(paragraphs)}


def test_version_2(tmp_path: Path) -> None:
    cats = [{"label": "travel", "value": 1.0}, {"label": "sport", "value": 0.0}]
    text = json.dumps([v2({"raw": TEXT, "sentences": [OSLO_LEFT], "cats": cats})])
    (document,) = read_text(tmp_path, "spacy-v2-json", text)
    assert (document.id, document.text, document.entities) == ("0", TEXT, (ANN, OSLO))
    assert document.labels == ("travel",)
    assert document.words == ["Ann", "left", "Oslo", "."]
    assert document.sentences == ((0, 4),)
    assert detect_format(tmp_path / "f.data").name == "spacy-v2-json"


def test_version_2_without_raw_and_with_several_paragraphs(tmp_path: Path) -> None:
    long = sentence("New/B-LOC", "York/I-LOC", "City/L-LOC", "./-")
    record = v2({"sentences": [OSLO_LEFT, long]}, {"raw": "  Ann\n\nleft.", "sentences": []}, id=7)
    one, two = read_text(tmp_path, "spacy-v2-json", lines(record))
    assert one.text == "Ann left Oslo . New York City ."
    assert [span.text for span in one.entities] == ["Ann", "Oslo", "New York City"]
    assert one.sentences == ((0, 4), (4, 8))
    assert (one.id, two.id, two.text, two.entities) == ("7:1", "7:2", "  Ann\n\nleft.", ())


def test_version_2_with_tokens_of_white_space(tmp_path: Path) -> None:
    raw = "Ann\n\n Lee left"
    tokens = {
        "tokens": [token("Ann", "B-PER"), token("\n\n ", "I-PER"), token("Lee", "L-PER"), token("left", "O")]
    }
    (document,) = read_text(tmp_path, "spacy-v2-json", lines(v2({"raw": raw, "sentences": [tokens]})))
    assert document.words == ["Ann", "Lee", "left"]
    assert [span.text for span in document.entities] == ["Ann\n\n Lee"]


def test_version_2_with_illegal_tags_is_mended_and_counted(tmp_path: Path) -> None:
    record = v2({"raw": TEXT, "sentences": [sentence("Ann/I-PER", "left/O", "Oslo/U-LOC", "./O")]})
    log = ReadLog()
    (document,) = read_text(tmp_path, "spacy-v2-json", lines(record), log, on_error="repair")
    assert document.entities == (ANN, OSLO)
    assert log.ledger().adjusted == {"illegal-tag": 1}
    log = ReadLog()
    read_text(tmp_path, "spacy-v2-json", lines(record, v2({"raw": TEXT}, id=1)), log, on_error="skip")
    assert log.ledger().dropped == {"illegal-tag": 2}


V2_FAULTS = {
    "paragraphs is missing": ({"id": 1}, "wrong-type"),
    "a paragraph is text": (v2("x"), "wrong-type"),
    "raw is a number": (v2({"raw": 1}), "no-text"),
    "a token without orth": (v2({"sentences": [{"tokens": [{"ner": "O"}]}]}), "bad-token"),
    "a sentence is a list": (v2({"sentences": [[1]]}), "bad-token"),
    "a token that is not in raw": (v2({"raw": "Ben left Oslo.", "sentences": [OSLO_LEFT]}), "bad-token"),
    "an unknown tag": (v2({"sentences": [sentence("Ann/X-PER")]}), "unknown-tag"),
    "an entity cut off": (v2({"sentences": [sentence("Ann/B-PER", "left/O", "Oslo/U-LOC")]}), "illegal-tag"),
    "cats are strings": (v2({"raw": "x", "cats": ["news"]}), "wrong-type"),
}


@pytest.mark.parametrize("name", V2_FAULTS)
def test_version_2_malformed(tmp_path: Path, name: str) -> None:
    record, code = V2_FAULTS[name]
    good = v2({"raw": TEXT, "sentences": [OSLO_LEFT]}, id=5)
    check_fault(tmp_path, "spacy-v2-json", lines(good, {**record, "id": 6}), code, 2)


PAIR = [TEXT, {"entities": [[0, 3, "PER"], [9, 13, "LOC"]]}]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([PAIR]),
        json.dumps([PAIR], indent=2),
        json.dumps(PAIR),
        json.dumps(PAIR) + "\n",
        json.dumps({"classes": ["PER", "LOC"], "annotations": [PAIR]}),
        json.dumps({"annotations": [None, PAIR, None], "classes": ["PER", "LOC"]}, indent=2),
    ],
)  # fmt: skip
def test_tuples(tmp_path: Path, text: str) -> None:
    log = ReadLog()
    (document,) = read_text(tmp_path, "spacy-tuples", text, log)
    assert (document.text, document.entities, log.problem_counts) == (TEXT, (ANN, OSLO), {})
    assert detect_format(tmp_path / "f.data").name == "spacy-tuples"


def test_tuples_a_line_with_categories_and_ids(tmp_path: Path) -> None:
    second = [TEXT, {"entities": [[0, 3, "PER", "Q1"]], "cats": {"travel": True, "sport": 0}}]
    _, document = read_text(tmp_path, "spacy-tuples", lines(PAIR, second))
    assert document.labels == ("travel",)
    assert document.entities == (ANN._replace(id="E1"),)
    assert document.links == (Link("E1", "Q1"),)
    assert detect_format(tmp_path / "f.data").name == "spacy-tuples"


PAIR_FAULTS = {
    "an object": ({"text": "x"}, "not-a-pair"),
    "three parts": ([TEXT, {}, {}], "not-a-pair"),
    "text is a number": ([1, {"entities": [[0, 3, "PER"]]}], "no-text"),
    "annotations are a list": ([TEXT, []], "wrong-type"),
    "entities is an object": ([TEXT, {"entities": {}}], "wrong-type"),
    "two parts of an entity": ([TEXT, {"entities": [[0, 3]]}], "wrong-type"),
    "outside": ([TEXT, {"entities": [[0, 33, "PER"]]}], "span-out-of-range"),
    "an id that is a list": ([TEXT, {"entities": [[0, 3, "PER", []]]}], "wrong-type"),
    "cats of text": ([TEXT, {"cats": {"news": "yes"}}], "wrong-type"),
}


@pytest.mark.parametrize("name", PAIR_FAULTS)
def test_tuples_malformed(tmp_path: Path, name: str) -> None:
    pair, code = PAIR_FAULTS[name]
    check_fault(tmp_path, "spacy-tuples", lines(PAIR, pair, PAIR), code, 2)
    array = ",\n".join(json.dumps(one) for one in (PAIR, pair, PAIR))
    check_fault(tmp_path, "spacy-tuples", f"[{array}]", code, 2)
    check_fault(tmp_path, "spacy-tuples", f'{{"classes": [], "annotations": [{array}]}}', code, 2)


TOKENS = [{"id": n, "start": s, "end": e} for n, (s, e) in enumerate([(0, 3), (4, 8), (9, 13), (13, 14)])]
ENTS = [{"start": 0, "end": 3, "label": "PER"}, {"start": 9, "end": 13, "label": "LOC"}]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("several", [False, True])
def test_a_doc(tmp_path: Path, indent: int | None, several: bool) -> None:
    record = {"text": TEXT, "ents": ENTS, "sents": [{"start": 0, "end": 14}], "cats": {"a": 1.0, "b": 0.2}}
    record["tokens"] = [one | {"lemma": "x", "head": 0} for one in TOKENS]
    text = json.dumps([record] if several else record, indent=indent)
    log = ReadLog()
    (document,) = read_text(tmp_path, "spacy-doc-json", text, log)
    assert (document.text, document.entities, document.labels) == (TEXT, (ANN, OSLO), ("a",))
    assert document.words == ["Ann", "left", "Oslo", "."]
    assert document.sentences == ((0, 4),)
    assert log.problem_counts == {}
    assert detect_format(tmp_path / "f.data").name == "spacy-doc-json"


def test_what_displacy_draws(tmp_path: Path) -> None:
    record = {"text": TEXT, "ents": [ENTS[0] | {"kb_id": "Q1", "kb_url": "#"}, ENTS[1]], "title": None}
    (document,) = read_text(tmp_path, "spacy-doc-json", lines(record))
    assert [span.key for span in document.entities] == [ANN.key, OSLO.key]
    assert document.links == (Link("E1", "Q1"),)
    assert detect_format(tmp_path / "f.data").name == "spacy-doc-json"


def test_groups_of_spans(tmp_path: Path) -> None:
    group = [{"start": 0, "end": 13, "label": "EVENT", "kb_id": ""}, ENTS[0]]
    log = ReadLog()
    record = {"text": TEXT, "ents": ENTS, "spans": {"sc": group, "other": ENTS}}
    (document,) = read_text(tmp_path, "spacy-doc-json", lines(record), log)
    assert [span.label for span in document.entities] == ["EVENT", "PER", "LOC"]
    assert log.ledger().dropped == {"span-group-ignored": 2}


DOC_FAULTS = {
    "text is missing": ({"ents": ENTS}, "no-text"),
    "ents is an object": ({"text": TEXT, "ents": {}}, "wrong-type"),
    "an entity is a list": ({"text": TEXT, "ents": [[0, 3, "PER"]]}, "wrong-type"),
    "no label": ({"text": TEXT, "ents": [{"start": 0, "end": 3}]}, "missing-key"),
    "a token without end": ({"text": TEXT, "ents": ENTS, "tokens": [{"start": 0}]}, "bad-token"),
    "an overlapping token": ({"text": TEXT, "tokens": [TOKENS[1], TOKENS[0]]}, "bad-token"),
    "a sentence of text": ({"text": TEXT, "sents": ["x"]}, "bad-sentence"),
    "misaligned": ({"text": TEXT, "ents": [ENTS[0] | {"end": 2}], "tokens": TOKENS}, "misaligned"),
    "spans is a list": ({"text": TEXT, "spans": [1]}, "wrong-type"),
}


@pytest.mark.parametrize("name", DOC_FAULTS)
def test_docs_malformed(tmp_path: Path, name: str) -> None:
    record, code = DOC_FAULTS[name]
    good = {"text": TEXT, "ents": ENTS, "tokens": TOKENS}
    check_fault(tmp_path, "spacy-doc-json", lines(good, record), code, 2)


def written(format: str, *documents: Document) -> str:
    stream = io.StringIO()
    assert write_documents(stream, documents, format).balanced
    return stream.getvalue()


def test_tuples_are_written_as_spacy_takes_them() -> None:
    document = Document("x", TEXT, entities=(ANN, OSLO), labels=("travel",))
    assert json.loads(written("spacy-tuples", document, Document("y", "x"))) == [
        [TEXT, {"entities": [[0, 3, "PER"], [9, 13, "LOC"]], "cats": {"travel": 1.0}}],
        ["x", {"entities": []}],
    ]
    assert json.loads(written("spacy-tuples")) == []


def test_docs_are_written_as_spacy_takes_them() -> None:
    text = " Ann  left\n\nOslo. "
    spans = (Span(1, 4, "PER", "Ann"), Span(1, 10, "X", "Ann  left"), Span(12, 16, "LOC", "Oslo"))
    tokens = tuple(Token(text[s:e], s, e) for s, e in [(1, 4), (6, 10), (12, 16), (16, 17)])
    document = Document("x", text, tokens, ((0, 2), (2, 4)), spans[1::-1] + spans[2:], ("news",))
    record = json.loads(written("spacy-doc-json", document))
    assert record["ents"] == [
        {"start": 1, "end": 10, "label": "X"},
        {"start": 12, "end": 16, "label": "LOC"},
    ]
    assert record["spans"] == {"sc": [{"start": 1, "end": 4, "label": "PER", "kb_id": ""}]}
    assert record["cats"] == {"news": 1.0}
    ends = [(one["start"], one["end"]) for one in record["tokens"]]
    assert ends == [(0, 1), (1, 4), (5, 6), (6, 10), (10, 12), (12, 16), (16, 17)]
    spacy = pytest.importorskip("spacy")
    doc = spacy.tokens.Doc(spacy.blank("en").vocab).from_json(record, validate=True)
    assert doc.text == text
    assert [(span.text, span.label_) for span in doc.ents] == [("Ann  left", "X"), ("Oslo", "LOC")]
    assert [span.text for span in doc.spans["sc"]] == ["Ann"]


def test_docs_of_spacy_itself_are_read(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    doc = spacy.blank("en")(" Ann  left\n\nOslo. ")
    doc.ents = [spacy.tokens.Span(doc, 1, 2, "PER", kb_id="Q1")]
    for one in doc:
        one.is_sent_start = one.i in (0, 5)
    (document,) = read_text(tmp_path, "spacy-doc-json", json.dumps(doc.to_json()))
    assert [span.text for span in document.entities] == ["Ann"]
    assert list(document.sentence_words()) == [["Ann", "left"], ["Oslo", "."]]
