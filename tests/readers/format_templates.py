"""Files as other tools write them, for formats that Onoma only reads, and for layouts that it does not write.

Each function takes documents and returns files by name: ``data`` is the one to read, with what must lie
beside it; without ``data`` the folder itself is read.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from html import escape, unescape
from typing import Any

from onoma.text import Document, Span

Files = dict[str, bytes]
Render = Callable[[Sequence[Document]], Files]
_CORE = "de.tudarmstadt.ukp.dkpro.core.api"


def one(text: str) -> Files:
    """A single file of that text."""
    return {"data": text.encode()}


def as_lines(records: Iterable[object]) -> Files:
    """A record a line."""
    return one("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))


def as_array(records: Iterable[object]) -> Files:
    """An array of records over several lines."""
    return one(json.dumps(list(records), ensure_ascii=False, indent=1))


def as_csv(rows: Iterable[Sequence[object]], delimiter: str = ",") -> Files:
    """Rows, the first one a header where there is one."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return one(stream.getvalue())


def tag(document: Document, index: int) -> str:
    """The BIO tag of a token."""
    token = document.tokens[index]
    for span in document.entities:
        if span.start <= token.start < span.end:
            return f"{'B' if span.start == token.start else 'I'}-{span.label}"
    return "O"


def sentences(document: Document) -> list[list[tuple[str, str]]]:
    """The words of each sentence with their tags."""
    return [
        [(document.tokens[at].text, tag(document, at)) for at in range(*bounds)]
        for bounds in document.sentences
    ]


def all_sentences(documents: Sequence[Document]) -> list[list[tuple[str, str]]]:
    return [sentence for document in documents for sentence in sentences(document)]


def _flat(text: str) -> str:
    return text.replace("\n", " ")


def columns(separator: str, scheme: Callable[[list[str]], list[str]] = list, middle: str = "") -> Render:
    """Words and tags, a sentence after the other."""

    def render(documents: Sequence[Document]) -> Files:
        blocks = []
        for sentence in all_sentences(documents):
            tags = scheme([name for _, name in sentence])
            rows = zip([word for word, _ in sentence], tags, strict=True)
            blocks.append("".join(f"{word}{separator}{middle}{name}\n" for word, name in rows))
        return one("\n".join(blocks))

    return render


def bmes(tags: list[str]) -> list[str]:
    """BIO to the prefixes of Chinese corpora."""
    after = [*tags[1:], "O"]
    ends = [not later.startswith("I-") for later in after]
    prefix = {("B", True): "S", ("B", False): "B", ("I", True): "E", ("I", False): "M"}
    return [
        name if name == "O" else prefix[name[0], end] + name[1:] for name, end in zip(tags, ends, strict=True)
    ]


def uner(documents: Sequence[Document]) -> Files:
    blocks = []
    for number, sentence in enumerate(all_sentences(documents)):
        text = " ".join(word for word, _ in sentence)
        rows = "".join(f"{at}\t{word}\t{name}\t-\tann\n" for at, (word, name) in enumerate(sentence, 1))
        blocks.append(f"# sent_id = {number}\n# text = {text}\n{rows}")
    return one("\n".join(blocks) + "\n")


def hipe(documents: Sequence[Document]) -> Files:
    lines = [
        "TOKEN\tNE-COARSE-LIT\tNE-COARSE-METO\tNE-FINE-LIT\tNE-FINE-METO\tNE-FINE-COMP\tNE-NESTED\tNEL-LIT\tNEL-METO\tMISC"
    ]
    for document in documents:
        lines.append(f"# hipe2022:document_id = {document.id}")
        for sentence in sentences(document):
            last = len(sentence) - 1
            lines += [
                f"{word}\t{name}\tO\t{name}\tO\tO\tO\t_\t_\t{'EndOfSentence' if at == last else '_'}"
                for at, (word, name) in enumerate(sentence)
            ]
        lines.append("")
    return one("\n".join(lines) + "\n")


def ontonotes(documents: Sequence[Document]) -> Files:
    lines = []
    for document in documents:
        lines.append(f"#begin document ({document.id}); part 000")
        for sentence in sentences(document):
            tags = [name for _, name in sentence] + ["O"]
            for at, (word, name) in enumerate(sentence):
                opened = f"({name[2:]}" if name[0] == "B" else ""
                closed = ")" if name != "O" and not tags[at + 1].startswith("I-") else ""
                bracket = f"{opened}{'' if opened and closed else '*'}{closed}"
                lines.append(f"{document.id} 0 {at} {word} NN * - - - - {bracket} -")
            lines.append("")
        lines.append("#end document")
    return one("\n".join(lines) + "\n")


def tokens(documents: Sequence[Document]) -> Files:
    blocks = ["".join(f"{word}\n" for word, _ in sentence) for sentence in all_sentences(documents)]
    return one("\n".join(blocks))


def webanno(documents: Sequence[Document]) -> Files:
    document = documents[0]
    head = f"#FORMAT=WebAnno TSV 3.3\n#T_SP={_CORE}.ner.type.NamedEntity|identifier|value\n\n"
    lines = [head]
    for number, (first, end) in enumerate(document.sentences, 1):
        rows = document.tokens[first:end]
        lines.append(f"#Text={document.text[rows[0].start : rows[-1].end]}")
        for at, token in enumerate(rows, 1):
            held = [i for i, span in enumerate(document.entities, 1) if span.start <= token.start < span.end]
            target, label = (
                (f"*[{held[0]}]", f"{document.entities[held[0] - 1].label}[{held[0]}]")
                if held
                else ("_", "_")
            )
            lines.append(f"{number}-{at}\t{token.start}-{token.end}\t{token.text}\t{target}\t{label}\t")
        lines.append("")
    return one("\n".join(lines))


def bionlp(documents: Sequence[Document]) -> Files:
    files = {}
    for number, document in enumerate(documents):
        files[f"d{number}.txt"] = document.text.encode()
        rows = enumerate(document.entities, 1)
        files[f"d{number}.a1"] = "".join(
            f"T{at}\t{span.label} {span.start} {span.end}\t{span.text}\n" for at, span in rows
        ).encode()
    return files


def comprehend(documents: Sequence[Document]) -> Files:
    rows: list[Sequence[object]] = [["File", "Line", "Begin Offset", "End Offset", "Type"]]
    for line, document in enumerate(documents):
        rows += [["docs.txt", line, span.start, span.end, span.label] for span in document.entities]
    texts = "".join(f"{_flat(document.text)}\n" for document in documents)
    return as_csv(rows) | {"docs.txt": texts.encode()}


def comprehend_results(documents: Sequence[Document]) -> Files:
    records = [
        {"File": "docs.txt", "Line": line, "Entities": [
            {"BeginOffset": span.start, "EndOffset": span.end, "Score": 0.9,
             "Text": span.text, "Type": span.label}
            for span in document.entities]}
        for line, document in enumerate(documents)
    ]  # fmt: skip
    texts = "".join(f"{_flat(document.text)}\n" for document in documents)
    return as_lines(records) | {"docs.txt": texts.encode()}


def records(
    make: Callable[[int, Document], object], layout: Callable[[Iterable[object]], Files] = as_lines
) -> Render:
    """A record a document."""
    return lambda documents: layout([make(*pair) for pair in enumerate(documents)])


def each(document: Document, make: Callable[[Span], Any]) -> list[Any]:
    """What becomes of each entity."""
    return [make(span) for span in document.entities]


def dataturks(_: int, document: Document) -> object:
    found = each(document, lambda span: {
        "label": [span.label],
        "points": [{"start": span.start, "end": span.end - 1, "text": span.text}]})  # fmt: skip
    return {"content": document.text, "annotation": found, "extras": None, "metadata": {"status": "done"}}


def ground_truth(_: int, document: Document) -> object:
    found = each(
        document, lambda span: {"label": span.label, "startOffset": span.start, "endOffset": span.end}
    )
    labels = [{"label": label} for label in sorted({span.label for span in document.entities})]
    about = {
        "entities": [{"confidence": 0.9}],
        "type": "groundtruth/text-span",
        "creation-date": "2024-05-14",
    }
    return {
        "source": document.text,
        "ner": {"annotations": {"entities": found, "labels": labels}},
        "ner-metadata": about,
    }


def other_json(_: int, document: Document) -> object:
    found = each(document, lambda span: {
        "begin": span.start, "stop": span.end, "type": span.label, "surface": span.text})  # fmt: skip
    return {"sentence": document.text, "mentions": found}


def spacy_v2(number: int, document: Document) -> object:
    lists = []
    for sentence in sentences(document):
        tags = bmes([name for _, name in sentence])
        names = {"S": "U", "E": "L", "M": "I"}
        rows = zip(sentence, tags, strict=True)
        lists.append({"tokens": [
            {"id": at, "orth": word, "ner": names.get(name[0], name[0]) + name[1:]}
            for at, ((word, _), name) in enumerate(rows)], "brackets": []})  # fmt: skip
    return {"id": number, "paragraphs": [{"raw": document.text, "sentences": lists, "cats": []}]}


def doccano_entities(number: int, document: Document) -> object:
    found = [
        {"id": at, "label": span.label, "start_offset": span.start, "end_offset": span.end}
        for at, span in enumerate(document.entities, 1000 * number)
    ]
    return {"id": number, "text": document.text, "entities": found, "relations": [], "Comments": []}


def doccano_annotations(number: int, document: Document) -> object:
    found = each(document, lambda span: {
        "id": 1, "label": span.label, "start_offset": span.start, "end_offset": span.end,
        "user": 1})  # fmt: skip
    return {
        "id": number,
        "text": document.text,
        "annotations": found,
        "meta": {},
        "annotation_approver": None,
    }


def _regions(document: Document) -> list[Any]:
    return each(document, lambda span: {
        "start": span.start, "end": span.end, "text": span.text, "labels": [span.label]})  # fmt: skip


def label_studio_min(number: int, document: Document) -> object:
    return {"id": number, "text": document.text, "label": _regions(document), "annotator": 1,
            "annotation_id": number, "created_at": "2024", "updated_at": "2024",
            "lead_time": 1.5}  # fmt: skip


def label_studio_csv(documents: Sequence[Document]) -> Files:
    header = ["annotation_id", "annotator", "created_at", "id", "label", "lead_time", "text", "updated_at"]
    rows = [
        [
            number,
            1,
            "2024",
            number,
            json.dumps(_regions(document)) if document.entities else "",
            1.5,
            document.text,
            "2024",
        ]
        for number, document in enumerate(documents)
    ]
    return as_csv([header, *rows])


def annotator(documents: Sequence[Document]) -> Files:
    labels = sorted({span.label for document in documents for span in document.entities})
    found = [
        [document.text, {"entities": each(document, lambda span: [span.start, span.end, span.label])}]
        for document in documents
    ]
    return one(json.dumps({"classes": labels, "annotations": found}, ensure_ascii=False))


def doccano_csv(documents: Sequence[Document]) -> Files:
    rows = []
    for number, document in enumerate(documents):
        for at, char in enumerate(_flat(document.text)):
            span = next((span for span in document.entities if span.start <= at < span.end), None)
            name = "O" if span is None else f"{'B' if span.start == at else 'I'}-{span.label}"
            rows.append([number, char, name])
    return as_csv(rows)


def _between(document: Document, opening: Callable[[Span], str], closing: Callable[[Span], str]) -> str:
    """The text on one line, its entities between tags; they do not share characters."""
    text, parts, done = _flat(document.text), [], 0
    for span in sorted(document.entities, key=lambda span: span.start):
        parts += [escape(text[done : span.start]), opening(span), escape(text[span.start : span.end])]
        parts.append(closing(span))
        done = span.end
    return "".join([*parts, escape(text[done:])]) + "\n"


def marked_text(documents: Sequence[Document]) -> Files:
    ends = (lambda span: f"<{span.label}>"), (lambda span: f"</{span.label}>")
    return one("".join(_between(document, *ends) for document in documents))


def muc(documents: Sequence[Document]) -> Files:
    ends = (lambda span: f'<ENAMEX TYPE="{span.label}">'), (lambda span: "</ENAMEX>")
    return one("".join(_between(document, *ends) for document in documents))


def opennlp(documents: Sequence[Document]) -> Files:
    ends = (lambda span: f"<START:{span.label}> "), (lambda span: " <END>")
    return one("".join(unescape(_between(document, *ends)) for document in documents))


def rasa_yaml(documents: Sequence[Document]) -> Files:
    return one(
        'version: "3.1"\nnlu:\n- intent: tell\n  examples: |\n'
        + "".join(f"    - {_linked(document)}" for document in documents)
    )


def rasa_markdown(documents: Sequence[Document]) -> Files:
    return one("## intent:tell\n" + "".join(f"- {_linked(document)}" for document in documents))


def _linked(document: Document) -> str:
    return unescape(_between(document, lambda span: "[", lambda span: f"]({span.label})"))


def wikiner(documents: Sequence[Document]) -> Files:
    rows = (" ".join(f"{word}|NN|{name}" for word, name in one) for one in all_sentences(documents))
    return one("".join(f"{row}\n" for row in rows))


def slash_tags(documents: Sequence[Document]) -> Files:
    rows = (" ".join(f"{word}/{name}" for word, name in one) for one in all_sentences(documents))
    return one("".join(f"{row}\n" for row in rows))
