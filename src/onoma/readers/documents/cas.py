"""CASes of UIMA, read by the library dkpro-cassis, as records of span JSONL.

Entities are the annotations of the type NamedEntity, or of the only type of the user's that has a label;
tokens and sentences are those of the types Token and Sentence.
"""

from __future__ import annotations

import importlib
import re
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from onoma.errors import DataError, MissingExtraError
from onoma.readers.documents.annotation_layers import Choice, Layer, choose_layer
from onoma.readers.documents.xml_elements import check_xml
from onoma.readers.json.entities import Item
from onoma.readers.json.lines import JsonObject
from onoma.readers.records import Aside

_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")
_COMMON = frozenset(("sofa", "begin", "end"))
_RELATION, _CHAIN = {"Governor", "Dependent"}, {"next", "referenceType"}
_WRONG_OFFSET = "Not mapping"
_IDENTIFIER = "identifier"
_ANNOTATION = "uima.tcas.Annotation"


def load_type_system(text: str, path: str) -> Any:
    """Return the type system of a ``TypeSystem.xml``.

    Raises:
        MissingExtraError: dkpro-cassis is not installed.
        DataError: unsafe or faulty XML, or no type system.
    """
    data = _safe_xml(text, path, "typeSystemDescription")
    return _load(lambda cassis: cassis.load_typesystem(BytesIO(data)), path)


def load_xmi(text: str, types: Any, path: str) -> Any:
    """Return the CAS of an XMI file.

    Raises:
        MissingExtraError: dkpro-cassis is not installed.
        DataError: unsafe or faulty XML, or no CAS of that type system.
    """
    data = _safe_xml(text, path, "xmi:XMI")
    return _load(lambda cassis: cassis.load_cas_from_xmi(BytesIO(data), typesystem=types), path)


def load_json(text: str, types: Any, path: str) -> Any:
    """Return the CAS of a JSON object; ``types`` is None where the object has them itself.

    Raises:
        MissingExtraError: dkpro-cassis is not installed.
        DataError: no CAS.
    """

    def load(cassis: Any) -> Any:
        return cassis.load_cas_from_json(text, typesystem=types, merge_typesystem=types is None)

    return _load(load, path)


def _safe_xml(text: str, path: str, root: str) -> bytes:
    """Return text as the bytes that are parsed; the text is decoded: what it says of its encoding is void."""
    text = _DECLARATION.sub("", text, count=1)
    outermost = check_xml(text, path)
    if outermost != root:
        what = f"the outermost element is <{outermost}>, not <{root}>"
        raise DataError(what, code="bad-cas", path=path)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode("utf-8")


def _load(load: Callable[[Any], Any], path: str) -> Any:
    try:
        cassis: Any = importlib.import_module("cassis")
    except ImportError as error:
        raise MissingExtraError("dkpro-cassis to read UIMA CAS files", "cas") from error
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            loaded = load(cassis)
        except Exception as error:  # the library raises errors of many kinds on other files
            shown = " ".join(str(error).split())[:200]
            what = f"not a CAS that dkpro-cassis can read: {type(error).__name__}: {shown}"
            raise DataError(what, code="bad-cas", path=path) from None
    wrong = next((str(one.message) for one in caught if str(one.message).startswith(_WRONG_OFFSET)), None)
    if wrong is not None:
        what = "an annotation lies outside the text, or its offset inside a character"
        raise DataError(what, code="span-out-of-range", path=path, text=wrong)
    return loaded


class CasTranslator:
    """Makes records of CASes; what is the layer of entities in one is that in all.

    Args:
        gold: whether entities are wanted.
    """

    def __init__(self, *, gold: bool = True) -> None:
        self._gold = gold
        self._chosen: Choice | None = None

    def translate(self, cas: Any, aside: Aside) -> JsonObject:
        """Return the text, tokens, sentences, entities and links of a CAS.

        Raises:
            DataError: without path: no text, or it is unclear which annotations are entities.
        """
        text, annotations = _read_view(cas, aside)
        tokens = _tokens(annotations, text)
        record: JsonObject = {"text": text, "tokens": tokens, "unit": "codepoint", "entities": []}
        if tokens:
            record["sentences"] = _sentences(annotations, tokens)
        if self._gold:
            record |= self._entities(annotations, aside)
        return record

    def _entities(self, annotations: list[Any], aside: Aside) -> JsonObject:
        layers: dict[str, Layer] = {}
        for one in annotations:
            layer = _layer(one.type)
            layers.setdefault(layer.name, layer)
        spans = [layer for layer in layers.values() if not _is_relation(layer)]
        if self._chosen is None:
            self._chosen = choose_layer(spans, "; take the layers that are not entities out of the export")
        chosen = self._chosen
        entities: list[Item] = []
        links: list[Item] = []
        for one in annotations:
            name = _layer(one.type).name
            if chosen is None or name != chosen.layer.name:
                continue
            label = _label(one, chosen, aside)
            if label is None:
                continue
            if one.begin == one.end:  # INCEpTION lets people annotate a place between two characters
                aside.drop("empty-span")
                aside.note("empty-span", f"an annotation of no width is left out: {label} {one.begin}")
                continue
            item = Item({"start": one.begin, "end": one.end, "label": label})
            target = getattr(one, _IDENTIFIER, None)
            if isinstance(target, str) and target and chosen.feature != _IDENTIFIER:
                item["id"] = f"T{len(entities) + 1}"
                links.append(Item({"entity": item["id"], "target": target}))
            entities.append(item)
        for layer in spans:
            if layer.is_custom and chosen is not None and layer.name != chosen.layer.name:
                aside.note("layer-ignored", f"the layer {layer.name} is not read")
        return {"entities": entities, "links": links}


def _read_view(cas: Any, aside: Aside) -> tuple[str, list[Any]]:
    """Return the text of the view that has one, and the annotations of it in text order."""
    filled = [sofa for sofa in cas.sofas if isinstance(sofa.sofaString, str) and sofa.sofaString]
    filled.sort(key=lambda sofa: sofa.sofaID != "_InitialView")
    if not filled:
        empty = any(isinstance(sofa.sofaString, str) for sofa in cas.sofas)
        if empty:
            return "", []
        raise DataError("no view of the CAS holds a text", code="no-text")
    for other in filled[1:]:
        aside.note("view-ignored", f"the view '{other.sofaID}' is not read")
    view = cas.get_view(filled[0].sofaID)
    annotations = list(view.select(_ANNOTATION))
    for one in annotations:
        if type(one.begin) is not int or type(one.end) is not int:
            what = "'begin' and 'end' of an annotation must be whole numbers"
            raise DataError(what, code="wrong-type", text=f"{one.type.name} {one.begin} {one.end}")
    return filled[0].sofaString, sorted(annotations, key=lambda one: (one.begin, -one.end))


def _layer(type: Any) -> Layer:
    """Return the layer of a type: that of NamedEntity where it is a kind of it (Person, Location)."""
    features = tuple(one.name for one in type.all_features if one.name not in _COMMON)
    layer = Layer(type.name, features)
    above = type.supertype
    while not layer.is_named_entity and above is not None:
        if Layer(above.name, ()).is_named_entity:
            return Layer(above.name, features)
        above = above.supertype
    return layer


def _is_relation(layer: Layer) -> bool:
    return set(layer.features) >= _RELATION or set(layer.features) >= _CHAIN


def _label(annotation: Any, chosen: Choice, aside: Aside) -> str | None:
    value = getattr(annotation, chosen.feature, None)
    if value is None and not Layer(annotation.type.name, ()).is_named_entity and chosen.layer.is_named_entity:
        return str(annotation.type.name).rpartition(".")[2]
    if value is None or value == "":
        aside.drop("no-label")
        what = f"an annotation without a value is left out: {annotation.begin}-{annotation.end}"
        aside.note("no-label", what)
        return None
    return str(value)


def _of_type(annotations: list[Any], name: str) -> Iterator[tuple[int, int]]:
    return ((one.begin, one.end) for one in annotations if one.type.name.rpartition(".")[2] == name)


def _tokens(annotations: list[Any], text: str) -> list[list[int]]:
    places = dict.fromkeys(_of_type(annotations, "Token"))
    return [[start, end] for start, end in places if text[max(0, start) : max(0, end)].strip()]


def _sentences(annotations: list[Any], tokens: list[list[int]]) -> list[list[int]] | None:
    """Return the ranges of tokens of the sentences; tokens between two belong to the one before."""
    starts = sorted({start for start, _ in _of_type(annotations, "Sentence")})
    if not starts:
        return None
    ranges: list[list[int]] = []
    current = None
    for index, (start, _) in enumerate(tokens):
        sentence = max(0, bisect_right(starts, start) - 1)
        if sentence != current:
            ranges.append([index, index])
            current = sentence
        ranges[-1][1] = index + 1
    return ranges
