"""A folder ready to be uploaded to the Hugging Face Hub: a bundle, and a card that says what it is."""

from __future__ import annotations

from pathlib import Path

from onoma.errors import OutputError
from onoma.files import atomic_folder
from onoma.reports.card import CardDetails, model_card
from onoma.runtime.bundle import Bundle, save_bundle
from onoma.runtime.hub import BUNDLE

CARD = "README.md"


def check_hub_place(folder: Path) -> None:
    """Refuse a place that holds something: also a folder of this kind may be a clone with a history.

    Raises:
        OutputError: the folder is not empty.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise OutputError(f"{folder}: is not empty; name another folder, or remove it")


def write_hub_folder(folder: Path, bundle: Bundle, run: Path | None, details: CardDetails) -> None:
    """Write ``README.md`` and ``bundle/`` at once.

    The bundle lies in a folder of its own, since the Hub and its clients add files beside the card, and a
    bundle has no more files than its manifest names. `onoma.load` takes the folder as it takes a run.

    Args:
        folder: to write; new or empty.
        bundle: the model.
        run: the finished run that it comes from.
        details: see `onoma.reports.card.model_card`.

    Raises:
        OutputError: the place cannot be written, or is not empty.
        ModelError: the run is damaged.
    """
    check_hub_place(folder)
    with atomic_folder(folder) as part:
        save_bundle(part / BUNDLE, bundle)
        (part / CARD).write_text(model_card(run, part / BUNDLE, details), encoding="utf-8")
