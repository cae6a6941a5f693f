"""Texts without their names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.runtime.redacting import MASK, STYLES, redact
from onoma.text import Document, Span

TEXT = "Anna Smith met ANNA  SMITH and anna smith; Smith, Иванов, Иванова, 東京. Per_1 left."


def document(*entities, text=TEXT):
    return Document(
        "1", text, entities=tuple(Span(s, e, label, text[s:e], score) for s, e, label, score in entities)
    )


def of(surfaces, text=TEXT):
    spans = []
    for surface, label in surfaces:
        start = text.index(surface)
        spans.append((start, start + len(surface), label, 0.5))
    return document(*sorted(spans), text=text)


def test_pseudonyms_are_the_same_for_the_same_words_and_cased_as_they_are():
    surfaces = ["Anna Smith", "ANNA  SMITH", "anna smith", "Smith,", "Иванов,", "Иванова", "東京"]
    redacted = redact(of([(one.strip(","), "PER") for one in surfaces if one != "Smith,"]), "pseudonym")
    names = [one.replacement for one in redacted.spans]
    # Per_1 stands in the text already; forms of a name are other names.
    assert names[:3] == ["Per_2", "PER_2", "per_2"]
    assert len({name.lower() for name in names}) == 4
    assert redacted.text.endswith("Per_1 left.")
    assert "Anna" not in redacted.text


def test_pseudonyms_are_the_same_in_every_normal_form_and_in_turkish():
    surfaces = ["M\u00fcller", "Mu\u0308ller", "İSTANBUL", "istanbul", "i\u0307stanbul", "ＡＢＣ", "abc"]
    redacted = redact(of([(one, "PER") for one in surfaces], f"{TEXT} {' '.join(surfaces)}"), "pseudonym")
    names = [one.replacement.lower() for one in redacted.spans]
    assert names == ["per_2", "per_2", "per_3", "per_3", "per_3", "per_4", "per_4"]


def test_labels_have_names_of_their_own():
    redacted = redact(of([("Anna", "PER"), ("Smith", "ORG")]), "pseudonym")
    assert [one.replacement for one in redacted.spans] == ["Per_2", "Org_1"]


def test_a_mask_tells_nothing_of_the_length():
    redacted = redact(of([("Anna Smith", "PER"), ("東京", "LOC")]), "mask")
    assert {one.replacement for one in redacted.spans} == {MASK}


def test_overlapping_entities_are_one_place():
    redacted = redact(document((0, 10, "PER", 0.2), (5, 14, "ORG", 0.9), (0, 4, "LOC", 0.1)))
    (one,) = redacted.spans
    assert (one.start, one.end, one.label, one.score) == (0, 14, "PER", 0.9)
    assert redacted.text == "[PER]" + TEXT[14:]


def test_surfaces_are_in_the_map_only_where_they_are_asked_for():
    redacted = redact(of([("Anna Smith", "PER")]))
    assert "Anna" not in str(redacted)
    assert redacted.spans_as_dicts()[0] == {
        "start": 0, "end": 10, "label": "PER", "redacted_start": 0, "redacted_end": 5,
        "replacement": "[PER]", "score": 0.5,
    }  # fmt: skip
    assert redacted.spans_as_dicts(TEXT)[0]["text"] == "Anna Smith"


@given(
    st.text("aB ё\n", max_size=30).flatmap(
        lambda text: st.tuples(
            st.just(text),
            st.lists(
                st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from(["PER", "nat"])), max_size=6
            ),
        )
    ),
    st.sampled_from(STYLES),
)
def test_the_map_leads_from_one_text_to_the_other(made, style):
    text, places = made
    spans = [(s, min(e, len(text)), label, None) for s, e, label in places if s < min(e, len(text))]
    original = document(*spans, text=text)
    redacted = redact(original, style)
    rebuilt, at = "", 0
    for one in redacted.spans:
        assert redacted.text[one.redacted_start : one.redacted_end] == one.replacement
        rebuilt += redacted.text[at : one.redacted_start] + text[one.start : one.end]
        at = one.redacted_end
    assert rebuilt + redacted.text[at:] == text
    gone = {at for one in redacted.spans for at in range(one.start, one.end)}
    assert gone == {at for s, e, _, _ in spans for at in range(s, e)}


def test_nothing_to_replace():
    assert redact(Document("1", "text")).text == "text"


@pytest.mark.parametrize("style", STYLES)
def test_documents_begin_anew(style):
    one = of([("Anna", "PER")])
    assert redact(one, style) == redact(one, style)
