"""Time and peak memory of tagging one line without a full stop, by its length.

A BiLSTM-CRF on random weights tags a generated line; each length runs in a process of its own. "tokens MB" is
the memory of the text and its tokens, "tagging MB" what the tagger takes above it, its entities included.

Run: python benchmarks/long_document.py [--megabytes 0.25 0.5 1 2] [--labels 8] [--rarity 1.2]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def peak_mb() -> float:
    """Peak resident memory of this process so far."""
    with Path("/proc/self/status").open() as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def reset_peak() -> float:
    """Forget the peak; returns the memory at present."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mb()


def make_line(megabytes: float, rarity: float) -> str:
    """Words with the frequencies of a natural text (Zipf), not one of which ends a sentence."""
    rng = np.random.default_rng(1)
    ranks = rng.zipf(rarity, size=int(megabytes * 250_000)) % 1_000_000
    letters = np.array(list("etaoinshrdlucmfw"))
    words = ("".join(letters[[int(digit, 16) for digit in f"{rank + 256:x}"]]) for rank in ranks.tolist())
    text = " ".join(words)
    return text[: int(megabytes * 1_000_000)]


def prefer_outside(network: Any, emissions: np.ndarray) -> None:
    """Make most words ``O``: else all tags are about as good, and one entity is the whole line."""
    import torch

    ahead = emissions[..., 1:].max(axis=-1) - emissions[..., 0]  # [1, T]
    with torch.no_grad():
        network.head.projection.bias[0] += float(np.quantile(ahead, 0.6))
        network.head.projection.weight *= 50
        network.head.projection.bias *= 50


def measure(megabytes: float, num_labels: int, rarity: float) -> None:
    """Tag one line and print a row of figures."""
    import torch

    from onoma.features.words import WordFeatures
    from onoma.models import get_rung
    from onoma.models.base import restore_tasks
    from onoma.runtime.torch_backend import TorchBackend, make_tagger
    from onoma.tags import get_scheme
    from onoma.text import Document
    from onoma.tokenize import tokenize_document

    torch.set_num_threads(1)
    torch.manual_seed(1)
    rung, scheme = get_rung("bilstm-crf"), get_scheme("BIOES")
    options = rung.config(word_dim=50, hidden_dim=64)
    line = make_line(megabytes, rarity)
    vocabulary = [line[:100_000].split()]
    features = WordFeatures.fit(vocabulary, lowercase=True, min_count=1, characters=False)
    tags = scheme.tags([f"L{number}" for number in range(num_labels)])
    tasks = restore_tasks(options, {"tags": tags, "scheme": scheme.name})
    network = rung.build(options, features, tasks)
    backend = TorchBackend(network)
    prefer_outside(
        network, backend.outputs(features.batch([features.rows(line[:5_000].split())]))["emissions"]
    )
    tagger = make_tagger(backend, features, tasks)
    tagger("a word to warm up " * 300)
    start = reset_peak()
    began = time.perf_counter()
    document = tokenize_document(Document("line", line))
    tokenized = time.perf_counter()
    tokens = reset_peak()
    tagged = tagger(document)
    ended = time.perf_counter()
    assert len(document.sentences) == 1, "the line is not one sentence"
    assert any(entity.end > len(line) * 0.98 for entity in tagged.entities), "the end of the line is lost"
    num_tokens = document.num_tokens  # asking for the tokens would make them
    print(
        f"{megabytes:8.2f} {num_tokens:9,} {len(tagged.entities):9,} {tokenized - began:10.1f} "
        f"{ended - tokenized:10.1f} {num_tokens / (ended - tokenized):10,.0f} {start:9.0f} "
        f"{tokens - start:10.0f} {peak_mb() - tokens:11.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, nargs="+", default=[0.25, 0.5, 1.0, 2.0])
    parser.add_argument("--labels", type=int, default=8)
    parser.add_argument("--rarity", type=float, default=1.2, help="Zipf's exponent; less is more rare words")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        measure(arguments.megabytes[0], arguments.labels, arguments.rarity)
        return
    print(
        "      MB    tokens  entities  tokenize s    tagging s   tokens/s  before MB  tokens MB  tagging MB"
    )
    for megabytes in arguments.megabytes:
        options = ["--labels", str(arguments.labels), "--rarity", str(arguments.rarity)]
        subprocess.run(
            [sys.executable, __file__, "--alone", "--megabytes", str(megabytes), *options], check=True
        )


if __name__ == "__main__":
    main()
