"""Gold as a model sees it: the probability of each entity, of what stands against it, and of nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from onoma.decode.protocol import NOTHING
from onoma.decode.tags import TagDecoder
from onoma.errors import ModelError
from onoma.inspection.suspects import JudgedDocument, JudgedEntity
from onoma.runtime.tagger import CHUNK_TOKENS, Tagger
from onoma.tags import TokenSpan
from onoma.tags.flatten import flatten_spans
from onoma.text import Document, Span
from onoma.tokenize.align import align_spans, sentence_spans, token_span_to_chars


def judge(
    tagger: Tagger,
    documents: Iterable[Document],
    *,
    on_nested: str = "outermost",
    split: str = "",
) -> Iterator[JudgedDocument]:
    """Yield each document as the model sees it; the model should not have been trained on it.

    Gold that the model cannot express is left out and counted: labels that it does not know, entities across
    sentences, and in a model with one tag a token those within others.

    Args:
        tagger: the model.
        documents: with gold; what is not tokenised is, by the model's tokeniser.
        on_nested: which of nested entities a model with one tag a token was taught.
        split: that the documents are in.

    Raises:
        ModelError: the model gives no entities.
    """
    if tagger.decoder is None:
        raise ModelError("the model gives document labels only, so it cannot judge entities")
    chunk: list[Document] = []
    size = 0
    for document in documents:
        chunk.append(tagger.tokenizer.document(document))
        size += len(chunk[-1].tokens) + 1
        if size >= CHUNK_TOKENS:
            yield from _judge(tagger, chunk, on_nested, split)
            chunk, size = [], 0
    yield from _judge(tagger, chunk, on_nested, split)


@dataclass
class _Questions:
    """What is asked about one document.

    Args:
        spans: whose probability is asked for, in tokens.
        gold: gold entities that can be judged, each with its tokens and the predictions that overlap with it.
        extra: predicted entities that stand against none, with their tokens.
        unjudged: gold that cannot be judged, by reason.
        outside: tokens outside of gold.
    """

    spans: list[TokenSpan] = field(default_factory=list)
    gold: list[tuple[Span, TokenSpan, list[Span]]] = field(default_factory=list)
    extra: list[Span] = field(default_factory=list)
    unjudged: Counter[str] = field(default_factory=Counter)
    outside: list[int] = field(default_factory=list)


def _judge(
    tagger: Tagger, documents: Sequence[Document], on_nested: str, split: str
) -> Iterator[JudgedDocument]:
    tagger.features.trim()
    predictions = tagger.tag(documents)
    flat = on_nested if isinstance(tagger.decoder, TagDecoder) else None
    asked = [
        _ask(document, predicted, tagger.labels, flat)
        for document, predicted in zip(documents, predictions, strict=True)
    ]
    answers = tagger.span_probabilities(documents, [one.spans for one in asked])
    for document, questions, answer in zip(documents, asked, answers, strict=True):
        judged = _answered(document, questions, iter(answer.tolist()), tagger.labels)
        yield replace(judged, split=split)


def _ask(document: Document, predicted: Document, labels: Sequence[str], flat: str | None) -> _Questions:
    questions = _Questions()
    _place_gold(questions, document, labels, flat)
    _set_against(questions, document, predicted)
    questions.spans = list(_spans_to_ask(questions, document, labels))
    return questions


def _place_gold(questions: _Questions, document: Document, labels: Sequence[str], flat: str | None) -> None:
    """Find the tokens of the gold entities that the model can express, and the tokens outside of all."""
    aligned = align_spans(document.tokens, document.entities, "expand")
    grouped = sentence_spans(document, aligned)
    questions.unjudged.update(aligned.dropped)
    questions.unjudged.update(grouped.unreachable)
    covered = {token for one in aligned.spans for token in range(one.first, one.end)}
    for (base, end), sentence in zip(document.sentences, grouped.sentences, strict=True):
        spans = [(one.first, one.end, one.label) for one in sentence]
        chosen = flatten_spans(spans, flat) if flat else range(len(spans))
        questions.unjudged["nested"] += len(spans) - len(chosen)
        for first, last, label, source, _ in (sentence[index] for index in chosen):
            if label in labels:
                place = (base + first, base + last, label)
                questions.gold.append((document.entities[source], place, []))
            else:
                questions.unjudged["unknown label"] += 1
        questions.outside += [token for token in range(base, end) if token not in covered]


def _set_against(questions: _Questions, document: Document, predicted: Document) -> None:
    """Lay predictions that are not in gold beside the gold entities that they contradict."""
    keys = {span.key for span in document.entities}
    keys |= {
        (*token_span_to_chars(document.tokens, first, end), label)
        for _, (first, end, label), _ in questions.gold
    }
    found = {span.key for span in predicted.entities}
    judged = {gold.key for gold, _, _ in questions.gold}
    others = [span for span in document.entities if span.key not in judged]
    for span in (span for span in predicted.entities if span.key not in keys):
        against = [
            rivals for gold, _, rivals in questions.gold if _overlap(gold, span) and gold.key not in found
        ]
        for rivals in against:
            rivals.append(span)
        if not against and not any(_overlap(span, other) for other in others):
            questions.extra.append(span)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _spans_to_ask(questions: _Questions, document: Document, labels: Sequence[str]) -> Iterator[TokenSpan]:
    """Yield, in the order in which `_answered` takes the answers, what the model is asked."""
    for _, (first, end, _), _ in questions.gold:
        yield first, end, NOTHING
        for label in labels:
            yield first, end, label
    starts = [token.start for token in document.tokens]
    for span in questions.extra:
        yield bisect_right(starts, span.start) - 1, bisect_right(starts, span.end - 1), NOTHING
    for token in questions.outside:
        yield token, token + 1, NOTHING


def _answered(
    document: Document, questions: _Questions, answers: Iterator[float], labels: Sequence[str]
) -> JudgedDocument:
    entities = []
    for gold, (first, end, own), overlapping in questions.gold:
        nothing = next(answers)
        scores = {label: next(answers) for label in labels}
        start, stop = token_span_to_chars(document.tokens, first, end)
        others = [
            Span(start, stop, label, document.text[start:stop], score)
            for label, score in scores.items()
            if label != own
        ]
        same = {span.key for span in others}
        rivals = (*others, *(span for span in overlapping if span.key not in same))
        entities.append(JudgedEntity(gold, scores[own], nothing, rivals))
    nothings = tuple(next(answers) for _ in questions.extra)
    return JudgedDocument(
        document=document,
        entities=tuple(entities),
        extra=tuple(questions.extra),
        extra_nothing=nothings,
        outside=len(questions.outside),
        outside_sum=sum(answers),
        unjudged=dict(+questions.unjudged),
    )
