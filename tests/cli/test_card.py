from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from onoma.cli.main import main
from onoma.reports.markdown_blocks import Inline, read_blocks
from onoma.resources import shipped_models


def test_the_card_of_a_shipped_model(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["card", "en"]) == 0
    card = capsys.readouterr().out
    assert card == (shipped_models()["en"].parent / "README.md").read_text(encoding="utf-8")
    assert main(["card", "en", "--html", str(tmp_path / "card.html")]) == 0
    page = (tmp_path / "card.html").read_text(encoding="utf-8")
    assert "<title>en</title>" in page
    assert "<h2>Known weaknesses</h2>" in page
    assert "pipeline_tag" not in page


def test_a_bare_bundle_gets_a_card_and_its_neighbour_s_readme_is_no_card(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copytree(shipped_models()["en"], tmp_path / "mine")
    (tmp_path / "README.md").write_text("# Another thing\n")
    assert main(["card", str(tmp_path / "mine")]) == 0
    made = capsys.readouterr().out
    assert "# mine" in made
    assert "Another thing" not in made
    assert str(tmp_path) not in made
    (tmp_path / "mine" / "manifest.json").write_text("{}")
    assert main(["card", str(tmp_path / "mine")]) == 2


def test_markdown_is_read_into_blocks() -> None:
    text = (
        '---\nname: "x"\n---\n\n# A \\*b\\*\n\nOne **two** `a|b`\nthree\n\n- x\n- y\n  z\n\n'
        "| h | n |\n| --- | ---: |\n| a\\|b | 1 |\n\n    code\n\n    more\nend\n"
    )
    heading, paragraph, listed, table, code, end = read_blocks(text)
    assert (heading.level, heading.lines) == (1, [[Inline("text", "A *b*")]])
    assert paragraph.lines[0][1:4:2] == [Inline("bold", "two"), Inline("code", "a|b")]
    assert [line[0].text for line in listed.lines] == ["x", "y z"]
    assert [[cell[0].text for cell in row] for row in table.rows] == [["h", "n"], ["a|b", "1"]]
    assert code.code == "code\n\nmore"
    assert end.lines == [[Inline("text", "end")]]
    assert read_blocks("") == []
