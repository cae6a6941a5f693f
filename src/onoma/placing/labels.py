"""The labels of a model, or of predictions, beside those of gold: whether they can meet."""

from __future__ import annotations

from collections.abc import Callable, Collection

from onoma.errors import ConfigError, excerpt

_SHOWN = 8


def nothing_in_common(model: Collection[str], gold: Collection[str], giver: str = "the model") -> str:
    """Return what to say where a model and gold have no label in common; nothing where they have one.

    Args:
        model: labels that the model gives, after mapping.
        gold: labels of the gold entities, after mapping.
        giver: what the model is called.
    """
    if not model or not gold or set(model) & set(gold):
        return ""
    by_case = {label.casefold(): label for label in sorted(gold)}
    alike = [(label, by_case[label.casefold()]) for label in sorted(model) if label.casefold() in by_case]
    if alike:
        maps = " ".join(f"--map {old}={new}" for old, new in alike)
        hint = f"they differ in case: {maps}"
    else:
        hint = "name what is the same with --map A=B"
    return (
        f"{excerpt(giver)} and the gold have no label in common: {excerpt(giver)} gives {_listed(model)}; "
        f"gold has {_listed(gold)}; {hint}"
    )


def refuse_strangers(
    model: Collection[str],
    gold: Collection[str],
    giver: str = "the model",
    *,
    allow_empty: bool,
    tell: Callable[[str], None],
) -> None:
    """Refuse a model and gold without a label in common; see `nothing_in_common`.

    Args:
        allow_empty: whether that is only told.
        tell: is told.

    Raises:
        ConfigError: they have none.
    """
    message = nothing_in_common(model, gold, giver)
    if message and not allow_empty:
        raise ConfigError(f"{message}; or score all the same with --allow-empty")
    if message:
        tell(message)


def _listed(labels: Collection[str]) -> str:
    shown = ", ".join(excerpt(label, 40) for label in sorted(labels)[:_SHOWN])
    return f"{shown} and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else shown
