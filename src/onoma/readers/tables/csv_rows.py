"""Separated values (commas, semicolons, tabs), strictly: each row with its first line, every fault located.

Python's `csv` accepts quotes out of place and rows of any width, and tells the line a row ends on. Here the
rules of RFC 4180 hold: a field that holds a comma, a quote or a line break stands in quotes, with its quotes
doubled, and every row is as wide as the header.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from onoma.errors import DataError
from onoma.readers.columns.layout import as_truncated

_LONGEST_ROW = 1_000_000  # characters; beyond that a quote is taken for unclosed, so that memory stays flat
_EXCEL = re.compile(r'"?sep=([^\w\s"]|\t)\1*"?', re.IGNORECASE)


@functools.cache
def _field_pattern(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(rf'"([^"]*(?:""[^"]*)*)"(?={mark}|\Z)|([^"{mark}]*)(?={mark}|\Z)')


def named_delimiter(line: str) -> str | None:
    """Return the delimiter that a line ``sep=;`` names, as Excel knows it; None where it is no such line."""
    match = _EXCEL.fullmatch(line)
    return None if match is None else match[1]


class Row(NamedTuple):
    """One row: the 1-based line it begins on, and its fields or what is wrong with it."""

    line: int
    fields: list[str]
    fault: DataError | None = None


def read_rows(
    lines: Iterable[str],
    path: str,
    *,
    short_fields: bool = False,
    delimiter: str = ",",
    line_end: str = "\n",
) -> Iterator[Row]:
    """Yield the header and then the rows; empty lines are passed over.

    A first line ``sep=;``, as Excel knows it, is no row: it names the delimiter, whatever was guessed. After
    a faulty row reading goes on with the line after the one where it began, so that a quote left open
    swallows nothing.

    Args:
        lines: the file without line ends, or of CRLF with the ``\\r``: that stays where it is in a field.
        path: what errors call it.
        short_fields: no field holds running text: one that runs over lines and holds as many delimiters as
            a row comes from a quote left open.
        delimiter: the one character that separates fields.
        line_end: what ended the lines, and does within fields.
    """
    feed = iter(lines)
    given_back: list[str] = []  # lines to be read once more, the next one last
    number = width = 0
    pending: DataError | None = None  # a row of the wrong width waits: at the very end it means "cut short"
    while (line := given_back.pop() if given_back else next(feed, None)) is not None:
        number += 1
        if number == 1 and (named := named_delimiter(line.removesuffix("\r"))) is not None:
            delimiter = named
            continue
        if pending is not None:
            yield Row(number - 1, [], pending)
            pending = None
        if '"' not in line:
            fields = line.removesuffix("\r").split(delimiter)
            if len(fields) == width:
                yield Row(number, fields)
                continue
            if line in ("", "\r"):
                continue
            taken: list[str] = []
            fault = None
        else:
            taken = _take_until_closed(line, feed, given_back)
            fields, fault = _split(line, taken, path, number, delimiter)
            if line_end != "\n":
                fields = [field.replace("\n", line_end) for field in fields]
            if fault is None and short_fields and taken and _swallowed(fields, width, delimiter):
                fault = _unclosed(path, number, _open_field(line, delimiter), line)
        width = width or len(fields)
        if fault is None and len(fields) == width:
            yield Row(number, fields)
            number += len(taken)
            continue
        given_back.extend(reversed(taken))
        if fault is None:
            pending = _wrong_width(len(fields), width, path, number, line)
        else:
            yield Row(number, [], fault)
    if pending is not None:
        yield Row(number, [], as_truncated(pending, width))


def _take_until_closed(line: str, feed: Iterator[str], given_back: list[str]) -> list[str]:
    """Return the lines that a row goes on over: until its quotes are even in number."""
    taken: list[str] = []
    size, odd = len(line), line.count('"') % 2
    while odd and size <= _LONGEST_ROW:
        following = given_back.pop() if given_back else next(feed, None)
        if following is None:
            break
        taken.append(following)
        size += len(following) + 1
        odd ^= following.count('"') % 2
    return taken


def _split(
    line: str, taken: Sequence[str], path: str, number: int, delimiter: str
) -> tuple[list[str], DataError | None]:
    pattern = _field_pattern(delimiter)
    text = ("\n".join((line, *taken)) if taken else line).removesuffix("\r")
    fields: list[str] = []
    at = 0
    while (match := pattern.match(text, at)) is not None:
        quoted: str | None = match[1]
        fields.append(match[2] if quoted is None else quoted.replace('""', '"'))
        at = match.end() + 1
        if at > len(text):
            return fields, None
    if text[at] == '"' and text.count('"', at) % 2:
        return [], _unclosed(path, number + text.count("\n", 0, at), len(fields) + 1, text[at:])
    fault = DataError(
        'a quote out of place: a field that holds one must stand in quotes, with its quotes doubled ("")',
        code="stray-quote",
        path=path,
        line=number + text.count("\n", 0, at),
        column=len(fields) + 1,
        text=text[at:].split("\n", 1)[0],
    )
    return [], fault


def _swallowed(fields: Sequence[str], width: int, delimiter: str) -> bool:
    return any("\n" in field and field.count(delimiter) >= width - 1 for field in fields)


def _open_field(line: str, delimiter: str) -> int:
    """The number of the field that is still open at the end of a line."""
    pattern = _field_pattern(delimiter)
    at, number = 0, 1
    while (match := pattern.match(line, at)) is not None and match.end() < len(line):
        at, number = match.end() + 1, number + 1
    return number


def _unclosed(path: str, line: int, column: int, text: str) -> DataError:
    what = 'the quote that opens this field is not closed; a quote that is data is written """"'
    return DataError(
        what, code="unterminated-quote", path=path, line=line, column=column, text=text.split("\n", 1)[0]
    )


def _wrong_width(found: int, width: int, path: str, line: int, text: str) -> DataError:
    return DataError(
        f"{found} field{'s' * (found != 1)} where the header has {width}; "
        "quote a field that holds the delimiter",
        code="column-count",
        path=path,
        line=line,
        column=min(found, width) + 1,
        text=text,
    )


def find_columns(header: Sequence[str], roles: Mapping[str, Collection[str]]) -> dict[str, list[int]]:
    """Return the 0-based columns whose name fits a role; case, ``_``, ``-`` and ``.`` do not matter."""
    names = [re.sub(r"[\s_.-]+", " ", name).strip().casefold() for name in header]
    return {role: [at for at, name in enumerate(names) if name in known] for role, known in roles.items()}


def require_columns(
    header: Row,
    roles: Mapping[str, Collection[str]],
    path: str,
    tag_column: int | None,
    optional: Collection[str] = (),
) -> dict[str, int]:
    """Return the 0-based column of each role.

    Args:
        header: the first row.
        roles: known names (small letters) by role; the last role is that of the tags.
        path: what errors call the file.
        tag_column: 1-based column of the tags, where the user names it.
        optional: roles that no column needs to have.

    Raises:
        DataError: the header is faulty, or has no column or several for a role.
    """
    if header.fault is not None:
        raise header.fault
    columns = find_columns(header.fields, roles)
    if tag_column is not None:
        columns[list(roles)[-1]] = [tag_column - 1] if tag_column <= len(header.fields) else []
    listed = ", ".join(header.fields)
    if not any(columns.values()):
        needed = "; ".join(f"{role}: {' or '.join(list(roles[role])[:4])}" for role in roles)
        raise _bad_header(
            f"no known columns in the header (it has {listed}); needed are {needed}", header, path
        )
    for role, found in columns.items():
        if len(found) > 1 or not (found or role in optional):
            names = ", ".join(f"'{name}'" for name in roles[role])
            what = "several columns" if found else "no column"
            raise _bad_header(
                f"the header has {what} for the {role} (it has {listed}); call just one of them by a name "
                f"such as {names}",
                header,
                path,
            )
    return {role: found[0] for role, found in columns.items() if found}


def _bad_header(message: str, header: Row, path: str) -> DataError:
    return DataError(message, code="header", path=path, line=header.line)
