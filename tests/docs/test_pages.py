"""No page leads nowhere, or names a command, an option or a file that does not exist."""

from __future__ import annotations

import re
import shlex
import tomllib
from functools import cache
from pathlib import Path

import pytest
import typer
from docsite.reference import all_commands
from docsite.walk import blocks, quickened
from site_pages import PAGES, ROOT, TUTORIALS, anchors, links, made_pages, text_of

from onoma.cli.main import build_app

ALL = [*PAGES, *made_pages()]
_OPTION = re.compile(r"(?<![\w/-])--[a-z][a-z-]*[a-z]")
_FILE = re.compile(r"(?<![\w/.])(?:docs|examples|benchmarks|docsite|src/onoma|tests|kernel)/[\w./-]*\w")
_FOREIGN = {
    # pip, venv, make, npm; pytest; hf; curl; docker; torchrun; tensorboard and mlflow; spaCy; http.server
    *("--editable", "--constraint", "--prefix", "--numprocesses", "--hypothesis-seed", "--local-dir"),
    *("--publish", "--tag", "--volume", "--nproc-per-node", "--nnodes", "--rdzv-backend"),
    *("--rdzv-endpoint", "--logdir", "--no-cache"),
    *("--converter", "--lang", "--pipeline", "--paths", "--output", "--bind", "--directory"),
}


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = [target for target in links(page) if not _leads_somewhere(page, target)]
    assert broken == []


def _leads_somewhere(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return target.startswith(("https://", "mailto:"))
    name, _, anchor = target.partition("#")
    place = (page.parent / name).resolve() if name else page
    if page in made_pages() and not place.exists() and place not in made_pages():
        return False
    exists = place.exists() or place in made_pages()
    return exists and (not anchor or anchor in anchors(place))


def test_all_pages_are_in_the_navigation() -> None:
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = set(re.findall(r": ([\w/-]+\.md)$", config, re.M))
    there = {path.relative_to(ROOT / "docs").as_posix() for path in ALL if (ROOT / "docs") in path.parents}
    assert named == there | {"contributing.md", "changelog.md"}


@cache
def _options() -> set[str]:
    ours = {name for _, one in all_commands() for parameter in one.params for name in parameter.opts}
    ours |= {
        name for _, one in all_commands() for parameter in one.params for name in parameter.secondary_opts
    }
    root = typer.main.get_command(build_app(["models"]))
    ours |= {name for parameter in root.params for name in parameter.opts} | {"--help"}
    folders = ("benchmarks", "docsite", "examples/no_labels")
    scripts = [path for folder in folders for path in (ROOT / folder).glob("*.py")]
    theirs = {name for path in scripts for name in _OPTION.findall(path.read_text(encoding="utf-8"))}
    return ours | theirs


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_options_exist(page: Path) -> None:
    unknown = {name for name in _OPTION.findall(text_of(page)) if name not in _options() | _FOREIGN}
    assert unknown == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_exist(page: Path) -> None:
    named = {name for name in _FILE.findall(text_of(page)) if "*" not in name}
    named -= {name for name in named if f"{name}*" in text_of(page)}  # the beginning of a pattern
    # A page may name its neighbours as seen from docs/.
    missing = {name for name in named if not (ROOT / name).exists() and not (ROOT / "docs" / name).exists()}
    assert missing == set()


def _command_lines() -> list[tuple[str, str]]:
    found = []
    for page in TUTORIALS:
        for kind, text in blocks(page):
            if kind == "sh":
                joined = re.sub(r"<<'(\w+)'.*?^\1$", "", text.replace("\\\n", " "), flags=re.M | re.S)
                found += [
                    (page.stem, line)
                    for line in re.findall(r"(?:^|[|&;] *|-I\{\} )(onoma [^|&;>\n]*)", joined, re.M)
                ]
    return found


@pytest.mark.parametrize(("page", "line"), _command_lines())
def test_command_lines_of_tutorials_parse(page: str, line: str) -> None:
    words = [word for word in shlex.split(line)[1:] if not word.startswith("2>")]
    names = [name.split()[1:] for name, _ in all_commands()]
    called = next(name for name in sorted(names, key=len, reverse=True) if words[: len(name)] == name)
    command = dict(all_commands())[" ".join(["onoma", *called])]
    with command.make_context("onoma", words[len(called) :]) as context:
        assert context.params


def test_there_are_command_lines() -> None:
    assert {page for page, _ in _command_lines()} == {page.stem for page in TUTORIALS}
    assert len(_command_lines()) > 30


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_compiles(page: Path) -> None:
    for text in re.findall(r"^ *```python\n(.*?)^ *```$", page.read_text(encoding="utf-8"), re.M | re.S):
        if ">>>" not in text:
            lines = text.splitlines()
            indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
            compile("\n".join(line[indent:] for line in lines), page.name, "exec")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_toml_parses(page: Path) -> None:
    for text in re.findall(r"^```toml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S):
        tomllib.loads(text)


def test_every_extra_is_in_the_readmes() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for name in ("README.md", "README.ru.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert [
            extra for extra in extras if f"`{extra}`" not in text and extra not in ("test", "pieces")
        ] == []


def test_a_quick_walk_has_few_epochs_and_never_more_than_the_page() -> None:
    text = "onoma train --epochs 10 --out a && onoma tune --trials 12 --epochs 2"
    assert quickened(text) == "onoma train --epochs 4 --out a && onoma tune --trials 1 --epochs 2"
