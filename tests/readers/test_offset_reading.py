"""What offsets count is told by the surfaces of a file at once; and what is said where none are given."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from annotation_reading import lines, read_text
from hypothesis import given
from hypothesis import strategies as st

from onoma.errors import DataError
from onoma.readers import ReadLog, ReadOptions, read_documents
from onoma.readers.offsets import COUNTINGS, Counting

Place = Callable[[str, int], int]

# name: (text, how far a code point is in the file's counting, what the note says)
COUNTED: dict[str, tuple[str, Place, str]] = {
    "UTF-16": ("😀 Анна живёт в 😀 Бонне.", lambda t, i: len(t[:i].encode("utf-16-le")) // 2, "UTF-16 units"),
    "bytes": ("Zoë in Łódź, dann Anna.", lambda t, i: len(t[:i].encode()), "bytes of UTF-8"),
    "CRLF as one": (
        "Ja.\r\nAnna in Bonn.\r\nOk",
        lambda t, i: len(t[:i].replace("\r\n", "\n")),
        "CRLF as one",
    ),
    "LF as two": (
        "Ja.\nAnna in Bonn.\nOk",
        lambda t, i: len(t[:i].replace("\n", "\r\n")),
        "ends of lines as two",
    ),
    "LF as two, in UTF-16": (
        "😀\nAnna in Bonn.\nOk",
        lambda t, i: len(t[:i].replace("\n", "\r\n").encode("utf-16-le")) // 2,
        "UTF-16 units and ends of lines as two characters (--offset-unit utf16 --line-ends crlf)",
    ),
    "a mark": ("Anna in Bonn.", lambda t, i: i + 1, "a byte-order mark before the text"),
    "a mark, in bytes": (
        "Zoë, Anna in Łódź.",
        lambda t, i: len(t[:i].encode()) + 3,
        "bytes of UTF-8 and a byte-",
    ),
    "NFC of an NFD text": (
        unicodedata.normalize("NFD", "Чей это ёж? Андрей, Толстой."),
        lambda t, i: len(unicodedata.normalize("NFC", t[:i])),
        "text in NFC",
    ),
    "NFD of an NFC text": (
        "Чей это ёж? Андрей, Толстой.",
        lambda t, i: len(unicodedata.normalize("NFD", t[:i])),
        "text in NFD",
    ),
    "NFC of jamo": (
        unicodedata.normalize("NFD", "서울에 살다 Anna Kim"),
        lambda t, i: len(unicodedata.normalize("NFC", t[:i])),
        "text in NFC",
    ),
    "collapsed": (
        "Oh,\n\n  Anna   in \n Bonn.",
        lambda t, i: len(" ".join(f"{t[:i]}|".split())) - 1,
        "one space",
    ),
    "stripped": ("  Anna in Bonn. ", lambda t, i: i - 2, "no white space at the ends"),
}


def _words(text: str) -> list[tuple[int, int]]:
    """The places of words with a capital."""
    found, at = [], 0
    for word in text.replace("\r", " ").replace("\n", " ").split(" "):
        solid = word.rstrip(".,?")
        if solid[:1].isupper():
            found.append((at, at + len(solid)))
        at += len(word) + 1
    return found


def counted(text: str, place: Place, **more: object) -> dict[str, object]:
    """A record whose offsets are counted otherwise."""
    spans = [
        {"start": place(text, start), "end": place(text, end), "label": "X", "text": text[start:end]}
        for start, end in _words(text)
    ]
    return {"text": text, "entities": spans, **more}


@pytest.mark.parametrize("name", COUNTED)
def test_each_counting_is_read_at_the_first_try(tmp_path: Path, name: str) -> None:
    text, place, said = COUNTED[name]
    plain = {"text": "Ann.", "entities": []}
    log = ReadLog()
    _, document, _ = read_text(tmp_path, "spans-jsonl", lines(plain, counted(text, place), plain), log)
    assert [(span.start, span.end) for span in document.entities] == _words(text)
    assert len(document.entities) >= 2
    assert log.ledger().kept == len(document.entities)
    (problem,) = log.problems
    assert (problem.code, problem.line) == ("offset-reading", None)
    assert said in problem.message
    assert problem.message.endswith(f": all {len(document.entities)} surfaces agree")


def test_surfaces_may_be_in_another_normal_form(tmp_path: Path) -> None:
    for form, other in (("NFC", "NFD"), ("NFD", "NFC")):
        text = unicodedata.normalize(form, "Это Андрей и Толстой.")  # type: ignore[arg-type]
        record = counted(text, lambda t, i: i)
        for entity in record["entities"]:  # type: ignore[attr-defined]
            entity["text"] = unicodedata.normalize(other, entity["text"])  # type: ignore[arg-type]
        log = ReadLog()
        (document,) = read_text(tmp_path, "spans-jsonl", lines(record), log)
        assert [(span.start, span.end) for span in document.entities] == _words(text)
        assert log.problems == []


def test_what_holds_before_and_after_is_decided_once(tmp_path: Path) -> None:
    utf16 = COUNTED["UTF-16"]
    bare = {"text": "😀 Anna", "entities": [{"start": 3, "end": 7, "label": "X"}]}
    ascii_only = counted("Ann and Bob.", lambda t, i: i)
    log = ReadLog()
    found = read_text(
        tmp_path,
        "spans-jsonl",
        lines(ascii_only, counted(*utf16[:2]), *[bare] * 300, counted(*utf16[:2])),
        log,
    )
    assert {span.text for document in found[2:-1] for span in document.entities} == {"Anna"}
    assert [span.text for span in found[-1].entities] == ["Анна", "Бонне"]
    assert log.problem_counts == {"offset-reading": 1}
    assert "all 4 surfaces agree of the first 2 documents" in log.problems[0].message


def test_plain_files_stay_with_the_default_silently(tmp_path: Path) -> None:
    for options in ({}, {"offset_unit": "utf16"}, {"line_ends": "crlf"}, {"offset_unit": "utf8"}):
        log = ReadLog()
        read_text(
            tmp_path, "spans-jsonl", lines(*[counted("Ann and Bob.", lambda t, i: i)] * 3), log, **options
        )
        assert log.problems == []
        assert log.ledger().kept == 6


@pytest.mark.parametrize("name", ["UTF-16", "CRLF as one", "LF as two", "LF as two, in UTF-16", "bytes"])
def test_the_error_names_the_option_and_the_option_works(tmp_path: Path, name: str) -> None:
    text, place, _ = COUNTED[name]
    wrong = {"text": "Ann.", "entities": [{"start": 0, "end": 3, "label": "X", "text": "Bob"}]}
    file = lines(counted(text, place), wrong)
    with pytest.raises(DataError, match="it would with --") as caught:
        read_text(tmp_path, "spans-jsonl", file)  # no counting explains all
    assert (caught.value.code, caught.value.line) == ("surface-mismatch", 1)
    words = str(caught.value).partition("it would with ")[2].partition(" [")[0].split()
    options = {key[2:].replace("-", "_"): value for key, value in zip(words[::2], words[1::2], strict=True)}
    (document,) = read_text(tmp_path, "spans-jsonl", lines(counted(text, place)), **options)
    assert [(span.start, span.end) for span in document.entities] == _words(text)


def test_what_no_option_asks_for_is_named_all_the_same(tmp_path: Path) -> None:
    text, place, _ = COUNTED["a mark"]
    record = counted(text, place)
    record["entities"] = record["entities"][:1]  # type: ignore[index]
    with pytest.raises(DataError, match="it would if offsets counted a byte-order mark") as caught:
        read_text(tmp_path, "spans-jsonl", lines(record))
    assert caught.value.code == "surface-mismatch"


def test_an_option_is_the_last_word(tmp_path: Path) -> None:
    text, place, _ = COUNTED["UTF-16"]
    for options in ({"offset_unit": "codepoint"}, {"line_ends": "lf"}):
        with pytest.raises(DataError, match="--offset-unit utf16"):
            read_text(tmp_path, "spans-jsonl", lines(counted(text, place)), **options)


def test_a_contradiction_after_the_first_documents_is_an_error(tmp_path: Path) -> None:
    text, place, _ = COUNTED["UTF-16"]
    many = [counted("Ann and Bob.", lambda t, i: i)] * 201
    with pytest.raises(DataError, match="--offset-unit utf16") as caught:
        read_text(tmp_path, "spans-jsonl", lines(*many, counted(text, place)))
    assert caught.value.line == 202


def test_a_fault_ahead_does_not_come_before_its_turn(tmp_path: Path) -> None:
    text, place, _ = COUNTED["UTF-16"]
    path = tmp_path / "f.jsonl"
    path.write_text(lines(counted(text, place), {"text": "Ann."}) + "{broken\n" + lines({"text": "x"}))
    reading = read_documents(path, ReadOptions(format="spans-jsonl"))
    assert [next(reading).text, next(reading).text] == [text, "Ann."]
    with pytest.raises(DataError) as caught:
        next(reading)
    assert (caught.value.code, caught.value.line) == ("json-syntax", 3)


def test_tokens_are_counted_as_entities_are(tmp_path: Path) -> None:
    text, place, _ = COUNTED["UTF-16"]
    tokens = [[place(text, start), place(text, end)] for start, end in _words(text)]
    (document,) = read_text(tmp_path, "spans-jsonl", lines(counted(text, place, tokens=tokens)))
    assert document.words == ["Анна", "Бонне"]


def _task(text: str, *regions: tuple[int, int, str]) -> dict[str, object]:
    results = [
        {"type": "labels", "value": {"start": start, "end": end, "text": shown, "labels": ["X"]}}
        for start, end, shown in regions
    ]
    return {"data": {"text": text}, "annotations": [{"result": results}]}


def test_a_stale_text_of_label_studio_is_kept_and_counted(tmp_path: Path) -> None:
    sound = [_task("Anna and Bob", (0, 4, "Anna"), (9, 12, "Bob"))] * 2
    stale = _task("Zoë and Bob", (0, 3, "Zoe"), (8, 11, "Bob"))
    for tasks in ([stale, *sound], [*sound, stale]):
        log = ReadLog()
        found = read_text(tmp_path, "label-studio", json.dumps(tasks), log)
        assert sorted(span.text for one in found for span in one.entities) == ["Anna"] * 2 + ["Bob"] * 3 + [
            "Zoë"
        ]
        assert (log.ledger().kept, log.ledger().adjusted) == (5, {"stale-surface": 1})
        assert log.problem_counts == {"stale-surface": 1}
    with pytest.raises(DataError) as caught:  # nothing speaks for these offsets
        read_text(tmp_path, "label-studio", json.dumps([_task("Zoë and Bob", (0, 3, "Zoe"))]))
    assert caught.value.code == "surface-mismatch"


def test_each_task_of_a_project_of_two_versions_tells_for_itself(tmp_path: Path) -> None:
    old = _task("😀 Anna and Bob", (3, 7, "Anna"), (12, 15, "Bob"))
    new = _task("😀 Anna and Bob", (2, 6, "Anna"), (11, 14, "Bob"))
    for tasks in ([old, new, old], [new, old, new]):
        found = read_text(tmp_path, "label-studio", json.dumps(tasks))
        assert [[span.text for span in one.entities] for one in found] == [["Anna", "Bob"]] * 3


def _bare(text: str, words: list[str], place: Place) -> dict[str, object]:
    places = [(text.index(word), text.index(word) + len(word)) for word in words]
    return {"text": text, "entities": [[place(text, start), place(text, end), "X"] for start, end in places]}


EMOJI = "😀 Александр и Борислав из 😀 Владивостока, Вероника из Дюссельдорфа, Святослав"
NAMES = ["Александр", "Борислав", "Владивостока", "Вероника", "Дюссельдорфа", "Святослав"]


def _labelled(text: str, words: list[str], place: Place) -> str:
    record = _bare(text, words, place)
    return lines({"text": text, "label": record["entities"]})


def test_edges_inside_words_name_the_option(tmp_path: Path) -> None:
    utf16: Place = lambda t, i: len(t[:i].encode("utf-16-le")) // 2  # noqa: E731
    log = ReadLog()
    text = EMOJI + " " * 9
    read_text(tmp_path, "doccano", _labelled(text, NAMES, utf16), log, on_error="repair")
    assert log.problem_counts["edges-inside-words"] == 1
    (message,) = [one.message for one in log.problems if one.code == "edges-inside-words"]
    assert "--offset-unit utf16 would leave 0 of them" in message
    log = ReadLog()
    read_text(tmp_path, "doccano", _labelled(text, NAMES, utf16), log, offset_unit="utf16")
    assert log.problems == []
    with pytest.raises(DataError, match="white space; it would not with --offset-unit utf16"):
        read_text(tmp_path, "doccano", _labelled(text, NAMES, utf16))


def test_edges_inside_words_where_nothing_known_helps(tmp_path: Path) -> None:
    text = "unhappiness " * 6
    record = {"text": text, "label": [[at, at + 2, "X"] for at in range(0, 72, 12)]}
    log = ReadLog()
    read_text(tmp_path, "doccano", lines(record), log)
    (problem,) = log.problems
    assert problem.code == "edges-inside-words"
    assert "6 of 12 edges" in problem.message
    assert "no way of counting that is known here has fewer" in problem.message


@pytest.mark.parametrize(
    ("text", "length"),
    [("東京都知事 " * 6, 2), ("กรุงเทพ " * 6, 3), ("서울에서 " * 6, 2), ("Anna, Bob " * 6, 4)],
)
def test_no_word_of_edges_that_are_right(tmp_path: Path, text: str, length: int) -> None:
    step = text.index(" ", 6) + 1 if text.startswith("Anna") else text.index(" ") + 1
    log = ReadLog()
    labels = [[at, at + length, "X"] for at in range(0, len(text), step)]
    read_text(tmp_path, "doccano", lines({"text": text, "label": labels}), log)
    assert log.problems == []


ANY = st.text(
    st.sampled_from("ab \n\r😀й́̈е한\u1100\u1161\ufeff") | st.characters(exclude_categories=["Cs"]), max_size=12
)


@given(ANY, st.sampled_from(COUNTINGS))
def test_a_table_goes_up_and_covers_the_text(text: str, counting: Counting) -> None:
    table = counting.table(text)
    if table is None:
        return
    pairs = sorted(table.items())
    assert [index for _, index in pairs] == sorted(index for _, index in pairs)
    assert all(0 <= index <= len(text) for index in table.values())
    if not counting.blanks:
        assert pairs[-1][1] == len(text)


@given(ANY, st.sampled_from(["codepoint", "utf16", "utf8"]))
def test_units_are_what_python_counts(text: str, unit: str) -> None:
    table = Counting(unit).table(text)
    encodings = {"codepoint": ("utf-32-le", 4), "utf16": ("utf-16-le", 2), "utf8": ("utf-8", 1)}
    name, width = encodings[unit]
    for index in range(len(text) + 1):
        offset = len(text[:index].encode(name)) // width
        assert (offset if table is None else table[offset]) == index


@given(ANY, st.sampled_from(["NFC", "NFD"]))
def test_normal_forms_are_what_python_makes(text: str, form: str) -> None:
    whole = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    table = Counting(form=form).table(text)  # type: ignore[arg-type]
    last = len(text) if table is None else max(table)
    assert last == len(whole)


def test_a_mark_is_not_counted_where_the_text_begins_at_0(tmp_path: Path) -> None:
    record = {
        "text": "Ann Lee, left",
        "entities": [{"start": 0, "end": 8, "label": "PER", "text": "Ann Lee"}],
    }
    with pytest.raises(DataError) as caught:
        read_text(tmp_path, "spans-jsonl", lines(record, record, record))
    assert caught.value.code == "surface-mismatch"
    assert "mark" not in caught.value.message
