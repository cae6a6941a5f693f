"""How to read: every policy a user can choose, checked when it is set."""

from __future__ import annotations

from dataclasses import dataclass, field

from onoma.errors import ConfigError, check_choice
from onoma.readers.bounds import MAX_DOCUMENT_MB
from onoma.readers.document_labels import RULES
from onoma.readers.encodings import find_codec
from onoma.readers.label_map import LabelMap
from onoma.tags import REPAIRS, get_scheme

COLUMNS = ("word_column", "tag_column", "comment")
"""Options about column formats."""
MEANINGS = (*COLUMNS, "text_column", "label_names", "labels", "document_labels")
"""Options that say what columns and labels mean; what is read beside a run's own data shares them."""
SETTING_NAMES = {"scheme": "tag_scheme", "labels": "label_map"}
"""Options that have another name among the settings of a run."""
_OPTIONAL = ("offset_unit", "document_labels", "line_ends")
_CHOICES: dict[str, tuple[str, ...]] = {
    "on_error": ("strict", "skip", "repair"),
    "on_misaligned": ("error", "expand", "shrink", "drop"),
    "offset_unit": ("codepoint", "utf16", "utf8"),
    "line_ends": ("lf", "crlf"),
    "repair": tuple(REPAIRS),
    "document_labels": RULES,
}


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options shared by all readers; each reader uses those that concern it.

    Args:
        format: name of the format; None finds it by suffix and content.
        scheme: tag scheme of column formats; None finds it by content.
        encoding: text encoding of the input; never guessed.
        on_error: ``strict`` stops at the first fault; ``skip`` leaves the sentence or document out;
            ``repair`` mends what has an obvious mend and leaves out the rest. Both count what they do. Faults
            of the file itself (encoding, damaged archive, NUL) always stop.
        on_misaligned: what to do with an entity that does not begin and end with the tokens the file gives.
        offset_unit: what character offsets in the file count; None is what the format's own tool counts, code
            points in all but Label Studio.
        repair: policy for illegal tag sequences under ``on_error="repair"`` (see `onoma.tags.REPAIRS`).
        tag_column: 1-based number of the tag column in column formats; None finds it, mostly the last.
        word_column: 1-based number of the word column in column formats; None finds it.
        comment: what lines that are comments begin with in column formats, wherever they stand; empty for no
            comments; None for the formats' own.
        text_column: name of the column, or JSON key, that holds the text; None is the format's own way.
        label_names: names of labels or tags that the file gives as numbers, in their order.
        line_ends: whether offsets count a line end of two characters as one (``lf``) or two (``crlf``);
            None is found by the surfaces.
        labels: renames, merges and drops labels (`onoma.readers.label_map`).
        gold: whether labels are wanted at all; without, columns need no tags, and wrong ones do not matter.
        allow_empty: whether a file that is not empty may hold no document.
        document_labels: where document labels come from (`onoma.readers.document_labels.RULES`); None is the
            format's own way.
        max_document_mb: largest line or document, in 2 ** 20 characters; 0 for no bound.

    Raises:
        ConfigError: an option has a value that does not exist.
    """

    format: str | None = None
    scheme: str | None = None
    encoding: str = "utf-8"
    on_error: str = "strict"
    on_misaligned: str = "error"
    offset_unit: str | None = None
    repair: str = "conlleval"
    tag_column: int | None = None
    word_column: int | None = None
    document_labels: str | None = None
    comment: str | None = None
    text_column: str | None = None
    label_names: tuple[str, ...] = ()
    line_ends: str | None = None
    labels: LabelMap = field(default_factory=LabelMap)
    gold: bool = True
    allow_empty: bool = False
    max_document_mb: int = MAX_DOCUMENT_MB

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            value: str | None = getattr(self, name)
            if not (value is None and name in _OPTIONAL):
                check_choice(name.replace("_", "-"), value, known)
        if self.scheme is not None:
            get_scheme(self.scheme)
        find_codec(self.encoding)
        for name, column in (("tag-column", self.tag_column), ("word-column", self.word_column)):
            if column is not None and column < 1:
                raise ConfigError(f"{name} counts from 1, not {column}")
        if self.max_document_mb < 0:
            raise ConfigError(f"max-document-mb is a size, or 0 for no bound, not {self.max_document_mb}")
        if self.word_column is not None and self.word_column == self.tag_column:
            raise ConfigError(f"word-column and tag-column are both {self.tag_column}; they must differ")
