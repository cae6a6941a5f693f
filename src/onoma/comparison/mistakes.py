"""Where models go wrong: recall by kind of mention, confusion of labels, the hardest sentences."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from onoma.metrics.confusion import Confusion, entity_confusion
from onoma.metrics.exact import match_exact
from onoma.metrics.pairing import pair_spans
from onoma.metrics.spans import spans_from_documents
from onoma.text import Document

RARE = 0.05
"""A label is rare when it has less than this share of the gold mentions."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A kind of gold mention: which property, its value, how many there are, and each model's recall."""

    property: str
    value: str
    number: int
    recalls: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Hard:
    """A sentence that models get wrong.

    Args:
        gold: the sentence with its gold mentions.
        predicted: the same with the shown model's.
        errors: wrong and missing mentions of each model.
    """

    gold: Document
    predicted: Document
    errors: tuple[int, ...]


@dataclass
class Mistakes:
    """Where the models go wrong; empty where the data is no longer there.

    Args:
        confusions: of entity labels, by model.
        slices: recall by kind of mention.
        names: of the models of ``slices`` and ``examples``.
        shown: the model whose predictions the examples show.
        examples: hard sentences.
        note: why something is missing.
    """

    confusions: dict[str, Confusion] = field(default_factory=dict)
    slices: list[Slice] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    shown: str = ""
    examples: list[Hard] = field(default_factory=list)
    note: str = ""


def recall_slices(
    gold: Sequence[Document], predicted: Sequence[Sequence[Document]], seen: frozenset[str] | None
) -> list[Slice]:
    """Return the recall of each model on kinds of gold mentions.

    Args:
        gold: documents.
        predicted: the same documents, for each model.
        seen: surfaces of train's mentions; None when train is not known.
    """
    kinds = list(_kinds(gold, seen))  # a dictionary for each gold mention
    table = spans_from_documents(gold)
    found = [match_exact(table, spans_from_documents(one)).gold_matched for one in predicted]  # [G] each
    slices = []
    for name in kinds[0] if kinds else ():
        values = np.array([kind[name] for kind in kinds])  # [G]
        for value in dict.fromkeys(sorted(values.tolist())):
            chosen = values == value  # [G]
            recalls = tuple(float(one[chosen].mean()) for one in found)
            slices.append(Slice(name, value.partition("|")[2], int(chosen.sum()), recalls))
    return slices


def _kinds(gold: Sequence[Document], seen: frozenset[str] | None) -> Iterator[dict[str, str]]:
    """The kind of each gold mention by property; what is before ``|`` only sorts."""
    labels = Counter(span.label for document in gold for span in document.entities)
    for document in gold:
        starts = [token.start for token in document.tokens]
        first_tokens = [first for first, _ in document.sentences]
        for span in document.entities:
            first, end = bisect_right(starts, span.start) - 1, bisect_right(starts, span.end - 1)
            words = max(1, end - first)
            sentence = document.sentences[max(0, bisect_right(first_tokens, first) - 1)]
            kind = {
                "words of the mention": "4|4 and more" if words > 3 else f"{words}|{words}",
                "words of the sentence": _band(sentence[1] - sentence[0]),
                "letters": _casing(document.text[span.start : span.end]),
                "label": "0|rare" if labels[span.label] < RARE * labels.total() else "1|frequent",
            }
            if seen is not None:
                known = document.text[span.start : span.end] in seen
                kind["in train"] = "0|seen" if known else "1|not seen"
            yield kind


def _band(length: int) -> str:
    for place, (limit, name) in enumerate(((10, "up to 10"), (25, "11 to 25"), (50, "26 to 50"))):
        if length <= limit:
            return f"{place}|{name}"
    return "9|more than 50"


def _casing(text: str) -> str:
    letters = [char for char in text if char.isalpha()]
    if not any(char.isupper() for char in letters):
        return "2|no capital"
    if len(letters) > 1 and all(not char.islower() for char in letters):
        return "1|all capitals"
    return "0|capitalised"


def label_confusion(gold: Sequence[Document], predicted: Sequence[Document]) -> Confusion:
    """Return the confusion of entity labels, with missed and spurious ones."""
    return entity_confusion(pair_spans(spans_from_documents(gold), spans_from_documents(predicted)))


def hardest_sentences(
    gold: Sequence[Document], predicted: Sequence[Sequence[Document]], shown: int, limit: int
) -> list[Hard]:
    """Return the sentences with the most errors over all models, among those that the shown one gets wrong.

    Args:
        gold: documents.
        predicted: the same documents, for each model.
        shown: index of the model whose predictions are shown.
        limit: at most so many.
    """
    errors: dict[tuple[int, int], list[int]] = {}
    for model, documents in enumerate(predicted):
        for index, (reference, one) in enumerate(zip(gold, documents, strict=True)):
            if reference.entities == () == one.entities:
                continue
            for sentence, count in _errors_by_sentence(reference, one).items():
                errors.setdefault((index, sentence), [0] * len(predicted))[model] = count
    wrong = [place for place, counts in errors.items() if counts[shown]]
    wrong.sort(key=lambda place: (-sum(errors[place]), -errors[place][shown], place))
    return [
        Hard(
            cut_sentence(gold[index], gold[index], sentence),
            cut_sentence(gold[index], predicted[shown][index], sentence),
            tuple(errors[index, sentence]),
        )
        for index, sentence in wrong[:limit]
    ]


def _errors_by_sentence(gold: Document, predicted: Document) -> Counter[int]:
    one, other = (Counter(span.key for span in document.entities) for document in (gold, predicted))
    starts = _sentence_starts(gold)
    counts: Counter[int] = Counter()
    for key, number in ((one - other) + (other - one)).items():
        counts[max(0, bisect_right(starts, key[0]) - 1)] += number
    return counts


def _sentence_starts(document: Document) -> list[int]:
    return [document.tokens[first].start for first, end in document.sentences if end > first]


def cut_sentence(tokenised: Document, document: Document, sentence: int) -> Document:
    """Return one sentence of a document as a document; mentions that begin in it are in it.

    Args:
        tokenised: knows the sentences.
        document: the same text, with the mentions.
        sentence: index among the sentences that are not empty.
    """
    starts = [*_sentence_starts(tokenised), len(document.text)]
    if len(starts) < 2:
        return document
    first, end = starts[sentence], starts[sentence + 1]
    spans = [span for span in document.entities if first <= span.start < end]
    end = max([len(document.text[:end].rstrip()), *(span.end for span in spans)])
    text = document.text[first:end]
    return Document(document.id, text, entities=tuple(span.moved(-first) for span in spans))
