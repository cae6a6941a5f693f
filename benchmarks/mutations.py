"""Damaged files of every format, read under every policy: 0 tracebacks, every account balanced.

    python benchmarks/mutations.py                     # 20,000 at random and all single-field changes of JSON
    python benchmarks/mutations.py --formats conll hipe --count 5000 --seed 7

Each is read with its format found and named. Prints a table, a row a format, and after it each kind of fault
with an input that shows it; exits with 1 where there is any.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "readers"))

from format_samples import FormatSample, all_formats, fixed_samples
from format_templates import Files
from mutating import Outcome, damage, json_files, read_damaged

_LONGEST_READING = 60
_SHOWN_BYTES = 300
_KINDS = ("read", "refused", "traceback", "account", "message")


class Tally:
    """What came of the readings of one format."""

    def __init__(self) -> None:
        self.files = 0
        self.kinds: Counter[str] = Counter()
        self.lineless: Counter[str] = Counter()
        self.faults: dict[tuple[str, str, str], tuple[str, str, Files]] = {}

    def add(self, how: str, outcome: Outcome, files: Files) -> None:
        """Count a reading."""
        self.kinds[outcome.kind] += 1
        if outcome.kind == "refused" and not outcome.has_line:
            self.lineless[outcome.code] += 1
        if outcome.wrong:
            key = outcome.kind, outcome.code, outcome.detail.split(": ")[0]
            self.faults.setdefault(key, (how, outcome.detail, files))

    def row(self) -> str:
        """Return the row of the table."""
        shown = ", ".join(f"{code} {count}" for code, count in self.lineless.most_common(6))
        return " ".join([f"{self.files:8}", *(f"{self.kinds[name]:9}" for name in _KINDS), f"  {shown}"])


def main() -> int:
    """Run; return 1 where anything happened that must not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20_000, help="random mutations over all formats")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--formats", nargs="*", default=all_formats())
    parser.add_argument("--no-json", action="store_true", help="leave the single-field changes out")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    faulthandler.dump_traceback_later(_LONGEST_READING, exit=True)
    samples = {name: fixed_samples(name) for name in all_formats()}
    every = [sample for held in samples.values() for sample in held]
    each = -(-given.count // len(given.formats))
    columns = " ".join(f"{name:>9}" for name in ("files", *_KINDS))
    print(f"{'format':17}{columns}   refused without a line")
    whole, started, faulty = Tally(), time.monotonic(), 0
    for name in given.formats:
        tally = Tally()
        with tempfile.TemporaryDirectory() as folder:
            _search(
                tally, samples[name], every, Random(f"{given.seed} {name}"), each, Path(folder), given.no_json
            )
        print(f"{name:17}{tally.row()}", flush=True)
        _show(tally)
        faulty += len(tally.faults)
        whole.files += tally.files
        whole.kinds += tally.kinds
        whole.lineless += tally.lineless
    print(
        f"{'all':17}{whole.row()}\n{sum(whole.kinds.values()):,} readings, {time.monotonic() - started:.0f} s"
    )
    return int(faulty > 0)


def _search(
    tally: Tally,
    held: list[FormatSample],
    every: list[FormatSample],
    draw: Random,
    count: int,
    folder: Path,
    no_json: bool,
) -> None:
    damaged = [(sample, damage(draw, sample, every)) for sample in (draw.choice(held) for _ in range(count))]
    if not no_json:
        damaged += [(sample, files) for sample in held for _, files in json_files(sample)]
    for sample, files in damaged:
        faulthandler.cancel_dump_traceback_later()
        faulthandler.dump_traceback_later(_LONGEST_READING, exit=True)
        tally.files += 1
        for how, outcome in read_damaged(files, sample, folder):
            tally.add(how, outcome, files)


def _show(tally: Tally) -> None:
    for (kind, code, _), (how, detail, files) in tally.faults.items():
        print(f"  {kind} {code} ({how}): {detail}")
        for name, content in files.items():
            print(f"    {name}: {content[:_SHOWN_BYTES]!r}")


if __name__ == "__main__":
    sys.exit(main())
