"""What a project's labelling configuration says: which string is the text, and which labels there are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

from onoma.errors import DataError
from onoma.readers.documents.xml_elements import check_xml, read_elements
from onoma.readers.label_studio_results import Controls
from onoma.service.problems import ProblemError

_VARIABLE = re.compile(r"\$([^\s$]+)")
_KEPT = 32
"""Configurations that are remembered."""


@dataclass(frozen=True, slots=True)
class Labelling:
    """A labelling configuration, as far as it is about entities of a text.

    Args:
        text: name of the Text tag.
        key: of the task's data, at which the text is; ``a.b`` lies in an object.
        labels: label -> name of the Labels tag that has it.
        hints: a model's label -> the label that it is here, by ``predicted_values``.
        choices: name of a Choices tag for the text; None where there is none.
        choice_names: that it has.
    """

    text: str
    key: str
    labels: Mapping[str, str]
    hints: Mapping[str, str]
    choices: str | None = None
    choice_names: frozenset[str] = frozenset()

    @property
    def controls(self) -> Controls:
        """The names of its tags, as results have them."""
        return Controls(self.text, self.labels, self.choices or "choices")

    def text_of(self, data: Any) -> str | None:
        """Return the text of a task's data, None where there is no string; a URL is a text."""
        found = data.get(self.key) if isinstance(data, dict) else None
        for name in () if isinstance(found, str) else self.key.split("."):
            data = found = data.get(name) if isinstance(data, dict) else None
        return found if isinstance(found, str) else None


@lru_cache(_KEPT)
def read_labelling(configuration: str) -> Labelling:
    """Read a labelling configuration (XML); of several texts the first one that has labels counts.

    Raises:
        ProblemError: 422: not XML, unsafe XML, or nothing that entities of a plain text could be marked with.
    """
    try:
        outermost = check_xml(configuration, "configuration")
        [(_, root)] = read_elements(configuration.splitlines(), "configuration", outermost)
    except (DataError, ValueError):
        what = "the labelling configuration is not XML, or declares what it need not (<!DOCTYPE>)"
        raise ProblemError(422, "bad-configuration", what) from None
    # Once over all tags, however many there are: others wait meanwhile.
    controls, choices = _by_text(root, "Labels"), _by_text(root, "Choices")
    for text in root.iter("Text"):
        name = text.get("name", "")
        if name in controls:
            return _read(text, controls[name], choices.get(name, ()))
    what = 'the labelling configuration has no <Labels name="..." toName="..."> for a <Text name="...">'
    raise ProblemError(422, "no-labels", what)


def _by_text(root: Element, tag: str) -> dict[str, list[Element]]:
    """Return the tags of a kind that have a name, by the names of the texts that they are about."""
    found: dict[str, list[Element]] = {}
    for control in root.iter(tag):
        if control.get("name"):
            for name in dict.fromkeys(_listed(control.get("toName", ""))):
                found.setdefault(name, []).append(control)
    return found


def _read(text: Element, controls: Sequence[Element], choices: Sequence[Element]) -> Labelling:
    key = _VARIABLE.fullmatch(text.get("value", ""))
    if key is None or text.get("valueType", "text") != "text" or text.get("encoding", "none") != "none":
        what = 'the text must be a variable, such as value="$text"; texts at an address are not fetched'
        raise ProblemError(422, "no-plain-text", what)
    labels: dict[str, str] = {}
    hints: dict[str, str] = {}
    inner: set[Element] = set()  # one that lies in another is read with that
    for control in controls:
        if control in inner:
            continue
        for label in control.iter():
            if label.tag == "Labels":
                inner.add(label)
            elif label.tag == "Label" and (name := _named(label)) is not None:
                labels.setdefault(name, control.get("name", ""))
                hints |= dict.fromkeys(_listed(label.get("predicted_values", "")), name)
    chosen = choices[0] if choices else None
    names = () if chosen is None else filter(None, map(_named, chosen.iter("Choice")))
    return Labelling(
        text.get("name", ""),
        key[1],
        labels,
        hints,
        None if chosen is None else chosen.get("name"),
        frozenset(names),
    )


def _named(label: Element) -> str | None:
    """Return what stands for a label in results: its alias, where it has one."""
    return label.get("alias") or label.get("value")


def _listed(names: str) -> Iterator[str]:
    return (name for part in names.split(",") if (name := part.strip()))
