"""Where the time of tagging goes: one warm sentence, and microseconds a token in bulk, stage by stage.

    python benchmarks/stages.py [--model en] [--data FILE] [--beside SOURCE ...] [--rounds 7] [--json FILE]

Every sentence of FILE is a string, its words joined by blanks; by default that is the test file of the
bundled corpus `en`. Bulk is `Tagger.tag` of all of them, a single sentence is the tagger itself, warm, of
every n-th. Times are CPU time on one thread. Of bulk the best round counts, since other work on the machine
only adds; of single sentences the best round's median. Stages are timed within the same calls, which adds
some microseconds to each call:

- tokenise: from a string to a document with tokens and sentences;
- look up: from words to the network's inputs;
- network; decode: to entities in tokens, with their probabilities;
- objects: all the rest, such as spans, documents, and what goes between the stages.

``--beside`` names folders of other versions (their `src`), which take turns with this one, each in a process
of its own, on the same model and strings; a line says whether they give the same answers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

STAGES = ("tokenise", "look up", "network", "decode", "objects")
ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
OURS = Path(__file__).resolve().parents[1] / "src"


class Clock:
    """CPU nanoseconds by stage. A stage within another counts as its own."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._inner = 0

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            before, self._inner = self._inner, 0
            began = time.process_time_ns()
            try:
                return function(*given, **named)
            finally:
                whole = time.process_time_ns() - began
                self.spent[stage] += whole - self._inner
                self._inner = before + whole

        return call


def install(clock: Clock, tagger: Any) -> None:
    """Put the clock around what the stages are; all of it lies below `Tagger`."""
    import onoma.runtime.tagger as module
    from onoma.runtime.sentence_parts import Part
    from onoma.runtime.sentences import Sentences

    decode = Part.decode
    module.as_document = clock.timed("tokenise", module.as_document)
    Sentences.of = clock.timed("look up", Sentences.of)
    table = type(tagger.features.types)
    table.batch = clock.timed("look up", table.batch)
    tagger.backend.outputs = clock.timed("network", tagger.backend.outputs)
    Part.decode = clock.timed("decode", lambda part, decoder: list(decode(part, decoder)))


def work(model: str, texts: Sequence[str], count: int) -> None:
    """Answer each line of standard input, ``bulk`` or ``single``, by a line of figures."""
    import onoma

    tagger = onoma.load(model)
    few = texts[:: max(1, len(texts) // count)]
    documents = tagger.tag(texts)
    found = repr([(one.tokens, one.sentences, [span.key for span in one.entities]) for one in documents])
    num_tokens = sum(len(one.tokens) for one in documents)
    del documents
    for text in few:
        tagger(text)
    clock = Clock()
    install(clock, tagger)
    tag, one = clock.timed("objects", tagger.tag), clock.timed("objects", tagger)
    print(json.dumps([hashlib.sha256(found.encode()).hexdigest(), num_tokens]), flush=True)
    for line in sys.stdin:
        calls: list[Counter[str]] = []
        for argument in [texts] if line.strip() == "bulk" else few:
            clock.spent = Counter()
            (tag if argument is texts else one)(argument)
            calls.append(clock.spent)
        calls.sort(key=Counter.total)
        middle = calls[len(calls) // 2]
        print(json.dumps([middle[stage] / 1000 for stage in STAGES]), flush=True)


class Worker:
    """A process with one version."""

    def __init__(self, source: Path, options: argparse.Namespace, texts: Sequence[str]) -> None:
        self.name = "this one" if source == OURS else str(source)
        self.figures: dict[str, list[list[float]]] = {"bulk": [], "single": []}
        command = [sys.executable, __file__, "--alone", "--model", options.model, "--single"]
        self._process = subprocess.Popen(
            [*command, str(options.single)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | dict.fromkeys(ONE_THREAD, "1") | {"PYTHONPATH": str(source)},
        )
        self.answers, self.num_tokens = self._ask(json.dumps(list(texts)))

    def _ask(self, line: str) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"the process of {self.name} has ended; what it said stands above")
        return json.loads(answer)

    def turn(self) -> None:
        for kind, figures in self.figures.items():
            figures.append(self._ask(kind))

    def best(self, kind: str) -> list[float]:
        """Return microseconds of each stage and of all: a token's in bulk, a sentence's alone."""
        stages = min(self.figures[kind], key=sum)
        share = self.num_tokens if kind == "bulk" else 1
        return [value / share for value in (*stages, sum(stages))]

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def read_texts(path: Path | None) -> list[str]:
    from onoma.readers import find_splits, read_corpus
    from onoma.resources import bundled_corpora

    data = path or find_splits(bundled_corpora()["en"])["test"]
    return [" ".join(words) for one in read_corpus(data).documents for words in one.sentence_words() if words]


def table(workers: Sequence[Worker], kind: str, title: str) -> str:
    lines = [f"{title:36}" + "".join(f"{stage:>10}" for stage in (*STAGES, "all")) + f"{'ratio':>8}"]
    first = workers[0].best(kind)[-1]
    for worker in workers:
        values = worker.best(kind)
        lines.append(
            f"  {worker.name[-34:]:34}"
            + "".join(f"{v:>10.2f}" for v in values)
            + f"{values[-1] / first:>8.2f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="en", help="a run, a bundle, or a model that comes with Onoma")
    parser.add_argument("--data", type=Path, help="annotated sentences")
    parser.add_argument("--beside", type=Path, nargs="+", default=[], help="`src` of other versions")
    parser.add_argument("--single", type=int, default=150, help="sentences measured one at a time")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, help="also write the figures there")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        work(options.model, json.loads(sys.stdin.readline()), options.single)
        return
    texts = read_texts(options.data)
    workers = [Worker(source, options, texts) for source in (OURS, *options.beside)]
    for _ in range(options.rounds):
        for worker in workers:
            worker.turn()
    print(f"{options.model}: {len(texts):,} sentences, {workers[0].num_tokens:,} tokens; CPU microseconds")
    print(table(workers, "bulk", "a token in bulk"))
    print(table(workers, "single", "one warm sentence, p50"))
    if len(workers) > 1:
        same = len({worker.answers for worker in workers}) == 1
        print("the same answers" if same else "the answers differ")
    for worker in workers:
        worker.stop()
    if options.json:
        figures = {
            one.name: {kind: dict(zip((*STAGES, "all"), one.best(kind), strict=True)) for kind in one.figures}
            for one in workers
        }
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
