"""Commands that write, each as it is attacked: killed, on a full disk, in a folder that cannot be written."""

from __future__ import annotations

import json
import re
import sqlite3
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from onoma.resources import bundled_corpora
from onoma.runtime.bundle import is_bundle, load_bundle

TRAIN = bundled_corpora()["en"] / "train.jsonl"
SMALL = ("hidden_dim=16", "word_dim=16", "batch_size=64", "learning_rate=0.01")
_SUITE = f"""
[suite]
name = "tiny"
seeds = [1, 2]
[data]
folder = {json.dumps(str(TRAIN.parent))}
[training]
epochs = 2
threads = 1
batch_size = 64
[[models]]
id = "rnn"
model = {{ hidden_dim = 16, word_dim = 16 }}
"""


def training(out: Path, epochs: int) -> tuple[object, ...]:
    """Return the words of a training."""
    settings = [word for setting in SMALL for word in ("--set", setting)]
    return "train", "--model", "lstm", "--data", "en", *settings, "--epochs", epochs, "--out", out


@dataclass(frozen=True)
class Attacked:
    """A command under attack.

    Args:
        name: of the command.
        arguments: of its words, from the folder of inputs and the output.
        output: name of what it writes.
        again: more words for the next try, where something has begun.
        repeatable: the same words write the same bytes.
    """

    name: str
    arguments: Callable[[Path, Path], Sequence[object]]
    output: str
    again: tuple[str, ...] = ()
    repeatable: bool = True

    def words(self, inputs: Path, out: Path, *, again: bool = False) -> list[str]:
        """Return the command line after ``onoma``."""
        return [str(word) for word in (*self.arguments(inputs, out), *(self.again if again else ()))]


def make_inputs(folder: Path, train: Callable[[Path], object]) -> None:
    """Write what the commands read: raw text, a suite, and two runs by ``train``."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = [json.loads(line)["text"] for line in TRAIN.read_text(encoding="utf-8").splitlines()]
    (folder / "text.txt").write_text("\n".join(text.replace("\n", " ") for text in texts), encoding="utf-8")
    (folder / "suite.toml").write_text(_SUITE, encoding="utf-8")
    for name in ("one", "two"):
        train(folder / name)


ATTACKED = (
    Attacked("convert", lambda _, out: ("convert", TRAIN, out, "--to", "conll"), "converted.conll"),
    Attacked("convert a folder", lambda _, out: ("convert", TRAIN, out, "--to", "brat"), "brat"),
    Attacked("split", lambda _, out: ("split", TRAIN, out), "parts"),
    Attacked(
        "predict",
        lambda at, out: ("predict", at / "one", at / "text.txt", "--to", "jsonl", "--out", out),
        "found.jsonl",
    ),
    Attacked(
        "vectors",
        lambda at, out: ("vectors", "train", at / "text.txt", "--out", out, "--dim", 8, "--threads", 1),
        "vectors.safetensors",
        repeatable=False,  # safetensors writes its notes in any order
    ),
    Attacked("export", lambda at, out: ("export", at / "one", out), "exported", repeatable=False),
    Attacked(
        "compare",
        lambda at, out: ("compare", at / "one", at / "two", "--no-measure", "--out", out),
        "report",
        repeatable=False,
    ),
    Attacked(
        "compare a suite",
        lambda at, out: ("compare", at / "suite.toml", "--no-measure", "--out", out),
        "suite",
        repeatable=False,
    ),
    Attacked(
        "train",
        lambda _, out: training(out, 2),
        "run",
        again=("--resume",),
        repeatable=False,
    ),
    Attacked(
        "tune",
        lambda _, out: (*("tune", *training(out, 1)[1:], "--trials", 3, "--threads", 1),),
        "study",
        repeatable=False,
    ),
    Attacked(
        "pretrain",
        lambda at, out: (
            *("pretrain", at / "text.txt", "--size", "tiny", "--pieces", 600, "--begin", "random"),
            *("--steps", 12, "--block", 32, "--batch-size", 4, "--threads", 1, "--out", out),
        ),
        "encoder",
        again=("--resume",),
        repeatable=False,
    ),
)


def visible(out: Path) -> list[Path]:
    """Return the files of an output, without those that say by a dot that they are not it."""
    if not out.is_dir():
        return [out] if out.exists() else []
    files = [path for path in sorted(out.rglob("*")) if path.is_file()]
    return [path for path in files if not any(part.startswith(".") for part in path.relative_to(out).parts)]


def hidden(folder: Path) -> list[str]:
    """Return what lies about in a folder and below it under names with a dot."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob(".*"))


def faults(out: Path) -> list[str]:
    """Return what is not whole in an output; of a job that goes on, everything but its log must be."""
    found = []
    for path in visible(out):
        try:
            _check(path)
        except Exception as error:
            found.append(f"{path.name}: {type(error).__name__}: {error}")
    bundles = [out, *out.rglob("bundle")] if out.is_dir() else []
    for folder in bundles:
        if is_bundle(folder):
            load_bundle(folder)
    return found


def _check(path: Path) -> None:
    """Raise where a file is cut or empty."""
    data = path.read_bytes()
    if path.suffix in (".json", ".ipynb"):
        json.loads(data)
    elif path.suffix == ".toml":
        tomllib.loads(data.decode())
    elif path.suffix == ".jsonl" and path.name != "history.jsonl":
        assert data.endswith(b"\n"), "cut"
        [json.loads(line) for line in data.splitlines()]
    elif path.suffix == ".safetensors":
        from safetensors.numpy import load

        load(data)
    elif path.suffix == ".png":
        assert data.rstrip().endswith(b"IEND\xaeB`\x82"), "cut"
    elif path.suffix == ".html":
        assert data.rstrip().endswith(b"</html>"), "cut"
    elif path.suffix == ".pt":
        assert re.fullmatch(r"epoch-\d+-step-\d+\.[0-9a-f]{64}\.pt", path.name)
    elif path.suffix == ".db":
        with sqlite3.connect(path) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    elif path.suffix in (".conll", ".csv", ".md"):
        assert data.endswith(b"\n"), "cut"
