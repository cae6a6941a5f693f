"""Trainings killed with SIGKILL at random moments and resumed, against the same trainings left alone.

    python benchmarks/resume_soak.py [--kills 3] [--epochs 15] [--rungs lstm bilstm-crf] [--seed 1]

For every rung and precision: one run left alone; one that is killed `--kills` times, each time at a moment
drawn from the duration of the first, resumed each time, and then let finish. Every process is the real
command line. A row says how many kills struck, from where (epoch:step) the run went on, and whether the
weights and the scores are those of the run left alone, byte for byte.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from onoma.models import list_rungs

SMALL = ["hidden_dim=48", "word_dim=32", "batch_size=8", "learning_rate=0.005", "checkpoint_steps=20"]


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "onoma", "train", *(str(argument) for argument in arguments)]


def train(arguments: list[str], kill_after: float | None) -> tuple[bool, str]:
    """Run a training; return whether it was killed, and what it said."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _, said = process.communicate(timeout=kill_after)
    except subprocess.TimeoutExpired:
        process.kill()
        return True, process.communicate()[1]
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)}\n{said}")
    return False, said


def place(said: str) -> str:
    """Where a process took the run up: epoch and step, or the beginning."""
    if "is finished" in said:
        return "finished"
    found = re.search(r"resuming in epoch (\d+) after step (\d+)", said)
    return f"{found[1]}:{found[2]}" if found else "start"


def result(run: Path) -> tuple[bytes, object]:
    scores = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    return (run / "bundle" / "model.safetensors").read_bytes(), (scores["dev"], scores["test"])


def soak(rung: str, precision: str, folder: Path, options: argparse.Namespace, rng: random.Random) -> str:
    settings = [part for setting in (*SMALL, f"precision={precision}") for part in ("--set", setting)]
    base = ["--model", rung, "--data", "en", "--epochs", options.epochs, "--threads", 1, *settings]
    alone, killed = folder / "alone", folder / "killed"
    started = time.perf_counter()
    train(command(*base, "--out", alone), None)
    seconds = time.perf_counter() - started
    struck, places = 0, []
    for _ in range(options.kills):
        was_killed, said = train(command(*base, "--out", killed, "--resume"), rng.uniform(0, seconds))
        struck += was_killed
        places.append(place(said))
    _, said = train(command("--resume", "--out", killed), None)
    places.append(place(said))
    same = ["yes" if one == other else "NO" for one, other in zip(result(alone), result(killed), strict=True)]
    return f"{rung:20}{precision:6}{seconds:8.1f}{struck:7}  {same[0]:9}{same[1]:8}{' '.join(places[1:])}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=3, help="for each rung and precision")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--rungs", nargs="+", default=[rung.name for rung in list_rungs()])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    print(f"{'model':20}{'':6}{'seconds':>8}{'kills':>7}  {'weights':9}{'scores':8}went on from")
    for rung in options.rungs:
        for precision in ("fp32", "bf16"):
            with tempfile.TemporaryDirectory() as folder:
                print(soak(rung, precision, Path(folder), options, rng), flush=True)


if __name__ == "__main__":
    main()
