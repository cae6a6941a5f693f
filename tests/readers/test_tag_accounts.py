"""The account of entities in column files under every scheme, spelling, policy and label map."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, read_documents
from onoma.readers.label_map import LabelMap
from onoma.text import Document, Ledger

SCHEMES = [None, "IO", "IOB1", "BIO", "BIOES", "BILOU"]
PARTS = [
    "O",
    *(f"{prefix}-{label}" for prefix in "BIESLUM" for label in ("X", "Y")),
    "X",
    "Y",
    "Q-X",
    "B-",
    "-",
    "",
]
WORDS = ["w", "w", "w", " ", "\u3000", ""]
MAPS: list[dict[str, str]] = [{}, {"X": "Z"}, {"X": ""}, {"X": "Y"}, {"X": "", "Y": ""}]


def spell(tag: str, spelling: str) -> str:
    if len(tag) < 3 or tag[1] != "-":
        return tag
    return {"-": tag, "_": tag.replace("-", "_"), ":": tag.replace("-", ":"), "end": f"{tag[2:]}-{tag[0]}"}[
        spelling
    ]


def read(folder: Path, rows: list[list[tuple[str, str]]], **options: object) -> tuple[list[Document], Ledger]:
    path = folder / "f.conll"
    sentences = ("".join(f"{word}\t{tag}\n" for word, tag in sentence) for sentence in rows)
    path.write_text("\n".join(sentences), encoding="utf-8")
    log = ReadLog()
    how = ReadOptions(format="conll", allow_empty=True, **options)  # type: ignore[arg-type]
    documents: list[Document] = []
    error: DataError | None = None
    try:
        documents.extend(read_documents(path, how, log))
    except DataError as raised:
        error = raised
    if error is not None:
        assert str(error).isprintable()
        assert how.on_error == "strict" or error.code in ("column-count", "header", "columns", "nothing-read")
    return documents, log.ledger()


def check(ledger: Ledger) -> None:
    assert ledger.balanced
    counts = [ledger.read, ledger.kept]
    for fate in (ledger.adjusted, ledger.dropped, ledger.flattened, ledger.unreachable):
        counts.extend(fate.values())
    assert min(counts) >= 0


@pytest.mark.parametrize("repair", ["conlleval", "discard"])
@pytest.mark.parametrize("policy", ["skip", "repair"])
def test_a_begin_amid_insides_read_as_io(tmp_path: Path, repair: str, policy: str) -> None:
    rows = [[("w", tag) for tag in ("I-X", "B-X", "I-X")]]
    documents, ledger = read(tmp_path, rows, scheme="IO", on_error=policy, repair=repair)
    check(ledger)
    assert ledger.kept + sum(ledger.adjusted.values()) == sum(len(one.entities) for one in documents)


@settings(max_examples=300)
@example([[("w", "I-X"), ("w", "B-X"), ("w", "I-X")]], "IO", "repair", "discard", "-", {})
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(PARTS)), min_size=1, max_size=7),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(SCHEMES),
    st.sampled_from(["strict", "skip", "repair"]),
    st.sampled_from(["conlleval", "discard"]),
    st.sampled_from(["-", "_", ":", "end"]),
    st.sampled_from(MAPS),
)
def test_no_account_is_unbalanced_or_negative(
    tmp_path_factory: pytest.TempPathFactory,
    sentences: list[list[tuple[str, str]]],
    scheme: str | None,
    policy: str,
    repair: str,
    spelling: str,
    names: dict[str, str],
) -> None:
    rows = [[(word, spell(tag, spelling)) for word, tag in sentence] for sentence in sentences]
    folder = tmp_path_factory.getbasetemp()
    documents, ledger = read(
        folder, rows, scheme=scheme, on_error=policy, repair=repair, labels=LabelMap(names)
    )
    check(ledger)
    if policy != "strict":
        assert ledger.kept + sum(ledger.adjusted.values()) == sum(len(one.entities) for one in documents)
        labels = {span.label for one in documents for span in one.entities}
        assert not labels & {old for old, new in names.items() if new != old and old not in names.values()}
