"""Memory and start of `onoma pretrain` and `onoma train` on data that is too large for memory.

    python benchmarks/large_data.py pretrain TEXT... [--tokens 1e8] [--seconds 600] [--memory-mb 1000 ...]
    python benchmarks/large_data.py train CONLL [--tokens 1e7] [--model bilstm-crf] [--memory-mb 0 1000000]

The given text or corpus is repeated until there are so many tokens. In each round another hundredth of the
words is new, so that the number of different words grows as it does in natural text. Each row is a process of
its own that trains for so many seconds: "own" is the largest memory of its own that it held, "all" with the
pages of files that it had mapped (the system takes those back when it needs room), both sampled, and "start"
the seconds from its beginning to the first update.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_NEW = 100
"""One word in so many is new in each round."""
_SAMPLE_SECONDS = 0.2


def text_rounds(files: list[str], tokens: int) -> Iterator[str]:
    """Yield lines of text until there are so many words, as far as blanks tell."""
    found = turn = 0
    while found < tokens:
        for file in files:
            with (gzip.open if file.endswith(".gz") else open)(file, "rt", encoding="utf-8") as lines:
                for line in lines:
                    words = line.split()
                    if turn:
                        words[turn % _NEW :: _NEW] = [_new(word, turn) for word in words[turn % _NEW :: _NEW]]
                    found += len(words)
                    yield " ".join(words) + "\n"
                    if found >= tokens:
                        return
        turn += 1


def column_rounds(file: str, tokens: int) -> Iterator[str]:
    """Yield lines of a CoNLL file until there are so many tokens."""
    lines = Path(file).read_text(encoding="utf-8").splitlines(keepends=True)
    found = turn = 0
    while found < tokens:
        for line in lines:
            if line.strip():
                found += 1
                if turn and found % _NEW == turn % _NEW and not line.startswith("-DOCSTART-"):
                    word, rest = line.split(" ", 1)
                    line = f"{_new(word, turn)} {rest}"
            yield line
        yield "\n"
        turn += 1


def _new(word: str, turn: int) -> str:
    return word + "".join(chr(ord("a") + int(digit)) for digit in str(turn))


def work(kind: str, data: str, out: str, options: dict[str, object], seconds: float) -> None:
    """Train in this process, and print what is to be known."""
    began = time.monotonic()
    job = _pretraining(data, out, options) if kind == "pretrain" else _run(data, out, options)
    first, updates, last = 0.0, 0, None
    for event in job.execute():
        last = event
        if type(event).__name__ in ("Update", "Step"):
            updates += 1
            first = first or time.monotonic() - began
            if time.monotonic() - began - first > seconds and not job.stopping:
                job.stop()
    print(json.dumps({"start": first, "updates": updates, "end": type(last).__name__}), flush=True)


def _pretraining(data: str, out: str, options: dict[str, object]):  # type: ignore[no-untyped-def]
    from onoma.readers import RawText
    from onoma.training.pretraining.config import PretrainingConfig
    from onoma.training.pretraining.run import Pretraining

    return Pretraining(RawText((data,)), PretrainingConfig(**options), Path(out))  # type: ignore[arg-type]


def _run(data: str, out: str, options: dict[str, object]):  # type: ignore[no-untyped-def]
    from onoma.training.config import resolve
    from onoma.training.run import Run

    tables = {
        "model": {"id": options["model"], **options["model_options"]},  # type: ignore[dict-item]
        "training": {"epochs": 1},
        "data": {"train": data, "dev": options["dev"], "memory_mb": options["memory_mb"]},
    }
    return Run(resolve(None, tables), Path(out))


def measure(kind: str, data: str, options: dict[str, object], seconds: float) -> dict[str, float]:
    """Train in a process of its own, and look at its memory."""
    with tempfile.TemporaryDirectory(dir=Path(data).parent) as folder:
        given = [kind, data, f"{folder}/out", json.dumps(options), str(seconds)]
        child = subprocess.Popen(
            [sys.executable, __file__, "--child", *given], stdout=subprocess.PIPE, text=True
        )
        peaks = {"RssAnon": 0, "VmHWM": 0}
        while child.poll() is None:
            try:
                status = Path(f"/proc/{child.pid}/status").read_text(encoding="utf-8")
            except OSError:
                break
            for line in status.splitlines():
                name, _, value = line.partition(":")
                if name in peaks:
                    peaks[name] = max(peaks[name], int(value.split()[0]))
            time.sleep(_SAMPLE_SECONDS)
        said = child.communicate()[0].strip().splitlines()
        if child.returncode or not said:
            raise SystemExit(f"the process ended with {child.returncode}")
    return {**json.loads(said[-1]), "own": peaks["RssAnon"] / 1024, "all": peaks["VmHWM"] / 1024}


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        kind, data, out, options, seconds = sys.argv[2:]
        work(kind, data, out, json.loads(options), float(seconds))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("kind", choices=("pretrain", "train"))
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--tokens", type=float)
    parser.add_argument("--seconds", type=float, help="of training; 600, or 30 for train")
    parser.add_argument("--memory-mb", type=int, nargs="+", default=[1_000])
    parser.add_argument("--model", default="bilstm-crf")
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=JSON", help="options of the model")
    parser.add_argument("--dev", help="for train; by default the corpus as it is given")
    parser.add_argument("--size", default="tiny", help="for pretrain")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--folder", help="for the data that is made; with room for some gigabytes")
    given = parser.parse_args()
    tokens = int(given.tokens or (1e8 if given.kind == "pretrain" else 1e7))
    seconds = (600 if given.kind == "pretrain" else 30) if given.seconds is None else given.seconds
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        data = f"{folder}/data.txt"
        lines = (
            text_rounds(given.files, tokens)
            if given.kind == "pretrain"
            else column_rounds(given.files[0], tokens)
        )
        with Path(data).open("w", encoding="utf-8") as file:
            file.writelines(lines)
        print(f"{tokens:,} tokens, {Path(data).stat().st_size / 1e6:,.0f} MB", flush=True)
        print("| memory_mb | own, MB | all, MB | start, s | updates |\n|---|---|---|---|---|", flush=True)
        for memory in given.memory_mb:
            options: dict[str, object] = {"memory_mb": memory}
            if given.kind == "pretrain":
                options |= {"size": given.size, "minutes": 1e4, "threads": given.threads, "begin": "random"}
            else:
                model = {key: json.loads(value) for key, value in (one.split("=", 1) for one in given.set)}
                options |= {"model": given.model, "model_options": model, "dev": given.dev or given.files[0]}
            row = measure(given.kind, data, options, seconds)
            figures = [memory, *(row[name] for name in ("own", "all", "start", "updates"))]
            print("| " + " | ".join(f"{figure:,.0f}" for figure in figures) + " |", flush=True)


if __name__ == "__main__":
    main()
