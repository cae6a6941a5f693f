"""The two READMEs show the same commands, and what they show goes together."""

from __future__ import annotations

import ast
import builtins
import re
from pathlib import Path

import pytest
from site_pages import ROOT

from onoma.models import list_rungs
from onoma.resources import bundled_corpora

ENGLISH, RUSSIAN = ROOT / "README.md", ROOT / "README.ru.md"
_COMMAND = re.compile(r"^ {4}(?:echo .*\| )?(onoma .*?)(?: {2,}#.*| {4}#.*)?$", re.M)


def commands(page: Path) -> list[str]:
    """Return the commands of a page; what comes with Onoma in a language has the same name in all."""
    found = _COMMAND.findall(page.read_text(encoding="utf-8"))
    return [re.sub(r"\b(en|ru)\b(?=$| )", "LANGUAGE", one).strip() for one in found]


def code(page: Path) -> str:
    (block,) = re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
    return str(block)


def test_the_russian_page_has_all_commands_in_the_same_order() -> None:
    rest = iter(commands(RUSSIAN))
    assert len(commands(ENGLISH)) > 25
    for one in commands(ENGLISH):
        assert one in rest, f"not in README.ru.md, or in another place: {one}"


def test_the_python_is_the_same_but_for_words() -> None:
    english, russian = (ast.parse(code(page)) for page in (ENGLISH, RUSSIAN))
    for tree in (english, russian):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and re.search(r" |^(en|ru)$", str(node.value)):
                node.value = "text"
    assert ast.dump(english) == ast.dump(russian)


@pytest.mark.parametrize("page", [ENGLISH, RUSSIAN], ids=lambda page: page.name)
def test_the_python_needs_nothing_that_was_not_there(page: Path) -> None:
    block, lines = code(page), "\n".join(commands(page))
    tree = ast.parse(block)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    stored = {node.id for node in names if isinstance(node.ctx, ast.Store)} | {"onoma"}
    assert {node.id for node in names} - stored - set(dir(builtins)) == set()
    made = set(re.findall(r'out="([^"]+)"|export\(run, "([^"]+)"', block))
    written = {one for pair in made for one in pair if one}
    assert len(written) == 3
    assert not {one for one in written if re.search(rf"(?<=\s){re.escape(one)}(?=\s|$)", lines)}
    known = {*written, *bundled_corpora(), *(rung.name for rung in list_rungs()), "int8", "dropout"}
    used = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value
    }
    assert {one for one in used - known if one not in lines} == set()


@pytest.mark.parametrize("page", [ENGLISH, RUSSIAN], ids=lambda page: page.name)
def test_all_bundled_corpora_are_named(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [name for name in bundled_corpora() if f"`{name}`" not in text] == []
