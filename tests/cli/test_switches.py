"""Both names of a switch are refused, in every command that has one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from onoma.cli.main import build_app, main


def switches(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield each switch: the words of its command, and its two names."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from switches(inner, (*words, name))
    for one in command.params:
        if one.secondary_opts:
            yield words, one.opts[0], one.secondary_opts[0]


ALL = list(switches(typer.main.get_command(build_app())))


def test_there_are_some_in_commands_and_in_groups() -> None:
    assert {("predict",), ("compare",), ("vectors", "trim"), ("encoder", "trim")} <= {one for one, *_ in ALL}


@pytest.mark.parametrize(("command", "yes", "no"), ALL, ids=[" ".join((*a, b)) for a, b, _ in ALL])
def test_both_names_contradict_each_other(capsys, command: tuple[str, ...], yes: str, no: str) -> None:
    for pair in ((yes, no), (no, yes)):
        assert main([*command, *pair]) == 2
        out, err = capsys.readouterr()
        assert (out, err) == (
            "",
            f"onoma: error: {yes} and {no} contradict each other: give one of them\n",
        )


def test_the_tab_key_is_answered_amid_a_contradiction() -> None:
    command = typer.main.get_command(build_app(["predict"])).commands["predict"]
    context = command.make_context("predict", ["en", "--gold", "--no-gold"], resilient_parsing=True)
    assert context.params["gold"] is False


def test_one_of_them_twice_and_a_text_after_all_options_are_no_contradiction(capsys, tmp_path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("Ann left Oslo.\n", encoding="utf-8")
    shown = "--show-document-labels"
    assert main(["predict", shown, shown, "en", "--", str(text)]) == 0
    assert main(["predict", shown, "en", "--", "--hide-document-labels"]) == 2
    assert "contradict" not in capsys.readouterr().err
