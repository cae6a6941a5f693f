"""Illegal tag sequences: finding them, and mending them by a named policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from onoma.errors import ConfigError, did_you_mean
from onoma.tags.convert import spans_to_tags, tags_to_spans
from onoma.tags.scheme import OUTSIDE, Scheme, split_tag


def find_illegal(tags: Sequence[str], scheme: Scheme) -> list[int]:
    """Return the indices of tags that may not stand where they stand.

    An entity that is cut off (``B-PER`` then ``O`` in BIOES) is reported at the tag after the cut; at the
    end of the sentence, at the last tag.
    """
    illegal = []
    previous = OUTSIDE
    for index, tag in enumerate(tags):
        if not scheme.may_follow(previous, tag):
            illegal.append(index)
        previous = tag
    if tags and not scheme.may_end(tags[-1]) and (len(tags) - 1) not in illegal:
        illegal.append(len(tags) - 1)
    return illegal


def _as_conlleval(tags: Sequence[str], scheme: Scheme) -> list[str]:
    return spans_to_tags(tags_to_spans(tags, scheme), len(tags), scheme)


def _discard(tags: Sequence[str], scheme: Scheme) -> list[str]:
    kept = [
        (first, end, label)
        for first, end, label in tags_to_spans(tags, scheme)
        if _is_whole(tags, first, end, scheme)
    ]
    return spans_to_tags(kept, len(tags), scheme)


def _is_whole(tags: Sequence[str], first: int, end: int, scheme: Scheme) -> bool:
    if scheme.name in ("IO", "IOB1"):
        return True
    opening, closing = split_tag(tags[first])[0], split_tag(tags[end - 1])[0]
    if end - first == 1:
        return opening == scheme.single
    return opening == scheme.begin and closing == scheme.end


REPAIRS: dict[str, Callable[[Sequence[str], Scheme], list[str]]] = {
    "conlleval": _as_conlleval,
    "discard": _discard,
}
"""Policies by name: ``conlleval`` keeps every tagged token (a stray ``I-`` opens an entity), ``discard``
turns every entity that is not written whole into ``O``."""


def repair_tags(tags: Sequence[str], scheme: Scheme, policy: str = "conlleval") -> list[str]:
    """Return a legal sequence of tags.

    Raises:
        ConfigError: no such policy.
    """
    if policy not in REPAIRS:
        raise ConfigError(f"unknown repair policy '{policy}'{did_you_mean(policy, REPAIRS)}")
    return REPAIRS[policy](tags, scheme)
