"""How data is read: options declared once, and given to every command that reads."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer

if TYPE_CHECKING:
    from onoma.readers import ReadOptions

SETTING_NAMES = {"scheme": "tag_scheme", "labels": "label_map"}
"""Fields of `Reading` that have another name among the settings of a run."""
"""Options whose setting in a run's data has another name."""

Command = TypeVar("Command", bound=Callable[..., Any])


def _option(*names: str, help: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, **more)


@dataclass(frozen=True)
class Reading:
    """The options as they were given; None, or an empty list, is "not given".

    A command that has a parameter ``reading: Reading`` and is decorated with `reads` gets one, and the
    options.
    """

    format: Annotated[
        str | None, _option("--format", "--from", help="Format of the data; found by content when not given.")
    ] = None
    scheme: Annotated[
        str | None,
        _option("--scheme", help="Tag scheme of column files; found by content when not given."),
    ] = None
    encoding: Annotated[
        str | None, _option("--encoding", help="Text encoding of the data, utf-8 by default; never guessed.")
    ] = None
    on_error: Annotated[
        str | None,
        _option("--on-error", help="strict: stop at the first fault; skip or repair: go on, and count."),
    ] = None
    on_misaligned: Annotated[
        str | None,
        _option("--on-misaligned", help="Entities off token edges: error, expand, shrink or drop."),
    ] = None
    offset_unit: Annotated[
        str | None,
        _option("--offset-unit", help="What offsets in the data count: codepoint, utf16 or utf8."),
    ] = None
    line_ends: Annotated[
        str | None,
        _option("--line-ends", help="Whether offsets count a line end as one (lf) or as two (crlf)."),
    ] = None
    word_column: Annotated[
        int | None,
        _option("--word-column", min=1, help="Column of the words in column files; found when not given."),
    ] = None
    tag_column: Annotated[
        int | None,
        _option("--tag-column", min=1, help="Column of the tags in column files; found when not given."),
    ] = None
    comment: Annotated[
        str | None,
        _option("--comment", help="What comments begin with in column files; empty: there are none."),
    ] = None
    text_column: Annotated[
        str | None,
        _option("--text-column", help="Column, or key, that holds the text in tables and JSON."),
    ] = None
    label_names: Annotated[
        str | None,
        _option(
            "--label-names",
            help="Names of tags that are numbers in the data: O,B-PER,I-PER; or a file of a name a line.",
        ),
    ] = None
    labels: Annotated[
        list[str] | None,
        _option(
            "--map", metavar="FILE|A=B", help="Rename (A=B), merge or drop (A=) labels; may be repeated."
        ),
    ] = None
    document_labels: Annotated[
        str | None,
        _option(
            "--document-labels",
            help="What labels a document: field (what the file says), or the types of its relations or "
            "entities, or none; the format's own way when not given.",
        ),
    ] = None
    allow_empty: Annotated[
        bool, _option("--allow-empty", help="Go on where a file holds no document, or gold no entity.")
    ] = False

    def options(self, **defaults: Any) -> ReadOptions:
        """Return how to read.

        Args:
            defaults: fields of `ReadOptions` that take the place of its own defaults.

        Raises:
            ConfigError: an option has a value that does not exist.
        """
        from onoma.readers import ReadOptions
        from onoma.readers.label_map import read_label_map
        from onoma.readers.label_names import read_label_names

        given = {one.name: getattr(self, one.name) for one in fields(self)}
        given["labels"] = read_label_map(self.labels) if self.labels else None
        given["label_names"] = read_label_names(self.label_names) if self.label_names else None
        given["allow_empty"] = self.allow_empty or None
        return ReadOptions(
            **{**defaults, **{name: value for name, value in given.items() if value is not None}}
        )

    def settings(self) -> dict[str, Any]:
        """Return the options as settings of a run's data; None where one was not given.

        Raises:
            ConfigError: a map or a file of names that cannot be read.
        """
        options = self.options()
        given = {SETTING_NAMES.get(one.name, one.name): getattr(self, one.name) for one in fields(self)}
        given["label_map"] = options.labels.as_assignments() or None
        given["label_names"] = list(options.label_names) or None
        given["allow_empty"] = self.allow_empty or None
        return given

    def without(self, *names: str) -> Reading:
        """Return a copy in which these options are not given."""
        empty = Reading()
        return replace(self, **{name: getattr(empty, name) for name in names})


def reads(*without: str, **helps: str) -> Callable[[Command], Command]:
    """Give a command the options of reading.

    Args:
        without: fields of `Reading` that the command has no use for, or declares itself.
        helps: another help text for a field, where it means something of its own here.
    """

    def decorate(command: Command) -> Command:
        hints = get_type_hints(Reading, include_extras=True)
        options = []
        for one in fields(Reading):
            if one.name in without:
                continue
            annotation = hints[one.name]
            if one.name in helps:
                own, info = annotation.__origin__, annotation.__metadata__[0]
                annotation = Annotated[own, _copy(info, help=helps[one.name])]
            options.append(
                inspect.Parameter(
                    one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=annotation
                )
            )
        signature = inspect.signature(command, eval_str=True)
        own_parameters = [p for name, p in signature.parameters.items() if name != "reading"]

        @functools.wraps(command)
        def reading_command(*arguments: Any, **given: Any) -> Any:
            values = {one.name: given.pop(one.name) for one in options}
            return command(*arguments, reading=Reading(**values), **given)

        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own_parameters] + options
        reading_command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        reading_command.__annotations__ = {p.name: p.annotation for p in parameters}
        del reading_command.__wrapped__
        return reading_command  # type: ignore[return-value]

    return decorate


def _copy(info: Any, **changes: Any) -> Any:
    copied = copy.copy(info)
    for name, value in changes.items():
        setattr(copied, name, value)
    return copied
