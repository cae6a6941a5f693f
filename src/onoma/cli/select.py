"""``onoma select``: what to annotate next."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from onoma.cli.options import Json, ModelArgument, Quiet, Threads
from onoma.cli.reading import Reading, reads

if TYPE_CHECKING:
    from onoma.selection.choosing import Chosen, Selection
    from onoma.selection.pool import Pool


@reads(
    "on_misaligned",
    "document_labels",
    format="Format of the pool: text, or one of `onoma formats`; by content.",
    labels="Rename (A=B), merge or drop (A=) the labels that are suggested; may be repeated.",
)
def command(
    model: ModelArgument,
    pool: Annotated[
        list[str],
        typer.Argument(metavar="POOL...", help="Texts (a line is a document) or data in any format."),
    ],
    budget: Annotated[int, typer.Option("--budget", min=1, help="How many are to be annotated.")],
    out: Annotated[Path, typer.Option("--out", help="File to write; the random share beside it.")],
    to: Annotated[
        str, typer.Option("--to", help="label-studio, prodigy, doccano or spans-jsonl.")
    ] = "label-studio",
    strategy: Annotated[
        str | None,
        typer.Option(
            "--strategy",
            help="entropy, least-confidence, unseen, disagreement (default with --also), random.",
        ),
    ] = None,
    also: Annotated[
        list[str] | None, typer.Option("--also", metavar="MODEL", help="Another model; may be repeated.")
    ] = None,
    unit: Annotated[
        Literal["sentence", "document"], typer.Option("--unit", help="What is chosen and annotated.")
    ] = "sentence",
    without: Annotated[
        list[Path] | None,
        typer.Option(
            "--without",
            metavar="FILE",
            help="Chosen before, annotated or not: left out; may be repeated.",
        ),
    ] = None,
    random_share: Annotated[
        float,
        typer.Option(
            "--random-share",
            min=0.0,
            max=1.0,
            help="Share of the budget drawn at random, in a file of its own.",
        ),
    ] = 0.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of all that is random.")] = 13,
    threads: Threads = 0,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> None:
    """Choose what to annotate next, with the model's suggestions, in the annotation tool's own format."""
    from onoma.api.inputs import TaggingInputs
    from onoma.api.selecting import choosing_strategy, select_from
    from onoma.cli.progress import say, say_nothing
    from onoma.errors import OutputError
    from onoma.files import refuse_originals
    from onoma.readers.suggesting import suggestion_writer
    from onoma.runtime.loading import load

    suggestion_writer(to)
    if not out.parent.is_dir():
        raise OutputError(f"{out}: cannot write: there is no folder {out.parent}")
    refuse_originals([out, _beside(out)], [*pool, *(without or ())])
    chosen_strategy = choosing_strategy(strategy, also or ())
    labels = reading.options().labels
    tell = say_nothing if quiet else say
    taggers = [load(one, threads=threads) for one in (model, *(also or ()))]
    selection, there = select_from(
        TaggingInputs(reading.given(), model, tell).documents(*pool),
        taggers,
        chosen_strategy,
        budget,
        without=without or (),
        unit=unit,
        random_share=random_share,
        seed=seed,
        place=pool[0],
        watch=lambda found: tell(_pool_in_words(found, unit)),
    )
    files = _write(selection.with_labels(labels), out, to, _version(model))
    if selection.alike:
        tell(f"passed over: {selection.alike:,} that are nearly the same as one that was chosen or annotated")
    got = len(selection.chosen) + len(selection.sample)
    if got < budget:
        why = "that is not nearly the same" if selection.alike else "in the pool"
        say(f"only {got:,} of {budget:,} were chosen: there is nothing else {why}")
    if as_json:
        print(json.dumps(_as_dict(selection, there, files)))
        return
    for path, number in files.items():
        print(f"{path}: {number:,} {unit}s to annotate")


def _pool_in_words(pool: Pool, unit: str) -> str:
    left = ((pool.repeated, "of a text that was there"), (pool.annotated, "chosen before"))
    said = ", ".join(f"{number:,} {why}" for number, why in left if number)
    return f"pool: {len(pool.documents):,} {unit}s{f'; left out: {said}' if said else ''}"


def _version(model: str) -> str:
    """The model's name with the beginning of its manifest's hash, which tells one training from the next."""
    from onoma.runtime.bundle import manifest_hash
    from onoma.runtime.loading import find_bundle

    return f"{Path(model).name}-{manifest_hash(find_bundle(model))[:8]}"


def _beside(out: Path) -> Path:
    """Return where the random share goes."""
    suffixes = "".join(out.suffixes[-2:]) if out.suffix == ".gz" else out.suffix
    return out.with_name(f"{out.name.removesuffix(suffixes)}.random{suffixes}")


def _write(selection: Selection, out: Path, to: str, version: str) -> dict[str, int]:
    """Write what was chosen, and the random share beside it: ``next.json``, ``next.random.json``."""
    from onoma.readers.registry import Suggested
    from onoma.readers.suggesting import write_suggestions

    def suggested(chosen: Sequence[Chosen], why: str) -> list[Suggested]:
        return [Suggested(one.document, version, one.score, why) for one in chosen]

    parts = {out: suggested(selection.chosen, selection.strategy)}
    if selection.sample:
        parts[_beside(out)] = suggested(selection.sample, "random sample")
    for path, found in parts.items():
        write_suggestions(path, found, to)
    return {str(path): len(found) for path, found in parts.items()}


def _as_dict(selection: Selection, pool: Pool, files: dict[str, int]) -> dict[str, object]:
    return {
        "strategy": selection.strategy,
        "pool": len(pool.documents),
        "repeated": pool.repeated,
        "annotated": pool.annotated,
        "alike": selection.alike,
        "files": files,
        "chosen": [{"id": one.document.id, "score": one.score} for one in selection.chosen],
        "sample": [one.document.id for one in selection.sample],
    }
