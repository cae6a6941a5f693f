"""Reading with the line of each sentence, which documents themselves do not carry."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from onoma.readers import ReadLog, ReadOptions, Source, get_format
from onoma.readers.columns import is_docstart
from onoma.readers.registry import detect_source
from onoma.text import Document

_MAX_STARTS = 1_000_000


class LocatedReader:
    """Reads the documents of one file, and knows where the sentences of the latest one stand.

    Args:
        path: as for `onoma.readers.read_documents`.
        options: how to read.
        log: gets problems and the fate of every entity.

    Raises:
        DataError: the format cannot be told.
        ConfigError: no such format.
    """

    def __init__(self, path: str, options: ReadOptions, log: ReadLog) -> None:
        self._source = _WatchedSource(path, options.encoding)
        self.path = self._source.name
        self._format = detect_source(self._source) if options.format is None else get_format(options.format)
        log.format, log.scheme = self._format.name, None
        self._options, self._log = options, log
        self._number = 0

    def __iter__(self) -> Iterator[Document]:
        """Yield the documents.

        Raises:
            DataError: a fault of the file; under ``on_error="strict"``, any.
        """
        for number, document in enumerate(self._format.documents(self._source, self._options, self._log), 1):
            self._number = number
            yield document
            self._source.starts.clear()

    def line(self, document: Document, sentence: int) -> int:
        """Return the line on which a sentence of the document that was read last begins.

        In columns it is exact (with `-DOCSTART-` and left-out sentences, that of the document); in formats
        of a record a document it is the record's last line. Folders and binary files have no lines: there it
        is the number of the document.
        """
        source = self._source
        if self._format.binary or source.is_folder:
            return self._number
        if self._format.name == "conll" and source.starts:
            if len(source.starts) == len(document.sentences):
                return source.starts[sentence]
            return source.starts[-1 if len(document.sentences) == 1 else 0]
        if self._format.name == "gmb-csv":
            # A sentence ends where the reader met the row after it, or the end of the file.
            return max(1, source.line - len(document.tokens) + source.ended)
        return source.line


class _WatchedSource(Source):
    """Counts the lines handed out, and notes where runs of lines begin after a blank or ``-DOCSTART-``."""

    line = 0
    ended = False

    def __init__(self, path: str, encoding: str) -> None:
        super().__init__(path, encoding)
        self.starts: deque[int] = deque(maxlen=_MAX_STARTS)

    def lines(self) -> Iterator[str]:
        begins = True
        for number, line in enumerate(super().lines(), 1):
            self.line = number
            if not line:
                begins = True
            elif begins and not is_docstart(line):
                self.starts.append(number)
                begins = False
            yield line
        self.ended = True
