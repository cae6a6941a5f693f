"""Where suspects stand in their files."""

from __future__ import annotations

from pathlib import Path

from onoma.inspection.suspect_places import JudgedFile, locate
from onoma.inspection.suspects import Suspect, Suspicion
from onoma.readers import ReadOptions, read_corpus
from onoma.text import Span


def suspect(split: str, document: str, start: int, text: str) -> Suspect:
    gold = Span(start, start + len(text), "PER", text)
    return Suspect(
        document=document, kind="spurious", gold=gold, suggested=None, gold_score=0.1, confidence=0.9,
        before="", text=text, after="", split=split,
    )  # fmt: skip


def suspicion(*suspects: Suspect) -> Suspicion:
    return Suspicion(suspects, {}, {}, 1, 1, {})


def test_each_is_found_in_the_file_of_its_split(tmp_path: Path) -> None:
    columns, lines = tmp_path / "a.conll", tmp_path / "b.jsonl"
    columns.write_text("Ann S-PER\nleft O\n\nHi O\nBo S-PER\n", encoding="utf-8")
    lines.write_text('\n{"id": "1", "text": "Ann"}\n{"id": "2", "text": "Bo"}\n', encoding="utf-8")
    ids = [document.id for document in read_corpus(columns)]
    files = [
        JudgedFile("a", str(columns), "shown", ReadOptions()),
        JudgedFile("b", str(lines), str(lines), ReadOptions()),
    ]
    assert len(ids) == 2
    asked = suspicion(suspect("a", ids[1], 3, "Bo"), suspect("b", "2", 0, "Bo"), suspect("c", "2", 0, "Bo"))
    found, wanted = locate(asked, files)
    assert [(one.path, one.line) for one in found.suspects] == [("shown", 4), (str(lines), 3), ("", None)]
    assert [(one.split, one.format, one.scheme) for one in wanted] == [
        ("a", "conll", "BIOES"),
        ("b", "spans-jsonl", None),
    ]
    assert [[document.text for document in one.documents] for one in wanted] == [["Hi Bo"], ["Bo"]]


def test_files_without_suspects_are_not_wanted_and_folders_have_no_lines(tmp_path: Path) -> None:
    folder = tmp_path / "brat"
    folder.mkdir()
    (folder / "x.txt").write_text("Ann left.", encoding="utf-8")
    (folder / "x.ann").write_text("T1\tPER 0 3\tAnn\n", encoding="utf-8")
    file = JudgedFile("a", str(folder), str(folder), ReadOptions())
    found, wanted = locate(suspicion(suspect("a", "x", 0, "Ann")), [file])
    assert [(one.path, one.line) for one in found.suspects] == [(str(folder), None)]
    assert [one.format for one in wanted] == ["brat"]
    assert locate(suspicion(), [file])[1] == []
