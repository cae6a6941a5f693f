"""What decides after the network, rebuilt from a bundle's options and a few arrays: no PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from onoma.decode.documents import DocumentDecoder
from onoma.decode.nested import SpanDecoder
from onoma.decode.protocol import ATTENTION, EMISSIONS, VALUES, Decoder
from onoma.decode.tags import TagDecoder
from onoma.decode.transitions import Transitions, add_transitions, scheme_transitions, zero_transitions
from onoma.errors import BundleError, excerpt
from onoma.models.base import TaggerConfig
from onoma.models.joint import JointConfig
from onoma.runtime.manifest import ModelSettings
from onoma.tags import Scheme, labels_of_tags

TRANSITIONS = ("transitions.start", "transitions.matrix", "transitions.end")
"""Learned scores of a CRF; the scheme's constraints follow from its tags."""

BIASES, THRESHOLDS = "documents.biases", "documents.thresholds"

Arrays = dict[str, npt.NDArray[Any]]


def decoder_shapes(options: TaggerConfig, settings: ModelSettings) -> dict[str, tuple[int, ...]]:
    """Return the arrays that a model's decoders need, with their shapes; all are float32."""
    num_tags, num_labels = len(settings.tags), len(settings.document_labels)
    shapes: dict[str, tuple[int, ...]] = {}
    if finds_entities(options) and options.head == "crf":
        shapes |= dict(zip(TRANSITIONS, ((num_tags,), (num_tags, num_tags), (num_tags,)), strict=True))
    if labels_documents(options):
        shapes |= {BIASES: (num_labels,), THRESHOLDS: (num_labels,)}
    return shapes


def output_widths(options: TaggerConfig, settings: ModelSettings) -> dict[str, int]:
    """Return the outputs of a model's network, each with the size of its last dimension."""
    widths: dict[str, int] = {}
    if finds_entities(options):
        spans = options.head == "span"
        widths[EMISSIONS] = len(settings.labels) + 1 if spans else len(settings.tags)
    if labels_documents(options):
        widths |= dict.fromkeys((ATTENTION, VALUES), len(settings.document_labels))
    return widths


def finds_entities(options: TaggerConfig) -> bool:
    """Whether the model has a head for entities."""
    return not isinstance(options, JointConfig) or options.tasks != "documents"


def labels_documents(options: TaggerConfig) -> bool:
    """Whether the model has a head for document labels."""
    return isinstance(options, JointConfig) and options.tasks != "entities"


def check_decoder_arrays(arrays: Arrays, shapes: dict[str, tuple[int, ...]], place: Path) -> None:
    """Compare names, shapes and number types exactly.

    Raises:
        BundleError: an array is missing, extra, or of another shape or number type.
    """
    for name in sorted(shapes.keys() ^ arrays.keys()):
        fault = "misses the array" if name in shapes else "holds the unknown array"
        raise BundleError(f"{place}: {fault} '{excerpt(name)}'")
    for name, shape in shapes.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != np.float32:
            raise BundleError(
                f"{place}: array '{name}' holds {array.dtype} {list(array.shape)}, "
                f"expected float32 {list(shape)}"
            )


def make_decoder(
    options: TaggerConfig, tags: Sequence[str], scheme: Scheme, arrays: Arrays
) -> Decoder | None:
    """Return what turns emissions into entities; None for a model of document labels alone."""
    if not finds_entities(options):
        return None
    if options.head == "span":
        return SpanDecoder(labels_of_tags(tags), nested=options.span_nesting != "flat")
    transitions = zero_transitions(len(tags))
    if options.head == "crf":
        transitions = Transitions(*(arrays[name] for name in TRANSITIONS))
    if options.constrained:
        transitions = add_transitions(transitions, scheme_transitions(tags, scheme))
    return TagDecoder(tags, scheme, transitions)


def make_document_decoder(
    options: TaggerConfig, labels: Sequence[str], arrays: Arrays
) -> DocumentDecoder | None:
    """Return what turns votes into document labels; None for a model that gives none."""
    if not labels_documents(options):
        return None
    biases, thresholds = (arrays[name].astype(np.float64) for name in (BIASES, THRESHOLDS))
    return DocumentDecoder(tuple(labels), biases, thresholds)
