"""Whether what was read can be gold at all: entities, a handful of labels, words that are words.

A file may be read without a fault and yet be misunderstood: another column holds the tags, the format has no
gold, a column of numbers is taken for the words. What looks like that is said with its likely cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from onoma.errors import DataError, OnomaError, excerpt
from onoma.readers.columns.choosing import is_tag
from onoma.readers.columns.layout import find_layout
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.source import Source
from onoma.text import Document
from onoma.text.ledger import UNWANTED

_MANY_LABELS = 150
_SOME_LABELS, _FEW_EACH = 50, 3
_NUMBERS, _LEAST_WORDS = 0.9, 3
_PROBED_LINES = 5_000
NO_ENTITIES = "no-entities"
NOTHING_READ = "nothing-read"
NO_DOCUMENT = "holds no document: it is empty, or white space alone"
ALL_THE_SAME = "or go on all the same with --allow-empty"
"""What ends a doubt where it is an error."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason to think that a file is misunderstood, with the likely cause.

    Args:
        code: ``nothing-read``, ``no-entities``, ``too-many-labels`` or ``number-words``.
        message: what is odd, and what to try.
    """

    code: str
    message: str


def some_documents(documents: Iterable[Document], path: str, *, allow_empty: bool) -> Iterator[Document]:
    """Yield the documents; a command that finds nothing to do is a mistake, which silence would hide.

    Args:
        documents: of one or several inputs.
        path: the inputs, for the message.
        allow_empty: whether there may be none.

    Raises:
        DataError: there is none.
    """
    first = list(islice(documents := iter(documents), 1))
    refuse_none(first, path, allow_empty=allow_empty)
    yield from first
    yield from documents


def refuse_none(documents: Sequence[object], path: str, *, allow_empty: bool) -> None:
    """Refuse an input that held no document; see `some_documents`.

    Raises:
        DataError: there is none.
    """
    if not (documents or allow_empty):
        raise DataError(f"{NO_DOCUMENT}; {ALL_THE_SAME}", code=NOTHING_READ, path=path)


@dataclass(slots=True)
class GoldTally:
    """What the doubts need to know about some documents."""

    documents: int = 0
    words: int = 0
    numbers: int = 0
    entities: int = 0
    labelled: int = 0
    labels: set[str] = field(default_factory=set)

    def add(self, document: Document) -> None:
        """Count one document."""
        self.documents += 1
        self.words += document.num_tokens
        self.numbers += sum(word[:1].isdecimal() and _is_number(word) for word in document.words)
        self.entities += len(document.entities)
        self.labelled += document.labels is not None
        if len(self.labels) <= _MANY_LABELS:
            self.labels.update(entity.label for entity in document.entities)


def check_gold(
    documents: Iterable[Document], log: ReadLog, options: ReadOptions, path: str, *, to_learn: bool = False
) -> None:
    """Refuse gold that is none, or that is misunderstood, unless ``options.allow_empty``.

    Args:
        documents: of one file.
        log: of its reading.
        options: it was read with.
        path: the file.
        to_learn: whether it is to be learned from, so that no option does without entities.

    Raises:
        DataError: with the first of `find_doubts`.
    """
    what = "no entity to learn from" if to_learn else "no entity"
    for doubt in doubts_of(documents, log, options, path, what=what):
        hint = "" if to_learn and doubt.code == NO_ENTITIES else f"; {ALL_THE_SAME}"
        raise DataError(f"{doubt.message}{hint}", code=doubt.code, path=path)


def doubts_of(
    documents: Iterable[Document], log: ReadLog, options: ReadOptions, path: str, *, what: str = "no entity"
) -> list[Doubt]:
    """Return `find_doubts` of all documents of a file; none with ``options.allow_empty``."""
    if options.allow_empty:
        return []
    tally = GoldTally()
    for document in documents:
        tally.add(document)
    return find_doubts(tally, log, options, path, what=what)


def find_doubts(
    tally: GoldTally, log: ReadLog, options: ReadOptions, path: str, *, what: str = "no entity"
) -> list[Doubt]:
    """Return what speaks against a file's having been understood; see `check_gold`."""
    doubts = [] if tally.documents else [Doubt(NOTHING_READ, NO_DOCUMENT)]
    if tally.documents and not tally.entities and not tally.labelled:
        cause = _why_no_entities(log, options, path)
        doubts.append(Doubt(NO_ENTITIES, f"holds {what}: {cause}"))
    if tally.words >= _LEAST_WORDS and tally.numbers > _NUMBERS * tally.words:
        share = f"{100 * tally.numbers / tally.words:.0f} %"
        hint = _word_column_hint(log, options, path)
        doubts.append(Doubt("number-words", f"{share} of its words are numbers: {hint}"))
    count = len(tally.labels)
    if count > _MANY_LABELS or (count > _SOME_LABELS and tally.entities < _FEW_EACH * count):
        shown = ", ".join(excerpt(label, 20) for label in sorted(tally.labels)[:5])
        number = f"more than {_MANY_LABELS}" if count > _MANY_LABELS else str(count)
        hint = _tag_column_hint(log, options, path) or "is this annotation of another kind?"
        doubts.append(Doubt("too-many-labels", f"its entities bear {number} labels ({shown}, ...): {hint}"))
    return doubts


def _is_number(text: str) -> bool:
    return text.replace(".", "").replace(",", "").replace("-", "").isdecimal()


def _why_no_entities(log: ReadLog, options: ReadOptions, path: str) -> str:
    ledger = log.ledger()
    if ledger.read and ledger.dropped.get(UNWANTED) == ledger.read:
        return f"--map drops all of them, {ledger.read:,}"
    if ledger.read:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in ledger.dropped.items())
        return f"all of them are left out on reading ({reasons})"
    unknown = [problem.message for problem in log.problems if problem.code == "unknown-key"]
    if unknown:
        return f"{'; '.join(unknown[:3])}: name the format with --from"
    return _tag_column_hint(log, options, path) or f"nothing in it is labelled (read as {log.format})"


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of a file: its 1-based number, some values, and the shares of tags and of numbers."""

    number: int
    examples: tuple[str, ...]
    tags: float
    numbers: float


def _probe(log: ReadLog, options: ReadOptions, path: str) -> tuple[list[_Column], int, int | None]:
    """Return a column file's columns, and which were taken for words and tags; none of other files."""
    if log.format != "conll" or path == "-":
        return [], 0, None
    source = Source(path, options.encoding, options.max_document_mb)
    try:
        head = source.head(_PROBED_LINES)
        layout = find_layout(head, options, path)
    except OnomaError:
        return [], 0, None
    finally:
        source.close()
    if layout is None:
        return [], 0, None
    rows = layout.rows(head)
    columns = []
    for column in range(layout.width if rows else 0):
        values = [row[column] for row in rows]
        examples = dict.fromkeys(value for value in values if value not in ("O", "_", "-"))
        tags = sum(map(is_tag, values)) / len(values)
        numbers = sum(map(_is_number, values)) / len(values)
        columns.append(_Column(column + 1, tuple(examples)[:2], tags if examples else 0.0, numbers))
    return columns, layout.word + 1, None if layout.tag is None else layout.tag + 1


def _tag_column_hint(log: ReadLog, options: ReadOptions, path: str) -> str:
    columns, _, tag = _probe(log, options, path)
    if not columns:
        return ""
    for column in columns:
        number = column.number
        if number != tag and column.tags > _NUMBERS:
            shown = " and ".join(excerpt(value, 20) for value in column.examples)
            return f"column {number} may hold the tags, such as {shown}: try --tag-column {number}"
    if tag is None:
        return "the file has words, and no tags"
    if not columns[tag - 1].examples:
        return f"every tag, in column {tag} of {len(columns)}, is O"
    shown = ", ".join(excerpt(value, 20) for value in columns[tag - 1].examples)
    taken = f"column {tag} of {len(columns)} is taken for the tags, with {shown}"
    return f"{taken}: name another with --tag-column"


def _word_column_hint(log: ReadLog, options: ReadOptions, path: str) -> str:
    columns, word, tag = _probe(log, options, path)
    others = [one for one in columns if one.number not in (word, tag) and one.numbers < 0.5 and one.examples]
    if not others:
        return "is a column of numbers taken for the words?"
    shown = " and ".join(excerpt(value, 20) for value in others[0].examples)
    number = others[0].number
    return f"column {word} is taken for the words; try --word-column {number}, with {shown}"
