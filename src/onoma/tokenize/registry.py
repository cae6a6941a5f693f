"""The tokenisers there are: one a module of `onoma.tokenize.tokenizers`, or an entry point elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from onoma.errors import ConfigError, did_you_mean, excerpt
from onoma.plugins import find_foreign, find_own
from onoma.text import Document
from onoma.tokenize.tokenizer import Tokenizer

ENTRY_POINT_GROUP = "onoma.tokenizers"

DEFAULT = "onoma"
"""Cuts text where nothing else is asked for."""

FIRST = "onoma@1"
"""Cut the text of all models that were made before models named their tokeniser."""

Versions = dict[int, Tokenizer]


@functools.cache
def _own() -> dict[str, Versions]:
    return _by_name(find_own("onoma.tokenize.tokenizers", "TOKENIZER", Tokenizer))


@functools.cache
def _foreign() -> dict[str, Versions]:
    """Those of other packages, which can neither replace nor add to what is ours by name."""
    found = _by_name(find_foreign(ENTRY_POINT_GROUP, Tokenizer))
    return {name: versions for name, versions in found.items() if name not in _own()}


def _by_name(found: Iterable[Tokenizer]) -> dict[str, Versions]:
    by_name: dict[str, Versions] = {}
    for item in found:
        by_name.setdefault(item.name, {})[item.version] = item
    return by_name


def list_tokenizers() -> tuple[Tokenizer, ...]:
    """Return all tokenisers in all versions, sorted by name and version."""
    found = [one for versions in (_own() | _foreign()).values() for one in versions.values()]
    return tuple(sorted(found, key=lambda one: (one.name, one.version)))


def get_tokenizer(name: str, version: int | None = None) -> Tokenizer:
    """Return a tokeniser.

    Args:
        name: of it, or name and version as one: ``onoma@1``.
        version: the newest when neither says it.

    Raises:
        ConfigError: there is none of that name, or not in that version.
    """
    name, asked = _parse(name) if version is None else (name, version)
    # What is ours is found without a look at the other packages, which would take its time.
    versions = _own().get(name) or _foreign().get(name)
    if versions is None:
        hint = did_you_mean(name, _own() | _foreign())
        raise ConfigError(
            f"unknown tokenizer '{excerpt(name)}'{hint} (others come with the package that has them)"
        )
    newest = max(versions)
    found = versions.get(newest if asked is None else asked)
    if found is not None:
        return found
    if asked is not None and asked > newest:
        whose = "Onoma: pip install -U onoma" if name in _own() else "the package that has it"
        raise ConfigError(f"tokenizer '{name}@{asked}' is newer than '{name}@{newest}' here; upgrade {whose}")
    kept = ", ".join(map(str, sorted(versions)))
    raise ConfigError(
        f"tokenizer '{name}@{asked}' is no longer kept (here: {kept}), so text cannot be cut as it cut it; "
        "use the version of its package that the model was made with, or train again"
    )


def tokenize_document(document: Document) -> Document:
    """Return the document with tokens and sentences by the default tokeniser, if it has none.

    It is for data as such; what is cut for a model is cut by the model's own tokeniser.
    """
    return get_tokenizer(DEFAULT).document(document)


def _parse(text: str) -> tuple[str, int | None]:
    name, at, number = text.partition("@")
    if not at:
        return name, None
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise ConfigError(f"tokenizer '{excerpt(text)}': write a name, or name and version such as {FIRST}")
    return name, int(number)
