"""NEREL's people, organisations and places in the labels of GMB, to teach what GMB's own are too noisy for.

    python examples/recipes/nerel_as_gmb.py nerel-v1.1/train.jsonl > train.jsonl      # dev and test likewise

An encoder of many languages that learns Russian news in these labels finds them in English text as well.
What has no counterpart is left out (professions, numbers, crimes, common nouns); of entities within entities
the outermost of what is left are kept. As GMB has it, "президент Обама" is one person, title and all,
adjectives of countries are `gpe`, and times are days, months and years without their prepositions.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from onoma.readers import read_corpus
from onoma.text import Document, Span

_ALIKE = {"PERSON": "per", "CITY": "geo", "STATE_OR_PROVINCE": "geo", "DISTRICT": "geo", "LOCATION": "geo",
          "FACILITY": "geo", "NATIONALITY": "gpe", "RELIGION": "gpe", "LANGUAGE": "gpe"}  # fmt: skip
_THINGS = {"LAW": "art", "AWARD": "art", "PRODUCT": "art", "WORK_OF_ART": "art", "DISEASE": "nat"}
_BODY = re.compile(
    r"(?:министерств|университет|институт|академи|комитет|комисси|федераци|парти)", re.IGNORECASE
)
_NO_NAME = re.compile(r"(?:полици|правительств|парламент|прокуратур|суд|власт|кабинет)\w*$", re.IGNORECASE)
_PREPOSITION = re.compile(r"(?:в|во|с|со|на|к|ко|до|после|за|через|около|по|от|от|из)\s+", re.IGNORECASE)
_DAY_OR_YEAR = re.compile(
    r"\d|понедельник|вторник|сред[ауы]\b|четверг|пятниц|суббот|воскресень|январ|феврал|март|апрел|\bма[яйе]\b|июн|"
    r"июл|август|сентябр|октябр|ноябр|декабр|сегодня",
    re.IGNORECASE,
)


def named(document: Document) -> Iterator[Span]:
    """Yield entities in GMB's labels, those within others too."""
    titles = {span.end: span for span in document.entities if span.label == "PROFESSION"}
    for span in document.entities:
        words = document.text[span.start : span.end]
        if span.label == "PERSON":
            title = titles.get(span.start - 1)
            one_word = title is not None and " " not in document.text[title.start : title.end]
            yield span._replace(label="per", start=title.start if title and one_word else span.start)
        elif span.label == "COUNTRY":
            yield span._replace(label="gpe" if words[0].islower() else "geo")
        elif span.label in _ALIKE:
            yield span._replace(label=_ALIKE[span.label])
        elif span.label == "ORGANIZATION":
            if not _NO_NAME.match(words) and (not words[0].islower() or _BODY.match(words)):
                yield span._replace(label="org")
        elif span.label == "EVENT":
            if not words[0].islower() and (" " in words or words.isupper()):
                yield span._replace(label="eve")
        elif span.label in _THINGS and not words[0].islower():
            yield span._replace(label=_THINGS[span.label])
        elif span.label in ("DATE", "TIME") and _DAY_OR_YEAR.search(words):
            before = _PREPOSITION.match(words)
            yield span._replace(label="tim", start=span.start + (before.end() if before else 0))


def outermost(spans: Sequence[Span]) -> list[Span]:
    """Return the spans that touch no longer one."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start - one.end, one.start)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda one: one.start)


def main() -> None:
    """Write JSON lines to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    for document in read_corpus(parser.parse_args().file).documents:
        spans = outermost(list(named(document)))
        entities = [{"start": one.start, "end": one.end, "label": one.label} for one in spans]
        print(
            json.dumps({"id": document.id, "text": document.text, "entities": entities}, ensure_ascii=False)
        )


if __name__ == "__main__":
    main()
