"""Every figure of an inspection on corpora small enough to count by hand."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from inspection_corpora import all_sentences, corpora, entities, inspect, write_columns, write_spans

from onoma.errors import DataError
from onoma.inspection.counts import SplitTally
from onoma.inspection.duplicates import SentenceTable
from onoma.inspection.report import NestingPair, Shared
from onoma.inspection.words import CASE_KINDS, case_kind
from onoma.text import Document


def test_sizes_labels_and_lengths(tmp_path: Path) -> None:
    path = write_columns(
        tmp_path / "train.txt",
        "Anna/B-PER Smith/I-PER saw Bonn/B-LOC",
        "He left",
        "in NEW/B-LOC YORK/I-LOC CITY/I-LOC with Anna/B-PER ,",
        docstart=True,
    )
    report = inspect(path)["train"]
    assert (report.documents, report.sentences, report.tokens, report.entities) == (1, 3, 13, 4)
    assert report.labels == {"LOC": 2, "PER": 2}
    assert report.distinct_words == 12
    assert report.sentence_length.counts == {2: 1, 4: 1, 7: 1}
    assert report.document_length.counts == {13: 1}
    assert report.mention_length.counts == {1: 2, 2: 1, 3: 1}
    assert report.mention_length.mean == pytest.approx(7 / 4)
    assert report.entity_tokens == 7
    assert report.entity_sentences == 2
    assert report.longest_sentence is not None
    assert (report.longest_sentence.line, report.longest_sentence.tokens) == (11, 7)
    assert report.longest_sentence.text == "in NEW YORK CITY with Anna ,"
    assert report.mentions.distinct == 4
    assert report.mentions.capitalised == 4
    assert (report.format, report.scheme) == ("conll", "BIO")
    assert report.problems == ()
    assert report.ledger["kept"] == 4


def test_quantiles_are_lengths_that_occur(tmp_path: Path) -> None:
    path = write_columns(tmp_path / "t.txt", "A/B-X", *(" ".join("b" * n) for n in range(2, 101)))
    length = inspect(path)[str(path)].sentence_length
    assert (length.count, length.min, length.max, length.mean) == (100, 1, 100, 50.5)
    assert length.quantiles == {"p5": 5, "p25": 25, "median": 50, "p75": 75, "p95": 95, "p99": 99}


def test_nesting(tmp_path: Path) -> None:
    text = "University of New York City Hall"
    path = write_spans(
        tmp_path / "train.jsonl",
        {
            "text": text,
            "entities": [
                *entities((0, 22, "ORG"), (14, 22, "LOC"), (18, 22, "LOC"), (14, 27, "LOC"), (14, 22, "GPE")),
                {"start": 0, "end": 32, "label": "FAC", "fragments": [[0, 10], [28, 32]]},
            ],
        },
        {"text": "Anna.", "entities": entities((0, 4, "PER"))},
    )
    report = inspect(path)["train"]
    nesting = report.nesting
    # ORG 0-22 and LOC 14-27 cross; LOC and GPE share 14-22; FAC holds all.
    assert report.nested == nesting.inside == 5
    assert nesting.involved == 6
    assert nesting.depth == 4  # FAC > ORG > LOC 14-22 > LOC 18-22
    assert nesting.depths == {1: 2, 2: 2, 3: 2, 4: 1}  # FAC and PER; ORG and LOC 14-27; LOC and GPE; LOC
    assert (nesting.same_span, nesting.crossing, report.discontinuous) == (2, 2, 1)
    assert set(nesting.pairs) == {
        NestingPair("ORG", "FAC", 1),
        NestingPair("LOC", "FAC", 1),  # 14-27
        NestingPair("LOC", "LOC", 1),  # 14-22 in 14-27, which is shorter than ORG
        NestingPair("GPE", "LOC", 1),
        NestingPair("LOC", "GPE", 1),  # 18-22: of two on 14-22 the first by label
    }
    assert {item.code for item in report.findings} >= {"nested", "crossing", "discontinuous"}


def test_copies_within_and_across(tmp_path: Path) -> None:
    write_columns(
        tmp_path / "train.txt", "In Bonn/B-LOC", "In Bonn", "In Bonn/B-ORG", "He left", "He left", "Oh"
    )
    write_columns(tmp_path / "dev.txt", "In Bonn/B-LOC", "In Bonn/B-PER", "New")
    write_columns(tmp_path / "test.txt", "He left", "He left", "He/B-PER left", "New", "Newer")
    reports = inspect(tmp_path)
    train, dev, test = (reports[name].duplicates for name in ("train", "dev", "test"))
    assert (train.repeated, train.contradictory, dict(train.shared)) == (3, 1, {})
    assert (dev.repeated, dev.contradictory) == (1, 1)
    assert dev.shared == {"train": Shared(2, 1, 1)}
    assert test.shared == {"train": Shared(3, 1, 1), "dev": Shared(1, 1, 0)}
    example = test.examples[0]
    assert (example.text, example.line, example.other_line) == ("He left", 7, 10)
    assert (example.tagging, example.other_tagging) == (("PER: He",), ())
    assert example.other_path == str(tmp_path / "train.txt")


def test_mentions_against_train(tmp_path: Path) -> None:
    write_columns(tmp_path / "train.txt", "Bonn/B-LOC and Bonn/B-LOC", "Bonn/B-ORG", "Ann/B-PER", "Rome")
    write_columns(tmp_path / "test.txt", "Bonn/B-PER , Bonn/B-LOC", "Rome/B-LOC", "ann/B-PER Ann/B-NEW")
    reports = inspect(tmp_path)
    assert reports["train"].mentions.seen_share is None
    mentions = reports["test"].mentions
    assert mentions.seen_share == pytest.approx(3 / 5)  # Bonn twice, Ann; any label; case counts
    assert mentions.seen_share_distinct == pytest.approx(2 / 4)
    assert reports["test"].known_words_share == pytest.approx(4 / 6)  # not the comma, not ann
    assert (mentions.distinct, mentions.ambiguous, mentions.capitalised) == (4, 1, 4)
    assert reports["train"].mentions.ambiguous_examples[0].labels == {"LOC": 2, "ORG": 1}
    assert reports["test"].unseen_labels == ("NEW",)
    problem = reports["test"].problems[0]
    assert (problem.code, problem.line, reports["test"].num_problems) == ("unseen-label", 7, 1)


def test_document_labels(tmp_path: Path) -> None:
    path = write_spans(
        tmp_path / "train.jsonl",
        {"text": "a", "labels": ["war", "art"]},
        {"text": "b", "labels": ["art", "war"]},
        {"text": "c", "labels": ["art"]},
        {"text": "d", "labels": []},
        {"text": "e"},
    )
    labels = inspect(path)["train"].document_labels
    assert labels is not None
    assert (labels.annotated, labels.counts) == (4, {"art": 3, "war": 2})
    assert [(pair.first, pair.second, pair.count) for pair in labels.pairs] == [("art", "war", 2)]
    assert labels.per_document.counts == {0: 1, 1: 1, 2: 2}


def test_normal_forms_are_compared_within_and_between_splits(tmp_path: Path) -> None:
    composed = [f"M\u00fcller/B-X {number}" for number in range(20)]
    decomposed = [unicodedata.normalize("NFD", one) for one in composed]

    def said(name: str) -> list[str]:
        return [one.message for one in report[name].findings if one.code == "normal-forms"]

    write_columns(tmp_path / "train.txt", *composed, *decomposed[:3], "plain", "\u212b/B-X", "क\u093c")
    write_columns(tmp_path / "dev.txt", *composed)
    write_columns(tmp_path / "test.txt", *decomposed)
    report = inspect(tmp_path)
    forms = report["train"].normal_forms
    assert (forms.composed, forms.decomposed, forms.usual) == (21, 3, "NFC")
    assert [("in 21 sentences and" in one, "write all in NFC" in one) for one in said("train")] == [
        (True, True)
    ]
    assert said("dev") == []
    assert ["are NFD here, NFC in train" in one for one in said("test")] == [True]


def test_labels_in_two_normal_forms_are_alike(tmp_path: Path) -> None:
    path = write_columns(tmp_path / "t.txt", "a/B-Stra\u00dfe", "b/B-Ort\u00fc", "c/B-Ortu\u0308")
    (found,) = [one for one in inspect(path)[str(path)].findings if one.code == "labels-alike"]
    assert "normal form" in found.message


def test_casing_and_odd_characters(tmp_path: Path) -> None:
    path = write_columns(
        tmp_path / "t.txt", "ALL CAPS/B-X 1", "no capital here", "a\u00a0b \u200bx", "Lost \ufffd\u200b"
    )
    report = inspect(path)[str(path)]
    assert (report.casing.upper_sentences, report.casing.lower_sentences) == (1, 2)
    assert sum(report.casing.words.values()) == report.tokens == 10
    assert report.casing.words["upper"] == 2
    found = [(odd.character, odd.count, odd.line) for odd in report.odd_characters]
    assert found == [("U+200B", 2, 9), ("U+00A0", 1, 9), ("U+FFFD", 1, 12)]
    assert report.odd_characters[0].name == "ZERO WIDTH SPACE"


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        *(("the", "lower"), ("1st", "lower"), ("Anna", "title"), ("I", "title"), ("Jean-Paul", "title")),
        *(("NATO", "upper"), ("U.S.", "upper"), ("eBay", "mixed"), ("McDonald", "mixed"), ("42", "number")),
        *(("1,5", "number"), (",", "punctuation"), ("день", "lower"), ("東京", "uncased"), ("Ā", "title")),
    ],
)
def test_case_kinds(word: str, kind: str) -> None:
    assert case_kind(word) == kind
    assert kind in CASE_KINDS


def test_entities_over_a_sentence_end_and_raw_text(tmp_path: Path) -> None:
    text = "Anna left. Bonn slept."
    path = write_spans(tmp_path / "train.jsonl", {"text": text, "entities": entities((5, 15, "X"))})
    report = inspect(path)["train"]
    assert (report.tokenised, report.sentences, report.crosses_sentences) == (1, 2, 1)
    assert report.mention_length.counts == {3: 1}
    given = write_spans(
        tmp_path / "dev.jsonl", {"text": "a b", "tokens": [[0, 1], [2, 3]], "entities": entities((0, 3, "X"))}
    )
    assert inspect(given)["dev"].tokenised == 0


def test_all_problems_are_reported_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_text("A B-X\n\nb I-X\n\nc O extra\n\nd Q-X\ne O\n\n O\n\nf O\n")
    report = inspect(path)["train"]
    found = {(problem.line, problem.code) for problem in report.problems}
    assert {(3, "illegal-tag"), (5, "column-count"), (7, "unknown-tag"), (10, "column-count")} == found
    assert report.num_problems == 4
    assert report.sentences == 2
    assert report.ledger["dropped"] == {"illegal-tag": 1, "unknown-tag": 1}
    with pytest.raises(DataError, match=r"train\.txt:3"):
        inspect(path, on_error="strict")


def test_lines_of_sentences_in_every_format(tmp_path: Path) -> None:
    long = "one two three four"
    columns = write_columns(tmp_path / "a.txt", "A/B-X", long, "end")
    rows = tmp_path / "b.csv"
    rows.write_text("Sentence #,Word,POS,Tag\ns1,A,,B-X\n" + "".join(f"s2,{w},,O\n" for w in long.split()))
    pairs = tmp_path / "c.csv"
    pairs.write_text(f"text,labels\nA,B-X\n{long},O O O O\nend,O\n")
    lines = write_spans(tmp_path / "d.jsonl", {"text": "A"}, {"text": long}, {"text": "end"})
    places = []
    for path in (columns, rows, pairs, lines):
        longest = inspect(path)[str(path)].longest_sentence
        assert longest is not None
        places.append(longest.line)
    assert places == [3, 3, 3, 2]


def test_an_empty_file_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_text("")
    report = inspect(path)["train"]
    assert [problem.code for problem in report.problems] == ["empty-file"]
    assert report.longest_sentence is None
    json.dumps(report.as_dict())


@given(corpora(), corpora())
def test_totals_add_up_over_any_division(left: list[Document], right: list[Document]) -> None:
    def tallied(number: int, documents: list[Document], table: SentenceTable) -> SplitTally:
        tally = SplitTally(number, "", table)
        for document in documents:
            tally.add(document, lambda _document, index: index)
        tally.settle()
        return tally

    table = SentenceTable(["left", "right", "both"])
    one, two = tallied(0, left, table), tallied(1, right, table)
    both = tallied(2, left + right, table)
    names = ("documents", "sentences", "tokens", "entities", "entity_tokens", "entity_sentences")
    for name in (
        *names,
        "upper_sentences",
        "lower_sentences",
        "labels",
        "sentence_lengths",
        "mention_lengths",
    ):
        assert getattr(one, name) + getattr(two, name) == getattr(both, name), name
    assert one.words.kinds + two.words.kinds == both.words.kinds
    for name in ("inside", "involved", "same_span", "crossing", "pairs", "depths"):
        assert getattr(one.nesting, name) + getattr(two.nesting, name) == getattr(both.nesting, name)
    assert both.words.kinds.total() == both.tokens == sum(n * c for n, c in both.sentence_lengths.items())
    assert both.labels.total() == both.entities == both.mention_lengths.total()
    assert both.mentions.table.counts == Counter(one.mentions.table.counts) + Counter(
        two.mentions.table.counts
    )


@given(corpora(), corpora())
def test_copies_as_counted_the_plain_way(train: list[Document], test: list[Document]) -> None:
    table = SentenceTable(["train", "test"])
    sides = [all_sentences(train), all_sentences(test)]
    for part, sentences in enumerate(sides):
        for text, tagging in sentences:
            table.add(part, text, tagging, 1)
    texts = [[text for text, _ in side] for side in sides]
    for part in (0, 1):
        report = table.report(part, {"other": 1 - part})
        known, taggings = set(texts[1 - part]), set(sides[1 - part])
        assert report.repeated == len(texts[part]) - len(set(texts[part]))
        ways = Counter(text for text, _ in set(sides[part]))
        assert report.contradictory == sum(count > 1 for count in ways.values())
        assert report.shared["other"] == Shared(
            sum(text in known for text in texts[part]),
            len(set(texts[part]) & known),
            sum(item[0] in known and item not in taggings for item in sides[part]),
        )
        assert not report.estimated


def test_labels_that_are_nearly_the_same_are_named(tmp_path: Path) -> None:
    labels = ["PER", "PER", "PER ", "per", "B_LOC", "b-loc", "ORG"]
    spans = [{"start": 2 * at, "end": 2 * at + 1, "label": label} for at, label in enumerate(labels)]
    path = tmp_path / "train.jsonl"
    path.write_text(json.dumps({"text": "a b c d e f g", "entities": spans}) + "\n")
    alike = [one.message for one in inspect(path)["train"].findings if one.code == "labels-alike"]
    assert len(alike) == 2
    assert any("'PER' 2, 'PER ' 1, 'per' 1; --map 'PER =PER'" in message for message in alike)
    assert any("'B_LOC' 1, 'b-loc' 1; --map" in message for message in alike)
