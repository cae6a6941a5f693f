"""Spans to tags and back, and finding out which scheme a file is written in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onoma.tags.scheme import OUTSIDE, SCHEMES, Scheme, split_tag

TokenSpan = tuple[int, int, str]
"""First token, token after the last, label."""


def spans_to_tags(spans: Iterable[TokenSpan], length: int, scheme: Scheme) -> list[str]:
    """Write non-overlapping token spans as one tag a token.

    Raises:
        ValueError: a span is empty, out of range, or overlaps another.
    """
    tags = [OUTSIDE] * length
    for first, end, label in sorted(spans):
        if not 0 <= first < end <= length:
            raise ValueError(f"span ({first}, {end}) does not fit {length} tokens")
        if any(tag != OUTSIDE for tag in tags[first:end]):
            raise ValueError(f"span ({first}, {end}, {label}) overlaps another")
        if scheme.name == "IOB1":
            touches = first > 0 and split_tag(tags[first - 1])[1] == label
            tags[first:end] = [f"I-{label}"] * (end - first)
            if touches:
                tags[first] = f"B-{label}"
        elif end - first == 1:
            tags[first] = f"{scheme.single}-{label}"
        else:
            tags[first:end] = [f"{scheme.inside}-{label}"] * (end - first)
            tags[first] = f"{scheme.begin}-{label}"
            tags[end - 1] = f"{scheme.end}-{label}"
    return tags


def tags_to_spans(tags: Sequence[str], scheme: Scheme) -> list[TokenSpan]:
    """Read token spans from tags; illegal sequences are read as conlleval reads them.

    A tag that cannot continue the entity before it starts a new one, and an entity ends wherever the next
    tag does not continue it, so that every tag but ``O`` belongs to exactly one span. On legal tags this is
    the plain inverse of `spans_to_tags` (except IO, where touching entities of one label merge).
    """
    spans: list[TokenSpan] = []
    start = 0
    label: str | None = None
    for index, tag in enumerate(tags):
        prefix, tag_label = split_tag(tag)
        if label is not None and (tag_label != label or _opens(prefix, scheme)):
            spans.append((start, index, label))
            label = None
        if tag_label is not None and label is None:
            start, label = index, tag_label
        if label is not None and _closes(prefix, scheme):
            spans.append((start, index + 1, label))
            label = None
    if label is not None:
        spans.append((start, len(tags), label))
    return spans


def _opens(prefix: str | None, scheme: Scheme) -> bool:
    return scheme.strict and prefix in (scheme.begin, scheme.single)


def _closes(prefix: str | None, scheme: Scheme) -> bool:
    return scheme.marks_end and prefix in (scheme.end, scheme.single)


def detect_scheme(sentences: Iterable[Sequence[str]]) -> Scheme:
    """Tell the scheme from the tags themselves.

    E or S means BIOES, L or U means BILOU. Between IOB1 and BIO the telling tag is a ``B-`` that does not
    touch an entity of its own label before it: BIO writes it always, IOB1 never. With only ``I-`` tags the
    answer is IOB1, which reads the same spans as IO and still understands a later ``B-``. No entity at all
    gives BIO.
    """
    prefixes: set[str] = set()
    inside_starts = False
    for tags in sentences:
        previous_label: str | None = None
        for tag in tags:
            prefix, label = split_tag(tag)
            if prefix is not None:
                prefixes.add(prefix)
                if label != previous_label:
                    if prefix == "B":
                        prefixes.add("B starts")
                    inside_starts = inside_starts or prefix == "I"
            previous_label = label
    if prefixes & {"E", "S"}:
        return SCHEMES["BIOES"]
    if prefixes & {"L", "U"}:
        return SCHEMES["BILOU"]
    if inside_starts and "B starts" not in prefixes:
        return SCHEMES["IOB1"]
    return SCHEMES["BIO"]
