"""A run whose model keeps the vectors of fewer words; those of the others are composed of their subwords.

    python examples/recipes/fewer_words.py RUN OUT --words 18000

For fastText vectors that training left as they were (`vectors_mode=frozen`): words stand in the order of
their frequency, so that the rarest go. OUT is a copy of RUN; `onoma evaluate` says what it costs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

FEATURES = "features.safetensors"
WORDS, ROWS = "vectors.words", "vectors.rows"


def shorten(bundle: Path, words: int) -> None:
    """Cut the table of vectors of a bundle, and tell its manifest."""
    arrays = load_file(bundle / FEATURES)
    kept = arrays[WORDS].tobytes().decode("utf-8").split("\n")[:words]
    arrays[WORDS] = np.frombuffer("\n".join(kept).encode("utf-8"), dtype=np.uint8)
    arrays[ROWS] = np.ascontiguousarray(arrays[ROWS][: len(kept)])
    save_file(arrays, bundle / FEATURES)
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    written = (bundle / FEATURES).read_bytes()
    manifest["files"][FEATURES] = {"size": len(written), "sha256": hashlib.sha256(written).hexdigest()}
    (bundle / "manifest.json").write_text(
        json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8"
    )


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
