"""Time the CRF and the decoder against pytorch-crf, one thread, on batches of real sentence lengths.

    python benchmarks/crf.py [--repeats 15] [--batches 12]

Both sides get the same batches, bucketed by length as the training loop feeds them, and take turns; a row
gives the median milliseconds of a batch. Ratios hold within one run only. "constrained" is ours with the
hard rules of BIO added, which pytorch-crf does not have; it is compared with plain pytorch-crf.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy and torch are loaded

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torchcrf  # noqa: E402

from onoma.decode.transitions import Transitions, scheme_transitions  # noqa: E402
from onoma.decode.viterbi import viterbi  # noqa: E402
from onoma.nn.crf import CRF  # noqa: E402
from onoma.tags import SCHEMES  # noqa: E402

CONLL = Path(__file__).resolve().parents[2] / "shared" / "data" / "conll2003" / "train.txt"
NUM_TAGS = (9, 17, 59)
BATCH_SIZES = (32, 64)
EMISSION_SCALE = 2.0


def read_lengths() -> tuple[np.ndarray, str]:
    """Return sentence lengths and where they are from."""
    if not CONLL.is_file():
        drawn = np.random.default_rng(13).lognormal(2.4, 0.75, 14_000).round().clip(1, 113)
        return drawn.astype(np.int64), "synthetic, log-normal(2.4, 0.75) clipped to 1..113"
    lengths, length = [], 0
    for line in CONLL.read_text(encoding="utf-8").split("\n"):
        if line.strip() and not line.startswith("-DOCSTART-"):
            length += 1
        elif length:
            lengths.append(length)
            length = 0
    return np.array(lengths), "CoNLL-2003 train"


class Batch:
    """One batch, and what each side needs to work on it."""

    def __init__(self, lengths: np.ndarray, num_tags: int, rng: np.random.Generator) -> None:
        shape = (len(lengths), int(lengths.max()))
        self.lengths = lengths
        self.length_tensor = torch.from_numpy(lengths)
        self.values = (EMISSION_SCALE * rng.standard_normal((*shape, num_tags))).astype(np.float32)
        self.emissions = torch.from_numpy(self.values).requires_grad_()
        self.mask = torch.arange(shape[1]) < self.length_tensor[:, None]
        self.tags = torch.from_numpy(rng.integers(0, num_tags, shape))
        self.legal_tags = self.tags.clamp(max=0)


def make_batches(
    lengths: np.ndarray, size: int, count: int, num_tags: int, rng: np.random.Generator
) -> list[Batch]:
    """Cut a corpus sorted by length into batches and take ``count`` of them, evenly spread."""
    ordered = np.sort(lengths)
    starts = np.arange(0, len(ordered) - size + 1, size)
    chosen = starts[np.linspace(0, len(starts) - 1, count).round().astype(int)]
    return [Batch(ordered[start : start + size], num_tags, rng) for start in chosen]


def train_step(crf: CRF, batch: Batch, tags: torch.Tensor) -> None:
    batch.emissions.grad = None
    crf.zero_grad()
    crf(batch.emissions, tags, batch.length_tensor).sum().backward()


def reference_step(crf: torchcrf.CRF, batch: Batch) -> None:
    batch.emissions.grad = None
    crf.zero_grad()
    (-crf(batch.emissions, batch.tags, batch.mask)).backward()


def decode(batch: Batch, transitions: Transitions) -> list[list[int]]:
    paths, _ = viterbi(batch.values, batch.lengths, transitions)
    rows = paths.tolist()
    return [row[:length] for row, length in zip(rows, batch.lengths.tolist(), strict=True)]


def reference_decode(crf: torchcrf.CRF, batch: Batch) -> list[list[int]]:
    with torch.no_grad():
        return crf.decode(batch.emissions, batch.mask)


def race(sides: list[Callable[[Batch], object]], batches: list[Batch], repeats: int) -> list[float]:
    """Return each side's median milliseconds a batch; the sides take turns, a round of all batches each."""
    seconds = np.zeros((repeats, len(sides)))
    for repeat in range(-1, repeats):  # one round to warm up
        for side, run in enumerate(sides):
            begin = time.perf_counter()
            for batch in batches:
                run(batch)
            seconds[max(repeat, 0), side] = time.perf_counter() - begin
    return (np.median(seconds, axis=0) * 1000 / len(batches)).tolist()


def scheme_rules(num_tags: int) -> Transitions:
    scheme = SCHEMES["BIO"]
    return scheme_transitions(scheme.tags([str(label) for label in range((num_tags - 1) // 2)]), scheme)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--batches", type=int, default=12, help="batches a round, short to long")
    options = parser.parse_args()
    torch.set_num_threads(1)
    lengths, source = read_lengths()
    print(f"lengths: {source}, {len(lengths)} sentences, mean {lengths.mean():.1f}, longest {lengths.max()}")
    print("milliseconds a batch, median; x = times faster than pytorch-crf")
    print("            |  forward + backward                          |  decode")
    print("    K     B |  pytorch-crf    ours      x  constrained    x |  pytorch-crf    ours      x")
    for num_tags in NUM_TAGS:
        for size in BATCH_SIZES:
            rng = np.random.default_rng(13)
            torch.manual_seed(13)
            batches = make_batches(lengths, size, options.batches, num_tags, rng)
            reference = torchcrf.CRF(num_tags, batch_first=True)
            plain, constrained = CRF(num_tags), CRF(num_tags, scheme_rules(num_tags))
            plain.load_state_dict(reference.state_dict())
            transitions = plain.as_transitions()
            for batch in batches:
                if decode(batch, transitions) != reference_decode(reference, batch):
                    sys.exit("the two decoders disagree")
            theirs, ours, ruled = race(
                [
                    lambda batch, crf=reference: reference_step(crf, batch),
                    lambda batch, crf=plain: train_step(crf, batch, batch.tags),
                    lambda batch, crf=constrained: train_step(crf, batch, batch.legal_tags),
                ],
                batches,
                options.repeats,
            )
            their_decode, our_decode = race(
                [
                    lambda batch, crf=reference: reference_decode(crf, batch),
                    lambda batch, scores=transitions: decode(batch, scores),
                ],
                batches,
                options.repeats,
            )
            print(
                f"{num_tags:5} {size:5} |{theirs:13.2f}{ours:8.2f}{theirs / ours:6.1f}x"
                f"{ruled:13.2f}{theirs / ruled:5.1f}x |{their_decode:13.2f}{our_decode:8.2f}"
                f"{their_decode / our_decode:6.1f}x",
                flush=True,
            )


if __name__ == "__main__":
    main()
