"""CoNLL-U: ten columns between tabs, with entities as tags in a key of MISC (``NER=B-PER|SpaceAfter=No``).

Which key holds them is found by content. Rows of multiword tokens (``3-4``) and empty nodes (``5.1``) are no words.
``# newdoc`` opens a document; without it every sentence is one. The text is that of ``# text`` where the words
fit it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from onoma.errors import DataError
from onoma.readers.conllu_misc import find_key, find_spaces, misc_values
from onoma.readers.conllu_writer import write_conllu
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.layers import SAMPLE_LINES, DocumentParts, LayeredSentence, LayerReader
from onoma.readers.layout import is_tag
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.registry import Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

WIDTH, _ID, _FORM, _HEAD, _MISC = 10, 0, 1, 6, 9
_LEAST_FIT = 0.9


class _Sentence(LayeredSentence):
    """A sentence with what its comments say."""

    __slots__ = ("has_range", "id", "misc", "newdoc", "text")

    def __init__(self) -> None:
        super().__init__(([],))
        self.newdoc: str | None = None
        self.id = ""
        self.text = ""
        self.misc: list[dict[str, str]] = []
        self.has_range = False


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents; only the first 50,000 lines are held, to tell the key and the scheme from them.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` of any row.
    """
    head = source.head(SAMPLE_LINES)
    key = find_key(_misc_of(head), options.text_column)
    if key.problem and options.gold:
        log.note(key.problem.code, source.name, None, key.problem.message)
    sample = [sentence.layers[0] for sentence in _read_sentences(head, key.name, source.name)]
    del head
    layers = LayerReader(sample, [(_FORM, _MISC)], source.name, options, log)
    del sample
    gathering = _Gathering(source, log)
    for sentence in _read_sentences(source.lines(), key.name, source.name):
        yield from gathering.open(sentence)
        found = layers.read(sentence)
        if found is None:
            continue
        _set_spaces(sentence, source.name, log)
        gathering.parts.add(sentence, found)
        yield from gathering.end_sentence()
    yield from gathering.finish()
    if gathering.number == 0:
        log.note("empty-file", source.name, None, "the file holds no sentence")


class _Gathering:
    """Sentences into documents: those since ``# newdoc``, or each of them."""

    def __init__(self, source: Source, log: ReadLog) -> None:
        self.number = 0
        self.parts = DocumentParts()
        self._stem = source.stem
        self._log = log
        self._grouped = False
        self._id = ""
        self._ids: set[str] = set()

    def open(self, sentence: _Sentence) -> Iterator[Document]:
        """Look at what a sentence opens; yield the document that it ends."""
        if sentence.newdoc is not None:
            yield from self.finish()
            self._grouped = True
            self.number += 1
            self._id = self._name(sentence.newdoc)
        elif not self._grouped:
            self.number += 1
            self._id = self._name("")

    def end_sentence(self) -> Iterator[Document]:
        """Yield the sentence as a document where it is one."""
        if not self._grouped:
            yield self.parts.build(self._id, self._log)

    def finish(self) -> Iterator[Document]:
        """Yield what was gathered."""
        if not self.parts.is_empty:
            yield self.parts.build(self._id, self._log)

    def _name(self, given: str) -> str:
        name = given or f"{self._stem}:{self.number}"
        if name in self._ids:
            name = f"{name}:{self.number}"
        if given:
            self._ids.add(name)
        return name


def _read_sentences(lines: Iterable[str], key: str, path: str) -> Iterator[_Sentence]:
    sentence = _Sentence()
    for number, line in enumerate(lines, 1):
        if not line or line.isspace():
            if not sentence.is_empty:
                yield sentence
                sentence = _Sentence()
            continue
        fields = line.split("\t")
        if line.startswith("#") and len(fields) != WIDTH:
            if not sentence.is_empty and line.startswith("# newdoc"):
                yield sentence
                sentence = _Sentence()
            _read_comment(line, sentence)
            continue
        if len(fields) != WIDTH:
            sentence.fault = sentence.fault or _wrong_width(path, number, line, len(fields))
            continue
        id = fields[_ID]
        if id == "1" and sentence.words:
            yield sentence
            sentence = _Sentence()
        if not id.isdecimal() and ("-" in id or "." in id):
            sentence.has_range = sentence.has_range or "-" in id
            continue
        misc = misc_values(fields[_MISC])
        sentence.add(number, fields[_FORM], (misc.get(key) or "O",))
        sentence.misc.append(misc)
    if not sentence.is_empty:
        yield sentence


def _read_comment(line: str, sentence: _Sentence) -> None:
    name, _, value = line[1:].strip().partition("=")
    name, value = name.strip(), value.strip()
    if name in ("newdoc id", "newdoc"):
        sentence.newdoc = value
    elif name == "newdoc_id":
        sentence.newdoc = value
    elif name == "sent_id":
        sentence.id = value
    elif name == "text":
        sentence.text = value


def _set_spaces(sentence: _Sentence, path: str, log: ReadLog) -> None:
    """Set the white space after each word: that of ``# text`` where the words fit it, else that of MISC."""
    spaces, fits = find_spaces(sentence.words, sentence.misc, sentence.text)
    sentence.spaces = spaces
    if not fits and sentence.has_range:
        if not log.problem_counts["multiword-token"]:
            what = "multiword tokens: their words stand in the text in place of what '# text' has there"
            log.note("multiword-token", path, sentence.lines[0], what)
    elif not fits:
        what = "'# text' does not hold the words in their order; they are joined by SpaceAfter instead"
        log.note("text-mismatch", path, sentence.lines[0], what)


def _wrong_width(path: str, number: int, line: str, found: int) -> DataError:
    return DataError(
        f"{found} column{'s' * (found != 1)}, CoNLL-U has 10 between tabs; mend the row",
        code="column-count",
        path=path,
        line=number,
        column=min(found, WIDTH) + 1,
        text=line,
    )


def _misc_of(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        fields = line.split("\t")
        if len(fields) == WIDTH:
            yield fields[_MISC]


def _sniff(sample: Sample) -> Evidence:
    rows = [line.split("\t") for line in sample.filled if not line.startswith("#")]
    fitting = [row for row in rows if _is_row(row)]
    if not rows or len(fitting) < _LEAST_FIT * len(rows):
        return NONE
    return Evidence(CERTAIN * len(fitting) / len(rows), "the ten columns of CoNLL-U")


def _is_row(row: list[str]) -> bool:
    if len(row) != WIDTH or not row[_ID][:1].isdecimal() or is_tag(row[_MISC]):
        return False
    return row[_HEAD] == "_" or row[_HEAD].isdecimal()


FORMAT = Format(
    name="conllu",
    description="CoNLL-U with entities as tags in a key of MISC (NER=B-PER)",
    suffixes=(".conllu", ".conllup"),
    sniff=_sniff,
    read=read,
    write=write_conllu,
    tagged=True,
    own=True,
)
