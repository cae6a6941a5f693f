"""OpenVINO beside onnxruntime, on the graphs that `onoma export` writes.

    pip install openvino
    python benchmarks/openvino_beside.py BUNDLE... --data test.txt [--sentences 400] [--rounds 5]

The very inputs that `Tagger` makes of single sentences and of all of them in bulk go through both engines by
turns, one thread each. Processor time: of one sentence the median, of bulk tokens a second, of the best round
each. "differs" is the largest difference of a score; a graph that OpenVINO does not read is said to be so.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino

import onoma
from onoma.readers import read_corpus
from onoma.runtime.bundle import load_bundle
from onoma.runtime.loading import find_bundle
from onoma.runtime.onnx_backend import OnnxBackend

Inputs = dict[str, np.ndarray]
Engine = Callable[[Inputs], dict[str, np.ndarray]]


def recorded(tagger: Any, texts: Sequence[list[str]], batches: list[Inputs]) -> None:
    """Tag the texts, and keep what the network is given."""
    backend = tagger.backend
    outputs = backend.outputs

    def kept(batch: Inputs) -> dict[str, np.ndarray]:
        batches.append({name: np.array(batch[name]) for name in backend._inputs})
        batches[-1]["lengths"] = np.array(batch["lengths"])
        return outputs(batch)

    backend.outputs = kept
    try:
        tagger.tag(texts)
    finally:
        backend.outputs = outputs


def of_onnxruntime(backend: OnnxBackend) -> Engine:
    """Return onnxruntime as a function, without our checks of what comes out."""
    names, session = backend._outputs, backend._session

    def run(batch: Inputs) -> dict[str, np.ndarray]:
        values = session.run(names, {name: batch[name] for name in backend._inputs})
        return dict(zip(names, values, strict=True))

    return run


def of_openvino(graph: bytes, names: Sequence[str], inputs: Sequence[str]) -> Engine:
    """Return OpenVINO as a function, for latency, on one thread."""
    core = openvino.Core()
    settings = {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
    }
    compiled = core.compile_model(core.read_model(graph), "CPU", settings)
    request = compiled.create_infer_request()

    def run(batch: Inputs) -> dict[str, np.ndarray]:
        found = request.infer({name: batch[name] for name in inputs}, share_inputs=True)
        return {name: found[name] for name in names}

    return run


def seconds(engine: Engine, batches: Sequence[Inputs]) -> list[float]:
    """Return the processor seconds of each batch."""
    spent = []
    for batch in batches:
        begun = time.process_time()
        engine(batch)
        spent.append(time.process_time() - begun)
    return spent


def compare(place: str, sentences: Sequence[list[str]], rounds: int) -> None:
    """Print the rows of a bundle."""
    tagger = onoma.load(place, threads=1)
    backend = tagger.backend
    bundle = load_bundle(find_bundle(place))
    assert bundle.graph is not None, f"{place} is no exported bundle"
    single: list[Inputs] = []
    bulk: list[Inputs] = []
    for sentence in sentences[:100]:
        recorded(tagger, [sentence], single)
    recorded(tagger, sentences, bulk)
    tokens = sum(int(batch["lengths"].sum()) for batch in bulk)
    engines: dict[str, Engine] = {"onnxruntime": of_onnxruntime(backend)}
    try:
        engines["OpenVINO"] = of_openvino(bundle.graph, backend._outputs, backend._inputs)
        for batch in (*single, *bulk):
            engines["OpenVINO"](batch)  # each new shape is compiled once
    except RuntimeError as error:
        engines.pop("OpenVINO", None)
        print(f"{place}: OpenVINO does not run it: {str(error).splitlines()[-1][:150]}")
    best = dict.fromkeys(engines, (1e9, 1e9))
    for _ in range(rounds):
        for name, engine in engines.items():
            one, many = statistics.median(seconds(engine, single)), sum(seconds(engine, bulk))
            best[name] = (min(one, best[name][0]), min(many, best[name][1]))
    differs = 0.0
    if "OpenVINO" in engines:
        for batch in bulk:
            one, other = (engine(batch) for engine in engines.values())
            inside = np.arange(batch["lengths"].max()) < batch["lengths"][:, None]
            differs = max(*(float(np.abs(one[name] - other[name])[inside].max()) for name in one), differs)
    for name, (one, many) in best.items():
        shown = f"{differs:10.4f}" if name == "OpenVINO" else ""
        print(f"{place:32} {name:12} {1000 * one:10.2f} {tokens / many:12,.0f} {shown}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundles", nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    sentences = [
        list(document.words[first:end])
        for document in read_corpus(options.data).documents
        for first, end in document.sentences
    ]
    chosen = sentences[:: max(1, len(sentences) // options.sentences)][: options.sentences]
    print(f"{'':32} {'':12} {'one, ms':>10} {'tokens/s':>12} {'differs':>10}")
    for place in options.bundles:
        compare(place, chosen, options.rounds)


if __name__ == "__main__":
    main()
