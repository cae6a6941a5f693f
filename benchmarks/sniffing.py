"""Whose is a file? Generated files of every format against all formats, and plain text against all of them.

    python benchmarks/sniffing.py             # 50 files a layout, 500 pieces of text

The files have neutral names. The table has a row for each format with what its files were taken for; then
come all wrong takings. Plain text is right where `predict` reads it as text. Exits with 1 where
anything is wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "readers"))

from format_samples import all_formats
from sniffed import generated, sniffed, text_pieces, text_taken_for

TEXTS = Path(__file__).resolve().parents[2] / "shared" / "data" / "text"


def main() -> int:
    """Run; return 1 where a file is taken for what it is not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=50, help="files of each layout of each format")
    parser.add_argument("--texts", type=int, default=500, help="pieces of plain text")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--formats", nargs="*", default=all_formats())
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    wrong: list[str] = []
    total = 0
    print(f"{'format':18}{'files':>6}{'right':>7}   taken for")
    with tempfile.TemporaryDirectory() as folder:
        for name in given.formats:
            taken: Counter[str] = Counter()
            for sample in generated(name, given.count, given.seed):
                found = sniffed(sample, Path(folder))
                taken[found] += 1
                if found != name:
                    shown = next(iter(sample.files.values()))[:150]
                    wrong.append(f"{name} ({sample.layout}) taken for {found}: {shown!r}")
            total += taken.total()
            others = ", ".join(f"{other} {count}" for other, count in taken.most_common() if other != name)
            print(f"{name:18}{taken.total():6}{taken[name]:7}   {others}", flush=True)
        for old in Path(folder).iterdir():
            old.unlink()
        taken = Counter()
        for piece in text_pieces(given.texts, given.seed, TEXTS if TEXTS.is_dir() else None):
            found = text_taken_for(piece, Path(folder))
            taken[found] += 1
            if found != "text":
                wrong.append(f"plain text taken for {found}: {piece[:150]!r}")
        print(f"{'plain text':18}{taken.total():6}{taken['text']:7}   {dict(taken)}")
    print(f"{total:,} files, {taken.total():,} texts: {len(wrong)} wrong takings", *wrong, sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
