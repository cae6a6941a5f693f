"""Pages that are made from the code have all of it."""

from __future__ import annotations

import re

from docsite.reference import all_commands, pages

import onoma
from onoma.cli.main import COMMANDS
from onoma.models import list_rungs
from onoma.training.config import DataConfig, TrainingConfig


def test_every_command_with_all_its_options() -> None:
    page = pages()["reference/commands.md"]
    assert {name.split()[1] for name, _ in all_commands()} == set(COMMANDS)
    for name, command in all_commands():
        section = page.split(f"## {name}\n")[1].split("\n## ")[0]
        for parameter in (one for one in command.params if not getattr(one, "hidden", False)):
            assert all(option in section for option in parameter.opts if option.startswith("--")), name


def test_every_setting_of_every_rung() -> None:
    page = pages()["reference/settings.md"]
    for rung in list_rungs():
        section = page.split(f"## [model] {rung.name}\n")[1].split("\n## ")[0]
        assert set(rung.config.model_fields) == set(re.findall(r"^- `(\w+) = ", section, re.M))
    for schema in (TrainingConfig, DataConfig):
        assert all(f"- `{name} = " in page for name in schema.model_fields)
    assert not re.search(r"`: *$", page, re.M), "a setting without a word on it"


def test_every_public_name_with_its_words() -> None:
    page = pages()["reference/api.md"]
    for name in onoma.__all__:
        if not name.startswith("_"):
            section = page.split(f"## onoma.{name}\n")[1].split("\n## onoma")[0]
            assert len(section.split()) > 5, name
    assert "*Raises*" in page
    assert "- `model`: " in page
