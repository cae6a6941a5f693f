"""A run whose model keeps the vectors of fewer words; those of the others are composed of their subwords.

    python examples/recipes/fewer_words.py RUN OUT --words 18000

For fastText vectors that training left as they were (`vectors_mode=frozen`): words stand in the order of
their frequency, so that the rarest go. OUT is a copy of RUN; `onoma evaluate` says what it costs.
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from onoma.runtime.bundle import load_bundle, save_bundle

WORDS, ROWS = "vectors.words", "vectors.rows"


def shorten(folder: Path, words: int) -> None:
    """Cut the table of vectors of a bundle."""
    bundle = load_bundle(folder)
    arrays = dict(bundle.feature_tensors)
    kept = arrays[WORDS].tobytes().decode("utf-8").split("\n")[:words]
    arrays[WORDS] = np.frombuffer("\n".join(kept).encode("utf-8"), dtype=np.uint8)
    arrays[ROWS] = np.ascontiguousarray(arrays[ROWS][: len(kept)])
    save_bundle(folder, replace(bundle, feature_tensors=arrays))


def main() -> None:
    """Copy the run and shorten its model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--words", type=int, required=True)
    given = parser.parse_args()
    shutil.copytree(given.run, given.out)
    shorten(given.out / "bundle", given.words)


if __name__ == "__main__":
    main()
