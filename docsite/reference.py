"""Pages of reference made from the code: commands, settings, the public functions. Needs no mkdocs."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import typer

import onoma
from onoma.cli.main import build_app
from onoma.cli.models import describe_settings
from onoma.models import list_rungs
from onoma.training.config import DataConfig, TrainingConfig

_SECTION = re.compile(r"(Args|Raises|Returns|Yields):")
_ITEM = re.compile(r"(\*{0,2}\w+): (.*)")


def pages() -> dict[str, str]:
    """Return the Markdown of each page by its place in the site."""
    return {
        "reference/commands.md": commands_page(),
        "reference/settings.md": settings_page(),
        "reference/api.md": api_page(),
    }


def commands_page() -> str:
    """Return all commands with their arguments and options, read off the parser."""
    parts = [
        "# Options of commands",
        "Made from the argument parser. What commands do, and how, is told in [Commands](../commands.md).",
    ]
    for name, command in all_commands():
        context = command.context_class(command, info_name=name)
        usage = " ".join((name, *command.collect_usage_pieces(context)))
        parts += [f"## {name}", inspect.cleandoc(command.help or ""), f"    {usage}"]
        records = (one.get_help_record(context) for one in command.params)
        parts.append("\n".join(f"- `{_line(names)}`: {_line(text)}" for names, text in filter(None, records)))
    return _joined(parts)


def all_commands() -> Iterator[tuple[str, Any]]:
    """Yield the commands as Typer parses them, with their whole names, those of groups one by one."""
    for name, command in typer.main.get_command(build_app()).commands.items():
        if hasattr(command, "commands"):
            for inner, one in command.commands.items():
                yield f"onoma {name} {inner}", one
        else:
            yield f"onoma {name}", command


def settings_page() -> str:
    """Return the settings of training, data and every rung, with defaults."""
    parts = [
        "# Settings",
        "Made from the classes that check them. A setting is given by `--set NAME=VALUE`, or in a TOML file "
        "under the table that heads it here; see [train](../commands.md#train). Defaults of a model are "
        "its own.",
    ]
    for title, schema in (("training", TrainingConfig), ("data", DataConfig)):
        parts += [f"## [{title}]", _settings_list(describe_settings(schema))]
    for rung in list_rungs():
        parts += [
            f"## [model] {rung.name}",
            f"{rung.summary}.",
            _settings_list(describe_settings(rung.config)),
        ]
        if rung.training:
            own = ", ".join(f"`{name} = {json.dumps(value)}`" for name, value in rung.training.items())
            parts.append(f"Its training begins from {own}.")
    return _joined(parts)


def _settings_list(settings: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"- `{one['name']} = {_default(one['default'])}`: {one['description']}" for one in settings
    )


def _default(value: Any) -> str:
    return json.dumps(value) if isinstance(value, str | int | float | bool | list | tuple) else "(none)"


def api_page() -> str:
    """Return what `import onoma` offers, from signatures and docstrings."""
    parts = [
        "# Python API",
        "Made from the docstrings. A walk through it, with examples, is [Onoma from Python](../python.md).",
    ]
    public = {name: getattr(onoma, name) for name in onoma.__all__ if not name.startswith("_")}
    functions = {name: value for name, value in public.items() if not isinstance(value, type)}
    for name, value in functions.items():
        parts += [f"## onoma.{name}", _signature(name, value), _described(value)]
    for name, value in public.items():
        if name not in functions:
            parts += [f"## onoma.{name}", _described(value), *_members(value)]
    return _joined(parts)


def _members(kind: type) -> Iterator[str]:
    for name, value in vars(kind).items():
        if name.startswith("_") or not inspect.getdoc(value):
            continue
        if inspect.isfunction(value) or isinstance(value, classmethod | staticmethod):
            yield f"### {kind.__name__}.{name}"
            yield _signature(name, getattr(kind, name))
            yield _described(value)
        elif isinstance(value, property) or hasattr(value, "func"):
            yield f"### {kind.__name__}.{name}"
            yield _described(value)


def _signature(name: str, function: Any) -> str:
    parameters = [
        one.replace(annotation=one.empty) for one in inspect.signature(function).parameters.values()
    ]
    return f"    {name}{inspect.Signature(parameters)}"


def _described(value: Any) -> str:
    """Return a docstring as Markdown: its sections become lists."""
    lines: list[str] = []
    section = False
    for line in (inspect.getdoc(value) or "").splitlines():
        if found := _SECTION.fullmatch(line):
            section = True
            lines += [f"*{found[1]}*", ""]
        elif (
            section and (item := _ITEM.fullmatch(line.strip())) and line.startswith("    ") and line[4] != " "
        ):
            lines.append(f"- `{item[1]}`: {item[2]}")
        else:
            section = section and (not line or line.startswith("    "))
            lines.append(f"  {line.strip()}" if section and line else line)
    return "\n".join(lines)


def _line(text: str) -> str:
    return " ".join(text.split())


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
