"""How data is read: options declared once, and given to every command that reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated, Any

from onoma.cli.completing import formats
from onoma.cli.option_groups import Command, OptionGroup, option, takes

if TYPE_CHECKING:
    from onoma.readers import ReadOptions


@dataclass(frozen=True)
class Reading(OptionGroup):
    """The options as they were given; None, or an empty list, is "not given".

    A command that has a parameter ``reading: Reading`` and is decorated with `reads` gets one, and the
    options.
    """

    format: Annotated[
        str | None,
        option(
            *("--format", "--from"),
            help="Format of the data; found by content when not given.",
            autocompletion=formats,
        ),
    ] = None
    scheme: Annotated[
        str | None,
        option("--scheme", help="Tag scheme of column files; found by content when not given."),
    ] = None
    encoding: Annotated[
        str | None, option("--encoding", help="Text encoding of the data, utf-8 by default; never guessed.")
    ] = None
    on_error: Annotated[
        str | None,
        option("--on-error", help="strict: stop at the first fault; skip or repair: go on, and count."),
    ] = None
    on_misaligned: Annotated[
        str | None,
        option("--on-misaligned", help="Entities off token edges: error, expand, shrink or drop."),
    ] = None
    offset_unit: Annotated[
        str | None,
        option("--offset-unit", help="What offsets in the data count: codepoint, utf16 or utf8."),
    ] = None
    line_ends: Annotated[
        str | None,
        option("--line-ends", help="Whether offsets count a line end as one (lf) or as two (crlf)."),
    ] = None
    word_column: Annotated[
        int | None,
        option("--word-column", min=1, help="Column of the words in column files; found when not given."),
    ] = None
    tag_column: Annotated[
        int | None,
        option("--tag-column", min=1, help="Column of the tags in column files; found when not given."),
    ] = None
    comment: Annotated[
        str | None,
        option("--comment", help="What comments begin with in column files; empty: there are none."),
    ] = None
    text_column: Annotated[
        str | None,
        option("--text-column", help="Column, or key, that holds the text in tables and JSON."),
    ] = None
    label_names: Annotated[
        str | None,
        option(
            "--label-names",
            help="Names of tags that are numbers in the data: O,B-PER,I-PER; or a file of a name a line.",
        ),
    ] = None
    labels: Annotated[
        list[str] | None,
        option("--map", metavar="FILE|A=B", help="Rename (A=B), merge or drop (A=) labels; may be repeated."),
    ] = None
    document_labels: Annotated[
        str | None,
        option(
            "--document-labels",
            help="What labels a document: field (what the file says), or the types of its relations or "
            "entities, or none; the format's own way when not given.",
        ),
    ] = None
    max_document_mb: Annotated[
        int | None,
        option(
            "--max-document-mb",
            min=0,
            help="Refuse lines and documents of more million characters, 64 by default; 0: no bound.",
        ),
    ] = None
    allow_empty: Annotated[
        bool, option("--allow-empty", help="Go on where a file holds no document, or gold no entity.")
    ] = False

    def given(self) -> dict[str, Any]:
        """Return what was given, as fields of `ReadOptions`.

        Raises:
            ConfigError: a map or a file of names that cannot be read.
        """
        from onoma.api.data import label_map
        from onoma.readers.label_names import read_label_names

        given = {one.name: getattr(self, one.name) for one in fields(self)}
        given["labels"] = label_map(self.labels) if self.labels else None  # of a run it is read already
        given["label_names"] = read_label_names(self.label_names) if self.label_names else None
        given["allow_empty"] = self.allow_empty or None
        return {name: value for name, value in given.items() if value is not None}

    def options(self, **defaults: Any) -> ReadOptions:
        """Return how to read.

        Args:
            defaults: fields of `ReadOptions` that take the place of its own defaults.

        Raises:
            ConfigError: an option has a value that does not exist.
        """
        from onoma.readers import ReadOptions

        return ReadOptions(**{**defaults, **self.given()})

    def settings(self) -> dict[str, Any]:
        """Return the options as settings of a run's data; None where one was not given.

        Raises:
            ConfigError: a map or a file of names that cannot be read.
        """
        from onoma.readers.options import SETTING_NAMES

        options = self.options()
        given = {SETTING_NAMES.get(one.name, one.name): getattr(self, one.name) for one in fields(self)}
        given["label_map"] = options.labels.as_assignments() or None
        given["label_names"] = list(options.label_names) or None
        given["allow_empty"] = self.allow_empty or None
        return given

    def replaced(self, **values: Any) -> Reading:
        """Return a copy in which these options are given, or others."""
        return replace(self, **values)

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

    return takes(Reading, *without, **helps)
