"""From a bundle to an exported one with its proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from onoma.errors import MissingExtraError, ModelError, check_choice
from onoma.exports.int8 import quantize_vectors
from onoma.exports.sentences import make_sentences
from onoma.metrics.calibration import bin_scores
from onoma.runtime.bundle import Bundle, load_bundle, save_bundle
from onoma.runtime.calibrating import find_outcomes, fit_confidence
from onoma.runtime.cost import Cost, measure_costs
from onoma.runtime.onnx_backend import tagger_from_onnx
from onoma.runtime.tagger import Tagger
from onoma.text import Document

try:
    import onnx  # noqa: F401 - what follows needs both
    import torch

    from onoma.exports.calibration import layer_bounds
    from onoma.exports.graph import Precision
    from onoma.exports.network import network_graph
    from onoma.exports.parity import Proof, prove
    from onoma.runtime.torch_backend import decoder_arrays, network_from_bundle, tagger_from_network
except ImportError as error:
    raise MissingExtraError(f"{error.name}", "export") from None

NUM_SENTENCES = 1_000
"""Fewest sentences to compare on, where the model is fast enough."""

_MADE = 240
"""Made ones among them in any case: all lengths, and words that train has not."""


@dataclass(frozen=True, slots=True)
class Export:
    """An exported model, not written yet.

    Args:
        bundle: the model.
        proof: how it compares with its origin.
    """

    bundle: Bundle
    proof: Proof


def export_bundle(
    folder: Path, precision: Precision, dev: Sequence[Document] | None = None, num_unread: int = 0
) -> Export:
    """Turn a bundle into one that runs without PyTorch, and compare both.

    Args:
        folder: the bundle.
        precision: of the exported weights.
        dev: tokenised and labelled documents to compare on; sentences made of the vocabulary without.
        num_unread: gold entities of dev that were lost on reading.

    Raises:
        ModelError: the model cannot be exported, or is exported already.
        BundleError: the bundle is damaged.
    """
    check_choice("precision", precision, ("fp32", "int8"))
    bundle = load_bundle(folder)
    if bundle.graph is not None:
        raise ModelError(f"{folder}: is exported already; name the run or bundle that it was made from")
    network, parts = network_from_bundle(bundle, folder)
    chosen = _choose(dev or ())
    num_chosen = sum(len(document.sentences) for document in chosen)
    made = make_sentences(parts.features, max(_MADE, NUM_SENTENCES - num_chosen))
    torch.set_num_threads(1)
    origin = tagger_from_network(network, parts)
    arrays = decoder_arrays(network, parts.tasks)
    tables = bundle.feature_tensors if precision == "fp32" else quantize_vectors(bundle.feature_tensors)
    bounds = layer_bounds(network, parts.features, chosen or made) if precision == "int8" else {}
    # An encoder whose numbers lie too far apart for products of integers has its weights alone in 8 bits.
    for attempt in [bounds, {}] if bounds else [{}]:
        graph = network_graph(network, precision, attempt)
        exported = Bundle(bundle.config, bundle.vocabulary, arrays, tables, graph)
        sizes = _size(bundle), len(graph) + _size(exported)
        tagger = tagger_from_onnx(exported, folder)
        proof = prove(
            origin,
            tagger,
            real=chosen,
            made=made,
            dev=dev,
            precision=precision,
            size_bytes=sizes,
        )
        if not proof.faults():
            proof = _with_costs(proof, folder, exported, [document.text for document in [*chosen, *made]])
            break
    if precision == "int8" and dev:
        exported, proof = _calibrated(exported, proof, tagger, dev, num_unread)
    return Export(replace(exported, proof=proof.as_dict()), proof)


def _calibrated(
    exported: Bundle, proof: Proof, tagger: Tagger, dev: Sequence[Document], num_unread: int
) -> tuple[Bundle, Proof]:
    """Fit temperature and thresholds to the scores that 8 bits give, which are not those of the origin."""
    if tagger.decoder is None:
        return exported, proof
    old = find_outcomes(tagger, dev, [tagger.confidence.temperature], num_unread)
    confidence, calibrations = fit_confidence(tagger, dev, num_unread)
    before = bin_scores(old.scores[0], old.correct)
    if before is None or calibrations is None:
        return exported, proof
    return replace(exported, config=exported.config.with_confidence(confidence)), replace(
        proof, dev_ece=(before.ece, calibrations[1].ece)
    )


def _with_costs(proof: Proof, origin: Path, exported: Bundle, texts: Sequence[str]) -> Proof:
    """Measure both models by turns, in processes of their own with one thread, from texts to entities."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "bundle"
        save_bundle(folder, exported)
        before, after = measure_costs([origin, folder], texts)
    for cost in (before, after):
        if isinstance(cost, ModelError):
            raise cost
    assert isinstance(before, Cost)
    assert isinstance(after, Cost)
    return replace(proof, origin=before, exported=after)


def _size(bundle: Bundle) -> int:
    """Bytes of its arrays, those of the features too."""
    return sum(array.nbytes for array in (*bundle.tensors.values(), *bundle.feature_tensors.values()))


def _choose(documents: Sequence[Document]) -> list[Document]:
    """Return whole documents from the start until there are enough sentences."""
    chosen: list[Document] = []
    count = 0
    for document in documents:
        if count >= NUM_SENTENCES:
            break
        chosen.append(document)
        count += len(document.sentences)
    return chosen
