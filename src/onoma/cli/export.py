"""``onoma export``: a model that runs without PyTorch, proved to do the same; folders for Hub and web."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from onoma.cli.options import Json, ModelArgument

if TYPE_CHECKING:
    from onoma.exports.exporting import Export
    from onoma.exports.graph import Precision
    from onoma.exports.parity import Proof
    from onoma.runtime.cost import Cost


def command(
    model: ModelArgument,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Bundle, or folder for the Hub, to write.")],
    precision: Annotated[
        Literal["fp32", "int8"] | None,
        typer.Option(
            "--precision",
            help="fp32 (when not given): the same tags exactly; int8: a quarter of the size. With --to hub, "
            "the model's files stay as they are when not given; with --to web, it is then int8, and an "
            "exported model stays as it is.",
        ),
    ] = None,
    to: Annotated[
        Literal["bundle", "hub", "web"],
        typer.Option(
            "--to",
            help="hub: a folder for the Hugging Face Hub, with a model card; web: a page that runs the model "
            "in the visitor's browser.",
        ),
    ] = "bundle",
    runtime: Annotated[
        Path | None,
        typer.Option("--runtime", metavar="DIR", help="Web: where npm put onnxruntime-web; it is copied."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="Card or page: the model's name, such as OWNER/NAME; OUT's when not given."
        ),
    ] = None,
    languages: Annotated[
        list[str] | None, typer.Option("--language", help="Card: code of a language; may be repeated.")
    ] = None,
    license: Annotated[
        str | None, typer.Option("--license", help="Card: the model's license, such as apache-2.0.")
    ] = None,
    dataset: Annotated[str | None, typer.Option("--dataset", help="Card: name of the data.")] = None,
    data_statement: Annotated[
        Path | None,
        typer.Option(
            "--data-statement", help="Card: Markdown file that says where the data is from, and its license."
        ),
    ] = None,
    as_json: Json = False,
) -> int:
    """Export a model to ONNX with the proof that it does the same; make a folder for the Hub, or a web page.

    The result is a bundle as any other, but needs no PyTorch. It is written only if the comparison is passed.
    """
    from onoma.errors import ConfigError
    from onoma.runtime.loading import find_bundle

    card_options = (name, languages, license, dataset, data_statement)
    if to == "bundle" and any(card_options):
        raise ConfigError("--name, --language, --license, --dataset and --data-statement need --to hub")
    if to == "web" and any(card_options[1:]):
        raise ConfigError("--language, --license, --dataset and --data-statement need --to hub")
    if to != "web" and runtime is not None:
        raise ConfigError("--runtime needs --to web")
    if to == "bundle":
        return _export(find_bundle(model), precision or "fp32", out, as_json)
    if to == "web":
        return _write_for_web(
            find_bundle(model), precision, out, (name or out.resolve().name, runtime), as_json
        )
    return _write_for_hub(find_bundle(model), precision, out, card_options, as_json)


_CardOptions = tuple[str | None, list[str] | None, str | None, str | None, Path | None]


def _export(folder: Path, precision: Precision, out: Path, as_json: bool) -> int:
    from onoma.runtime.bundle import check_bundle_place, save_bundle

    check_bundle_place(out)
    export = _proved(folder, precision, as_json)
    if export is None:
        return 1
    save_bundle(out, export.bundle)
    return 0


def _proved(folder: Path, precision: Precision, as_json: bool) -> Export | None:
    """Export, and show how it compares; None if it is not to be shipped."""
    from onoma.cli.progress import say
    from onoma.exports.exporting import export_bundle
    from onoma.training.data import own_dev_data

    dev = own_dev_data(folder)
    if dev is None:
        say(f"{folder}: its dev data cannot be read; comparing on sentences made of its vocabulary")
        if precision == "int8":
            say("what its scores mean stays as measured before: fit it anew with onoma calibrate")
    elif precision == "int8":
        say("what its scores mean is fitted anew on the run's dev data; onoma calibrate takes other data")
    say("comparing it with its origin; both are timed by turns, about a minute each on an idle machine")
    export = export_bundle(folder, precision, *(dev or ()))
    faults = export.proof.faults()
    if as_json:
        print(json.dumps({"passed": not faults, "faults": faults, **export.proof.as_dict()}))
    else:
        _show(export.proof)
    for fault in faults:
        print(f"onoma: not exported: {fault}", file=sys.stderr)
    return None if faults else export


def _write_for_hub(
    folder: Path, precision: Precision | None, out: Path, options: _CardOptions, as_json: bool
) -> int:
    from onoma.cli.progress import say
    from onoma.files import refuse_filled
    from onoma.reports.card import CardDetails
    from onoma.reports.hub_folder import write_hub_folder
    from onoma.resources import is_shipped
    from onoma.runtime.bundle import load_bundle
    from onoma.training.folder import is_finished

    name, languages, license, dataset, statement = options
    details = CardDetails(
        name or out.resolve().name,
        tuple(languages or ()),
        license,
        dataset,
        _read_statement(statement),
        shipped=is_shipped(out),
    )
    refuse_filled(out)
    run = folder.resolve().parent
    known = folder.name == "bundle" and is_finished(run)
    if not known:
        say(f"{folder}: is not in the folder of a run; the card will have no scores")
    export = _proved(folder, precision, as_json) if precision else None
    if precision and export is None:
        return 1
    bundle = export.bundle if export is not None else load_bundle(folder)
    write_hub_folder(out, bundle, run if known else None, details)
    say(f"{out}: read README.md, then: hf upload {details.name} {out}")
    if as_json and export is None:
        print(json.dumps({"passed": True, "faults": []}))
    return 0


def _write_for_web(
    folder: Path, precision: Precision | None, out: Path, page: tuple[str, Path | None], as_json: bool
) -> int:
    from onoma.cli.progress import say
    from onoma.files import refuse_filled
    from onoma.reports.web.folder import check_web_model, find_runtime, write_web_folder
    from onoma.runtime.bundle import load_bundle

    name, runtime = page
    refuse_filled(out)
    files = find_runtime(runtime) if runtime is not None else ()
    bundle = load_bundle(folder)
    if labels := check_web_model(bundle, folder):
        say(f"{folder}: gives {len(labels)} document labels, too; the page shows entities alone")
    if bundle.graph is None or precision:
        export = _proved(folder, precision or "int8", as_json)
        if export is None:
            return 1
        bundle = export.bundle
    elif as_json:
        print(json.dumps({"passed": True, "faults": []}))
    sizes = write_web_folder(out, bundle, name, files)
    say(f"{out}: {sum(sizes.values()) / 1e6:.2f} MB to load; README.md there says how to serve it")
    if not files:
        say(f"{out}: onnxruntime-web is not in it yet (--runtime); README.md says how it gets there")
    return 0


def _read_statement(path: Path | None) -> str | None:
    from onoma.errors import DataError

    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", code="unreadable-file", path=path) from None
    except UnicodeDecodeError:
        raise DataError("is not UTF-8; save it as UTF-8", code="bad-encoding", path=path) from None


def _show(proof: Proof) -> None:
    rows = [
        ("compared on", f"{proof.source}; 1 to {proof.longest} tokens, batches of {proof.batch_sizes}"),
        ("tags agreeing", f"{proof.tags_agreeing:.4%} of {proof.num_tokens:,}"),
        *_share_of_real(proof),
        ("depend on their batch", f"{proof.sentences_batch_dependent} sentences"),
        ("largest difference", f"{proof.largest_difference:.1e} of a score"),
    ]
    if proof.documents_agreeing is not None:
        rows.append(("documents with equal labels", f"{proof.documents_agreeing:.4%}"))
    if proof.real_labels_agreeing is not None:
        rows.append(("labels agreeing on real ones", f"{proof.real_labels_agreeing:.4%}"))
    if proof.dev_f1 is not None:
        rows.append(("dev F1", f"{proof.dev_f1[0]:.4f} -> {proof.dev_f1[1]:.4f}{_part_of_dev(proof)}"))
    if proof.dev_ece is not None:
        rows.append(("dev ECE", f"{proof.dev_ece[0]:.4f} -> {proof.dev_ece[1]:.4f}, temperature fitted anew"))
    before, after = proof.size_bytes
    rows.append(
        ("weights", f"{before / 1e6:.2f} -> {after / 1e6:.2f} MB ({after / max(before, 1):.2f} of it)")
    )
    if proof.origin and proof.exported:
        rows += _cost_rows(proof.origin, proof.exported)
    for name, value in rows:
        print(f"{name:<25} {value}")


def _share_of_real(proof: Proof) -> list[tuple[str, str]]:
    share = proof.real_tags_agreeing
    return [] if share is None else [("of real sentences", f"{share:.4%}")]


def _part_of_dev(proof: Proof) -> str:
    judged, given = proof.dev_documents or (0, 0)
    return "" if judged == given else f" on {judged:,} of {given:,} documents, since this model is slow"


def _cost_rows(origin: Cost, exported: Cost) -> list[tuple[str, str]]:
    """Medians with the lowest and highest round; what disturbed them."""
    from onoma.comparison.cautions import other_work

    figures = (
        ("one sentence, p50", "latency_p50_ms", ".2f", "ms"),
        ("in bulk", "tokens_per_second", ",.0f", "tokens/s"),
        ("memory", "memory_mb", ",.0f", "MB"),
        ("start", "cold_start_seconds", ".1f", "s"),
    )
    rows = []
    for name, key, form, unit in figures:
        before, after = (_with_spread(cost, key, form) for cost in (origin, exported))
        rows.append((name, f"{before} -> {after} {unit}"))
    rows.append(("costs", f"median, lowest and highest of {origin.rounds} rounds by turns"))
    if origin.disturbed or exported.disturbed:
        rows.append(("other work on the machine", f"{other_work(origin, exported)}: costs are rough"))
    return rows


def _with_spread(cost: Cost, key: str, form: str) -> str:
    low, high = (format(end, form) for end in cost.interval(key))
    value = format(getattr(cost, key), form)
    return f"{value} ({low} to {high})" if low != high else value
