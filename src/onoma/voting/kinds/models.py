"""Source ``models``: a run, a bundle, a shipped model, or any other teacher of ``onoma distill``."""

from __future__ import annotations

from onoma.teachers import Teacher, open_teacher
from onoma.voting.source import Context, SourceKind, SourceSettings


class Models(SourceSettings):
    """A table ``[[models]]``.

    Args:
        model: as ``onoma distill`` takes a teacher: a place, a name, or ``KIND:PLACE``.
    """

    model: str


def open_place(place: str, settings: SourceSettings, context: Context) -> Teacher:
    """Open a teacher whose place, if there is one, is relative to the rules."""
    kind, colon, inner = place.partition(":")
    if (context.path(place)).exists():
        return open_teacher(str(context.path(place)), context.options(settings))
    if colon and context.path(inner).exists():
        return open_teacher(f"{kind}:{context.path(inner)}", context.options(settings))
    return open_teacher(place, context.options(settings))


def _open(settings: Models, context: Context) -> Teacher:
    return open_place(settings.model, settings, context)


SOURCE = SourceKind("models", "runs, bundles, shipped models, any teacher of `onoma distill`", Models, _open)
