"""What CoNLL files mean: layout, documents, schemes, comments, policies."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, read_corpus, read_documents
from onoma.tags import get_scheme, tags_to_spans
from onoma.text import Document


def read(folder: Path, text: str, log: ReadLog | None = None, **options: object) -> list[Document]:
    path = folder / "f.conll"
    path.write_bytes(text.encode())
    return list(read_documents(path, ReadOptions(format="conll", allow_empty=True, **options), log))  # type: ignore[arg-type]


def mentions(documents: list[Document]) -> list[tuple[str, str]]:
    return [(span.text, span.label) for document in documents for span in document.entities]


def test_without_docstart_each_sentence_is_a_document(tmp_path: Path) -> None:
    one, two = read(tmp_path, "John B-PER\nsleeps O\n\n\n\nNew B-LOC\nYork I-LOC\n")
    assert (one.id, one.text, one.words, one.sentences) == (
        "f:1",
        "John sleeps",
        ["John", "sleeps"],
        ((0, 2),),
    )
    assert [(s.start, s.end, s.label) for s in one.entities] == [(0, 4, "PER")]
    assert (two.id, mentions([two])) == ("f:2", [("New York", "LOC")])


@pytest.mark.parametrize("mark", ["-DOCSTART-", "-DOCSTART- -X- O O", "-DOCSTART-\tO", "-DOCSTART- O"])
@pytest.mark.parametrize("blank", ["", "\n"])
def test_docstart_opens_documents(tmp_path: Path, mark: str, blank: str) -> None:
    text = f"{mark}\n{blank}a O\n\nb B-X\n{blank}{mark}\n{blank}c O\n"
    one, two = read(tmp_path, text)
    assert (one.id, one.text, one.sentences) == ("f:1", "a\nb", ((0, 1), (1, 2)))
    assert mentions([one]) == [("b", "X")]
    assert (two.id, two.text) == ("f:2", "c")


def test_sentences_before_the_first_docstart_stand_alone(tmp_path: Path) -> None:
    assert [d.id + d.text for d in read(tmp_path, "a O\n\nb O\n\n-DOCSTART-\n\nc O\n\nd O\n")] == [
        "f:1a",
        "f:2b",
        "f:3c\nd",
    ]


def test_docstart_alone_is_an_empty_document(tmp_path: Path) -> None:
    assert [d.text for d in read(tmp_path, "-DOCSTART- O\n\n-DOCSTART- O\n\na O\n")] == ["", "a"]


def test_docstart_like_word_is_data(tmp_path: Path) -> None:
    assert read(tmp_path, "-DOCSTART-x O\n")[0].words == ["-DOCSTART-x"]


def test_no_break_space_is_data(tmp_path: Path) -> None:
    assert read(tmp_path, "10\xa0000\tO\n")[0].words == ["10\xa0000"]
    assert read(tmp_path, "10\xa0000 O\n")[0].words == ["10\xa0000"]


def test_line_breaks_of_unicode_are_data(tmp_path: Path) -> None:
    assert read(tmp_path, "a\u2028b\tO\nc\x85d\tO\n")[0].words == ["a\u2028b", "c\x85d"]


def test_spaces_are_data_where_tabs_separate(tmp_path: Path) -> None:
    assert mentions(read(tmp_path, "New York\tB-LOC\nis\tO\n")) == [("New York", "LOC")]


def test_runs_of_spaces_separate_once(tmp_path: Path) -> None:
    document = read(tmp_path, "EU    NNP B-ORG\nrejects  VBZ  O\n a DT O \n")[0]
    assert document.words == ["EU", "rejects", "a"]


def test_empty_middle_columns_are_fine_between_tabs(tmp_path: Path) -> None:
    assert mentions(read(tmp_path, "EU\t\tB-ORG\n")) == [("EU", "ORG")]


def test_crlf_bom_and_missing_last_newline(tmp_path: Path) -> None:
    documents = read(tmp_path, "\ufeffEU\tB-ORG\r\nis\tO\r\n\r\nUN\tB-ORG")
    assert mentions(documents) == [("EU", "ORG"), ("UN", "ORG")]
    assert documents[0].words == ["EU", "is"]


def test_lines_of_spaces_are_blank(tmp_path: Path) -> None:
    assert len(read(tmp_path, "a O\n  \nb O\n")) == 2


def test_chosen_columns(tmp_path: Path) -> None:
    document = read(tmp_path, "1 EU B-ORG x\n2 is O x\n", word_column=2, tag_column=3)[0]
    assert document.words == ["EU", "is"]
    assert mentions([document]) == [("EU", "ORG")]


def test_hash_is_a_word(tmp_path: Path) -> None:
    assert read(tmp_path, "# O\n1 O\n")[0].words == ["#", "1"]
    assert read(tmp_path, "#\tO\n1\tO\n")[0].words == ["#", "1"]
    assert read(tmp_path, "a x x O\n\n# = = O\n")[1].words == ["#"]


def test_comments(tmp_path: Path) -> None:
    tabs = "# global.columns = FORM NER\n# a remark\nEU\tB-ORG\n\n# id = 2\n#\tO\n"
    assert [d.words for d in read(tmp_path, tabs)] == [["EU"], ["#"]]
    spaces = "# id = 1\nEU B-ORG\n\n# text = a b\na O\n"
    assert [d.words for d in read(tmp_path, spaces)] == [["EU"], ["a"]]


def test_comment_of_as_many_words_as_columns(tmp_path: Path) -> None:
    assert [d.words for d in read(tmp_path, "a x x O\n\n# id = x\nb x x O\n")] == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("BIO", "B-PER I-PER B-PER O"),
        ("IOB1", "I-PER I-PER B-PER O"),
        ("BIOES", "B-PER E-PER S-PER O"),
        ("BILOU", "B-PER L-PER U-PER O"),
    ],
)
@pytest.mark.parametrize("forced", [False, True])
def test_schemes_are_found_or_forced(tmp_path: Path, scheme: str, tags: str, forced: bool) -> None:
    log = ReadLog()
    rows = "".join(f"w{i} {tag}\n" for i, tag in enumerate(tags.split()))
    documents = read(tmp_path, rows, log, scheme=scheme.lower() if forced else None)
    assert mentions(documents) == [("w0 w1", "PER"), ("w2", "PER")]
    assert log.scheme == scheme


def test_bare_labels_are_io(tmp_path: Path) -> None:
    log = ReadLog()
    text = "New LOC\nYork LOC\nis O\nin creative-work\n"
    assert mentions(read(tmp_path, text, log)) == [("New York", "LOC"), ("in", "creative-work")]
    assert log.scheme == "IO"
    assert mentions(read(tmp_path, "New LOC\nYork LOC\n", scheme="IO")) == [("New York", "LOC")]


def test_a_few_wrong_begins_do_not_make_iob1_bio(tmp_path: Path) -> None:
    log = ReadLog()
    text = "a I-PER\nb O\n\n" * 30 + "c O\nd B-PER\ne I-PER\n"
    documents = read(tmp_path, text, log)
    assert log.scheme == "IOB1"
    assert mentions(documents)[-1] == ("d e", "PER")
    assert [(p.code, p.line) for p in log.problems] == [("needless-begin", 92)]
    assert log.ledger().kept == 31


def test_a_few_wrong_insides_do_not_make_bio_iob1(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, "a B-PER\nb O\n\n" * 5 + "c I-PER\n")
    assert (caught.value.code, caught.value.line) == ("illegal-tag", 16)


FAULTY = "a B-PER\nb O\n\nc I-PER\nd B-PER\n\ne S-LOC\nf O\n\ng B-PER\n"


def test_skip_leaves_sentences_out_and_counts(tmp_path: Path) -> None:
    log = ReadLog()
    documents = read(tmp_path, FAULTY, log, scheme="BIO", on_error="skip")
    assert [(d.id, d.text) for d in documents] == [("f:1", "a b"), ("f:4", "g")]
    ledger = log.ledger()
    assert ledger.balanced
    assert (ledger.read, ledger.kept) == (5, 2)
    assert ledger.dropped == {"illegal-tag": 2, "unknown-tag": 1}
    assert [(p.code, p.line) for p in log.problems] == [("illegal-tag", 4), ("unknown-tag", 7)]


def test_skip_inside_a_document_keeps_the_rest_of_it(tmp_path: Path) -> None:
    text = "-DOCSTART- O\n\na O\n\nb I-X\n\nc B-X\n"
    (document,) = read(tmp_path, text, scheme="BIO", on_error="skip")
    assert document.text == "a\nc"
    assert mentions([document]) == [("c", "X")]


def test_repair_as_conlleval(tmp_path: Path) -> None:
    log = ReadLog()
    documents = read(tmp_path, FAULTY, log, scheme="BIO", on_error="repair")
    assert mentions(documents) == [("a", "PER"), ("c", "PER"), ("d", "PER"), ("e", "LOC"), ("g", "PER")]
    ledger = log.ledger()
    assert (ledger.read, ledger.kept) == (5, 3)
    assert ledger.adjusted == {"illegal-tag": 1, "unknown-tag": 1}


def test_repair_by_discarding(tmp_path: Path) -> None:
    log = ReadLog()
    documents = read(tmp_path, FAULTY, log, scheme="BIO", on_error="repair", repair="discard")
    assert mentions(documents) == [("a", "PER"), ("d", "PER"), ("g", "PER")]
    ledger = log.ledger()
    assert ledger.balanced
    assert ledger.dropped == {"illegal-tag": 1, "unknown-tag": 1}


@pytest.mark.parametrize("policy", ["skip", "repair"])
def test_rows_beyond_mending_leave_the_sentence_out(tmp_path: Path, policy: str) -> None:
    log = ReadLog()
    text = "a O\n\nb B-X\nc\nd O\n\n\t\n\ne B-X\n"
    documents = read(tmp_path, text.replace(" ", "\t"), log, on_error=policy)
    assert [d.text for d in documents] == ["a", "e"]
    assert log.ledger().dropped == {"column-count": 1}
    assert log.problem_counts == {"column-count": 1}  # a line of white space only ends a sentence


TAGS = ["O", "B-X", "I-X", "I-Y", "B-Y", "E-X", "S-Y", "X", "Q-X", "B-", ""]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(TAGS), min_size=1, max_size=6), min_size=1, max_size=4),
    st.sampled_from(["IO", "IOB1", "BIO", "BIOES"]),
    st.sampled_from(["skip", "repair"]),
    st.sampled_from(["conlleval", "discard"]),
)
def test_every_entity_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory,
    sentences: list[list[str]],
    scheme: str,
    policy: str,
    repair: str,
) -> None:
    text = "\n".join("".join(f"w\t{tag}\n" for tag in tags) for tags in sentences)
    log = ReadLog()
    folder = tmp_path_factory.mktemp("account")
    documents = read(folder, text, log, scheme=scheme, on_error=policy, repair=repair)
    ledger = log.ledger()
    bare = scheme == "IO" and not {tag[1:2] for tags in sentences for tag in tags} & {"-"}
    names = [[f"I-{tag}" if bare and tag == "X" else tag or "O" for tag in tags] for tags in sentences]
    read_as = [tags_to_spans(tags, get_scheme(scheme)) for tags in names]
    assert ledger.read >= sum(map(len, read_as))
    assert repair == "discard" or ledger.read == sum(map(len, read_as))  # discarding cuts entities in two
    assert ledger.kept + sum(ledger.adjusted.values()) == sum(len(d.entities) for d in documents)
    assert min([0, *ledger.dropped.values(), *ledger.adjusted.values()]) == 0
    assert policy == "skip" or len(documents) == len(sentences)


def test_problems_are_capped_but_counted(tmp_path: Path) -> None:
    log = ReadLog(max_problems=3)
    read(tmp_path, "a I-X\n\n" * 10, log, scheme="BIO", on_error="skip")
    assert len(log.problems) == 3
    assert log.problem_counts["illegal-tag"] == 10
    assert log.ledger().dropped == {"illegal-tag": 10}


def test_empty_file_is_noted(tmp_path: Path) -> None:
    log = ReadLog()
    assert read(tmp_path, "\n\n", log) == []
    assert log.problem_counts == {"empty-file": 1}


def test_corpus_has_ledger_and_name(tmp_path: Path) -> None:
    path = tmp_path / "train.conll"
    path.write_text("EU B-ORG\n\nhe O\n")
    corpus = read_corpus(path)
    assert (corpus.name, len(corpus.documents), corpus.ledger.kept) == ("train", 2, 1)
    assert corpus.entity_labels == ("ORG",)
