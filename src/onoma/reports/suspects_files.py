"""Label suspects as files, and their documents in the format that they came in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from onoma.files import atomic_folder, is_filled, set_aside, write_text
from onoma.inspection.suspect_places import SuspectDocuments
from onoma.inspection.suspects import Suspicion
from onoma.readers import get_format, write_documents
from onoma.readers.fitting import Fitter
from onoma.reports.pages import suspects
from onoma.text import Document, Ledger

SUSPECTS, PAGE = "suspects.jsonl", "suspects.html"
_FALLBACK = "spans-jsonl"


@dataclass(frozen=True, slots=True)
class Exported:
    """Documents with suspects, written for annotating them again.

    Args:
        path: file, or folder where the format is one.
        format: that they are in.
        note: why it is not the format that they came in, empty where it is.
        documents: how many.
        ledger: what became of their entities.
    """

    path: Path
    format: str
    note: str
    documents: int
    ledger: Ledger


def write_suspects(suspicion: Suspicion, folder: Path, *, title: str) -> None:
    """Write ``suspects.jsonl``, a suspect a line, and ``suspects.html``.

    Raises:
        OutputError: the folder cannot be written.
        MissingExtraError: Jinja2 is not installed.
    """
    lines = (json.dumps(suspect.as_dict(), ensure_ascii=False) for suspect in suspicion.suspects)
    write_text(folder / SUSPECTS, "".join(f"{line}\n" for line in lines))
    write_text(folder / PAGE, suspects.PAGE.render(suspicion, title=title))


def export_all(wanted: Iterable[SuspectDocuments], folder: Path, tell: Callable[[str], None]) -> None:
    """Write the documents that have suspects, a file or folder for each split, to be annotated again.

    Args:
        wanted: they.
        folder: where to; what it holds is set aside, since somebody may have begun to mend it.
        tell: is told what was written, a line each.

    Raises:
        OutputError: the folder cannot be written.
    """
    if is_filled(folder):
        tell(f"{folder}: the documents of an earlier time are kept in {set_aside(folder).name}")
    with atomic_folder(folder) as place:
        for part in wanted:
            exported = export_documents(part.documents, place, part.split, part.format, part.scheme)
            note = f" ({exported.note})" if exported.note else ""
            tell(
                f"{part.split}: {exported.documents} documents as {exported.format}{note}; {exported.ledger}"
            )


def export_documents(
    documents: Sequence[Document], folder: Path, name: str, format: str, scheme: str | None
) -> Exported:
    """Write documents in the format that they came in, or in span JSONL where that is only read.

    Args:
        documents: as they were read, gold and all.
        folder: where to.
        name: of the file, without its suffix.
        format: name of the format that they were read in.
        scheme: tag scheme of column formats.

    Raises:
        OutputError: the place cannot be written, or is a folder that is not empty.
    """
    chosen, note = get_format(format), ""
    if not chosen.written:
        note = f"the format {format} is only read, so they are in {_FALLBACK}"
        chosen = get_format(_FALLBACK)
    target = folder / (f"{name}{chosen.suffixes[0]}" if chosen.write is not None else name)
    fitter = Fitter(tagged=chosen.tagged, on_tokens=chosen.on_tokens)
    written = write_documents(target, map(fitter.fit, documents), chosen.name, scheme or "BIO")
    ledger = fitter.ledger if chosen.tagged else written
    return Exported(target, chosen.name, note, len(documents), ledger)
