"""Outputs of an exported network, by onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from onoma.decode.protocol import Floats, are_scores
from onoma.errors import BundleError, ModelError, excerpt
from onoma.features.word_types import Batch
from onoma.runtime.bundle import GRAPH, Bundle
from onoma.runtime.graphs import LONGEST
from onoma.runtime.parts import check_arrays, make_decoders, parts_of_bundle
from onoma.runtime.running import BATCH_UNITS
from onoma.runtime.tagger import Tagger
from onoma.tokenize import get_tokenizer

_UNITS_OF_LAYERS = 512
"""Pieces that go through a pretrained encoder at once: what is between its layers then stays in the cache."""

_SILENT = 4
"""Whatever it has to say comes as an exception; its own lines name places of this machine."""


class OnnxBackend:
    """Runs an ONNX graph.

    Args:
        graph: the file's content; trusted to be what `onoma.runtime.graphs` lets through.
        widths: its outputs, each with the size of its last dimension.
        place: of the file, for messages.
        threads: 0 for one.

    Raises:
        BundleError: onnxruntime cannot read it, or its outputs are others.
    """

    def __init__(self, graph: bytes, widths: Mapping[str, int], place: Path, threads: int = 0) -> None:
        self._place = place
        self._widths = dict(widths)
        self._outputs = list(widths)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or 1
        options.inter_op_num_threads = 1
        options.log_severity_level = _SILENT
        # Batches differ in size: memory planned for one is of no use to the next.
        options.enable_mem_pattern = False
        try:
            self._session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its errors have no common class but this one
            raise BundleError(f"{place}: onnxruntime cannot read it: {excerpt(str(error), 200)}") from None
        self._run_options = ort.RunOptions()
        self._run_options.log_severity_level = _SILENT
        self._inputs = [node.name for node in self._session.get_inputs()]
        outputs = [node.name for node in self._session.get_outputs()]
        if set(outputs) != set(widths):
            raise BundleError(
                f"{place}: its outputs are {_listing(outputs)}, expected {_listing(list(widths))}"
            )

    def outputs(self, batch: Batch) -> dict[str, Floats]:
        """Return the network's outputs [B, T, ...] by name.

        Raises:
            BundleError: the graph asks for features that the model has not, or puts out other shapes.
            ModelError: the outputs are not finite, so that nothing is the best.
        """
        for name in self._inputs:
            if name not in batch:
                raise BundleError(
                    f"{self._place}: asks for '{excerpt(name)}', which is no feature of the model"
                )
        try:
            # Not by its binding: that takes twice as long for a sentence, and neither copies arrays of numpy.
            inputs = {name: batch[name] for name in self._inputs}
            values = self._session.run(self._outputs, inputs, self._run_options)
        except Exception as error:
            raise ModelError(f"{self._place}: onnxruntime fails: {excerpt(str(error), 200)}") from None
        return {
            name: self._checked(name, value, batch) for name, value in zip(self._outputs, values, strict=True)
        }

    def _checked(self, name: str, value: Any, batch: Batch) -> Floats:
        shape = batch["words"].shape
        floats = np.asarray(value, dtype=np.float32)
        if floats.ndim < 3 or floats.shape[:2] != shape or floats.shape[-1] != self._widths[name]:
            raise BundleError(f"{self._place}: its output '{name}' has the shape {list(floats.shape)}")
        if not are_scores(floats):
            raise ModelError(f"{self._place}: the model's scores are not finite: its weights are damaged")
        return floats


def tagger_from_onnx(bundle: Bundle, folder: Path, *, threads: int = 0) -> Tagger:
    """Return an exported bundle ready to tag.

    Raises:
        BundleError: the bundle's parts do not fit each other.
    """
    assert bundle.graph is not None
    parts = parts_of_bundle(bundle, folder)
    if parts.options.max_length > LONGEST:
        raise BundleError(
            f"{folder}: has max_length {parts.options.max_length}; {LONGEST} is the most exported"
        )
    check_arrays(bundle.tensors, parts.tasks, folder)
    widths = {name: width for task in parts.tasks for name, width in task.output_widths().items()}
    return Tagger(
        OnnxBackend(bundle.graph, widths, folder / GRAPH, threads),
        parts.features,
        *make_decoders(parts.tasks, bundle.tensors),
        window=parts.options.max_length,
        confidence=parts.settings.confidence,
        tokenizer=get_tokenizer(parts.settings.tokenizer),
        batch_units=_UNITS_OF_LAYERS if getattr(parts.features, "encoder", None) else BATCH_UNITS,
    )


def _listing(names: list[str]) -> str:
    return ", ".join(excerpt(name) for name in sorted(names)[:5]) or "none"
