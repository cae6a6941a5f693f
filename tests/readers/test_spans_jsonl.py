"""Span JSONL: what it means, what each policy does, and that writing and reading is identity."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, read_documents, write_documents
from onoma.text import Document, Link, Relation, Span, Token, sort_spans


def read(folder: Path, *records: object, log: ReadLog | None = None, **options: object) -> list[Document]:
    path = folder / "f.jsonl"
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return list(read_documents(path, ReadOptions(format="spans-jsonl", **options), log))  # type: ignore[arg-type]


def record(text: str, *entities: tuple[int, int, str], **more: object) -> dict[str, object]:
    listed = [{"start": start, "end": end, "label": label} for start, end, label in entities]
    return {"text": text, "entities": listed, **more}


def test_the_least_document(tmp_path: Path) -> None:
    assert read(tmp_path, {"text": "Hi"}) == [Document("f:1", "Hi")]


def test_a_full_document(tmp_path: Path) -> None:
    entity = {
        "start": 0,
        "end": 8,
        "label": "LOC",
        "score": 1,
        "text": "New York",
        "fragments": [[0, 3], [4, 8]],
    }
    full = {
        "id": "a",
        "text": "New York is",
        "entities": [entity],
        "labels": ["news"],
        "tokens": [[0, 3], [4, 8], [9, 11]],
        "sentences": [[0, 2], [2, 3]],
    }
    tokens = (Token("New", 0, 3), Token("York", 4, 8), Token("is", 9, 11))
    span = Span(0, 8, "LOC", "New York", 1.0, ((0, 3), (4, 8)))
    assert read(tmp_path, full) == [
        Document("a", "New York is", tokens, ((0, 2), (2, 3)), (span,), ("news",))
    ]


def test_relations_and_links_name_entities(tmp_path: Path) -> None:
    log = ReadLog()
    entities = [
        {"id": 1, "start": 4, "end": 8, "label": "LOC"},
        {"id": "x", "start": 0, "end": 3, "label": "X"},
    ]
    full = {
        "text": "New York",
        "entities": entities,
        "relations": [{"label": "in", "head": "x", "tail": 1, "since": 1700}],
        "links": [{"entity": 1, "target": "Q60"}, {"entity": "gone", "target": "Q1"}],
    }
    (document,) = read(tmp_path, full, log=log)
    assert [span.id for span in document.entities] == ["x", "1"]
    assert document.relations == (Relation("in", "x", "1"),)
    assert document.links == (Link("1", "Q60", ""),)
    assert log.problem_counts == {"unknown-entity": 1, "unknown-key": 1}


def test_relations_of_a_dropped_entity_are_noted(tmp_path: Path) -> None:
    log = ReadLog()
    entities = [{"id": 1, "start": 1, "end": 2, "label": "X"}, {"id": 2, "start": 0, "end": 3, "label": "X"}]
    relations = [{"label": "in", "head": 1, "tail": 2}]
    full = {"text": "New York", "tokens": [[0, 3], [4, 8]], "entities": entities, "relations": relations}
    (document,) = read(tmp_path, full, log=log, on_misaligned="drop")
    assert (len(document.entities), document.relations) == (1, ())
    assert log.problem_counts == {"misaligned": 1, "unknown-entity": 1}


def test_null_is_absent_and_empty_labels_are_annotated(tmp_path: Path) -> None:
    nulls = {"id": None, "text": "a", "entities": None, "labels": None, "tokens": None, "sentences": None}
    one, two = read(tmp_path, nulls, {"text": "a", "labels": []})
    assert (one.id, one.labels, two.labels) == ("f:1", None, ())


def test_tokens_without_sentences_are_one_sentence(tmp_path: Path) -> None:
    assert read(tmp_path, {"text": "a b", "tokens": [[0, 1], [2, 3]]})[0].sentences == ((0, 2),)


def test_number_ids_become_text(tmp_path: Path) -> None:
    assert read(tmp_path, {"id": 7, "text": "a"})[0].id == "7"


def test_blank_lines_bom_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text": "a"}\r\n\r\n{"text": "b"}')
    assert [d.text for d in read_documents(path)] == ["a", "b"]


def test_line_separators_inside_strings(tmp_path: Path) -> None:
    text = "a\u2028b\x85c"
    assert read(tmp_path, {"text": text})[0].text == text


def test_entities_are_sorted_longer_first(tmp_path: Path) -> None:
    (document,) = read(tmp_path, record("abc def", (4, 7, "X"), (0, 3, "X"), (0, 7, "Y")))
    assert [span.key for span in document.entities] == [(0, 7, "Y"), (0, 3, "X"), (4, 7, "X")]


def test_exact_duplicates_are_dropped_and_counted(tmp_path: Path) -> None:
    log = ReadLog()
    (document,) = read(tmp_path, record("abc", (0, 3, "X"), (0, 3, "X"), (0, 3, "Y")), log=log)
    assert len(document.entities) == 2
    assert log.ledger().dropped == {"duplicate-entity": 1}
    assert log.ledger().balanced
    assert [(p.code, p.line) for p in log.problems] == [("duplicate-entity", 1)]


def test_unknown_keys_are_noted_once(tmp_path: Path) -> None:
    log = ReadLog()
    entity = {"start": 0, "end": 1, "label": "X", "note": 3}
    read(tmp_path, *[{"text": "a", "meta": 1, "entities": [entity]}] * 3, log=log)
    assert [(p.code, p.line) for p in log.problems] == [("unknown-key", 1)] * 2
    assert "'meta'" in log.problems[0].message
    assert "'entities.note'" in log.problems[1].message


@pytest.mark.parametrize(("unit", "start", "end"), [("codepoint", 2, 6), ("utf16", 3, 7), ("utf8", 5, 13)])
def test_offset_units(tmp_path: Path, unit: str, start: int, end: int) -> None:
    text = "😀 Анна"
    tokens = {"codepoint": [[0, 1], [2, 6]], "utf16": [[0, 2], [3, 7]], "utf8": [[0, 4], [5, 13]]}[unit]
    (document,) = read(tmp_path, record(text, (start, end, "PER"), tokens=tokens), offset_unit=unit)
    assert document.entities == (Span(2, 6, "PER", "Анна"),)
    assert document.words == ["😀", "Анна"]


def test_wrong_unit_is_hinted_at(tmp_path: Path) -> None:
    entity = {"start": 3, "end": 7, "label": "PER", "text": "Анна"}
    with pytest.raises(DataError, match="--offset-unit utf16"):
        read(tmp_path, {"text": "😀 Анна!", "entities": [entity]}, offset_unit="codepoint")


def test_surface_of_fragments_may_be_joined(tmp_path: Path) -> None:
    entity = {"start": 0, "end": 7, "label": "X", "text": "abc fg", "fragments": [[0, 3], [5, 7]]}
    assert read(tmp_path, {"text": "abc defg"[:7] + "g", "entities": [entity | {"text": "abc ef"}]})


def test_white_space_edges_at_given_tokens(tmp_path: Path) -> None:
    text = "\xa0ab c"
    (document,) = read(tmp_path, record(text, (0, 3, "X"), tokens=[[0, 3], [4, 5]]))
    assert document.entities[0].text == "\xa0ab"


@pytest.mark.parametrize(
    ("policy", "surface", "fate"),
    [
        ("expand", "York", {"adjusted": {"expanded": 1}}),
        ("shrink", None, {"dropped": {"no-whole-token": 1}}),
        ("drop", None, {"dropped": {"misaligned": 1}}),
    ],
)
def test_misaligned_inside_a_token(
    tmp_path: Path, policy: str, surface: str | None, fate: dict[str, dict[str, int]]
) -> None:
    log = ReadLog()
    tokens = [[0, 3], [4, 8]]
    (document,) = read(
        tmp_path, record("New York", (5, 7, "X"), tokens=tokens), log=log, on_misaligned=policy
    )
    assert [span.text for span in document.entities] == ([surface] if surface else [])
    ledger = log.ledger().as_dict()
    assert {name: ledger[name] for name in fate} == fate
    assert log.problem_counts == {"no-whole-token" if policy == "shrink" else "misaligned": 1}


def test_shrink_keeps_whole_tokens(tmp_path: Path) -> None:
    (document,) = read(
        tmp_path, record("a New York b", (3, 10, "X"), tokens=[[0, 1], [2, 5], [6, 10], [11, 12]]),
        on_misaligned="shrink",
    )  # fmt: skip
    assert document.entities[0].text == "York"


def test_misaligned_fragments_follow_the_hull(tmp_path: Path) -> None:
    entity = {"start": 1, "end": 7, "label": "X", "fragments": [[1, 3], [6, 7]]}
    full = {"text": "New York", "entities": [entity], "tokens": [[0, 3], [4, 8]]}
    (document,) = read(tmp_path, full, on_misaligned="expand")
    assert document.entities[0].fragments == ((0, 3), (6, 8))


REPAIRS = [
    (record("a b c", (0, 2, "X"), (4, 5, "X")), ["a", "c"], {"trimmed": 1}, {}),
    (record("a b c", (1, 2, "X"), (4, 5, "X")), ["c"], {}, {"whitespace-span": 1}),
    (record("abc", (2, 1, "X"), (0, 1, "X")), ["a"], {}, {"reversed-span": 1}),
    (record("abc", (1, 1, "X"), (0, 1, "X")), ["a"], {}, {"empty-span": 1}),
    (record("abc", (1, 9, "X"), (-1, 1, "X")), [], {}, {"span-out-of-range": 2}),
    (record("abc", (1, 2, "")), [], {}, {"wrong-type": 1}),
]


@pytest.mark.parametrize(("faulty", "surfaces", "adjusted", "dropped"), REPAIRS)
def test_repair_of_entities(
    tmp_path: Path,
    faulty: dict[str, object],
    surfaces: list[str],
    adjusted: dict[str, int],
    dropped: dict[str, int],
) -> None:
    log = ReadLog()
    (document,) = read(tmp_path, faulty, log=log, on_error="repair")
    assert [span.text for span in document.entities] == surfaces
    ledger = log.ledger()
    assert (ledger.adjusted, ledger.dropped) == (adjusted, dropped)
    assert ledger.balanced
    assert ledger.read == len(faulty["entities"])  # type: ignore[arg-type]
    assert sum(log.problem_counts.values()) == sum(adjusted.values()) + sum(dropped.values())


def test_repair_of_fragments_tokens_and_ids(tmp_path: Path) -> None:
    log = ReadLog()
    entity = {"start": 0, "end": 5, "label": "X", "fragments": [[4, 5], [0, 1]]}
    faulty = {"id": "a", "text": "a b c", "entities": [entity], "tokens": [[0, 9]], "sentences": [[0, 1]]}
    one, two = read(tmp_path, faulty, {"id": "a", "text": "x"}, log=log, on_error="repair")
    assert one.entities[0].fragments == ((0, 1), (4, 5))
    assert (one.tokens, one.sentences) == ((), ())
    assert two.id == "a#2"
    assert log.problem_counts == {"fragments-order": 1, "bad-token": 1, "duplicate-id": 1}
    assert log.ledger().adjusted == {"fragments-sorted": 1}


def test_skip_leaves_documents_out_and_counts_once(tmp_path: Path) -> None:
    log = ReadLog()
    bad = record("abc", (0, 1, "X"), (0, 1, "X"), (2, 9, "X"))
    documents = read(tmp_path, record("ab", (0, 2, "X")), bad, [1], {"text": "z"}, log=log, on_error="skip")
    assert [d.text for d in documents] == ["ab", "z"]
    assert [d.id for d in documents] == ["f:1", "f:3"]
    ledger = log.ledger()
    assert (ledger.read, ledger.kept, ledger.dropped) == (4, 1, {"span-out-of-range": 3})
    assert [(p.code, p.line) for p in log.problems] == [("span-out-of-range", 2), ("not-an-object", 3)]


def test_id_of_a_document_left_out_may_come_again(tmp_path: Path) -> None:
    documents = read(tmp_path, {"id": "a"}, {"id": "a", "text": "x"}, on_error="skip")
    assert [d.text for d in documents] == ["x"]


def test_ids_are_compared_in_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onoma.readers.records._MAX_IDS", 2)
    log = ReadLog()
    same = [{"id": id, "text": "x"} for id in ("a", "b", "c", "c")]
    assert len(read(tmp_path, *same, log=log)) == 4
    assert [(p.code, p.line) for p in log.problems] == [("ids-unchecked", 2)]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
LABEL = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)


@st.composite
def documents(draw: st.DrawFn, id: str) -> Document:
    text = draw(TEXT)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = [(a, b) for a, b in pairwise(cuts) if not text[a:b].isspace()]
    tokens = tuple(Token(text[a:b], a, b) for a, b in pairs) if draw(st.booleans()) else ()
    middle = draw(st.integers(1, len(tokens))) if tokens else 0
    sentences = tuple(pair for pair in ((0, middle), (middle, len(tokens))) if pair[0] < pair[1])
    starts = [t.start for t in tokens] or range(len(text))
    ends = [t.end for t in tokens] or range(1, len(text) + 1)
    spans = []
    for start in draw(st.lists(st.sampled_from(starts), max_size=4)) if starts else ():
        end = draw(st.sampled_from([e for e in ends if e > start]))
        if tokens or not (text[start].isspace() or text[end - 1].isspace()):
            fragments = (
                ((start, start + 1), (end - 1, end)) if end - start > 1 and draw(st.booleans()) else ()
            )
            score = draw(st.none() | st.floats(0, 1))
            spans.append(Span(start, end, draw(LABEL), text[start:end], score, fragments))
    unique = {(s.key, s.fragments): s for s in spans}.values()
    labels = draw(st.none() | st.lists(LABEL, max_size=3).map(tuple))
    return Document(id, text, tokens, sentences, sort_spans(unique), labels)


@st.composite
def corpora(draw: st.DrawFn) -> list[Document]:
    return [draw(documents(id)) for id in draw(st.lists(LABEL, max_size=3, unique=True))]


@settings(max_examples=150, deadline=None)
@given(corpora())
def test_writing_and_reading_is_identity(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[Document]
) -> None:
    path = tmp_path_factory.mktemp("identity") / "f.jsonl"
    written = write_documents(path, corpus)
    log = ReadLog()
    assert list(read_documents(path, log=log)) == corpus
    assert written == log.ledger()
    stream = io.StringIO()
    write_documents(stream, corpus)
    assert path.read_bytes() == stream.getvalue().encode()


def test_tags_of_words_are_no_labels(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="tags of words") as caught:
        read(tmp_path, {"text": "Ann left", "labels": ["B-PER", "O"]})
    assert caught.value.code == "wrong-type"
    assert read(tmp_path, {"text": "Ann left", "labels": ["O", "O"]})[0].labels == ("O", "O")
