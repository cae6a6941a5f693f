"""Annotating an archive: workers and engines beside the bare tagger, and what kills cost.

    python benchmarks/annotate.py MODEL TEXT.gz [--tokens 5e7] [--engines local ray] [--kills 20]

The archive is TEXT's lines over and over, each with an id of its own, in span JSONL of 64 MB a file. It is
annotated by the bare tagger (``Tagger.pipe`` in this process, its first twentieth), then by ``onoma
annotate`` with each engine and number of workers: tokens by second and by second of processor, memory of the
driver and of its largest worker after a tenth of the time, half of it, and at the end, and whether the parts
are the same. With ``--kills`` the last one is done
again in a process that is killed (driver or a worker, in turn, at a random moment) so many times and goes
on with ``--resume``: whether its parts have the hashes of the undisturbed run, and how many records of how
many shards there are.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_FILE_BYTES = 64 << 20


def lines(text: Path) -> Iterator[str]:
    """Yield the lines with words, over and over."""
    while True:
        with gzip.open(text, "rt", encoding="utf-8") as stream:
            for line in stream:
                if line.strip():
                    yield line.strip()


def make_archive(folder: Path, text: Path, tokens: float) -> int:
    """Write files of documents with so many words; return how many there are."""
    folder.mkdir()
    number = words = 0
    source = lines(text)
    while words < tokens:
        path = folder / f"archive-{len(list(folder.iterdir())):04}.jsonl"
        with path.open("w", encoding="utf-8") as stream:
            while stream.tell() < _FILE_BYTES and words < tokens:
                line = next(source)
                stream.write(json.dumps({"id": f"d{number}", "text": line}, ensure_ascii=False) + "\n")
                number, words = number + 1, words + line.count(" ") + 1
    return words


def digest(folder: Path) -> str:
    """A hash over all parts."""
    whole = hashlib.sha256()
    for path in sorted((folder / "parts").iterdir()):
        whole.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def command(model: str, archive: Path, out: Path, engine: str, workers: int, shard_mb: float) -> list[str]:
    """Return the command line of an annotation."""
    words = ["annotate", model, archive, "--out", out, "--engine", engine, "--workers", workers]
    return [sys.executable, "-m", "onoma", *map(str, words), "--shard-mb", str(shard_mb), "--json", "--quiet"]


def annotate(words: list[str]) -> tuple[dict[str, Any], float, list[tuple[int, int]]]:
    """Run it; return what it tells, seconds, and the memory of driver and largest worker over time, in MB."""
    started = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    seen: list[tuple[int, int]] = []
    while process.poll() is None:  # what it tells is a few lines, which the pipe holds
        driver, below = resident(process.pid), descendants(process.pid)
        if driver:
            seen.append((driver, max(map(resident, below), default=0)))
        time.sleep(1)
    seconds = time.perf_counter() - started
    assert process.stdout is not None
    said = process.stdout.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}: ended with {process.returncode}")
    return json.loads(said), seconds, [seen[int(share * (len(seen) - 1))] for share in (0.1, 0.5, 1.0)]


def resident(process: int) -> int:
    """Return the memory of a process, in MB; 0 once it is gone."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize() >> 20


def descendants(process: int) -> list[int]:
    """Return the processes below one, however far."""
    below = children(process)
    return [*below, *(other for one in below for other in descendants(one))]


def bare(model: str, archive: Path, tokens: float) -> float:
    """Return tokens a second of processor of the tagger alone, from texts to documents with entities."""
    import onoma

    tagger = onoma.load(model, threads=1)
    texts: list[str] = []
    words = 0
    for path in sorted(archive.iterdir()):
        for line in path.open(encoding="utf-8"):
            texts.append(json.loads(line)["text"])
            words += texts[-1].count(" ") + 1
            if words > tokens:
                break
    list(tagger.pipe(texts[:200]))
    started = time.process_time()
    found = sum(document.num_tokens for document in tagger.pipe(texts))
    return found / (time.process_time() - started)


def children(process: int) -> list[int]:
    """Return the processes right below one."""
    found = subprocess.run(["pgrep", "-P", str(process)], stdout=subprocess.PIPE, text=True, check=False)
    return [int(one) for one in found.stdout.split()]


def killed(words: list[str], out: Path, kills: int, seconds: float) -> tuple[int, int]:
    """Run it to its end, killed on the way; return the kills that struck, and the shards on record."""
    rng = random.Random(1)
    struck = 0
    for number in range(kills + 1):
        again = ["--resume"] if (out / "plan.json").exists() else []
        process = subprocess.Popen([*words, *again], stdout=subprocess.DEVNULL, start_new_session=True)
        if number < kills:
            time.sleep(2.0 + rng.random() * seconds / (kills / 2))
            victims = children(process.pid) if number % 2 else []
            if process.poll() is None:
                os.kill(rng.choice(victims) if victims else process.pid, signal.SIGKILL)
                struck += 1
                if victims:  # the driver hires another; stop it so that a try ends
                    time.sleep(1.0)
                    process.send_signal(signal.SIGTERM)
        process.wait()
    return struck, sum(1 for _ in (out / "ledger.jsonl").open())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("text", type=Path)
    parser.add_argument("--tokens", type=float, default=5e7)
    parser.add_argument("--engines", nargs="+", default=["local"], choices=["local", "ray"])
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--shard-mb", type=float, default=32)
    parser.add_argument("--kills", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        archive = Path(place) / "archive"
        words = make_archive(archive, options.text, options.tokens)
        size = sum(path.stat().st_size for path in archive.iterdir())
        print(f"{words:,} words in {size / 1e6:,.0f} MB; load {os.getloadavg()[0]:.1f}", flush=True)
        alone = bare(options.model, archive, options.tokens / 20)
        head = f"{'':22}{'tokens/s':>12}{'a CPU second':>14}{'of the tagger':>15}  "
        print(f"{head}{'MB of driver, worker':28} parts")
        print(f"{'bare tagger':22}{'':>12}{alone:14,.0f}{1:15.2f}", flush=True)
        whole, seconds = "", 0.0
        for engine in options.engines:
            for workers in options.workers:
                out = Path(place) / f"{engine}-{workers}"
                given = command(options.model, archive, out, engine, workers, options.shard_mb)
                told, seconds, memory = annotate(given)
                by_cpu = told["tokens"] / told["cpu_seconds"]
                same = digest(out)
                print(
                    f"{f'{engine}, {workers} workers':22}{told['tokens'] / seconds:12,.0f}{by_cpu:14,.0f}"
                    f"{by_cpu / alone:15.2f}  {'; '.join(f'{one}, {other}' for one, other in memory):28} "
                    f"{'the same' if same == (whole or same) else 'OTHERS'}",
                    flush=True,
                )
                whole = whole or same
        if options.kills:
            out = Path(place) / "killed"
            engine, workers = options.engines[-1], options.workers[-1]
            given = command(options.model, archive, out, engine, workers, options.shard_mb)
            struck, shards = killed(given, out, options.kills, seconds)
            parts = len(list((out / "parts").iterdir()))
            print(
                f"{struck} kills: the parts are {'the same' if digest(out) == whole else 'OTHERS'}, "
                f"{shards} records of {parts} shards"
            )


if __name__ == "__main__":
    main()
