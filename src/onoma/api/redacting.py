"""Texts without their names; what ``onoma redact`` does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from onoma.api.data import Data, read
from onoma.api.records import is_in_memory
from onoma.api.taggers import as_tagger
from onoma.errors import ConfigError, check_choice, did_you_mean
from onoma.runtime.redacting import STYLES, Redacted, Style
from onoma.text import Document

if TYPE_CHECKING:
    from onoma.api.runs import TrainedRun
    from onoma.runtime.arguments import Text
    from onoma.runtime.tagger import Tagger

RECALL = 0.95
"""Promised unless something else is asked for."""


def redact(
    model: str | Path | TrainedRun | Tagger,
    texts: str | Data | Iterable[Text],
    *,
    style: Style = "label",
    labels: Sequence[str] = (),
    min_recall: float | None = None,
    min_score: float | None = None,
    threads: int = 0,
) -> Iterator[Redacted]:
    """Yield texts without their entities, as they come; what ``onoma redact`` does, but for writing them.

    >>> found = redact("en", ["John Smith flew to Berlin."], min_score=0.5)
    >>> next(found).text
    '[per] flew to [geo].'

    Args:
        model: a run, a bundle, a shipped model's name. A tagger answers as it is set
            (`Tagger.leave_out`), and takes neither ``min_recall`` nor ``min_score``.
        texts: a text; a stream of texts, lists of words, or documents; or data as `onoma.read` takes it, but
            no path.
        style: ``label`` (``[PER]``), ``mask``, or ``pseudonym`` (the same for the same name of a text).
        labels: replaced; all when none is given.
        min_recall: mean share of a text's entities that is to be replaced, 0..1, guaranteed for texts like
            the development data; 0.95 when not given.
        min_score: replace what has at least this probability instead, and promise nothing.
        threads: of the model; 0 for as many as it chooses.

    Raises:
        ConfigError: a style or label that does not exist, or a recall that cannot be promised.
        ModelError: the model cannot be loaded.
    """
    from onoma.runtime.tagger import Tagger

    check_choice("style", style, STYLES)
    labels = [labels] if isinstance(labels, str) else list(labels)
    if not isinstance(model, Tagger):
        model = redactor(model, min_recall, min_score, labels, threads)
    elif (min_recall, min_score) != (None, None):
        raise ConfigError("a tagger answers as it is set: leave_out(recall=...) or leave_out(min_score=...)")
    else:
        check_labels(model, labels)
    found = model.pipe(_stream(texts))
    return (redacted for _, redacted in redacted_documents(found, style, labels))


def redactor(
    model: str | Path | TrainedRun,
    min_recall: float | None,
    min_score: float | None,
    labels: Sequence[str],
    threads: int,
) -> Tagger:
    """Load a model that gives what is to be replaced; arguments and errors are those of `redact`."""
    tagger = as_tagger(model, threads=threads)
    check_labels(tagger, labels)
    if min_score is not None:
        if min_recall is not None:
            raise ConfigError("--min-recall excludes --min-score: give one of them")
        tagger.leave_out(min_score=min_score)
        return tagger
    try:
        tagger.leave_out(recall=RECALL if min_recall is None else min_recall, labels=labels)
    except ConfigError as error:
        raise ConfigError(f"{error}; or --min-score 0, which promises nothing") from None
    return tagger


def redacted_documents(
    documents: Iterable[Document], style: Style, labels: Sequence[str]
) -> Iterator[tuple[Document, Redacted]]:
    """Yield documents with what is left of them once their entities of these labels, or of all, are gone."""
    from onoma.runtime.redacting import redact as without_names

    wanted = set(labels)
    for document in documents:
        chosen = (span for span in document.entities if not wanted or span.label in wanted)
        yield document, without_names(document.with_entities(chosen), style)


def _stream(texts: Any) -> Iterable[Text]:
    """Return what is to be tagged; of tables and dictionaries their texts."""
    if isinstance(texts, str):
        return [texts]
    return read(texts, gold=False).documents if is_in_memory(texts) else cast("Iterable[Text]", texts)


def check_labels(tagger: Tagger, labels: Sequence[str]) -> None:
    """Refuse a model without entities, and labels that it has not.

    Raises:
        ConfigError: with the nearest label.
    """
    if tagger.decoder is None:
        raise ConfigError("the model gives document labels only: it finds nothing to replace")
    for label in labels:
        if label not in tagger.labels:
            raise ConfigError(f"the model has no label '{label}'{did_you_mean(label, tagger.labels)}")
