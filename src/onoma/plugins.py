"""What varies is found by itself: an object a module of a package, or entry points of other packages."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import TypeVar

from onoma.errors import ConfigError, did_you_mean

T = TypeVar("T")


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
    """Return what other packages register under a group of entry points, if it is of a kind."""
    from importlib.metadata import entry_points  # takes its time, and is not always needed

    return [item for item in (entry.load() for entry in entry_points(group=group)) if isinstance(item, kind)]


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
