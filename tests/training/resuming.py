"""A small corpus, and training runs in processes of their own that can be killed at a chosen place."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from onoma.models import get_rung
from tiny_encoders import write_encoder

PROCESSES = multiprocessing.get_context("forkserver")
# Imported once; each process is then forked from there in a few milliseconds.
PROCESSES.set_forkserver_preload(
    [
        "onoma.training.run",
        "torch._dynamo",
        "torch.utils.tensorboard",
        "onoma.training.settings",
    ]
)

KILLED = -signal.SIGKILL

SMALL = {
    "model": {"word_dim": 12, "hidden_dim": 12, "casing_dim": 4},
    "training": {
        **{
            "epochs": 3,
            "batch_size": 4,
            "epoch_updates": 1,
            "learning_rate": 0.02,
            "average": 0.9,
            "threads": 1,
        },
        "precision": "fp32",  # what is measured may come out otherwise in a second run that is to be the same
    },
}

JOINT = {"document_dim": 6, "head": "crf"}

_NAMES = {
    "PER": ["Anna Berg", "John", "Mary Jane Fox", "Li Wei", "O'Neill"],
    "LOC": ["Oslo", "New York", "Lake Garda", "Rio", "The Hague"],
    "ORG": ["Acme Ltd", "UN", "Bank of Rome", "Kodak", "Red Cross"],
}
_FILLERS = ["the", "a", "of", "and", "met", "visited", "said", "1999", "quietly", "report", ",", "never"]


def write_corpus(folder: Path, *, sentences: int = 48, seed: int = 5) -> Path:
    """Write ``train.txt``, ``dev.txt`` and ``test.txt`` of made-up sentences, and return the folder."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for name, count in (("train", sentences), ("dev", sentences // 3), ("test", sentences // 4)):
        lines = []
        for _ in range(count):
            for _ in range(rng.randint(1, 5)):
                lines += [f"{rng.choice(_FILLERS)} O" for _ in range(rng.randint(0, 3))]
                label = rng.choice(sorted(_NAMES))
                words = rng.choice(_NAMES[label]).split()
                lines += [f"{word} {'I' if place else 'B'}-{label}" for place, word in enumerate(words)]
            lines += [". O", ""]
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def documented(folder: Path) -> Path:
    """Make documents of four sentences in the files of `write_corpus`, and return the folder."""
    for file in folder.glob("*.txt"):
        sentences = file.read_text(encoding="utf-8").strip().split("\n\n")
        places = range(0, len(sentences), 4)
        parts = ["-DOCSTART- O\n\n" + "\n\n".join(sentences[first : first + 4]) for first in places]
        file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return folder


def small_options(rung: str, folder: Path) -> dict[str, Any]:
    """Return options that make a rung small; ``folder`` takes the encoder of one that needs such."""
    if get_rung(rung).specialise is not None:
        return {"base": "bilstm", **SMALL["model"], "span_dim": 8, **(JOINT if rung == "joint" else {})}
    if rung == "bert":
        encoder = folder / "encoder"
        return {"encoder": str(encoder if encoder.exists() else write_encoder(encoder)), "casing_dim": 4}
    options = dict(SMALL["model"])
    if rung.startswith("transformer"):
        options |= {"num_heads": 2, "feedforward_dim": 12, "lstm_dim": 8, "attention_dropout": 0.1}
    if rung == "transformer":
        options |= {"units": "pieces", "vocabulary_size": 100, "piece_dim": 6}
    if get_rung(rung).config().model_dump().get("char_dim"):
        options |= {"char_dim": 6, "char_filters": 6}
    return options


def settings(data: Path, rung: str = "lstm", **training: Any) -> dict[str, dict[str, Any]]:
    """Return small settings for a corpus of `write_corpus`."""
    model = {"id": rung, **small_options(rung, data.parent)}
    files = {name: str(data / f"{name}.txt") for name in ("train", "dev", "test")}
    if rung == "joint":
        files["document_labels"] = "entities"
    return {"model": model, "training": {**SMALL["training"], **training}, "data": files}


Kill = tuple[str, int]
"""``("module:function", n)``: a process kills itself as it calls that function the nth time; with ``"call"``
in place of a function, at its nth call of anything, which is about any moment."""


def start(target: Any, *arguments: Any, stderr: Path | None = None, kill: Kill | None = None) -> Any:
    """Start ``target`` in a process of its own, its standard error appended to a file."""
    process = PROCESSES.Process(target=_child, args=(target, arguments, stderr, kill))
    process.start()
    return process


def finish(target: Any, *arguments: Any, stderr: Path | None = None, kill: Kill | None = None) -> int:
    """Run ``target`` in a process of its own and return its exit code; negative is a signal."""
    process = start(target, *arguments, stderr=stderr, kill=kill)
    process.join(600)
    assert process.exitcode is not None, "the process hangs"
    return int(process.exitcode)


def _child(target: Any, arguments: Sequence[Any], stderr: Path | None, kill: Kill | None) -> None:
    with open(stderr or os.devnull, "a", encoding="utf-8") as sink:  # noqa: PTH123 - devnull is no Path
        os.dup2(sink.fileno(), 2)
        os.dup2(sink.fileno(), 1)
        if kill is not None:
            _arrange(*kill)
        code = target(*arguments)
        sys.stdout.flush()
        sys.exit(code)


def _arrange(place: str, count: int) -> None:
    if place == "call":
        _count_calls(count)
        return
    module_name, _, path = place.partition(":")
    owner: Any = import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    original, calls = getattr(owner, name), 0

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **options)

    setattr(owner, name, counted)


def _count_calls(limit: int) -> None:
    calls = 0

    def seen(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == limit:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(seen)


def train(given: dict[str, dict[str, Any]], out: Path, resume: bool) -> int:
    """Train by the Python interface: no plots, which are slow."""
    from onoma.cli.progress import lines_shown
    from onoma.training.config import resolve
    from onoma.training.folder import is_finished, tidy_finished
    from onoma.training.run import Run

    if resume and is_finished(out):
        tidy_finished(out)
        return 0

    with lines_shown():
        for _ in Run(resolve(None, given), out, resume=resume).execute():
            pass
    return 0


def train_counting(given: dict[str, dict[str, Any]], out: Path) -> int:
    """Train, and write to ``OUT.calls`` how many calls that took."""
    calls = 0

    def seen(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(seen)
    train(given, out, resume=False)
    sys.setprofile(None)
    out.with_suffix(".calls").write_text(str(calls), encoding="utf-8")
    return 0


def command(*arguments: Any) -> int:
    """Run the command line, without the plots, which are slow and another test's."""
    import onoma.reports.runs
    from onoma.cli.main import main

    onoma.reports.runs.write_plots = lambda folder, finished: None
    return main([str(argument) for argument in arguments])


def outcome(run: Path) -> dict[str, Any]:
    """Return all that a run has found out, and nothing that a clock did."""
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    for name in ("train_seconds", "train_tokens_per_second", "peak_memory_mb"):
        del metrics[name]
    history = [json.loads(line) for line in (run / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in history:
        del row["seconds"], row["tokens_per_second"]
    predictions = {path.name: path.read_bytes() for path in (run / "predictions").iterdir()}
    weights = (run / "bundle" / "model.safetensors").read_bytes()
    return {"weights": weights, "metrics": metrics, "history": history, "predictions": predictions}


def debris(run: Path) -> list[str]:
    """Return what has no place in the folder of a finished run."""
    return [path.name for path in run.rglob("*") if path.name.startswith(".") or path.suffix == ".pt"]


def check_goes_on(values: dict[str, dict[str, Any]], folder: Path, update: int) -> None:
    """Assert that a training killed at an update goes on to the very same end."""
    whole, killed = folder / "whole", folder / "killed"
    assert finish(train, values, whole, False) == 0
    at = ("onoma.training.loop:Trainer._update", update)
    assert finish(train, values, killed, False, kill=at) == KILLED
    assert finish(train, values, killed, True) == 0
    assert outcome(killed) == outcome(whole)
    assert debris(killed) == []
