"""Fitting documents to formats: which entities stay, and that none is lost from the account."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import ConfigError, DataError
from onoma.readers import write_documents
from onoma.readers.fitting import ON_NESTED, Fitter
from onoma.text import Document, Span, sort_spans

TEXT = "The Bank of New York paid Ann."


def raw(*entities: tuple[str, str], text: str = TEXT) -> Document:
    """A document without tokens; entities are given by their text."""
    spans = [Span(text.index(part), text.index(part) + len(part), label, part) for part, label in entities]
    return Document("d", text, entities=sort_spans(spans))


NESTED = raw(("Bank of New York", "ORG"), ("New York", "LOC"), ("York paid", "X"), ("Ann", "PER"))


def fit(document: Document, **options: object) -> tuple[list[str], dict[str, object]]:
    fitter = Fitter(**options)  # type: ignore[arg-type]
    fitted = fitter.fit(document)
    assert all(fitted.text[span.start : span.end] == span.text for span in fitted.entities)
    assert fitter.ledger.balanced
    return [span.text for span in fitted.entities], fitter.ledger.as_dict()


@pytest.mark.parametrize("tagged", [False, True])
def test_nested_policies(tagged: bool) -> None:
    texts, ledger = fit(NESTED, tagged=tagged, on_nested="outermost")
    assert texts == ["Bank of New York", "Ann"]
    assert ledger["flattened"] == {"nested": 1, "crossing": 1}
    texts, ledger = fit(NESTED, tagged=tagged, on_nested="innermost")
    assert texts == ["New York", "Ann"]
    assert (ledger["kept"], ledger["flattened"]) == (2, {"nested": 1, "crossing": 1})
    with pytest.raises(DataError, match=r"document 'd': 'Bank of New York' \(ORG\) and 'New York' \(LOC\)"):
        fit(NESTED, tagged=tagged, on_nested="error")
    assert fit(raw(("New York", "LOC"), ("Ann", "PER")), tagged=tagged, on_nested="error")[1]["kept"] == 2


def test_defaults_are_what_the_format_can_hold() -> None:
    assert len(fit(NESTED, tagged=False)[0]) == 4
    assert fit(NESTED, tagged=True)[0] == ["Bank of New York", "Ann"]
    fitter = Fitter(tagged=False)
    assert fitter.fit(NESTED) is NESTED


def test_wrong_policies() -> None:
    with pytest.raises(ConfigError, match="did you mean 'outermost'"):
        Fitter(tagged=True, on_nested="outmost")
    with pytest.raises(ConfigError, match="cannot keep nested"):
        Fitter(tagged=True, on_nested="keep")


@pytest.mark.parametrize(
    ("policy", "texts", "fates"),
    [
        ("expand", ["York", "Ann"], {"adjusted": {"expanded": 1}}),
        ("shrink", ["Ann"], {"dropped": {"no-whole-token": 1}}),
        ("drop", ["Ann"], {"dropped": {"misaligned": 1}}),
    ],
)
def test_entities_off_the_tokens_made_here(policy: str, texts: list[str], fates: dict[str, object]) -> None:
    document = raw(("ork", "LOC"), ("Ann", "PER"))
    found, ledger = fit(document, tagged=True, on_misaligned=policy)
    assert found == texts
    assert fates.items() <= ledger.items()
    assert fit(document, tagged=False, on_misaligned=policy)[0] == ["ork", "Ann"]


def test_misaligned_error_names_the_document() -> None:
    with pytest.raises(DataError, match=r"document 'd': entity 'ork'.*--on-misaligned"):
        fit(raw(("ork", "LOC")), tagged=True, on_misaligned="error")


def test_two_entities_that_fall_on_one_token() -> None:
    texts, ledger = fit(raw(("Yor", "LOC"), ("rk", "X")), tagged=True)
    assert texts == ["York"]
    assert (ledger["adjusted"], ledger["flattened"]) == ({"expanded": 1}, {"nested": 1})


SPANS = st.lists(st.tuples(st.integers(0, 29), st.integers(1, 12), st.sampled_from("XY")), max_size=8)


@settings(max_examples=200, deadline=None)
@given(SPANS, st.sampled_from(ON_NESTED[:2]), st.sampled_from(["expand", "shrink", "drop"]))
def test_what_is_fitted_is_written_whole(
    spans: list[tuple[int, int, str]], nested: str, misaligned: str
) -> None:
    entities = [
        Span(start, min(start + length, len(TEXT)), label, TEXT[start : start + length])
        for start, length, label in spans
    ]
    document = Document("d", TEXT, entities=sort_spans(entities))
    fitter = Fitter(tagged=True, on_nested=nested, on_misaligned=misaligned)  # type: ignore[arg-type]
    fitted = fitter.fit(document)
    assert fitter.ledger.balanced
    assert fitter.ledger.read == len(spans)
    assert fitter.ledger.kept + sum(fitter.ledger.adjusted.values()) == len(fitted.entities)
    written = write_documents(io.StringIO(), [fitted], "conll")
    assert written.kept == written.read == len(fitted.entities)
