"""Python functions as sources: what one is, and where they are found."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from onoma.errors import ConfigError, ModelError, excerpt
from onoma.plugins import find_foreign
from onoma.text import Document

ENTRY_POINT_GROUP = "onoma.labellers"

Found = tuple[int, int, str]
"""(first character, character after the last, label)."""


@dataclass(frozen=True, slots=True)
class Labeller:
    """A function that finds entities. A file of ``--functions`` has some as its variables; other packages
    register theirs under the entry point group ``onoma.labellers``.

    Args:
        name: as rules and tables call it.
        labels: all that it speaks of; its silence about others says nothing.
        find: yields the entities of a tokenised document.
        digest: what its answers depend on, such as a version; of a file it is found by itself.
    """

    name: str
    labels: tuple[str, ...]
    find: Callable[[Document], Iterable[Found]]
    digest: str = ""


def installed_labellers() -> dict[str, Labeller]:
    """Return the functions of other packages by name."""
    return {one.name: one for one in find_foreign(ENTRY_POINT_GROUP, Labeller)}


def labellers_of(path: Path) -> dict[str, Labeller]:
    """Run a Python file, and return the functions that it holds by name.

    Raises:
        ConfigError: it cannot be read or run, or holds none, or two of one name.
    """
    if not path.is_file():
        raise ConfigError(f"--functions {path}: no such file")
    spec = importlib.util.spec_from_file_location("onoma_functions", path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"--functions {path}: is no Python file (.py)")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # the user's own code
        raise ConfigError(f"--functions {path}: fails when it is run: {told(error)}") from error
    found: dict[str, Labeller] = {}
    for one in vars(module).values():
        if not isinstance(one, Labeller):
            continue
        if found.setdefault(one.name, one) is not one:
            raise ConfigError(f"--functions {path}: two functions are called '{one.name}'")
    if not found:
        raise ConfigError(
            f"--functions {path}: holds no Labeller (from onoma.voting.labeller import Labeller)"
        )
    return found


def told(error: BaseException) -> str:
    """Return what is wrong in a user's function, on one line."""
    return excerpt(f"{type(error).__name__}: {error}", 200)


def checked(labeller: Labeller, document: Document) -> list[Found]:
    """Return what a function finds in a document.

    Raises:
        ModelError: it fails, or gives what is no entity of the document or of its labels.
    """
    try:
        found = [(int(first), int(end), str(label)) for first, end, label in labeller.find(document)]
    except (Exception, SystemExit) as error:  # the user's own code
        raise ModelError(f"fails: {told(error)}, on the text [{excerpt(document.text)}]") from error
    for first, end, label in found:
        if label not in labeller.labels:
            raise ModelError(f"gives the label {excerpt(label)}, which is not among its labels")
        if not 0 <= first < end <= len(document.text):
            raise ModelError(f"gives {first} to {end}, no place of the text [{excerpt(document.text)}]")
    return found
