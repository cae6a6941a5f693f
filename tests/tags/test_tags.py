from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import ConfigError
from onoma.tags import (
    REPAIRS,
    SCHEMES,
    detect_scheme,
    find_illegal,
    get_scheme,
    repair_tags,
    spans_to_tags,
    tags_to_spans,
)
from onoma.tags.flatten import flatten_spans

schemes = st.sampled_from(sorted(SCHEMES)).map(get_scheme)
LABELS = ("PER", "LOC", "creative-work")


@st.composite
def flat_spans(draw, length: int = 12):
    cuts = sorted(draw(st.sets(st.integers(0, length), max_size=8)))
    return [
        (first, end, draw(st.sampled_from(LABELS))) for first, end in pairwise(cuts) if draw(st.booleans())
    ]


@st.composite
def any_tags(draw):
    scheme = draw(schemes)
    return scheme, draw(st.lists(st.sampled_from(scheme.tags(LABELS)), max_size=10))


@given(schemes, flat_spans())
def test_spans_survive_the_way_to_tags_and_back(scheme, spans) -> None:
    tags = spans_to_tags(spans, 12, scheme)
    assert find_illegal(tags, scheme) == []
    if scheme.name != "IO":  # IO cannot tell touching entities of one label apart
        assert tags_to_spans(tags, scheme) == spans


@given(any_tags())
def test_every_tag_but_o_belongs_to_one_span(case) -> None:
    scheme, tags = case
    covered = [index for first, end, _ in tags_to_spans(tags, scheme) for index in range(first, end)]
    assert covered == [index for index, tag in enumerate(tags) if tag != "O"]


@given(any_tags(), st.sampled_from(sorted(REPAIRS)))
def test_repaired_tags_are_legal_and_legal_tags_are_left_alone(case, policy) -> None:
    scheme, tags = case
    repaired = repair_tags(tags, scheme, policy)
    assert find_illegal(repaired, scheme) == []
    if not find_illegal(tags, scheme):
        assert tags_to_spans(repaired, scheme) == tags_to_spans(tags, scheme)


@given(any_tags())
def test_discard_keeps_only_spans_that_were_written_whole(case) -> None:
    scheme, tags = case
    kept = tags_to_spans(repair_tags(tags, scheme, "discard"), scheme)
    assert set(kept) <= set(tags_to_spans(tags, scheme)) or scheme.name in ("IO", "IOB1")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([["O", "I-PER", "I-PER", "B-PER"]], "IOB1"),
        ([["O", "I-PER", "O"]], "IOB1"),
        ([["B-PER", "I-PER", "O"]], "BIO"),
        ([["B-PER", "O"], ["O", "I-LOC"]], "BIO"),
        ([["S-PER", "O"]], "BIOES"),
        ([["B-PER", "L-PER", "U-LOC"]], "BILOU"),
        ([["O", "O"]], "BIO"),
    ],
)
def test_scheme_is_detected(tags, expected) -> None:
    assert detect_scheme(tags).name == expected


def test_iob1_spans_read_as_bio_would_be_lost_are_found() -> None:
    tags = ["I-ORG", "O", "I-MISC", "B-MISC", "I-MISC"]
    assert tags_to_spans(tags, detect_scheme([tags])) == [(0, 1, "ORG"), (2, 3, "MISC"), (3, 5, "MISC")]


def test_adjacent_single_tokens_stay_apart_in_bilou() -> None:
    # seqeval's default mode merges these two.
    assert tags_to_spans(["U-PER", "U-PER"], get_scheme("bilou")) == [(0, 1, "PER"), (1, 2, "PER")]


@pytest.mark.parametrize(
    ("scheme", "tags", "places"),
    [
        ("BIO", ["O", "I-PER"], [1]),
        ("BIO", ["B-PER", "I-LOC"], [1]),
        ("IOB1", ["B-PER"], [0]),
        ("BIOES", ["B-PER", "O"], [1]),
        ("BIOES", ["B-PER"], [0]),
        ("BIOES", ["E-PER"], [0]),
        ("BILOU", ["U-PER", "I-PER", "L-PER"], [1]),
        ("IO", ["I-PER", "I-LOC"], []),
    ],
)
def test_illegal_tags_are_located(scheme, tags, places) -> None:
    assert find_illegal(tags, get_scheme(scheme)) == places


def test_unknown_names_are_refused_with_a_hint() -> None:
    with pytest.raises(ConfigError, match="did you mean 'BIOES'"):
        get_scheme("BIOEX")
    with pytest.raises(ConfigError, match="conlleval"):
        repair_tags([], get_scheme("BIO"), "conleval")


nested = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 5), st.sampled_from(LABELS)).map(
        lambda s: (s[0], s[0] + s[1], s[2])
    )
)


@given(nested, st.sampled_from(["outermost", "innermost"]))
def test_flat_spans_do_not_overlap_and_no_more_fit(spans, policy) -> None:
    kept = [spans[index] for index in flatten_spans(spans, policy)]
    taken = [place for first, end, _ in kept for place in range(first, end)]
    assert len(taken) == len(set(taken))
    for first, end, _ in spans:
        assert not set(range(first, end)).isdisjoint(taken)


def test_flatten_prefers_long_or_short() -> None:
    spans = [(0, 4, "ORG"), (2, 3, "LOC"), (6, 7, "PER")]
    assert flatten_spans(spans, "outermost") == [0, 2]
    assert flatten_spans(spans, "innermost") == [1, 2]


def test_spans_to_tags_refuses_overlap_and_bad_ranges() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        spans_to_tags([(0, 2, "A"), (1, 3, "B")], 4, get_scheme("BIO"))
    with pytest.raises(ValueError, match="does not fit"):
        spans_to_tags([(0, 5, "A")], 4, get_scheme("BIO"))
