"""Gold spoilt on purpose: at random, or as annotators err."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle

from onoma.text import Document, Span

KINDS = ("label", "boundary", "deletion", "addition")

Confusions = Mapping[str, Mapping[str, int]]
"""By gold label: how often a model that has not seen the text says which other one."""


def plant_random(documents: Sequence[Document], share: float, seed: int) -> list[Document]:
    """Spoil a share of the entities, in equal parts by each of `KINDS`; an added one counts as one."""
    rng = random.Random(seed)
    labels = sorted({span.label for document in documents for span in document.entities})
    places = [(index, span) for index, document in enumerate(documents) for span in document.entities]
    chosen = rng.sample(places, round(share * len(places)))
    entities = [list(document.entities) for document in documents]
    for number, (index, span) in enumerate(chosen):
        kind = KINDS[number % len(KINDS)]
        document, own = documents[index], entities[index]
        if kind == "addition":
            new = _free_span(document, own, rng.choice(labels), rng)
        else:
            own.remove(span)
            new = None
            if kind == "label" and len(labels) > 1:
                new = span._replace(label=rng.choice([label for label in labels if label != span.label]))
            elif kind == "boundary":
                new = _shifted(document, own, span, rng) or span
        if new is not None:
            own.append(new)
    return [one.with_entities(spans) for one, spans in zip(documents, entities, strict=True)]


def plant_likely(
    documents: Sequence[Document],
    train: Sequence[Document],
    confusions: Confusions,
    share: float,
    seed: int,
) -> list[Document]:
    """Spoil a share of the entities as annotators err, in equal parts by each of `KINDS`.

    A label is changed to one that train gives the same text elsewhere, or, where it gives none, to one that
    ``confusions`` knows, by its frequency; first in texts that the documents have several times, so that one
    text is labelled two ways. Entities are cut by a word, or take in a neighbour that begins with a capital.
    Overlooked are entities of texts that are annotated elsewhere, and added ones are words that train has as
    entities, where gold has none.
    """
    rng = random.Random(seed)
    known: dict[str, Counter[str]] = defaultdict(Counter)
    for document in train:
        for span in document.entities:
            known[span.text][span.label] += 1
    places = [(index, span) for index, document in enumerate(documents) for span in document.entities]
    often = Counter(span.text for _, span in places)
    rng.shuffle(places)
    # Those whose text is there again come first, in random order: their errors make gold inconsistent.
    places.sort(key=lambda place: often[place[1].text] < 3)
    repeated = places[: round(len(places) * max(share, 0.5))]
    rng.shuffle(repeated)
    entities = [list(document.entities) for document in documents]
    todo, kinds = round(share * len(places)), cycle(KINDS)
    while todo and repeated:
        index, span = repeated.pop()
        document, own = documents[index], entities[index]
        kind = next(kinds)
        if kind == "label":
            other = _likely_label(span, known, confusions, rng)
            new = None if other is None else span._replace(label=other)
        elif kind == "boundary":
            new = _shifted(document, [one for one in own if one != span], span, rng, likely=True)
        elif kind == "addition":
            new = _known_span(document, own, known, rng)
        else:
            new = None
        if new is None and kind != "deletion":
            continue  # there is no such error to make here
        if kind != "addition":
            own.remove(span)
        if new is not None:
            own.append(new)
        todo -= 1
    return [one.with_entities(spans) for one, spans in zip(documents, entities, strict=True)]


def _likely_label(
    span: Span, known: Mapping[str, Counter[str]], confusions: Confusions, rng: random.Random
) -> str | None:
    for counts in (known.get(span.text, {}), confusions.get(span.label, {})):
        others = {label: count for label, count in counts.items() if label != span.label}
        if others:
            return rng.choices(list(others), weights=list(others.values()))[0]
    return None


def _known_span(
    document: Document, taken: Sequence[Span], known: Mapping[str, Counter[str]], rng: random.Random
) -> Span | None:
    """A stretch of up to three tokens that train has as an entity, and gold here does not."""
    found = []
    for first, end in document.sentences:
        for start in range(first, end):
            for stop in range(start + 1, min(end, start + 3) + 1):
                one = _span(document, start, stop, "")
                if one.text in known and not any(overlap(one, other) for other in taken):
                    found.append(one._replace(label=known[one.text].most_common(1)[0][0]))
    return rng.choice(found) if found else None


def _free_span(document: Document, taken: Sequence[Span], label: str, rng: random.Random) -> Span | None:
    """Some one or two tokens of a sentence that are in no entity."""
    for _ in range(50):
        first, end = rng.choice([one for one in document.sentences if one[1] > one[0]])
        start = rng.randrange(first, end)
        new = _span(document, start, min(end, start + rng.choice((1, 2))), label)
        if not any(overlap(new, other) for other in taken):
            return new
    return None


def _shifted(
    document: Document, others: Sequence[Span], span: Span, rng: random.Random, *, likely: bool = False
) -> Span | None:
    """The span with a token more or less at one end, where there is room for that."""
    options = list(_shifts(document, span, likely))
    rng.shuffle(options)
    for new in options:
        if not any(overlap(new, other) for other in others):
            return new
    return None


def _shifts(document: Document, span: Span, likely: bool) -> Iterator[Span]:
    first = next(index for index, token in enumerate(document.tokens) if token.end > span.start)
    end = next(index for index, token in enumerate(document.tokens) if token.end >= span.end) + 1
    low, high = next(one for one in document.sentences if one[0] <= first < one[1])
    for start, stop, taken_in in (
        (first - 1, end, first - 1),
        (first, end + 1, end),
        (first + 1, end, None),
        (first, end - 1, None),
    ):
        if not low <= start < stop <= high:
            continue
        if likely and taken_in is not None and not document.tokens[taken_in].text[:1].isupper():
            continue
        yield _span(document, start, stop, span.label)


def _span(document: Document, first: int, end: int, label: str) -> Span:
    start, stop = document.tokens[first].start, document.tokens[end - 1].end
    return Span(start, stop, label, document.text[start:stop])


def overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
