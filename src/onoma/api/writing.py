"""Writing data in any format, with the account of every entity; what ``onoma convert`` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from onoma.api.data import Data, Labels, label_map, read, read_options, read_told, warn
from onoma.errors import ConfigError, DataError
from onoma.files import refuse_originals
from onoma.readers import get_format, write_documents
from onoma.readers.fitting import Fitter
from onoma.readers.label_map import LabelMap, map_entities
from onoma.readers.plausible import some_documents
from onoma.readers.registry import Format, Suggested, format_for_target
from onoma.readers.suggesting import by_a_model, write_suggestions
from onoma.readers.unique_ids import UniqueIds
from onoma.tags import get_scheme
from onoma.text import Document, Ledger

if TYPE_CHECKING:
    from onoma.tokenize import MisalignedPolicy


SUGGESTED = (
    "the entities have scores, so they are a model's: written as suggestions, which nobody has confirmed"
)

_COUNTED = {"scores": "scores of {} entities", "document labels": "the document labels of {} documents"}


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and what was not.

    Args:
        format: name of the format.
        documents: how many there are.
        fitting: what became of entities so that the format can hold them.
        writing: what became of these as they were written.
        suggested: whether they stand there as suggestions, which nobody has confirmed.
        renumbered: documents that had the id of an earlier one, among the first million.
        left_out: what the format has no place for, by kind: ``scores`` of entities, ``relations``, ``links``,
            ``document labels`` of documents, and ``documents without a word``.
    """

    format: str
    documents: int
    fitting: Ledger
    writing: Ledger
    suggested: bool
    renumbered: int
    left_out: Mapping[str, int]

    def notes(self) -> Iterator[str]:
        """Yield a line for each thing that is not as it was."""
        if self.fitting.kept != self.fitting.read:
            yield f"made to fit {self.format}: {self.fitting}"
        if self.renumbered:
            yield f"{self.renumbered} documents have the id of an earlier one, and are numbered instead"
        for kind, number in self.left_out.items():
            what = _COUNTED.get(kind, f"{{}} {kind}").format(number)
            yield f"{what} are left out: {self.format} has no place for them"


def write(
    data: Data,
    path: str | Path,
    format: str | None = None,
    *,
    scheme: str | None = None,
    on_nested: str | None = None,
    on_misaligned: MisalignedPolicy = "expand",
    suggest: bool | None = None,
    labels: Labels = (),
    **options: Any,
) -> Written:
    """Write data to a file, which is there whole or not at all; what ``onoma convert`` does.

    Documents may be a stream: ``onoma.write(tagger.pipe(texts), "found.jsonl")`` writes them as they come.

    Args:
        data: see `onoma.read`.
        path: of the file; ``.gz`` packs it. A new or empty folder for formats of many files.
        format: a name of ``onoma formats``; by the path's suffix when not given.
        scheme: tag scheme of column formats; BIO when not given.
        on_nested: of overlapping entities write the ``outermost`` (columns' default) or ``innermost``,
            ``keep`` all (the others' default), or ``error``.
        on_misaligned: what to do with entities that are not on the edges of tokens made here.
        suggest: whether entities are written as suggestions of a model or as annotation. By default those
            with scores are suggestions, where the format can tell.
        labels: renames and drops labels, as in `onoma.read`.
        options: of reading; see `onoma.read`.

    Raises:
        ConfigError: no such format, scheme or policy, or one that is only read; the file is what is read.
        DataError: data that cannot be read, or that the format cannot hold; no document.
        OutputError: the file cannot be written.
    """
    options = {"on_misaligned": on_misaligned, **options}
    preferred = None
    if isinstance(data, str | Path):
        refuse_originals([path], [data], "path")
        corpus, log = read_told(data, labels, options)
        documents: Iterable[Document] = corpus.documents
        preferred = log.format
    else:
        documents = _documents(data, labels, options)
    chosen = target_format(path, format, preferred, scheme=scheme)
    there = some_documents(documents, "data", allow_empty=bool(options.get("allow_empty")))
    written = write_fitted(
        Path(path),
        there,
        chosen,
        scheme=scheme,
        on_nested=on_nested,
        on_misaligned=on_misaligned,
        suggest=suggest,
    )
    lost = [] if written.writing.kept == written.writing.read else [f"written: {written.writing}"]
    if written.suggested and suggest is None:
        lost.append(SUGGESTED)
    warn(f"{path}: {note}" for note in (*written.notes(), *lost))
    return written


def target_format(
    target: str | Path, asked: str | None = None, preferred: str | None = None, *, scheme: str | None = None
) -> Format:
    """Return the format to write, which has to hold what was asked for.

    Args:
        target: a path, whose suffix tells where nothing was asked for.
        asked: name of a format.
        preferred: name of the one to take where the suffix fits several.
        scheme: tag scheme, if one was asked for.

    Raises:
        ConfigError: no such format or scheme, or a format without tags where a scheme was asked for.
    """
    format = format_for_target(target, preferred) if asked is None else get_format(asked)
    if scheme is not None:
        get_scheme(scheme)
        if not format.tagged:
            raise ConfigError(f"{format.name} has no tag scheme; that of the input is --from-scheme")
    return format


def write_fitted(
    place: Path | TextIO,
    documents: Iterable[Document],
    format: Format,
    *,
    scheme: str | None = None,
    on_nested: str | None = None,
    on_misaligned: MisalignedPolicy = "expand",
    suggest: bool | None = None,
    origin: str = "unknown",
) -> Written:
    """Write documents as the format can hold them; arguments and errors are those of `write`.

    Args:
        origin: whose suggestions they are, as annotation tools show it.
    """
    fitter = Fitter(
        tagged=format.tagged,
        on_tokens=format.on_tokens,
        on_nested=on_nested,
        on_misaligned=on_misaligned,
    )
    passing = _Passing()
    scored, found = by_a_model(map(fitter.fit, passing(documents)))
    if suggest is None:
        suggest = scored and format.suggest is not None and not format.own
    if suggest:
        suggestions = (Suggested(document, origin, None, "converted") for document in found)
        writing = write_suggestions(place, suggestions, format.name)
    else:
        writing = write_documents(place, passing.scored(found), format.name, scheme or "BIO")
    return Written(
        format.name,
        passing.documents,
        fitter.ledger,
        writing,
        suggest,
        passing.renumbered,
        passing.left_out(format),
    )


class _Passing:
    """Counts what passes by: most as it comes, scores of entities as they go."""

    def __init__(self) -> None:
        self.documents = self.renumbered = 0
        self._ids = UniqueIds("document")
        self._counts: Counter[str] = Counter()

    def __call__(self, documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            self.documents += 1
            id = self._ids.take(document.id, self.documents)
            if id != document.id:  # as where streams are put together
                self.renumbered += str(document.id) != id and document.id not in (None, "")
                document = replace(document, id=id)
            self._counts["relations"] += len(document.relations)
            self._counts["links"] += len(document.links)
            if document.labels is not None:
                # Those that are the types of its relations say no more than these.
                types = {one.label for one in document.relations}
                self._counts["document labels"] += set(document.labels) != types
            yield document

    def scored(self, documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            self._counts["scores"] += sum(span.score is not None for span in document.entities)
            self._counts["documents without a word"] += not document.tokens
            yield document

    def left_out(self, format: Format) -> dict[str, int]:
        """Return how much of each kind the format has no room for."""
        room = {
            "scores": format.scores,
            "relations": format.relations,
            "links": format.links,
            "document labels": format.labels,
            "documents without a word": format.wordless,
        }
        return {kind: self._counts[kind] for kind, has in room.items() if self._counts[kind] and not has}


def _documents(data: Data, labels: Labels, options: dict[str, Any]) -> Iterable[Document]:
    """Yield documents; a stream of them as it comes, all else as `read` gives it."""
    if isinstance(data, Iterator):
        ahead = list(islice(data, 1))
        data = chain(ahead, data)
        if ahead and isinstance(ahead[0], Document):
            read_options(options)  # they mean nothing here, but a slip of the pen is said
            return _mapped(data, label_map(labels))
    return read(data, labels=labels, **options).documents


def _mapped(stream: Iterable[Any], labels: LabelMap) -> Iterator[Document]:
    for document in stream:
        if not isinstance(document, Document):
            what = f"a stream that begins with a document holds documents, not {type(document).__name__}"
            raise DataError(what, code="wrong-type")
        yield map_entities(document, labels)
