"""CoNLL-U with entities in MISC, and Universal NER, which has them in a column of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotation_reading import check_fault, read_text
from column_reading import held, read_file
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.readers import ReadLog, detect_format, read_documents, write_documents
from onoma.readers.options import ReadOptions
from onoma.text import Document, document_from_sentences


def rows(*given: tuple[str, str], start: int = 1) -> str:
    """Rows of CoNLL-U: words with their MISC."""
    numbered = enumerate(given, start)
    return "".join(f"{at}\t{word}\t_\tX\t_\t_\t0\troot\t_\t{misc}\n" for at, (word, misc) in numbered)


NERUS = (
    "# newdoc id = 0\n# sent_id = 0_0\n# text = Министр Иван Орлов был в Туле.\n"
    + rows(
        ("Министр", "Tag=O"),
        ("Иван", "Tag=B-PER"),
        ("Орлов", "Tag=I-PER"),
        ("был", "Tag=O"),
        ("в", "Tag=O"),
        ("Туле", "Tag=B-LOC|SpaceAfter=No"),
        (".", "Tag=O"),
    )
    + "\n"
)
MULTIWORD = (
    "# sent_id = 1\n# text = Vámonos al Prado.\n1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\t_\n"
    + rows(("Vamos", "ner=O"), ("nos", "ner=O"))
    + "3-4\tal\t_\t_\t_\t_\t_\t_\t_\t_\n"
    + rows(("a", "ner=O"), ("el", "ner=O"), ("Prado", "ner=B-LOC|SpaceAfter=No"), (".", "ner=O"), start=3)
    + "\n"
)


def test_the_text_is_that_of_the_comment(tmp_path: Path) -> None:
    assert read_file(tmp_path, NERUS) == [
        ("Министр Иван Орлов был в Туле.", [("PER", 8, 18), ("LOC", 25, 29)])
    ]
    assert detect_format(tmp_path / "data").name == "conllu"


def test_rows_of_multiword_tokens_are_no_words(tmp_path: Path) -> None:
    log = ReadLog()
    assert read_file(tmp_path, MULTIWORD, log=log) == [("Vamos nos a el Prado.", [("LOC", 15, 20)])]
    assert log.problem_counts == {"multiword-token": 1}


def test_empty_nodes_are_no_words(tmp_path: Path) -> None:
    text = rows(("Ann", "NER=B-PER")) + "1.1\tis\t_\t_\t_\t_\t_\t_\t_\t_\n" + rows(("here", "NER=O"), start=2)
    assert read_file(tmp_path, text) == [("Ann here", [("PER", 0, 3)])]


def test_documents(tmp_path: Path) -> None:
    sentence = (
        "# text = Ann left.\n" + rows(("Ann", "NER=B-PER"), ("left", "SpaceAfter=No"), (".", "_")) + "\n"
    )
    first = read_text(
        tmp_path, "conllu", f"# newdoc id = a b\n{sentence}{sentence}# newdoc id = c\n{sentence}"
    )
    assert [(one.id, one.text) for one in first] == [("a b", "Ann left.\nAnn left."), ("c", "Ann left.")]
    assert first[0].sentences == ((0, 3), (3, 6))
    assert [one.id for one in read_text(tmp_path, "conllu", sentence * 2)] == ["f:1", "f:2"]
    twice = read_text(
        tmp_path, "conllu", f"# newdoc id = a\n{sentence}# newdoc id = a\n{sentence}# newdoc\n{sentence}"
    )
    assert [one.id for one in twice] == ["a", "a:2", "f:3"]


def test_a_comment_that_does_not_fit_is_noted(tmp_path: Path) -> None:
    log = ReadLog()
    text = "# text = Bob left.\n" + rows(("Ann", "NER=B-PER"), ("left", "SpaceAfter=No"), (".", "_"))
    assert read_file(tmp_path, text, log=log) == [("Ann left.", [("PER", 0, 3)])]
    assert log.problem_counts == {"text-mismatch": 1}


@pytest.mark.parametrize(
    "values",
    [
        ("NER=B-PER", "NER=I-PER", "NER=O", "NER=B-LOC"),
        ("ner=B-PER", "ner=I-PER", "_", "ner=B-LOC"),
        ("NE=PER-B", "NE=PER-I", "NE=O", "NE=LOC-B"),
        ("Entity=B_PER", "Entity=I_PER", "Entity=O", "Entity=B_LOC"),
        ("entity=B-PER", "entity=E-PER", "entity=O", "entity=S-LOC"),
        ("NamedEntity=b-per", "NamedEntity=i-per", "NamedEntity=o", "NamedEntity=b-loc"),
        ("Tag=B-X|NER=B-PER", "Tag=O|NER=I-PER", "Tag=O|NER=O", "Tag=O|NER=B-LOC"),
        ("Gloss=a|Nimi=B-PER", "Gloss=b|Nimi=I-PER", "Gloss=O|Nimi=O", "Gloss=d|Nimi=B-LOC"),
        ("Tag=O|NER=PER", "Tag=O|NER=PER", "Tag=O|NER=O", "Tag=O|NER=LOC"),
        ("NER=PER", "NER=PER", "_", "NER=LOC"),
        ("name=B-PER", "name=I-PER", "name=O", "SpaceAfter=No|name=B-LOC"),
    ],
)
def test_the_key_is_found_by_content(tmp_path: Path, values: tuple[str, ...]) -> None:
    text = rows(*zip(("Ann", "Lee", "in", "Oslo"), values, strict=True))
    ((_, entities),) = read_file(tmp_path, text)
    assert [(label.upper(), start, end) for label, start, end in entities] == [("PER", 0, 7), ("LOC", 11, 15)]


def test_the_key_can_be_named(tmp_path: Path) -> None:
    text = rows(("Ann", "NER=B-PER|Alt=B-MISC"), ("left", "NER=O|Alt=O"))
    assert read_file(tmp_path, text, text_column="Alt") == [("Ann left", [("MISC", 0, 3)])]


def test_brackets_of_mentions_are_named(tmp_path: Path) -> None:
    log = ReadLog()
    text = rows(
        ("Ann", "Entity=(1-person-new-cf1-1-sgl)"),
        ("left", "_"),
        ("her", "Entity=(1-person"),
        ("cat", "Entity=1)"),
    )
    assert read_file(tmp_path, text, log=log) == [("Ann left her cat", [])]
    assert log.problem_counts == {"bracket-entities": 1}


def test_no_key_is_noted(tmp_path: Path) -> None:
    for options, count in (({}, 1), ({"gold": False}, 0)):
        log = ReadLog()
        read_file(tmp_path, rows(("Ann", "Gloss=x"), ("left", "_")), log=log, **options)
        assert log.problem_counts["no-entity-key"] == count


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (rows(("Ann", "NER=B-PER")) + "2\tleft\tO\n", "column-count", 2),
        (rows(("Ann", "NER=B-PER")) + rows(("left", "NER=O")).replace("1\t", "x\t", 1), "word-number", 2),
        ("\n" + rows(("Ann", "NER=B-PER"), ("left", "NER=Q-PER")), "unknown-tag", 3),
        ("\n" + rows(("Ann", "NER=B-PER"), ("left", "NER=I-LOC")), "illegal-tag", 3),
        ("\n" + rows(("Ann", "NER=B-PER"), ("", "NER=O")), "empty-word", 3),
    ],
)
def test_faults_are_located(tmp_path: Path, text: str, code: str, line: int) -> None:
    sound = "\n" + rows(*[("Oslo", "NER=B-LOC"), ("city", "NER=I-LOC"), (".", "NER=O")] * 9)
    check_fault(tmp_path, "conllu", text + sound, code, line)


def test_words_of_white_space_are_no_words(tmp_path: Path) -> None:
    log = ReadLog()
    text = "# text = Ann left\n" + rows(("Ann", "NER=B-PER"), ("\u00a0", "NER=O"), ("left", "NER=O"))
    assert read_file(tmp_path, text, log=log) == [("Ann left", [("PER", 0, 3)])]
    assert log.problem_counts["blank-word"] == 1


UNER = (
    "# newdoc id = w\n# sent_id = w-1\n# text = From Oslo, Ann Lee.\n"
    "1\tFrom\tO\n2\tOslo\tB-LOC\t-\tkim\n3\t,\tO\n4\tAnn\tB-PER\t-\tkim\n5\tLee\tI-PER\t-\tkim\n6\t.\tO\n\n"
    "# sent_id = w-2\n# text = Bye!\n1\tBye\tO\n2\t!\tO\n\n"
)


def test_uner(tmp_path: Path) -> None:
    assert read_file(tmp_path, UNER) == [("From Oslo, Ann Lee.\nBye!", [("LOC", 5, 9), ("PER", 11, 18)])]
    assert detect_format(tmp_path / "data").name == "uner"
    even = UNER.replace("\tO\n", "\tO\t-\t-\n")
    assert read_file(tmp_path, even) == read_file(tmp_path, UNER)
    marked = UNER.replace("1\tFrom\tO", "1\tFrom\tB-O\t-\tkim")
    assert read_file(tmp_path, marked) == read_file(tmp_path, UNER)


@pytest.mark.parametrize(
    ("row", "code"),
    [("2\tleft\n", "column-count"), ("b\tleft\tO\n", "word-number"), ("2\tleft\tQ-A\n", "unknown-tag")],
)
def test_faults_of_uner_are_located(tmp_path: Path, row: str, code: str) -> None:
    check_fault(tmp_path, "uner", f"# sent_id = a\n1\tAnn\tB-PER\t-\tkim\n{row}\n{UNER * 9}", code, 3)


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "C", "Z"]) | st.sampled_from("#-_=|\\"), min_size=1, max_size=4
)
SPACES = st.sampled_from(["", " ", "  ", "\n", "\t", "\u00a0", " \n", "\r\n"])


@st.composite
def documents(draw: st.DrawFn, id: str) -> Document:
    sentences = draw(st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=3))
    spaces = [[draw(SPACES) for _ in words] for words in sentences]
    spans = []
    for number, words in enumerate(sentences):
        if draw(st.booleans()):
            first = draw(st.integers(0, len(words) - 1))
            spans.append(
                (
                    number,
                    first,
                    draw(st.integers(first + 1, len(words))),
                    draw(st.sampled_from(["PER", "B-b"])),
                )
            )
    return document_from_sentences(id, sentences, spans, spaces=spaces)


@st.composite
def corpora(draw: st.DrawFn) -> list[Document]:
    ids = draw(st.lists(st.text("ab=1ж", min_size=1, max_size=3), min_size=1, max_size=3, unique=True))
    return [draw(documents(id)) for id in ids]


@settings(max_examples=60)
@given(corpus=corpora(), scheme=st.sampled_from(["BIO", "BIOES", "BILOU", "IOB1"]))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[Document], scheme: str
) -> None:
    path = tmp_path_factory.mktemp("round") / "data"
    written = write_documents(path, corpus, "conllu", scheme)
    log = ReadLog()
    options = ReadOptions(format="conllu", scheme=scheme, text_column="NER")
    assert list(read_documents(path, options, log)) == corpus
    assert written == log.ledger()


def test_written_files_are_detected(tmp_path: Path) -> None:
    corpus = [
        document_from_sentences("a", [["Ann", "left", "."]], [(0, 0, 1, "PER")], spaces=[[" ", "", "\n"]])
    ]
    write_documents(tmp_path / "data", corpus, "conllu")
    assert (tmp_path / "data").read_text(encoding="utf-8") == (
        "# newdoc id = a\n# sent_id = a-1\n# text = Ann left.\n"
        + "1\tAnn\t_\t_\t_\t_\t_\t_\t_\tNER=B-PER\n2\tleft\t_\t_\t_\t_\t_\t_\t_\tNER=O|SpaceAfter=No\n"
        + "3\t.\t_\t_\t_\t_\t_\t_\t_\tNER=O\n\n"
    )
    assert held(list(read_documents(tmp_path / "data"))) == held(corpus)


@pytest.mark.parametrize("part", ["id", "label"])
def test_what_cannot_be_written_is_refused(tmp_path: Path, part: str) -> None:
    id, label = ("a\nb", "PER") if part == "id" else ("a", "A|B")
    with pytest.raises(DataError) as caught:
        write_documents(
            tmp_path / "x", [document_from_sentences(id, [["Ann"]], [(0, 0, 1, label)])], "conllu"
        )
    assert caught.value.code == "not-writable"
