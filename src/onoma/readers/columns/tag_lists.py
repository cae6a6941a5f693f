"""Tags of one sentence to entities by characters, for formats of a record a document that hold tags."""

from __future__ import annotations

from collections.abc import Sequence

from onoma.errors import DataError
from onoma.readers.json.entities import Item
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside
from onoma.tags import SCHEMES, Scheme, find_illegal, get_scheme, repair_tags, split_tag, tags_to_spans

_ENDINGS = {"L": "BILOU", "U": "BILOU", "E": "BIOES", "S": "BIOES"}


def read_tags(
    tags: Sequence[str], places: Sequence[tuple[int, int]], options: ReadOptions, aside: Aside
) -> list[Item | DataError]:
    """Return the entities that tags make, by characters.

    The scheme is the one asked for, else BILOU (or BIOES) where a tag of its own occurs, else BIO. An illegal
    tag is a fault among the entities; under ``on_error="repair"`` the tags are mended, and entities changed
    by that say so.

    Args:
        tags: of the words of one sentence.
        places: first and end character of each word.
        options: policies.
        aside: gets what is mended.
    """
    scheme = _scheme(tags, options)
    fault = _fault(tags, scheme)
    spans = tags_to_spans(tags, scheme)
    if fault is None or options.on_error != "repair":
        items: list[Item | DataError] = [
            Item({"start": places[first][0], "end": places[end - 1][1], "label": label})
            for first, end, label in spans
        ]
        return items if fault is None else [fault, *items[1:]]
    known = [tag if _is_known(tag, scheme) else _mended(tag, scheme, options) for tag in tags]
    mended = repair_tags(known, scheme, options.repair)
    aside.note(fault.code, f"{fault.message} [{fault.text}]")
    after = tags_to_spans(mended, scheme)
    aside.drop(fault.code, max(0, len(spans) - len(after)))
    return [
        Item(
            {"start": places[first][0], "end": places[end - 1][1], "label": label},
            change=None if list(tags[first:end]) == list(mended[first:end]) else fault.code,
        )
        for first, end, label in after
    ]


def _scheme(tags: Sequence[str], options: ReadOptions) -> Scheme:
    if options.scheme is not None:
        return get_scheme(options.scheme)
    name = next((_ENDINGS[tag[0]] for tag in tags if tag[:1] in _ENDINGS and tag[1:2] == "-"), "BIO")
    return SCHEMES[name]


def _is_known(tag: str, scheme: Scheme) -> bool:
    prefix, label = split_tag(tag)
    return prefix is None or (bool(label) and prefix in scheme.prefixes)


def _mended(tag: str, scheme: Scheme, options: ReadOptions) -> str:
    """An unknown prefix says that the word is inside an entity, as conlleval sees it, and no more."""
    label = split_tag(tag)[1]
    return f"{scheme.inside}-{label}" if label and options.repair == "conlleval" else "O"


def _fault(tags: Sequence[str], scheme: Scheme) -> DataError | None:
    unknown = next((tag for tag in tags if not _is_known(tag, scheme)), None)
    if unknown is not None:
        what = f"not a tag of {scheme.name}; mend it, or name the scheme: --scheme"
        return DataError(what, code="unknown-tag", text=unknown)
    for index in find_illegal(tags, scheme)[:1]:
        what = (
            f"'{tags[index]}' at token {index + 1} of its sentence is not legal in {scheme.name}; mend it, "
        )
        return DataError(what + "or --on-error repair", code="illegal-tag", text=" ".join(tags)[:60])
    return None
