"""``onoma redact``: texts without their names, and a promise of how many of them are gone."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from onoma.cli.answering import say_threshold
from onoma.cli.options import Json, ModelArgument, Quiet, Threads
from onoma.cli.reading import Reading, reads

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

    from onoma.runtime.redacting import Redacted, Style
    from onoma.text import Document

_MAP = ".map.jsonl"


@reads("on_misaligned", "document_labels", "labels", format="Input format: text, or one of `onoma formats`.")
def command(
    model: ModelArgument,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="IN...|-", help="Texts (a line is a document) or data in any readable format."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="File to write: .jsonl (text and map), or .txt (text alone; the map goes beside it).",
        ),
    ],
    style: Annotated[
        str,
        typer.Option("--style", metavar="mask|label|pseudonym", help="What stands in the names' place."),
    ] = "label",
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--labels", metavar="A,B", help="Replace these labels only; recall is promised for each."
        ),
    ] = None,
    min_recall: Annotated[
        float | None,
        typer.Option(
            "--min-recall",
            metavar="0..1",
            help="Mean share of a text's entities that is to be replaced, guaranteed for texts like the dev "
            "data; 0.95 when not given.",
        ),
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(
            "--min-score",
            metavar="0..1",
            help="Instead, with no promise: what the model finds with at least this score; 0 for all.",
        ),
    ] = None,
    keep_surfaces: Annotated[
        bool, typer.Option("--keep-surfaces", help="Write what stood there into the map: it is the secret.")
    ] = False,
    threads: Threads = 0,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> None:
    """Replace names in texts, with a promise about what share of them.

    Only texts, ids and the map are written; nothing else of the input is. The map has the offsets of each
    replacement in both texts.
    """
    from onoma.api.inputs import TaggingInputs
    from onoma.api.redacting import redacted_documents, redactor
    from onoma.cli.progress import say, say_nothing
    from onoma.errors import check_choice
    from onoma.readers.inputs import told_apart
    from onoma.runtime.redacting import STYLES

    check_choice("style", style, STYLES)
    _check_out(out, inputs)
    tell = say_nothing if quiet else say
    labels = [label for listed in only or () for label in listed.split(",") if label]
    tagger = redactor(model, min_recall, min_score, labels, threads)
    if not quiet:
        say_threshold(tagger, None)
    if tagger.promise is None:
        say("nothing is promised: what the model does not find stays in the text")
    read = TaggingInputs(reading.given(), model, tell).documents(*inputs)
    documents = told_apart(read, tell) if len(inputs) > 1 else read
    found = redacted_documents(tagger.pipe(documents), cast("Style", style), labels)
    counts = _write(found, out, keep_surfaces)
    num_documents = counts.pop("", 0)
    if as_json:
        promise = tagger.promise.as_dict() if tagger.promise else None
        replaced = dict(sorted(counts.items()))
        print(json.dumps({"documents": num_documents, "replaced": replaced, "promise": promise}))
    else:
        listed = ", ".join(f"{label} {count}" for label, count in sorted(counts.items())) or "nothing"
        where = ", ".join(map(str, _outputs(out)))
        tell(f"{where}: {num_documents} documents; replaced: {listed}")


def _check_out(out: Path, inputs: Sequence[str]) -> None:
    """Refuse a file whose kind says nothing, and one that is read."""
    from onoma.errors import ConfigError
    from onoma.files import refuse_originals

    if out.suffix not in (".jsonl", ".txt"):
        raise ConfigError(f"--out {out}: name a .jsonl file (text and map) or a .txt file (text alone)")
    refuse_originals(_outputs(out), inputs)


def _outputs(out: Path) -> list[Path]:
    """Return the files that are written: of text alone the map stands beside it."""
    return [out, out.with_name(out.name + _MAP)] if out.suffix == ".txt" else [out]


def _write(found: Iterable[tuple[Document, Redacted]], out: Path, keep_surfaces: bool) -> Counter[str]:
    """Write the redacted documents; return how many of each label were replaced; of documents under ""."""
    from onoma.files import atomic_path

    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        parts = [stack.enter_context(atomic_path(path)) for path in _outputs(out)]
        files = [stack.enter_context(part.open("w", encoding="utf-8", newline="\n")) for part in parts]
        at = 0
        for document, redacted in found:
            _write_one(files, redacted, at, document.text if keep_surfaces else None)
            at += len(redacted.text) + 1
            counts[""] += 1
            counts.update(one.label for one in redacted.spans)
    return counts


def _write_one(files: Sequence[TextIO], redacted: Redacted, at: int, original: str | None) -> None:
    spans = redacted.spans_as_dicts(original)
    record: dict[str, object]
    if len(files) == 1:
        record = {"id": redacted.id, "text": redacted.text, "spans": spans}
    else:
        files[0].write(redacted.text + "\n")
        record = {"id": redacted.id, "offset": at, "length": len(redacted.text), "spans": spans}
    files[-1].write(json.dumps(record, ensure_ascii=False) + "\n")
