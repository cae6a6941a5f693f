"""What shells are told where a command line is to be completed.

The scripts are Typer's: at the TAB key a shell calls ``onoma`` with a variable set, and what the program then
prints are the words to choose from. Files are the shell's own business.
"""

from __future__ import annotations

import os

COMPLETING = "_ONOMA_COMPLETE"
"""Variable by which a shell says that it wants to complete."""
_LINES = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")
"""Variables of the line so far: of bash, of the others."""


def words_to_complete() -> list[str]:
    """Return the words of the line that a shell wants to complete, without the program; none otherwise."""
    if COMPLETING not in os.environ:
        return []
    # Typer does this itself only for programs that offer to install their script.
    from typer.completion import completion_init  # type: ignore[attr-defined]

    completion_init()
    return next((os.environ[name] for name in _LINES if name in os.environ), "").split()[1:]


def rungs(incomplete: str) -> list[tuple[str, str]]:
    """Return the models that can be trained, with a word on each."""
    from onoma.models import list_rungs

    return [(rung.name, rung.summary) for rung in list_rungs() if rung.name.startswith(incomplete)]


def formats(incomplete: str) -> list[tuple[str, str]]:
    """Return the formats of data, with a word on each."""
    from onoma.readers import list_formats

    return [(one.name, one.description) for one in list_formats() if one.name.startswith(incomplete)]
