"""No control character of the data reaches a terminal, whatever way it came in; files and pipes are exact."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from onoma.cli.consoles import SafeConsole
from onoma.cli.main import main
from onoma.cli.terminal import beneath, escaping, show_line

ATTACK = (
    "\x1b[38;5;123m\x1b]0;t\x07\x1b]8;;http://x\x1b\\\x9b2J\x7f\b\r\u202e\u2066\u2028 [red]x[/red] :bomb:"
)
BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
SGR = re.compile(r"\x1b\[[\d;]*m")
NASTY = st.text(st.characters(codec="utf-8") | st.sampled_from(sorted(set(ATTACK))), min_size=1, max_size=12)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def terminals(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """Standard output and error as one terminal that knows no colours."""
    with monkeypatch.context() as patch:
        screen = Terminal()
        patch.setattr(sys, "stdout", screen)
        patch.setattr(sys, "stderr", screen)
        patch.setenv("TERM", "dumb")
        patch.setenv("NO_COLOR", "1")
        yield screen


def on_terminal(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Return what a command writes."""
    with terminals(monkeypatch) as screen:
        main(list(arguments))
        assert sys.stdout is screen
        return screen.getvalue()


def _jsonl(folder: Path, text: str) -> list[list[str]]:
    path = folder / "a.jsonl"
    whole = f"A {text} b"
    entity = {"start": 2, "end": 2 + len(text), "label": text, text: 1}
    record = {"id": text, "text": whole, "entities": [entity], "labels": [text]}
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    ways = ("conll", "spans-jsonl", "brat")
    return [["inspect", str(path)], *(["convert", str(path), "-", "--to", one] for one in ways)]


def _json_keys(folder: Path, text: str) -> list[list[str]]:
    path = folder / "keys.json"
    path.write_text(f"{{{json.dumps(text, ensure_ascii=False)}: 1}}\n", encoding="utf-8")
    return [["inspect", str(path)]]


def _tags(folder: Path, text: str) -> list[list[str]]:
    path = folder / "a.conll"
    word = "".join(text.split()) or "x"
    path.write_text(f"{word}\tB-{word}\nb\tI-{word}X\nc\t{word}\n\n", encoding="utf-8")
    return [["inspect", str(path), "--on-error", mode] for mode in ("strict", "repair")]


def _members(folder: Path, text: str) -> list[list[str]]:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{text}.txt", b"a")
        archive.writestr(f"{text}2.txt", b"a")
    return [["inspect", str(path)]]


def _names(folder: Path, text: str) -> list[list[str]]:
    return [
        ["inspect", text.lstrip("-") or "x"],
        ["inspect", "--from", text, "x"],
        ["convert", "x", "y", "--map", text],
        ["predict", "--model", text, "x"],
        [text],
        ["inspect", f"--{text}"],
    ]


WAYS = [_jsonl, _json_keys, _tags, _members, _names]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(NASTY, st.sampled_from(WAYS))
@example(ATTACK, _jsonl)
@example(ATTACK, _json_keys)
@example(ATTACK, _tags)
@example(ATTACK, _members)
@example(ATTACK, _names)
def test_nothing_of_the_data_is_obeyed(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, text: str, way: object
) -> None:
    folder = tmp_path_factory.mktemp("data")
    for arguments in way(folder, text):  # type: ignore[operator]
        shown = on_terminal(monkeypatch, *arguments)
        assert shown
        assert BAD.search(shown) is None, (arguments, shown)


def test_messages_are_escaped_in_a_log_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", ATTACK]) == 2
    shown = capsys.readouterr().err
    assert BAD.search(shown) is None
    assert "[red]x[/red]" in shown
    assert shown.count("\n") == 1


def test_files_and_pipes_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "a\x1b[31m\x9b b", "entities": []}) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "onoma", "convert", str(path), "-", "--to", "spans-jsonl", "--quiet"]
    piped = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert "\x9b" in piped
    assert json.loads(piped)["text"] == "a\x1b[31m\x9b b"


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_colours_of_ours_and_none_of_the_data(tmp_path: Path) -> None:
    import pty

    (command,) = [one for one in _jsonl(tmp_path, ATTACK) if one[0] == "inspect"]
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [sys.executable, "-m", "onoma", *command], stdout=follower, stderr=follower, env=environment
    ) as process:
        os.close(follower)
        pieces = []
        while True:
            try:
                piece = os.read(leader, 1 << 16)
            except OSError:  # how Linux says that nobody writes there any more
                break
            if not piece:
                break
            pieces.append(piece)
    os.close(leader)
    shown = b"".join(pieces).decode().replace("\r\n", "\n")
    assert process.returncode in (0, 1)
    assert SGR.search(shown) is not None
    assert "\x1b[38;5;123m" not in shown
    own = shown.replace("\r\x1b[K", "")  # of the line that counts documents
    assert BAD.search(SGR.sub("", own)) is None
    assert "[red]x[/red] :bomb:" in SGR.sub("", own)


def test_a_console_colours_and_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.table import Table
    from rich.text import Text

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with escaping():
        table = Table("name", title=ATTACK)
        table.add_row(Text(ATTACK, style="bold"))
        table.add_row(ATTACK)
        console = SafeConsole()
        console.print(table)
        console.print(ATTACK)
    shown = screen.getvalue()
    assert "\x1b[1m" in shown
    assert "\x1b[38;5;123m" not in shown
    assert BAD.search(SGR.sub("", shown)) is None
    assert len({len(line) for line in SGR.sub("", shown).split("\n") if line and line[0] in "┏┃┡│└"}) == 1


def test_a_line_that_changes_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with escaping():
        show_line(ATTACK)
        print(ATTACK, file=sys.stderr)
        assert beneath(sys.stderr) is screen
    own, rest = screen.getvalue()[:4], screen.getvalue()[4:]
    assert own == "\r\x1b[K"
    assert BAD.search(rest) is None


def test_predictions_in_colour_hold_no_sequence_of_the_data() -> None:
    from onoma.reports.render import pretty
    from onoma.text import Document, Span

    text = f"a {ATTACK} b"
    span = Span(2, 2 + len(ATTACK), ATTACK, ATTACK)
    for entities in ((span,), (span, Span(2, 3, ATTACK, "\x1b"))):
        shown = pretty(Document(ATTACK, text, entities=entities, labels=(ATTACK,)), color=True)
        assert "\x1b[38;5;123m" not in shown
        assert BAD.search(SGR.sub("", shown)) is None
