"""An entity meets one fate under one policy, whether the file brings tokens or they are made afterwards."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from annotation_reading import lines
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.readers import ReadLog, ReadOptions, read_documents
from onoma.readers.fitting import Fitter
from onoma.text import Ledger, Span
from onoma.tokenize import Fate, MisalignedPolicy, align_spans, tokenize_words

TEXT = st.text(st.sampled_from("abc.,' -\n\u00a0\u200b😀ж東京1"), min_size=1, max_size=24)
POLICIES: list[MisalignedPolicy] = ["expand", "shrink", "drop"]


@st.composite
def records(draw: st.DrawFn) -> dict[str, object]:
    text = draw(TEXT)
    edges = st.integers(0, len(text))
    entities = []
    for number in range(draw(st.integers(0, 5))):
        start, end = sorted((draw(edges), draw(edges)))
        entity = {"start": start, "end": end, "label": draw(st.sampled_from("XY"))}
        if end - start > 3 and draw(st.booleans()):
            entity["fragments"] = [[start, start + 1], [end - 1, end]]
        if draw(st.booleans()):
            entity["id"] = f"e{number}"
        entities.append(entity)
    return {"text": text, "entities": entities}


def read(
    folder: Path, record: dict[str, object], policy: str, on_error: str
) -> tuple[tuple[Span, ...], ReadLog]:
    path = folder / "f.jsonl"
    path.write_text(lines(record), encoding="utf-8", newline="")
    log = ReadLog()
    options = ReadOptions(format="spans-jsonl", on_error=on_error, on_misaligned=policy)
    (document,) = read_documents(path, options, log)
    assert log.ledger().balanced
    return document.entities, log


def reasons(ledger: Ledger) -> Counter[str]:
    return Counter({**ledger.adjusted, **ledger.dropped})


@settings(max_examples=300, deadline=None)
@given(records(), st.sampled_from(POLICIES))
def test_given_tokens_or_made_ones(
    tmp_path_factory: pytest.TempPathFactory, record: dict[str, object], policy: MisalignedPolicy
) -> None:
    folder = tmp_path_factory.mktemp("tokens")
    tokens = [[token.start, token.end] for token in tokenize_words(str(record["text"]))]
    given_spans, given_log = read(folder, {**record, "tokens": tokens}, policy, "repair")

    path = folder / "g.jsonl"
    path.write_text(lines(record), encoding="utf-8", newline="")
    log = ReadLog()
    (document,) = read_documents(path, ReadOptions(format="spans-jsonl", on_error="repair"), log)
    fitter = _Unflattened(policy)
    made = fitter.fit(document)
    assert made.entities == given_spans

    # What happens last to an entity is its fate: one trimmed while it is read, and moved, counts as moved.
    given_ledger, first, second = given_log.ledger(), log.ledger(), fitter.ledger
    assert given_ledger.dropped == Counter(first.dropped) + Counter(second.dropped)
    moved = ("expanded", "shrunk")
    assert {name: given_ledger.adjusted.get(name, 0) for name in moved} == {
        name: second.adjusted.get(name, 0) for name in moved
    }
    assert given_ledger.kept + given_ledger.adjusted.get("trimmed", 0) == second.kept
    assert given_ledger.read == first.read


class _Unflattened(Fitter):
    """Puts entities on tokens and leaves overlapping ones."""

    def __init__(self, policy: MisalignedPolicy) -> None:
        super().__init__(tagged=True, on_misaligned=policy)
        self._on_nested = "keep"


@settings(max_examples=150, deadline=None)
@given(TEXT, st.data(), st.sampled_from(POLICIES))
def test_each_entity_for_itself(
    tmp_path_factory: pytest.TempPathFactory, text: str, data: st.DataObject, policy: MisalignedPolicy
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    surface = text[start:end]
    if surface != surface.strip():
        return
    tokens = tokenize_words(text)
    entity = {"start": start, "end": end, "label": "X"}
    record = {"text": text, "entities": [entity], "tokens": [[token.start, token.end] for token in tokens]}
    spans, log = read(tmp_path_factory.mktemp("one"), record, policy, "strict")
    alignment = align_spans(tokens, [Span(start, end, "X", surface)], policy)
    assert reasons(log.ledger()) == reasons(alignment.ledger())
    assert [(span.start, span.end) for span in spans] == [
        (tokens[one.first].start, tokens[one.end - 1].end) for one in alignment.spans
    ]


def test_entities_that_fall_together_are_one(tmp_path: Path) -> None:
    record = {
        "text": "New York",
        "tokens": [[0, 3], [4, 8]],
        "entities": [
            {"start": 4, "end": 7, "label": "X"},
            {"start": 4, "end": 8, "label": "X"},
            {"start": 5, "end": 8, "label": "Y"},
            {"start": 5, "end": 7, "label": "Y", "id": "e"},
        ],
    }
    spans, log = read(tmp_path, record, "expand", "strict")
    assert [(span.text, span.label, span.id) for span in spans] == [
        ("York", "X", None),
        ("York", "Y", None),
        ("York", "Y", "e"),
    ]
    assert log.ledger().kept == 1
    assert log.ledger().adjusted == {"expanded": 2}
    assert log.ledger().dropped == {"duplicate-entity": 1}


def test_each_fate_has_its_group() -> None:
    groups = {group: {fate.value for fate in Fate if fate.group == group} for group in ("kept", "adjusted")}
    assert groups == {"kept": {"kept"}, "adjusted": {"trimmed", "expanded", "shrunk"}}
    assert {fate.value for fate in Fate if fate.group == "dropped"} == {
        "misaligned",
        "empty-span",
        "no-token",
        "no-whole-token",
        "duplicate-entity",
    }
