"""How long an archive takes on many workers: a simulation of `onoma annotate`'s scheduler.

    python benchmarks/scale.py [--ledger OUT/ledger.jsonl] [--tokens 1e9 1e12] [--workers 2 64 1024 16384]
        [--speed 60000] [--shard-mb 32] [--failures 0.01] [--price 0.04] [--seed 1]

Shards wait in one queue, a worker takes the next when it is done, and the driver writes one record after
the other, each synced to its disk. A shard takes as long as those of a real ledger did, by their size
(without one: as long as ``--speed`` says, with a tenth of spread), one in a hundred up to three times as
long. A worker dies ``--failures`` times an hour and comes back after a minute; its shard is done again. The
cost of a record is measured here, by appending and syncing a thousand. Prints hours, the share of time that
workers were busy, how busy the driver was, what was done twice, how many gigabytes plan and ledger take,
and the price.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import random
import statistics
import tempfile
import time
from pathlib import Path

_BYTES_A_TOKEN = 5.2
_RECORD_BYTES = 700
_MOST_EVENTS = 400_000
"""Shards that are simulated; where there are more, the others go at the pace of workers, or of the driver."""
_AWAY_SECONDS = 60.0
_WIDTHS = (8, 9, 11, 12, 7, 8, 7, 7, 11)


def cost_of_a_record() -> float:
    """Seconds of the driver for appending a record and syncing it; the median of a thousand."""
    record = b"x" * _RECORD_BYTES + b"\n"
    took = []
    with tempfile.TemporaryDirectory() as place, (Path(place) / "ledger").open("ab") as stream:
        for _ in range(1000):
            started = time.perf_counter()
            stream.write(record)
            stream.flush()
            os.fsync(stream.fileno())
            took.append(time.perf_counter() - started)
    return statistics.median(took)


def spread_of(ledger: Path | None) -> list[float]:
    """How long shards took by token, relative to the mean."""
    if ledger is None:
        rng = random.Random(0)
        return [max(0.5, rng.gauss(1, 0.1)) for _ in range(1000)]
    records = [json.loads(line) for line in ledger.open(encoding="utf-8")]
    rates = [one["seconds"] / one["tokens"] for one in records if one["tokens"]]
    mean = statistics.fmean(rates)
    return [rate / mean for rate in rates]


def simulate(
    shards: int, workers: int, seconds: float, spread: list[float], failures: float, record: float, seed: int
) -> tuple[float, float, float]:
    """Return seconds to the end, those of workers in all, and those of them that were lost."""
    rng = random.Random(seed)
    events: list[
        tuple[float, float, bool]
    ] = []  # when something ends, how long it took, whether it is a death

    def begin(now: float) -> None:
        length = seconds * rng.choice(spread) * (rng.uniform(1, 3) if rng.random() < 0.01 else 1)
        dies = rng.expovariate(failures / 3600) if failures else float("inf")
        heapq.heappush(events, (now + min(length, dies), min(length, dies), dies < length))

    begun = min(workers, shards)
    for _ in range(begun):
        begin(0.0)
    written = busy = again = 0.0
    while events:
        now, took, died = heapq.heappop(events)
        busy += took
        if died:
            again += took
            begin(now + _AWAY_SECONDS)
            continue
        # Whoever is done waits until its record is written: the driver then hands it the next shard.
        written = max(written, now) + record
        if begun < shards:
            begun += 1
            begin(written)
    return written, busy, again


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ledger", type=Path)
    parser.add_argument("--tokens", type=float, nargs="+", default=[1e9, 1e12])
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 64, 1024, 16384])
    parser.add_argument("--speed", type=float, default=60_000, help="tokens a second of a worker")
    parser.add_argument("--shard-mb", type=float, default=32)
    parser.add_argument("--failures", type=float, default=0.01, help="deaths of a worker an hour")
    parser.add_argument("--price", type=float, default=0.04, help="of a core an hour")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    spread, record = spread_of(options.ledger), cost_of_a_record()
    tokens_a_shard = options.shard_mb * 2**20 / _BYTES_A_TOKEN
    seconds = tokens_a_shard / options.speed
    print(f"a shard: {tokens_a_shard:,.0f} tokens, {seconds:.0f} s; a record: {record * 1000:.2f} ms")
    print(
        f"{'tokens':>8}{'workers':>9}{'shards':>11}{'hours':>12}{'busy':>7}{'driver':>8}{'again':>7}{'GB':>7}{'price':>11}"
    )
    for tokens in options.tokens:
        shards = max(1, round(tokens / tokens_a_shard))
        for workers in options.workers:
            some = min(shards, max(_MOST_EVENTS, 20 * workers))
            end, busy, again = simulate(
                some, workers, seconds, spread, options.failures, record, options.seed
            )
            end += (shards - some) * max(busy / some / workers, record)
            busy, again = busy * shards / some / (end * workers), again / busy
            hours, driver = end / 3600, shards * record / end
            kept = shards * 2 * _RECORD_BYTES / 1e9
            print(
                f"{tokens:8.0e}{workers:9,}{shards:11,}{hours:12,.2f}{busy:7.1%}{driver:8.1%}{again:7.2%}"
                f"{kept:7.2f}{hours * workers * options.price:11,.0f}"
            )


if __name__ == "__main__":
    main()
