"""Probabilities of spans: how teachers' answers about whole entities are renamed, averaged and read.

An answer about a text is a list of spans of its tokens, each with a label and its probability; a span may
come with several labels, whose sum is 1 at most. What is left of 1 is the probability of no entity, and all
of it where a span is not named.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from onoma.decode.resolving import TakenSpans, crosses, overlaps
from onoma.readers.label_map import LabelMap
from onoma.text import Document, Span
from onoma.tokenize import align_spans, sentence_spans

TaughtSpan = tuple[int, int, str, float]
"""(first token, token after the last, label, confidence)."""


def on_tokens(
    document: Document, entities: Sequence[Span], confidence: float, notes: Counter[str]
) -> Iterator[list[TaughtSpan]]:
    """Put entities on a document's tokens, and yield those of each sentence, whatever they share.

    Args:
        document: tokenised.
        entities: of it.
        confidence: of entities without a score.
        notes: counts those that lie in no sentence's tokens, by reason.
    """
    aligned = align_spans(document.tokens, entities, "expand")
    grouped = sentence_spans(document, aligned)
    notes.update(aligned.dropped)
    notes.update(grouped.unreachable)
    for (base, _), spans in zip(document.sentences, grouped.sentences, strict=True):
        found: list[TaughtSpan] = []
        for first, end, label, source, _ in spans:
            score = entities[source].score
            sure = confidence if score is None else min(1.0, max(0.0, score))
            found.append((base + first, base + end, label, sure))
        yield found


def nested_spans(
    document: Document, entities: Sequence[Span], confidence: float, notes: Counter[str]
) -> list[TaughtSpan]:
    """Put entities on a document's tokens, also those within one another; of the same one the surest.

    See `on_tokens`.
    """
    surest: dict[tuple[int, int, str], float] = {}
    for spans in on_tokens(document, entities, confidence, notes):
        for first, end, label, sure in spans:
            surest[first, end, label] = max(sure, surest.get((first, end, label), 0.0))
    return _listed(surest)


def renamed_spans(spans: Iterable[TaughtSpan], labels: LabelMap) -> list[TaughtSpan]:
    """Return spans in other labels: merged ones are added, what is left out is no entity.

    Where labels of one span come to more than 1, each gets its share of 1.
    """
    added: dict[tuple[int, int, str], float] = defaultdict(float)
    whole: dict[tuple[int, int], float] = defaultdict(float)
    for first, end, label, probability in spans:
        if (new := labels(label)) is not None:
            added[first, end, new] += probability
            whole[first, end] += probability
    return _listed({place: value / max(1.0, whole[place[:2]]) for place, value in added.items()})


def average_spans(answers: Sequence[Sequence[TaughtSpan]]) -> list[TaughtSpan]:
    """Return the mean of several teachers' probabilities; what one does not name it gives 0.

    See `onoma.teachers.marginals.average`.
    """
    added: dict[tuple[int, int, str], float] = defaultdict(float)
    for spans in answers:
        for first, end, label, probability in spans:
            added[first, end, label] += probability
    return _listed({place: value / len(answers) for place, value in added.items()})


def entities_of_spans(spans: Iterable[TaughtSpan], *, nested: bool) -> list[TaughtSpan]:
    """Return the entities that probabilities mean, as `onoma.decode.nested` reads a model's.

    They are spans of which a label is more probable than no entity; the most probable is taken first, and one
    that crosses a taken one, or without ``nested`` shares a token with it, is left out.
    """
    best: dict[tuple[int, int], tuple[float, str]] = {}
    nothing: dict[tuple[int, int], float] = defaultdict(lambda: 1.0)
    for first, end, label, probability in spans:
        if probability > best.get((first, end), (0.0, ""))[0]:
            best[first, end] = probability, label
        nothing[first, end] -= probability
    found, taken = [], TakenSpans()
    likely = ((-value, *place, label) for place, (value, label) in best.items() if value > nothing[place])
    for value, first, end, label in sorted(likely):
        if not taken.clash(0, first, end, crosses if nested else overlaps):
            taken.add(0, first, end)
            found.append((first, end, label, -value))
    return sorted(found)


def _listed(probabilities: dict[tuple[int, int, str], float]) -> list[TaughtSpan]:
    return [(*place, value) for place, value in sorted(probabilities.items())]
