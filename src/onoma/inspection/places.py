"""Reading with the line of each sentence, which documents themselves do not carry."""

from __future__ import annotations

from collections.abc import Iterator

from onoma.readers import ReadLog, ReadOptions, Source, get_format
from onoma.readers.corpora import read_source
from onoma.readers.detection import detect_source
from onoma.text import Document


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
        self._source = Source(path, options.encoding, options.max_document_mb)
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
        documents = read_source(self._source, self._format, self._options, self._log)
        for number, document in enumerate(documents, 1):
            self._number = number
            yield document

    def line(self, document: Document, sentence: int) -> int:
        """Return the line on which a sentence of the document that was read last begins.

        Formats of a record a document know the record's line only. Folders and binary files have no lines:
        there it is the number of the document.
        """
        lines = self._log.lines
        if self._format.binary or self._source.is_folder or not lines:
            return self._number
        return lines[sentence] if len(lines) == len(document.sentences) else lines[0]
