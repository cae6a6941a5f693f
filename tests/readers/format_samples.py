"""Small valid files of every format that is read, and what entities are in them.

`fixed_samples` are always the same, `render` makes others of any documents. A new format is added to
`LAYOUTS`: Onoma's own writer, where it has one, is there by itself; a layout that it does not write is a
function of `format_templates` or `library_templates`.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import format_templates as layouts
import library_templates as libraries
from format_templates import Files, Render, as_array, columns, records

from onoma.readers import ReadOptions, get_format, list_formats, write_documents
from onoma.text import Document, document_from_sentences

LAYOUTS: dict[str, dict[str, Render]] = {
    "arrow": {"file": libraries.arrow_file, "stream": libraries.arrow_stream},
    "bionlp": {"a1": layouts.bionlp},
    "comprehend": {"table": layouts.comprehend, "results": layouts.comprehend_results},
    "conll": {
        "spaces": columns(" "),
        "four columns": columns(" ", middle="NN - "),
        "bmes": columns("\t", layouts.bmes),
        "bare labels": columns("\t", lambda tags: [tag[2:] or "O" for tag in tags]),
    },
    "datasets": {"saved": libraries.saved_dataset},
    "dataturks": {"lines": records(layouts.dataturks)},
    "doccano": {
        "entities": records(layouts.doccano_entities),
        "annotations": records(layouts.doccano_annotations, as_array),
    },
    "doccano-csv": {"characters": layouts.doccano_csv},
    "ground-truth": {"manifest": records(layouts.ground_truth)},
    "hipe": {"2022": layouts.hipe},
    "label-studio": {"minimal": records(layouts.label_studio_min, as_array)},
    "label-studio-csv": {"csv": layouts.label_studio_csv},
    "marked-text": {"tags": layouts.marked_text, "muc": layouts.muc, "opennlp": layouts.opennlp},
    "ontonotes": {"2012": layouts.ontonotes},
    "other-json": {"mentions": records(layouts.other_json)},
    "parquet": {"tokens": libraries.parquet_tokens},
    "rasa": {"yaml": layouts.rasa_yaml, "markdown": layouts.rasa_markdown},
    "spacy-tuples": {"annotator": layouts.annotator},
    "spacy-v2-json": {"array": records(layouts.spacy_v2, as_array)},
    "tokens": {"words": layouts.tokens},
    "uima-cas-json": {"json": libraries.uima_json},
    "uima-cas-xmi": {"xmi": libraries.uima_xmi},
    "uner": {"iob2": layouts.uner},
    "webanno-tsv": {"3.3": layouts.webanno},
    "word-tags-text": {"wikiner": layouts.wikiner, "slashes": layouts.slash_tags},
}
ONE_DOCUMENT = ("uima-cas-json", "uima-cas-xmi", "webanno-tsv")
"""Formats of a file a document: of several only the first is in it."""
FIXED = [
    document_from_sentences(
        "d0",
        [["Ann", "Lee", "left", "Oslo", "."], ["He", "met", "Bob", "."]],
        [(0, 0, 2, "PER"), (0, 3, 4, "LOC"), (1, 2, 3, "PER")],
    ),
    document_from_sentences("d1", [["Она", "в", "Нижнем", "Новгороде", "."]], [(0, 2, 4, "LOC")]),
]


class FormatSample(NamedTuple):
    """Files of a format.

    Args:
        format: the format.
        layout: which of its layouts, for messages.
        files: contents by name; ``data`` is to be read, else the folder.
        entities: text and label of each entity in them.
    """

    format: str
    layout: str
    files: Files
    entities: list[tuple[str, str]]

    def write(self, folder: Path) -> Path:
        """Write the files into an empty folder; return what is to be read."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder / "data" if "data" in self.files else folder


def render(format: str, documents: Sequence[Document]) -> list[FormatSample]:
    """Return the documents in each layout of a format.

    Raises:
        LookupError: there is no layout for the format yet: add one to `LAYOUTS`.
    """
    found = dict(LAYOUTS.get(format, {}))
    if get_format(format).written:
        found["written"] = lambda documents: _written(format, documents)
    if not found:
        raise LookupError(f"no sample of the format {format}: add a layout to LAYOUTS in format_samples.py")
    held = documents[:1] if format in ONE_DOCUMENT else documents
    entities = [(span.text, span.label) for one in held for span in one.entities]
    entities = entities if get_format(format).gold else []
    return [FormatSample(format, name, make(documents), entities) for name, make in found.items()]


def _written(format: str, documents: Sequence[Document]) -> Files:
    chosen = get_format(format)
    if chosen.write is not None:
        stream = io.StringIO()
        write_documents(stream, documents, format)
        return {"data": stream.getvalue().encode()}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "data"
        write_documents(place, documents, format)
        if place.is_file():
            return {"data": place.read_bytes()}
        return {file.name: file.read_bytes() for file in place.iterdir()}


def fixed_samples(format: str) -> list[FormatSample]:
    """Return the samples of a format that are always the same."""
    return render(format, FIXED)


def all_formats() -> list[str]:
    """Return the names of all formats that are read."""
    return [item.name for item in list_formats()]


def reading_options(format: str | None, policy: str = "strict") -> ReadOptions:
    """Options under which samples are read; an empty result is none of the faults looked for."""
    return ReadOptions(format=format, on_error=policy, allow_empty=True)
