"""Whether a model in a page finds what it finds in Python, what the page weighs, and how long a text takes.

    python benchmarks/browser.py RUNTIME [--model en] [--data FILE] [--count 1000] [--json FILE]

RUNTIME is where npm put onnxruntime-web. The folder that `onoma export --to web` writes is served on this
machine, and a headless Chromium tags texts in it, one at a time: two fifths are sentences of FILE
(CoNLL-2003's test, say), a fifth, or as many as there are, of the bundled corpora and the open half of
`benchmarks/visitors`, the rest made of what tokenisers stumble over (`tests/reports/hostile_texts.py`).
`onoma.load` tags the same ones; entities are compared by place and label, and their probabilities. Without
FILE bundled sentences take its part. The exit code is 1 where an entity differs, or a probability by more
than 0.0001. Times are wall time in the page, on one thread; Python's stand beside them, of the same
texts.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import onoma
from onoma.cli.main import main as onoma_main
from onoma.readers import read_corpus
from onoma.resources import bundled_corpora

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent / "tests" / "reports")]
from hostile_texts import KNOWN, made_texts  # noqa: E402

from devtools import Browser, browser, find_browser  # noqa: E402
from web_server import served  # noqa: E402

AT_ONCE = 20
TOLERANCE = 1e-4
TAG = """(async (texts) => {
  const found = [];
  for (const text of texts) {
    const begun = performance.now();
    const entities = await tagger.tag(text);
    const own = entities.map((one) => [one.start, one.end, one.label, one.score]);
    found.push([own, performance.now() - begun]);
  }
  return found;
})"""

Texts = list[tuple[str, str]]


def sentences_of(path: Path) -> list[str]:
    """Return a file's sentences as text."""
    return [
        " ".join(words) for document in read_corpus(path).documents for words in document.sentence_words()
    ]


def choose_texts(data: Path | None, count: int) -> Texts:
    """Return texts with the kind of each."""
    rng = random.Random(0)
    tests = (next(folder.glob("test.jsonl*")) for folder in bundled_corpora().values())
    bundled = [one for path in tests for one in sentences_of(path)]
    for path in sorted((HERE / "visitors").glob("*-open.jsonl")):
        bundled += [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    given = bundled if data is None else sentences_of(data)
    made = [*KNOWN, *made_texts(count)]
    shares = (("data", given, count * 2 // 5), ("bundled", bundled, count // 5))
    texts = [(kind, text) for kind, own, most in shares for text in rng.sample(own, min(most, len(own)))]
    return texts + [("made", text) for text in made[: count - len(texts)]]


def tag_in_page(page: Browser, texts: Sequence[str]) -> Iterator[tuple[list[Any], float]]:
    """Yield entities and milliseconds of each text."""
    for first in range(0, len(texts), AT_ONCE):
        print(f"\r{first} of {len(texts)}", end="", file=sys.stderr, flush=True)
        yield from page.value(f"{TAG}({json.dumps(texts[first : first + AT_ONCE])})")


def differs(ours: Sequence[Sequence[Any]], theirs: Sequence[Any]) -> float | None:
    """Return the largest difference of two probabilities; None where the entities are others."""
    if [tuple(one[:3]) for one in ours] != [one.key for one in theirs]:
        return None
    return max((abs(one[3] - other.score) for one, other in zip(ours, theirs, strict=True)), default=0.0)


def main() -> int:
    """Compare, and print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runtime", type=Path)
    parser.add_argument("--model", default="en")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    program = find_browser()
    if program is None:
        print("no Chromium is installed", file=sys.stderr)
        return 2
    texts = choose_texts(given.data, given.count)
    tagger = onoma.load(given.model)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "web"
        command = ["export", given.model, str(folder), "--to", "web", "--runtime", str(given.runtime)]
        if code := onoma_main(command):
            return code
        with served(folder) as address, browser(program, Path(scratch) / "profile") as page:
            page.open(address)
            begun = time.perf_counter()
            page.value(
                "import('./page.js').then(({ ready }) => ready).then((one) => { self.tagger = one.tagger; })"
            )
            loaded = time.perf_counter() - begun
            asked = len(page.requests())
            found = list(tag_in_page(page, [text for _, text in texts]))
            sent = len(page.requests()) - asked
        sizes = {
            str(path.relative_to(folder)): path.stat().st_size
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
    report = compare(texts, found, tagger)
    report |= {
        "loaded_seconds": loaded,
        "requests_while_tagging": sent,
        "bytes": sizes,
        "total_bytes": sum(sizes.values()),
    }
    show(report)
    if given.json:
        given.json.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    return int(report["different"] > 0 or report["largest_difference"] > TOLERANCE or sent > 0)


def compare(texts: Texts, found: Sequence[tuple[list[Any], float]], tagger: Any) -> dict[str, Any]:
    """Return counts by kind of text, the texts that differ, and times."""
    kinds: dict[str, list[int]] = {}
    distances: list[float] = []
    entities, different = 0, []
    python_ms = []
    for (kind, text), (ours, _) in zip(texts, found, strict=True):
        begun = time.perf_counter()
        theirs = tagger(text).entities
        python_ms.append(1e3 * (time.perf_counter() - begun))
        entities += len(theirs)
        distance = differs(ours, theirs)
        kinds.setdefault(kind, [0, 0])[distance is None] += 1
        if distance is None:
            different.append(
                {"text": text, "page": ours, "python": [(*one.key, one.score) for one in theirs]}
            )
        distances.append(distance or 0.0)
    page_ms = [ms for _, ms in found]
    return {
        "texts": len(texts),
        "entities": entities,
        "kinds": {kind: {"equal": equal, "different": other} for kind, (equal, other) in kinds.items()},
        "different": len(different),
        "examples": different[:5],
        "largest_difference": max(distances),
        "over_tolerance": sum(distance > TOLERANCE for distance in distances),
        "farthest": texts[distances.index(max(distances))][1],
        "page_ms": statistics.quantiles(page_ms, n=20)[::9],
        "python_ms": statistics.quantiles(python_ms, n=20)[::9],
    }


def show(report: dict[str, Any]) -> None:
    """Print it for people."""
    for kind, counts in report["kinds"].items():
        print(f"{kind:<8} {counts['equal']:>5} equal {counts['different']:>5} different")
    for example in report["examples"]:
        print(f"differs: {example!a}")
    print(
        f"{report['entities']} entities, probabilities differ by {report['largest_difference']:.1e} at most"
    )
    print(f"{report['over_tolerance']} texts have one that differs by over {TOLERANCE:g}")
    for name in ("page_ms", "python_ms"):
        low, middle, high = report[name]
        print(f"{name:<10} a text: {middle:.1f} (one in 20 under {low:.1f}, one over {high:.1f})")
    print(
        f"loaded in {report['loaded_seconds']:.1f} s; {report['requests_while_tagging']} requests in tagging"
    )
    for name, size in report["bytes"].items():
        print(f"{size / 1e6:8.3f} MB  {name}")
    print(f"{report['total_bytes'] / 1e6:8.3f} MB  in all")


if __name__ == "__main__":
    sys.exit(main())
