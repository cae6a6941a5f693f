"""Learning from few sentences: Onoma's defaults beside spaCy's, trained and stopped on the same sentences.

    python benchmarks/few.py TRAIN TEST [--sizes 50 100 500] [--draws 3] [--models charcnn-bilstm-crf] \\
        [--set KEY=VALUE] [--no-spacy] --out NEW

Of TRAIN so many sentences are drawn at random, and a quarter as many (at least 10) others as dev set; all
systems learn from the former and choose by the latter. TEST is whole. Both are files of sentences (CoNLL).
spaCy is its own configuration for a processor (``spacy init config --optimize efficiency``), without vectors.
Scores are exact entities, micro F1, all by `onoma.score`; seconds are of the processor, of the whole command.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onoma
from onoma.readers import read_corpus

SPACY = "spaCy"


@dataclass(frozen=True)
class Draw:
    """Sentences to learn from, in a folder of its own."""

    folder: Path
    size: int
    seed: int


def sentences(path: Path) -> list[str]:
    """Return each sentence of a file of columns as its lines; lines between documents are left out."""
    parts = path.read_text(encoding="utf-8").split("\n\n")
    return [part.strip("\n") for part in parts if part.strip() and not part.lstrip().startswith("-DOCSTART-")]


def draw(pool: Sequence[str], test: Path, size: int, seed: int, out: Path) -> Draw:
    """Write train, dev and test of a draw."""
    rng = random.Random(f"{size} {seed}")
    chosen = rng.sample(list(pool), size + max(10, size // 4))
    folder = out / f"{size}-{seed}"
    folder.mkdir(parents=True)
    parts = {"train": chosen[:size], "dev": chosen[size:], "test": sentences(test)}
    for name, part in parts.items():
        (folder / f"{name}.conll").write_text("\n\n".join(part) + "\n", encoding="utf-8")
    return Draw(folder, size, seed)


def train_onoma(one: Draw, model: str, settings: Sequence[str], threads: int) -> Path:
    """Train a rung by its defaults; return its predictions for the test set."""
    run, found = one.folder / model, one.folder / f"{model}.jsonl"
    options = [word for setting in settings for word in ("--set", setting)]
    _command(
        "onoma",
        "train",
        "--model",
        model,
        "--data",
        one.folder,
        "--out",
        run,
        "--threads",
        threads,
        "-q",
        *options,
    )
    _command("onoma", "predict", run, one.folder / "test.conll", "--to", "jsonl", "--out", found, "-q")
    return found


def train_spacy(one: Draw) -> Path:
    """Train spaCy's efficient pipeline; return its predictions for the test set."""
    config, binary, found = one.folder / "spacy.cfg", one.folder / "spacy", one.folder / "spacy.conll"
    for split in ("train", "dev"):
        _to_spacy(one.folder / f"{split}.conll", one.folder / f"{split}.spacy")
    _command(
        "spacy", "init", "config", config, "--lang", "en", "--pipeline", "ner", "--optimize", "efficiency"
    )
    paths = [f"--paths.{split}" for split in ("train", "dev")]
    given = [paths[0], one.folder / "train.spacy", paths[1], one.folder / "dev.spacy"]
    _command(
        "spacy",
        "train",
        config,
        "--output",
        binary,
        *given,
        "--paths.vectors",
        "null",
        "--initialize.vectors",
        "null",
    )
    _predict_spacy(binary / "model-best", one.folder / "test.conll", found)
    return found


def _to_spacy(path: Path, out: Path) -> None:
    from spacy import blank
    from spacy.tokens import Doc, DocBin

    nlp, store = blank("en"), DocBin()
    for document in read_corpus(path).documents:
        doc = Doc(nlp.vocab, words=[token.text for token in document.tokens])
        spans = [(one, doc.char_span(one.start, one.end, one.label)) for one in document.entities]
        doc.ents = [span for _, span in spans if span is not None]
        assert doc.text.strip() == document.text.strip(), "spaCy's text is another one"
        store.add(doc)
    store.to_disk(out)


def _predict_spacy(model: Path, path: Path, out: Path) -> None:
    import spacy
    from spacy.tokens import Doc

    nlp, lines = spacy.load(model), []
    for document in read_corpus(path).documents:
        for first, end in document.sentences:
            doc = nlp(Doc(nlp.vocab, words=[token.text for token in document.tokens[first:end]]))
            lines += [f"{t.text}\t{t.ent_iob_ + '-' + t.ent_type_ if t.ent_type_ else 'O'}" for t in doc]
            lines.append("")
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _command(module: str, *words: object) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{module} {' '.join(map(str, words))}:\n{done.stderr[-2000:]}")


def measure(
    one: Draw, systems: Sequence[str], settings: Sequence[str], threads: int
) -> Iterator[dict[str, Any]]:
    """Yield how each system does."""
    for system in systems:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = train_spacy(one) if system == SPACY else train_onoma(one, system, settings, threads)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        scored = onoma.score(one.folder / "test.conll", {system: found})
        result = scored.as_dict()["predictions"][system]
        yield {
            "size": one.size,
            "seed": one.seed,
            "system": system,
            "f1": result["entity"]["f1"],
            "seconds": seconds,
        }


def main() -> None:
    """Print a line for each training, and a table at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 100, 500])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--models", nargs="+", default=["charcnn-bilstm-crf"])
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="for Onoma's models")
    parser.add_argument("--no-spacy", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="new folder")
    given = parser.parse_args()
    given.out.mkdir(parents=True)
    pool, rows = sentences(given.train), []
    systems = [*given.models, *([] if given.no_spacy else [SPACY])]
    for size in given.sizes:
        for seed in range(1, given.draws + 1):
            one = draw(pool, given.test, size, seed, given.out)
            for row in measure(one, systems, given.set, given.threads):
                print(json.dumps(row), flush=True)
                rows.append(row)
    print(f"\n{'sentences':>9}  {'system':<22}{'F1':>7}{'lowest':>8}{'highest':>8}{'CPU s':>8}")
    for size in given.sizes:
        for system in systems:
            mine = [row for row in rows if (row["size"], row["system"]) == (size, system)]
            scores = [100 * row["f1"] for row in mine]
            seconds = statistics.mean(row["seconds"] for row in mine)
            figures = f"{statistics.mean(scores):>7.2f}{min(scores):>8.2f}{max(scores):>8.2f}{seconds:>8.0f}"
            print(f"{size:>9}  {system:<22}{figures}")


if __name__ == "__main__":
    main()
