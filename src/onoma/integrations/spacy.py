"""The spaCy component ``onoma``: entities and document labels by one of our models, on spaCy's own tokens.

::

    nlp = spacy.blank("en")
    nlp.add_pipe("onoma", config={"model": "runs/first"})

spaCy finds it by the entry point ``spacy_factories``. A saved pipeline holds the component's configuration
only: the model stays where it is, and is loaded from there again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from threading import Lock
from typing import Any

import numpy as np

from onoma.errors import ConfigError, MissingExtraError
from onoma.runtime.loading import load
from onoma.tags.flatten import flatten_spans
from onoma.text import Document, Span, Token
from onoma.tokenize import Tokenizer, get_tokenizer
from onoma.tokenize.registry import DEFAULT

try:
    from spacy.language import Language
    from spacy.tokens import Doc, SpanGroup
    from spacy.tokens import Span as DocSpan
    from spacy.tokens import Token as DocToken
except ImportError:
    raise MissingExtraError("spaCy", "spacy") from None

GROUP = "onoma"
"""Name in ``doc.spans`` under which all entities stand, with their scores in ``attrs["scores"]``."""

SCORE = "score"
"""Name of the extension: ``span._.score``."""

_EXTENDING = Lock()

_Place = tuple[int, int]


def create_component(
    nlp: Language, name: str, model: str, threads: int, min_score: float, min_recall: float
) -> OnomaComponent:
    """Return the component for a pipeline; the model is loaded here.

    Args:
        nlp: the pipeline.
        name: of the component in it.
        model: what `onoma.load` takes.
        threads: of the encoder.
        min_score: entities of a lower probability are left out.
        min_recall: see `onoma.load`; 0 for none.

    Raises:
        ConfigError: no model is named, ``min_score`` is no probability, ``min_recall`` cannot be promised, or
            ``span._.score`` is taken.
        ModelError: there is no such model.
    """
    if not model:
        raise ConfigError(f'component \'{name}\': name a model: add_pipe("onoma", config={{"model": ...}})')
    return OnomaComponent(model, threads, min_score, min_recall)


class OnomaComponent:
    """A model as a component.

    It replaces ``doc.ents``: where entities lie within each other, by the outermost ones.
    ``doc.spans["onoma"]`` gets all of them. ``doc.cats`` gets 1 for each document label that the model gives
    and 0 for its others. Sentences set by components before it are respected; without, it finds its own, and
    does not set them.

    Args:
        model: see `create_component`.
        threads: see there.
        min_score: see there.
        min_recall: see there.
    """

    def __init__(self, model: str, threads: int, min_score: float, min_recall: float = 0.0) -> None:
        if not 0 <= min_score <= 1:
            raise ConfigError(f"min_score must be from 0 to 1, not {min_score}")
        _set_extension()
        self.settings = (model, threads, min_score, min_recall)
        self.tagger = load(model, threads=threads, min_score=min_score or None, min_recall=min_recall or None)

    def __reduce__(self) -> tuple[Callable[..., OnomaComponent], tuple[Any, ...]]:
        # For the processes of nlp.pipe(n_process=...): each loads the model; it never travels in a pickle.
        return OnomaComponent, self.settings

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one document."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Annotate a stream in order, ``batch_size`` documents at once."""
        rest = iter(stream)
        while docs := list(islice(rest, batch_size)):
            self.tagger.features.trim()
            documents = (document_from_doc(doc, self.tagger.tokenizer) for doc in docs)
            for doc, tagged in zip(docs, self.tagger.pipe(documents), strict=True):
                self._annotate(doc, tagged)
                yield doc

    def _annotate(self, doc: Doc, tagged: Document) -> None:
        words = [token for token in doc if _is_word(token)]
        first_of = {token.idx: token.i for token in words}
        end_of = {token.idx + len(token): token.i + 1 for token in words}
        spans = [
            DocSpan(doc, first_of[one.start], end_of[one.end], label=one.label) for one in tagged.entities
        ]
        scores = [_score(one) for one in tagged.entities]
        group = SpanGroup(doc, name=GROUP, spans=spans)
        group.attrs["scores"] = np.array(scores)
        doc.spans[GROUP] = group
        best: dict[_Place, float] = {}
        for span, score in zip(spans, scores, strict=True):
            place = (span.start, span.end)
            best[place] = max(score, best.get(place, 0.0))
            # Kept by spaCy in doc.user_data under the place alone.
            span._.set(SCORE, best[place])
        kept = flatten_spans([(span.start, span.end, span.label_) for span in spans])
        doc.set_ents([spans[index] for index in kept])
        if self.tagger.documents is not None:
            given = tagged.labels or ()
            doc.cats.update({label: float(label in given) for label in self.tagger.documents.labels})


def document_from_doc(doc: Doc, tokenizer: Tokenizer | None = None) -> Document:
    """Return text, tokens but those of white space, and sentences of a spaCy document.

    Args:
        doc: the document.
        tokenizer: finds sentences where it has none; the default one when not given.
    """
    tokens: list[Token] = []
    places: list[int] = [0]  # how many of ours stand before each of spaCy's
    for token in doc:
        if _is_word(token):
            tokens.append(Token(token.text, token.idx, token.idx + len(token)))
        places.append(len(tokens))
    sentences: tuple[_Place, ...]
    if doc.has_annotation("SENT_START"):
        ranges = ((places[one.start], places[one.end]) for one in doc.sents)
        sentences = tuple((first, end) for first, end in ranges if first < end)
    else:
        sentences = (tokenizer or get_tokenizer(DEFAULT)).sentences(doc.text, tokens)
    return Document("", doc.text, tuple(tokens), sentences)


def _is_word(token: DocToken) -> bool:
    return bool(token.text.strip())


def _score(span: Span) -> float:
    return 1.0 if span.score is None else span.score


def _set_extension() -> None:
    with _EXTENDING:
        if not DocSpan.has_extension(SCORE):
            DocSpan.set_extension(SCORE, default=None)
    _, method, getter, _ = DocSpan.get_extension(SCORE)
    if method is not None or getter is not None:
        raise ConfigError(f"span._.{SCORE} is a method or getter of someone else's: remove that extension")


Language.factory(
    "onoma",
    default_config={"model": "", "threads": 1, "min_score": 0.0, "min_recall": 0.0},
    assigns=["doc.ents", "doc.spans", "doc.cats", "token.ent_iob", "token.ent_type", f"span._.{SCORE}"],
    func=create_component,
)
