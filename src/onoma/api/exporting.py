"""Exporting a model to a bundle that needs no PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from onoma.api.runs import TrainedRun
from onoma.errors import ModelError

if TYPE_CHECKING:
    from onoma.exports.parity import Proof


def export(
    model: str | Path | TrainedRun, out: str | Path, *, precision: Literal["fp32", "int8"] = "fp32"
) -> Proof:
    """Write a model as one ONNX file with its proof; what ``onoma export`` does.

    Args:
        model: a run or bundle.
        out: folder for the bundle; empty, new, or another bundle, which is replaced.
        precision: of the exported weights.

    Returns:
        How it compares with its origin.

    Raises:
        ModelError: it cannot be exported, or its proof fails; nothing is written then.
        OutputError: the folder holds something else.
        MissingExtraError: torch or onnx is not installed.
    """
    from onoma.exports.exporting import export_bundle
    from onoma.runtime.bundle import check_bundle_place, save_bundle
    from onoma.runtime.loading import find_bundle
    from onoma.training.data import own_dev_data

    folder = find_bundle(model.folder if isinstance(model, TrainedRun) else model)
    target = Path(out)
    check_bundle_place(target)
    exported = export_bundle(folder, precision, *(own_dev_data(folder) or ()))
    if faults := exported.proof.faults():
        raise ModelError(f"{folder}: not exported: {'; '.join(faults)}")
    save_bundle(target, exported.bundle)
    return exported.proof
