"""Training by two processes against one: equal gradients, time, F1.

    python benchmarks/processes.py [--model bilstm-crf] [--data DIR] [--sentences 1500] [--epochs 2]
                                   [--seeds 1,2,3] [--processes 2] [--set key=value ...]

First without dropout: gradients of the same batches, by one process and by several, and how far apart they
are, as the norm of the difference over the norm. Then whole runs of the command line with all their dropout,
by turns, one process with one thread against several with one thread each: F1 on dev, seconds on the clock
while training, and processor seconds of all processes from start to end, start of Python, scoring and plots
included. On a machine that others use too, the clock says little; processor time shows what is done twice.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean

import torch

from onoma.readers import read_corpus, write_documents
from onoma.training.assembly import Assembly
from onoma.training.config import RunConfig
from onoma.training.data import load_run_data
from onoma.training.processes.joining import joined
from onoma.training.settings import gather_settings, read_assignments

DEFAULT_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "conll2003"
BATCHES = 8
_RUN_COMMAND = "--gradients"


def launcher(processes: int) -> list[str]:
    """Return the command that starts Python in so many processes."""
    if processes == 1:
        return [sys.executable]
    return [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
        *("--nproc-per-node", str(processes)),
    ]


def write_part(source: Path, out: Path, sentences: int) -> int:
    """Write whole documents with about so many sentences; return how many they have."""
    documents, count = [], 0
    for document in read_corpus(source).documents:
        if count >= sentences:
            break
        documents.append(document)
        count += len(document.sentences)
    write_documents(out, documents, format="conll")
    return count


def configure(options: argparse.Namespace, folder: Path) -> RunConfig:
    """Return the configuration of a run without dropout."""
    given = read_assignments(options.set) | {"precision": "fp32", "threads": 1, "device": "cpu"}
    config = gather_settings(options.model, given, data=str(folder))
    drops = [name for name in type(config.model).model_fields if name.endswith("dropout")]
    return gather_settings(options.model, given | dict.fromkeys(drops, 0.0), data=str(folder))


def find_gradients(options: argparse.Namespace) -> None:
    """Be one of the processes: write the gradients of some batches."""
    config = configure(options, options.data)
    torch.set_num_threads(1)
    with joined() as world:
        splits = load_run_data(config.data, config.training.seed).splits
        model = Assembly(config, splits, torch.device("cpu"), pretrained=True)
        objective = model.objective("fp32", world)
        model.network.eval()  # a pretrained encoder has dropout of its own, which no option names
        found = []
        for batch in objective.batches(1)[:BATCHES]:
            model.network.zero_grad()
            value = world.merge(model.network.parameters(), objective.backward(batch, 1))
            gradients = [one.grad.flatten() for one in model.network.parameters() if one.grad is not None]
            found.append((value, torch.cat(gradients)))
        if world.leads:
            torch.save(found, options.out)


def compare_gradients(options: argparse.Namespace, folder: Path) -> None:
    """Print how far apart the gradients are."""
    files = {count: folder / f"gradients-{count}.pt" for count in (1, options.processes)}
    for count, out in files.items():
        given = [__file__, _RUN_COMMAND, "--model", options.model, "--data", str(folder), "--out", str(out)]
        sets = [part for one in options.set for part in ("--set", one)]
        subprocess.run([*launcher(count), *given, *sets], check=True)
    alone, together = (torch.load(files[count], weights_only=True) for count in files)
    pairs = list(zip(alone, together, strict=True))
    losses = max(abs(other - one) / abs(one) for (one, _), (other, _) in pairs)
    norms = max(float((other - one).norm() / one.norm()) for (_, one), (_, other) in pairs)
    print(
        f"{len(pairs)} batches: losses differ by {losses:.1e} at most, gradients by {norms:.1e}, relatively"
    )


def train(options: argparse.Namespace, folder: Path, processes: int, seed: int) -> dict[str, float]:
    """Train by the command line; return what it came to and took."""
    out = folder / f"run-{processes}-{seed}"
    given = ["train", "--model", options.model, "--data", str(folder), "--out", str(out), "--quiet"]
    given += ["--epochs", str(options.epochs), "--seed", str(seed), "--threads", "1", "--precision", "fp32"]
    given += [part for one in options.set for part in ("--set", one)]
    before = _processor_seconds()
    done = subprocess.run(
        [*launcher(processes), "-m", "onoma", *given],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        sys.exit(f"the training by {processes} ended with exit code {done.returncode}")
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    rows = (out / "history.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        "f1": metrics["dev"]["entity"]["f1"],
        "loss": json.loads(rows[-1])["train_loss"],
        "updates": sum(_update_seconds(json.loads(row), folder) for row in rows),
        "seconds": metrics["train_seconds"],
        "processor": _processor_seconds() - before,
    }


def _update_seconds(row: dict[str, float], folder: Path) -> float:
    tokens = sum(1 for line in (folder / "train.txt").open(encoding="utf-8") if line.strip())
    return tokens / row["tokens_per_second"]


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default="bilstm-crf")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--sentences", type=int, default=1500)
    parser.add_argument("--dev-sentences", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--set", action="append", default=[], metavar="key=value")
    parser.add_argument(_RUN_COMMAND, action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.gradients:
        find_gradients(options)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        count = write_part(options.data / "train.txt", folder / "train.txt", options.sentences)
        write_part(options.data / "valid.txt", folder / "dev.txt", options.dev_sentences)
        print(f"{options.model}, {count} sentences, {options.epochs} epochs, seeds {options.seeds}")
        compare_gradients(options, folder)
        found: dict[int, list[dict[str, float]]] = {1: [], options.processes: []}
        for seed in map(int, options.seeds.split(",")):
            for processes, rows in found.items():
                rows.append(train(options, folder, processes, seed))
        names = ("f1", "loss", "updates", "seconds", "processor")
        print("| processes | dev F1 | last train loss | s of updates | s of training | processor s, all |")
        print("|---|---|---|---|---|---|")
        for processes, rows in found.items():
            scores = ", ".join(f"{100 * row['f1']:.2f}" for row in rows)
            means = " | ".join(f"{mean(row[name] for row in rows):.3f}" for name in names[1:])
            print(f"| {processes} | {scores} | {means} |")
        for name in names[2:]:
            ratios = [one[name] / several[name] for one, several in zip(*found.values(), strict=True)]
            print(f"{name}: one over {options.processes}: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")


if __name__ == "__main__":
    main()
