"""Reading and writing data: formats by name, streaming, with an account of every entity."""

from onoma.readers.corpora import read_corpus, read_documents, write_documents
from onoma.readers.detection import detect_format
from onoma.readers.log import Problem, ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.raw_text import RawText
from onoma.readers.registry import Format, get_format, list_formats
from onoma.readers.source import Source
from onoma.readers.splits import find_splits

__all__ = [
    "Format",
    "Problem",
    "RawText",
    "ReadLog",
    "ReadOptions",
    "Source",
    "detect_format",
    "find_splits",
    "get_format",
    "list_formats",
    "read_corpus",
    "read_documents",
    "write_documents",
]
