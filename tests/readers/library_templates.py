"""Files as libraries write them: tables of pyarrow, data sets saved by Hugging Face's, and UIMA's CAS."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from format_templates import Files, all_sentences, each, one

from onoma.text import Document

_CORE = "de.tudarmstadt.ukp.dkpro.core.api"
_STRING = "uima.cas.String"


def _token_table(documents: Sequence[Document]) -> Any:
    import pyarrow

    found = all_sentences(documents)
    return pyarrow.table({
        "id": [str(number) for number in range(len(found))],
        "tokens": [[word for word, _ in sentence] for sentence in found],
        "ner_tags": [[name for _, name in sentence] for sentence in found],
    })  # fmt: skip


def _arrow(documents: Sequence[Document], *, stream: bool) -> bytes:
    import pyarrow

    table, sink = _token_table(documents), pyarrow.BufferOutputStream()
    new = pyarrow.ipc.new_stream if stream else pyarrow.ipc.new_file
    with new(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def arrow_file(documents: Sequence[Document]) -> Files:
    return {"data": _arrow(documents, stream=False)}


def arrow_stream(documents: Sequence[Document]) -> Files:
    return {"data": _arrow(documents, stream=True)}


def saved_dataset(documents: Sequence[Document]) -> Files:
    name = "data-00000-of-00001.arrow"
    state = {"_data_files": [{"filename": name}], "_fingerprint": "0", "_format_type": None, "_split": None}
    info = {"features": {}, "description": ""}
    return {name: _arrow(documents, stream=True), "state.json": json.dumps(state).encode(),
            "dataset_info.json": json.dumps(info).encode()}  # fmt: skip


def parquet_tokens(documents: Sequence[Document]) -> Files:
    from pyarrow import parquet

    stream = io.BytesIO()
    parquet.write_table(_token_table(documents), stream)
    return {"data": stream.getvalue()}


_CAS_TYPES = {
    f"{_CORE}.segmentation.type.Token": (), f"{_CORE}.segmentation.type.Sentence": (),
    f"{_CORE}.ner.type.NamedEntity": ("value", "identifier"),
}  # fmt: skip


def _cas_spans(document: Document) -> list[tuple[str, int, int, str | None]]:
    """(type, start, end, label); offsets are UTF-16 units, which here are as many as characters."""
    assert max(map(ord, document.text), default=0) < 0x10000
    found: list[tuple[str, int, int, str | None]] = [
        (f"{_CORE}.segmentation.type.Token", token.start, token.end, None) for token in document.tokens
    ]
    for first, end in document.sentences:
        start, stop = document.tokens[first].start, document.tokens[end - 1].end
        found.append((f"{_CORE}.segmentation.type.Sentence", start, stop, None))
    return found + each(
        document, lambda span: (f"{_CORE}.ner.type.NamedEntity", span.start, span.end, span.label)
    )


def uima_json(documents: Sequence[Document]) -> Files:
    document = documents[0]
    types = {
        name: {"%NAME": name, "%SUPER_TYPE": "uima.tcas.Annotation",
               **{feature: {"%NAME": feature, "%RANGE": _STRING} for feature in features}}
        for name, features in _CAS_TYPES.items()
    }  # fmt: skip
    held: list[dict[str, Any]] = [
        {
            "%ID": 1,
            "%TYPE": "uima.cas.Sofa",
            "sofaNum": 1,
            "sofaID": "_InitialView",
            "sofaString": document.text,
        }
    ]
    for number, (name, start, end, label) in enumerate(_cas_spans(document), 2):
        structure = {"%ID": number, "%TYPE": name, "@sofa": 1, "begin": start, "end": end}
        held.append(structure if label is None else structure | {"value": label, "identifier": None})
    views = {"_InitialView": {"%SOFA": 1, "%MEMBERS": list(range(2, len(held) + 1))}}
    return one(
        json.dumps({"%TYPES": types, "%FEATURE_STRUCTURES": held, "%VIEWS": views}, ensure_ascii=False)
    )


def _type_system() -> str:
    described = []
    for name, features in _CAS_TYPES.items():
        listed = "".join(
            f"<featureDescription><name>{feature}</name><description/><rangeTypeName>{_STRING}</rangeTypeName>"
            "</featureDescription>"
            for feature in features
        )
        described.append(
            f"<typeDescription><name>{name}</name><description/>"
            f"<supertypeName>uima.tcas.Annotation</supertypeName><features>{listed}</features></typeDescription>"
        )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<typeSystemDescription xmlns="http://uima.apache.org/resourceSpecifier">'
    return f"{head}<types>{''.join(described)}</types></typeSystemDescription>"


def uima_xmi(documents: Sequence[Document]) -> Files:
    document = documents[0]
    rows = []
    for number, (name, start, end, label) in enumerate(_cas_spans(document), 10):
        element = "ner:NamedEntity" if label is not None else f"seg:{name.rsplit('.', 1)[1]}"
        value = "" if label is None else f" value={quoteattr(label)}"
        rows.append(f'<{element} xmi:id="{number}" sofa="1" begin="{start}" end="{end}"{value}/>')
    members = " ".join(str(number) for number in range(10, 10 + len(rows)))
    text = quoteattr(document.text, {"\n": "&#10;"})
    space = "http:///de/tudarmstadt/ukp/dkpro/core/api"
    whole = f"""<?xml version="1.1" encoding="UTF-8"?>
<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" xmi:version="2.0"
 xmlns:seg="{space}/segmentation/type.ecore" xmlns:ner="{space}/ner/type.ecore"><cas:NULL xmi:id="0"/>
{chr(10).join(rows)}
<cas:Sofa xmi:id="1" sofaNum="1" sofaID="_InitialView" mimeType="text" sofaString={text}/>
<cas:View sofa="1" members="{members}"/></xmi:XMI>
"""
    return one(whole) | {"TypeSystem.xml": _type_system().encode()}
