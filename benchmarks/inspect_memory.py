"""Peak memory and speed of `onoma inspect` on a generated CoNLL file that is far larger than memory allows.

Most sentences, and ever more words and mentions, are new: the worst case for the counters.

Run: python benchmarks/inspect_memory.py [--megabytes 5000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

LABELS = ("LOC", "MISC", "ORG", "PER")
COMMON = [f"word{number}" for number in range(5000)]
SYLLABLES = ("ba", "co", "di", "fu", "ge", "ha", "ko", "li", "mu", "ne", "po", "ru", "sa", "ti", "vo", "we")

# Runs in the child: VmHWM is what the process itself had at most (ru_maxrss would begin with the parent's).
CHILD = """
import sys
from onoma.cli.main import main
import onoma.inspection, onoma.readers.formats.conll, numpy
def kilobytes(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name))
start = kilobytes("VmRSS")
code = main(["inspect", sys.argv[1], "--json", "--quiet"])
print(start, kilobytes("VmHWM"), file=sys.stderr)
sys.exit(code)
"""


def sentences(seed: int) -> Iterator[str]:
    """Yield sentences of about CoNLL-2003's shape without end."""
    rng = random.Random(seed)
    while True:
        lines = []
        while len(lines) < 1 or rng.random() < 0.93:
            if rng.random() < 0.1:
                label = rng.choice(LABELS)
                name = "".join(rng.choices(SYLLABLES, k=5)).title()
                lines.append(f"{name} NNP I-NP B-{label}\n")
                if rng.random() < 0.4:
                    lines.append(f"{rng.choice(COMMON).title()} NNP I-NP I-{label}\n")
            else:
                lines.append(f"{COMMON[int(len(COMMON) * rng.random() ** 3)]} NN I-NP O\n")
        yield "".join(lines) + "\n"


def write_corpus(path: Path, megabytes: int) -> None:
    """Write a file of about that size."""
    stream = sentences(1)
    size = 0
    with path.open("w", encoding="utf-8") as file:
        while size < megabytes * 1_000_000:
            size += file.write(next(stream))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=5000)
    parser.add_argument("--folder", type=Path, default=None, help="where the file is written for the while")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder) / "train.conll"
        write_corpus(path, arguments.megabytes)
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=False
        )
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stderr)
    start, peak = (int(part) / 1024 for part in done.stderr.split()[-2:])
    seconds = ended.ru_utime - began.ru_utime + ended.ru_stime - began.ru_stime
    speed = arguments.megabytes / seconds
    print(f"{arguments.megabytes:,} MB in {seconds:,.0f} s of processor time: {speed:.1f} MB/s")
    print(f"memory: {start:.0f} MiB at the start, {peak - start:.0f} MiB above it at the peak")


if __name__ == "__main__":
    main()
