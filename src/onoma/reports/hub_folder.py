"""A folder ready to be uploaded to the Hugging Face Hub: a bundle, and a card that says what it is."""

from __future__ import annotations

from pathlib import Path

from onoma.errors import DataError
from onoma.files import atomic_folder, refuse_filled
from onoma.reports.card import CardDetails, model_card
from onoma.runtime.bundle import Bundle, save_bundle
from onoma.runtime.hub import BUNDLE
from onoma.training.folder import is_finished

CARD = "README.md"


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
    refuse_filled(folder)  # also a folder of this kind may be a clone with a history
    with atomic_folder(folder) as part:
        save_bundle(part / BUNDLE, bundle)
        (part / CARD).write_text(model_card(run, part / BUNDLE, details), encoding="utf-8")


def card_of(bundle: Path, name: str) -> str:
    """Return a bundle's card: of its run, else what lies beside it in such a folder, else a new one.

    Args:
        bundle: the bundle's folder.
        name: of the model, for a card that is made.

    Raises:
        ModelError: the run is damaged.
        BundleError: the bundle is damaged.
        DataError: the card that lies there cannot be read.
    """
    around = bundle.resolve().parent
    ours = bundle.resolve().name == BUNDLE
    run = around if ours and is_finished(around) else None
    if ours and run is None and (around / CARD).is_file():
        try:
            return (around / CARD).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"cannot be read: {error}", code="unreadable-file", path=around / CARD) from None
    return model_card(run, bundle, CardDetails(name))
