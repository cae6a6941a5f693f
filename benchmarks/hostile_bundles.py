"""Bundles from strangers, with right hashes, loaded and used in a process: none may kill it or take too much.

    python benchmarks/hostile_bundles.py               # all that are known, and 20 random ones of each rung
    python benchmarks/hostile_bundles.py --random 200 --seed 7

Prints a table, a row a kind, and each bundle that did harm; exits with 1 where there is any. Memory is
counted above what the process had, time is that of a core, and a process is used for many bundles.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from itertools import chain
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests" / name) for name in ("export", "")]

from exported_models import KINDS  # noqa: E402 - the folder is on the path now
from hostile_running import MOST_MB, MOST_SECONDS, Outcome, fixed_cases, random_cases, run_cases  # noqa: E402

_COLUMNS = (
    "bundles",
    "refused",
    "ran",
    "other error",
    "killed",
    "over 1 GB",
    "over 10 s",
    "most MB",
    "most s",
)


def main() -> int:
    """Run them; 1 where one does harm."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--random", type=int, default=20, help="random changes of the graph of each rung")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", default=[], help="only these kinds of the known ones")
    given = parser.parse_args()
    known = (case for case in fixed_cases() if not given.kinds or case.kind in given.kinds)
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in run_cases(chain(known, random_cases(KINDS, given.random, given.seed))):
        by_kind[outcome.case.kind].append(outcome)
        if outcome.is_bad:
            facts = f"{outcome.what} after {outcome.seconds:.1f} s, {outcome.mb:.0f} MB: {outcome.said}"
            print(f"{outcome.case.kind}: {outcome.case.name}: {facts}", file=sys.stderr, flush=True)
    print(f"{'kind':16s}", *(f"{name:>11s}" for name in _COLUMNS))
    for kind, found in [*by_kind.items(), ("all", [one for row in by_kind.values() for one in row])]:
        print(f"{kind:16s}", *(f"{value:>11}" for value in _row(found)))
    return int(any(one.is_bad for found in by_kind.values() for one in found))


def _row(found: list[Outcome]) -> list[object]:
    counts = [sum(one.what == what for one in found) for what in _COLUMNS[1:5]]
    over = sum(one.mb > MOST_MB for one in found), sum(one.seconds > MOST_SECONDS for one in found)
    most = (
        f"{max((one.mb for one in found), default=0):.0f}",
        f"{max((one.seconds for one in found), default=0):.1f}",
    )
    return [len(found), *counts, *over, *most]


if __name__ == "__main__":
    sys.exit(main())
