"""What varies is found by itself: an object a module of a package, or entry points of other packages."""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Protocol, TypeVar

from onoma.errors import ConfigError, did_you_mean, excerpt


class Named(Protocol):
    """What is found has a name, by which users ask for it."""

    @property
    def name(self) -> str:
        """As users write it."""
        ...


T = TypeVar("T")
N = TypeVar("N", bound=Named)
_LOG = logging.getLogger(__name__)


def find_own(package: str, name: str, kind: type[T]) -> list[T]:
    """Return what the modules of a package hold under a name, if it is of a kind; by module, sorted.

    Args:
        package: with dots.
        name: ``FORMAT``, ``TASK``, ...
        kind: others are passed over.
    """
    modules = sorted(module.name for module in pkgutil.iter_modules(import_module(package).__path__))
    found = (getattr(import_module(f"{package}.{module}"), name, None) for module in modules)
    return [item for item in found if isinstance(item, kind)]


def find_foreign(group: str, kind: type[T]) -> list[T]:
    """Return what other packages register under a group of entry points, if it is of a kind.

    One that cannot be imported is passed over with a warning: it is no reason why all else should fail.
    """
    from importlib.metadata import entry_points  # takes its time, and is not always needed

    found = []
    for entry in entry_points(group=group):
        try:
            item = entry.load()
        except Exception as error:  # whatever a stranger's module raises
            why = f"{type(error).__name__}: {excerpt(str(error), 200)}"
            _LOG.warning(f"warning: the plug-in {entry.name} ({entry.value}) cannot be used: {why}")
            continue
        if isinstance(item, kind):
            found.append(item)
    return found


def find_all(package: str, name: str, group: str, kind: type[N]) -> dict[str, N]:
    """Return what is ours and what others bring, by name: `find_own`, `find_foreign`, and `merge`."""
    return merge(find_own(package, name, kind), find_foreign(group, kind), group)


def merge(ours: Iterable[N], theirs: Iterable[N], group: str) -> dict[str, N]:
    """Return both by name, ours first.

    What is ours cannot be replaced: one of another package with such a name is passed over with a warning.
    """
    found = {item.name: item for item in ours}
    taken = set(found)
    for item in theirs:
        if item.name in taken:
            _LOG.warning(
                f"warning: {group} has a '{item.name}' of another package, a name that is taken here"
            )
        else:
            found[item.name] = item
    return found


def pick(known: Mapping[str, T], name: str, what: str) -> T:
    """Return what is known under a name.

    Args:
        known: by name.
        name: as asked for.
        what: it is, for the message: ``format``.

    Raises:
        ConfigError: it is not known.
    """
    if name not in known:
        raise ConfigError(f"unknown {what} '{name}'{did_you_mean(name, known)}")
    return known[name]
