"""Rasa's training data: examples in lists under their intents, entities as links: ``- fly to [Oslo](city)``.

YAML since Rasa 2 (``- intent: book`` with ``examples: |``) and Markdown before (``## intent:book``). The
intent is the document's label. ``[text]{"entity": "city", "role": "from"}`` and ``[text](city:value)`` have
more to say than the label, which is not read. Synonyms, lookup tables and patterns are no examples.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from onoma.errors import DataError, excerpt
from onoma.readers.evidence import CERTAIN, NONE, Evidence
from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.options import ReadOptions
from onoma.readers.records import Aside, read_records
from onoma.readers.registry import OFFSETS, Format
from onoma.readers.sample import Sample
from onoma.readers.source import Source
from onoma.text import Document

_YAML_SECTION = re.compile(r"\s*-\s+(?P<kind>intent|synonym|lookup|regex)\s*:\s*(?P<name>.+?)\s*")
_MARKDOWN_SECTION = re.compile(r"##\s*(?P<kind>intent|synonym|lookup|regex)\s*:\s*(?P<name>.+?)\s*")
_YAML_EXAMPLES = re.compile(r"\s+examples\s*:\s*(?P<text>[|>][+-]?)?\s*")
_EXAMPLE = re.compile(r"\s*[-*+]\s+(?P<text>.+?)\s*")
_ANNOUNCED = re.compile(r"text\s*:\s*(?:[|>][+-]?)?\s*(?P<text>.*)")
"""``- text: |`` of examples that have metadata."""
_OF_MARKDOWN = -1
"""Below its heading a list of Markdown may be indented as it likes."""
_ENTITY = re.compile(
    r"\[(?P<text>[^\[\]]+)\](?:\((?P<label>[^():]+)(?P<value>:(?!//)[^()]*)?\)|(?P<json>\{[^{}]*\}))"
)


def read(source: Source, options: ReadOptions, log: ReadLog) -> Iterator[Document]:
    """Stream documents, an example each.

    Raises:
        DataError: a fault of the file, or under ``on_error="strict"`` an entity that has no label.
    """
    examples = _Examples()
    yield from read_records(examples.of(source.lines()), source, options, log, _translate)
    if examples.others:
        what = f"lines of synonyms, lookup tables or patterns, which are no examples: {examples.others}"
        log.note("not-examples", source.name, None, what)
    if examples.strays:
        what = f"lines that begin no example (metadata, second lines) are not read: {examples.strays}"
        log.note("not-examples", source.name, None, what)


class _Examples:
    """Finds the examples.

    Attributes:
        others: lines of lists that hold none.
        strays: lines of lists that hold some, and begin none.
    """

    def __init__(self) -> None:
        self.others = self.strays = 0
        self._intent: str | None = None
        self._beyond: int | None = None  # a list of examples is indented by more than this
        self._is_text = False  # the next line is what `- text: |` announced

    def of(self, lines: Iterable[str]) -> Iterator[tuple[int, JsonObject]]:
        """Yield (line, example and its intent)."""
        for number, line in enumerate(lines, 1):
            if not line.strip() or self._is_structure(line):
                continue
            example = self._example(line)
            if self._intent is None:
                self.others += example is not None
            elif example is not None:
                yield number, {"example": example, "intent": self._intent}
            else:
                self.strays += not self._is_text

    def _is_structure(self, line: str) -> bool:
        """Whether a line is about the lists, not in one; what it says is remembered."""
        indent = len(line) - len(line.lstrip())
        if self._beyond is not None and indent <= self._beyond and not line.startswith("#"):
            self._beyond = None
        section = _MARKDOWN_SECTION.fullmatch(line)
        if section is not None:
            self._begin(section)
            self._beyond = _OF_MARKDOWN
            return True
        if line.startswith("#"):  # another heading ends a list; in YAML it is a comment
            if self._beyond == _OF_MARKDOWN:
                self._beyond = None
            return True
        if self._beyond is not None:
            return False
        if (section := _YAML_SECTION.fullmatch(line)) is not None:
            self._begin(section)
        elif (examples := _YAML_EXAMPLES.fullmatch(line)) is not None:
            # The items of a YAML list may stand below their key, the lines of a text may not.
            self._beyond = indent if examples["text"] else indent - 1
        return True

    def _begin(self, section: re.Match[str]) -> None:
        self._intent = _unquoted(section["name"]) if section["kind"] == "intent" else None
        self._is_text = False

    def _example(self, line: str) -> str | None:
        if self._is_text:
            self._is_text = False
            return line.strip()
        found = _EXAMPLE.fullmatch(line)
        if found is None:
            return None
        announced = _ANNOUNCED.fullmatch(found["text"])
        if announced is None:
            return found["text"]
        self._is_text = not announced["text"]
        return _unquoted(announced["text"]) or None


def _unquoted(name: str) -> str:
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'" else name


def _translate(record: JsonObject, aside: Aside) -> JsonObject:
    example = record["example"]
    parts: list[str] = []
    length = done = 0
    entities: list[JsonObject | DataError] = []
    for found in _ENTITY.finditer(example):
        before = example[done : found.start()]
        start = length + len(before)
        length = start + len(found["text"])
        parts += [before, found["text"]]
        done = found.end()
        label = found["label"].strip() if found["label"] else _label_in(found["json"], aside)
        if found["value"]:
            aside.note("value-ignored", "the value of an entity, behind its label, is not read")
        if label is None:
            fault = f"'{excerpt(found[0])}' has no 'entity'"
            entities.append(DataError(fault, code="no-label", text=example))
            continue
        entities.append({"start": start, "end": length, "label": label})
    parts.append(example[done:])
    text = "".join(parts)
    return {"text": text, "entities": entities, "labels": [record["intent"]], "unit": "codepoint"}


def _label_in(written: str, aside: Aside) -> str | None:
    try:
        values = json.loads(written)
    except ValueError:
        return None
    label = values.get("entity")
    if values.keys() - {"entity"}:
        aside.note("value-ignored", "the role, group or value of an entity is not read")
    return label if isinstance(label, str) and label else None


def _sniff(sample: Sample) -> Evidence:
    if sample.json.layout != "none":
        return NONE
    yaml = any(map(_YAML_EXAMPLES.fullmatch, sample.filled))
    sections = [
        found
        for line in sample.filled
        if (found := (_YAML_SECTION if yaml else _MARKDOWN_SECTION).fullmatch(line)) is not None
    ]
    examples = sum(_EXAMPLE.fullmatch(line) is not None for line in sample.filled)
    if not any(found["kind"] == "intent" for found in sections) or not examples:
        return NONE
    return Evidence(CERTAIN, "examples under their intents")


FORMAT = Format(
    name="rasa",
    description="Rasa's training data, YAML or Markdown: - fly to [Oslo](city); intents as document labels",
    suffixes=(".yml", ".yaml"),
    sniff=_sniff,
    read=read,
    options=OFFSETS,
)
