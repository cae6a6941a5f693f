"""``onoma export``: a model that runs without PyTorch, with the proof that it does the same."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from onoma.cli.options import Json, ModelArgument

if TYPE_CHECKING:
    from onoma.export.parity import Proof
    from onoma.text import Document


def command(
    model: ModelArgument,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Bundle to write.")],
    precision: Annotated[
        Literal["fp32", "int8"],
        typer.Option("--precision", help="fp32: the same tags exactly; int8: a quarter of the size."),
    ] = "fp32",
    as_json: Json = False,
) -> int:
    """Export a model to ONNX, and prove that it gives the same results.

    The result is a bundle as any other, but needs no PyTorch. It is written only if the comparison is passed.
    """
    from onoma.cli.progress import say
    from onoma.errors import OutputError
    from onoma.export.exporting import export_bundle
    from onoma.runtime.bundle import is_bundle, save_bundle
    from onoma.runtime.loading import find_bundle

    folder = find_bundle(model)
    if out.exists() and not is_bundle(out) and not (out.is_dir() and not any(out.iterdir())):
        raise OutputError(f"{out}: holds something other than a bundle; it is not replaced")
    dev = _own_dev_data(folder)
    if dev is None:
        say(f"{model}: its dev data cannot be read; comparing on sentences made of its vocabulary")
    export = export_bundle(folder, precision, dev)
    faults = export.proof.faults()
    if not faults:
        save_bundle(out, export.bundle)
    if as_json:
        print(json.dumps({"passed": not faults, "faults": faults, **export.proof.as_dict()}))
    else:
        _show(export.proof)
    for fault in faults:
        print(f"onoma: not exported: {fault}", file=sys.stderr)
    return 1 if faults else 0


def _show(proof: Proof) -> None:
    origin, exported = proof.origin, proof.exported
    rows = [
        ("compared on", f"{proof.source}; 1 to {proof.longest} tokens, batches of {proof.batch_sizes}"),
        ("tags agreeing", f"{proof.tags_agreeing:.4%} of {proof.num_tokens:,}"),
        ("depend on their batch", f"{proof.sentences_batch_dependent} sentences"),
        ("largest difference", f"{proof.largest_difference:.1e} of a score"),
    ]
    if proof.documents_agreeing is not None:
        rows.append(("document labels agreeing", f"{proof.documents_agreeing:.4%}"))
    if proof.dev_f1 is not None:
        rows.append(("dev F1", f"{proof.dev_f1[0]:.4f} -> {proof.dev_f1[1]:.4f}"))
    before, after = proof.size_bytes
    rows += [
        ("weights", f"{before / 1e6:.2f} -> {after / 1e6:.2f} MB ({after / max(before, 1):.2f} of it)"),
        ("one sentence, p50", f"{origin.latency_p50_ms:.2f} -> {exported.latency_p50_ms:.2f} ms"),
        ("in bulk", f"{origin.tokens_per_second:,.0f} -> {exported.tokens_per_second:,.0f} tokens/s"),
    ]
    for name, value in rows:
        print(f"{name:<25} {value}")


def _own_dev_data(bundle: Path) -> list[Document] | None:
    """Return the dev data of the run that a bundle lies in, if all of it is still there."""
    from onoma.errors import ConfigError, DataError
    from onoma.training.config import DataConfig, TrainingConfig, read_settings, validate
    from onoma.training.data import load_run_data

    try:
        settings = read_settings(bundle.resolve().parent / "config.toml")
        data = validate(DataConfig, settings.get("data", {}), "data")
        training = validate(TrainingConfig, settings.get("training", {}), "training")
        read = load_run_data(data.model_copy(update={"test": None}), training.seed, lambda line: None)
    except (ConfigError, DataError):
        return None
    return list(read.splits["dev"].documents)
