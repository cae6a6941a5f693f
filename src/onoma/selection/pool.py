"""The pool: documents or their sentences, each text once, without what was chosen before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from onoma.errors import check_choice
from onoma.text import Document
from onoma.tokenize import Tokenizer

Unit = Literal["sentence", "document"]


class Origin(NamedTuple):
    """The tokenised document that a unit is of, and where in its text the unit begins."""

    whole: Document
    start: int


@dataclass(frozen=True, slots=True)
class Pool:
    """What there is to choose from.

    Args:
        documents: tokenised, without entities, no two of the same text.
        origins: where each of them comes from; None where that was not asked for.
        repeated: how many were left out since their text was there already.
        annotated: how many were left out since they were chosen before.
        empty: how many were left out since they have no token.
        known: what was chosen before, tokenised.
    """

    documents: tuple[Document, ...]
    repeated: int
    annotated: int
    empty: int
    known: tuple[Document, ...] = ()
    origins: tuple[Origin, ...] | None = None


def text_key(text: str) -> str:
    """Return what two texts have in common that are the same but for white space."""
    return "".join(text.split())


def make_pool(
    documents: Iterable[Document],
    tokenizer: Tokenizer,
    unit: Unit,
    annotated: Iterable[Document] = (),
    *,
    with_origins: bool = False,
) -> Pool:
    """Return the units of some documents.

    Args:
        documents: of the pool.
        tokenizer: for those that come without tokens.
        unit: sentences, each as a document of its own, or whole documents.
        annotated: documents that are to be left out, and their sentences where these are units.
        with_origins: keep whole documents, for models that read around sentences.
    """
    check_choice("unit", unit, get_args(Unit))
    done = tuple(_units_and_wholes(annotated, tokenizer, unit))
    keys = {text_key(one.text) for one in done}
    kept: dict[str, Document] = {}
    origins: list[Origin] = []
    repeated = known = empty = 0
    for document in documents:
        whole = tokenizer.document(document).with_predicted(())
        for start, one in sentences_of(whole) if unit == "sentence" else ((0, whole),):
            key = text_key(one.text)
            if not one.num_tokens:
                empty += 1
            elif key in keys:
                known += 1
            elif key in kept:
                repeated += 1
            else:
                kept[key] = one
                if with_origins:
                    origins.append(Origin(whole, start))
    found = tuple(origins) if with_origins else None
    return Pool(tuple(kept.values()), repeated, known, empty, done, found)


def _units_and_wholes(documents: Iterable[Document], tokenizer: Tokenizer, unit: Unit) -> Iterator[Document]:
    """Yield documents, and of several sentences each by itself, where these are units."""
    for document in documents:
        whole = tokenizer.document(document)
        yield whole
        if unit == "sentence" and len(whole.sentences) > 1:
            yield from (one for _, one in sentences_of(whole))


def sentences_of(document: Document) -> Iterator[tuple[int, Document]]:
    """Yield the sentences of a tokenised document as documents, named by where they begin: ``ID:START``, and
    before each where that is; of one that is a sentence itself 0 and itself."""
    if len(document.sentences) < 2:
        yield 0, document
        return
    for first, end in document.sentences:
        if first == end:
            continue
        tokens = document.tokens[first:end]
        start, stop = tokens[0].start, tokens[-1].end
        moved = [token._replace(start=token.start - start, end=token.end - start) for token in tokens]
        sentence = Document(f"{document.id}:{start}", document.text[start:stop])
        yield start, sentence.with_tokens(moved, ((0, len(moved)),))
