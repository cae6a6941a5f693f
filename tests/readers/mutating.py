"""Damaging files of every format at random, and reading them under every policy: what must never happen."""

from __future__ import annotations

import copy
import json
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from format_samples import FormatSample, reading_options
from format_templates import Files

from onoma.errors import ConfigError, DataError, MissingExtraError
from onoma.readers import ReadLog, ReadOptions, read_documents
from onoma.readers.label_map import LabelMap

POLICIES = ("strict", "skip", "repair")
_ODD = (
    "\0", "\ufeff", "\u2028", "\x85", "\xa0", "\r", "\r\n", "\t", "\n\n", '"', "'", "\\", ",", ";", "|", "{",
    "[", "]}", "null", "-1", "1e999", "NaN", "99999999999999999999", "😀", "e\u0301", "\u202e", "<", "&", "#",
    "-DOCSTART-", "O", "B-", "I-X", "(", "*)", "_", "\x1b[31m", "\x0c", "<!DOCTYPE x>", "\\u0000", "\\ud800",
    " ", "",
)  # fmt: skip
_ODD_BYTES = (
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\x80",
    b"\xff\xfe",
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"\0\0\0\0",
)
_SEPARATORS = ("\t", " ", ",", "\n", '"', ":", "|", ";", "<", "=")
VALUES = (
    None, True, 0, -1, 1.5, float("nan"), float("inf"), 10**30, "", "x", "\ud800",
    [], {}, [[]], [None], {"x": [{}]},
)  # fmt: skip


OPTIONS: tuple[dict[str, Any], ...] = (
    {"gold": False},
    {"gold": False, "on_error": "skip"},
    {"labels": LabelMap({"PER": "", "LOC": "PER"}), "on_error": "repair"},
    {"offset_unit": "utf16", "on_error": "repair"},
    {"offset_unit": "utf8", "line_ends": "crlf", "on_error": "skip"},
    {"on_misaligned": "expand", "on_error": "repair"},
    {"on_misaligned": "shrink", "on_error": "skip"},
    {"on_misaligned": "drop"},
    {"scheme": "IO", "on_error": "repair", "repair": "discard"},
    {"scheme": "BIOES", "on_error": "repair"},
    {"scheme": "IOB1", "on_error": "skip"},
    {"tag_column": 2, "word_column": 1, "on_error": "repair"},
    {"tag_column": 9},
    {"comment": "#", "on_error": "skip"},
    {"text_column": "text", "on_error": "repair"},
    {"label_names": ("O", "B-PER", "I-PER"), "on_error": "skip"},
    {"document_labels": "none", "allow_empty": False},
    {"encoding": "cp1251", "on_error": "repair"},
    {"encoding": "utf-16", "on_error": "skip"},
)
"""Other options than the policies, one of which each damaged file is read under, too."""


class Outcome(NamedTuple):
    """What became of one reading.

    Args:
        kind: ``read``, ``refused``, ``traceback`` or ``account`` (unbalanced, or negative).
        code: of the refusal; of others what went wrong.
        has_line: whether the refusal names a line.
        detail: the message, or the traceback's end.
    """

    kind: str
    code: str = ""
    has_line: bool = False
    detail: str = ""

    @property
    def wrong(self) -> bool:
        """Whether this must never happen."""
        return self.kind in ("traceback", "account", "message")


def read_once(path: Path, options: ReadOptions) -> Outcome:
    """Read a file; say what came of it."""
    log = ReadLog()
    outcome = Outcome("read")
    try:
        for _ in read_documents(path, options, log):
            pass
    except (DataError, ConfigError, MissingExtraError) as error:
        code, line = getattr(error, "code", type(error).__name__), getattr(error, "line", None)
        kind = "refused" if str(error).isprintable() else "message"
        outcome = Outcome(kind, code, line is not None, str(error))
    except Exception as error:  # whatever it is, it is what is looked for
        where = traceback.extract_tb(error.__traceback__)
        ours = [f"{Path(one.filename).name}:{one.lineno}" for one in where if "onoma" in one.filename][-3:]
        return Outcome("traceback", type(error).__name__, False, f"{' > '.join(ours)}: {error!r:.200}")
    ledger = log.ledger()
    counts = [ledger.read, ledger.kept]
    counts += [
        count for fate in (ledger.adjusted, ledger.dropped, ledger.flattened) for count in fate.values()
    ]
    if not ledger.balanced or min(counts) < 0:
        return Outcome("account", "ledger", False, str(ledger.as_dict()))
    return outcome


def read_damaged(files: Files, sample: FormatSample, folder: Path) -> Iterator[tuple[str, Outcome]]:
    """Read damaged files of a sample in every way; yield how, and what came of it."""
    for old in folder.iterdir():
        old.unlink()
    path = sample._replace(files=files).write(folder)
    for policy in POLICIES:
        for format in (sample.format, None):
            outcome = read_once(path, reading_options(format, policy))
            yield f"{policy}, {'found' if format is None else 'named'}", outcome
    chosen = OPTIONS[sum(map(len, files.values())) % len(OPTIONS)]
    yield str(chosen), read_once(path, replace(reading_options(sample.format), **chosen))


def damage(draw: Random, sample: FormatSample, others: list[FormatSample]) -> Files:
    """Return the files of a sample with one of them damaged once or a few times."""
    files = dict(sample.files)
    name = "data" if "data" in files and draw.random() < 0.8 else draw.choice(sorted(files))
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        how: Callable[[Random, bytes, bytes], bytes] = draw.choice(
            (_bytes, _lines, _tokens, _tokens, _cut, _join)
        )
        other = draw.choice(others)
        files[name] = how(draw, files[name], other.files[draw.choice(sorted(other.files))])
    return files


def _bytes(draw: Random, data: bytes, _: bytes) -> bytes:
    at, size = draw.randint(0, len(data)), draw.choice((1, 1, 2, 8, 50))
    with_odd = draw.choice((b"", draw.choice(_ODD_BYTES), draw.randbytes(size), data[at : at + size] * 2))
    return data[:at] + with_odd + data[at + draw.choice((0, size)) :]


def _lines(draw: Random, data: bytes, other: bytes) -> bytes:
    return b"\n".join(_shuffled(draw, data.split(b"\n"), other.split(b"\n"), b""))


def _tokens(draw: Random, data: bytes, other: bytes) -> bytes:
    mark = draw.choice(_SEPARATORS).encode()
    return mark.join(_shuffled(draw, data.split(mark), other.split(mark), draw.choice(_ODD).encode()))


def _shuffled(draw: Random, parts: list[bytes], others: list[bytes], odd: bytes) -> list[bytes]:
    """Delete, double, swap, replace or insert one of the parts."""
    at, to = draw.randrange(len(parts)), draw.randrange(len(parts))
    match draw.randrange(6):
        case 0:
            del parts[at]
        case 1:
            parts.insert(to, parts[at])
        case 2:
            parts[at], parts[to] = parts[to], parts[at]
        case 3:
            parts[at] = odd
        case 4:
            parts.insert(at, odd)
        case _:
            parts[at] = draw.choice(others)
    return parts


def _cut(draw: Random, data: bytes, _: bytes) -> bytes:
    at = draw.randint(0, len(data))
    return draw.choice((data[:at], data[at:]))


def _join(draw: Random, data: bytes, other: bytes) -> bytes:
    at, to = draw.randint(0, len(data)), draw.randint(0, len(other))
    return draw.choice((data + other, other + data, data[:at] + other[to:], data + data))


def json_files(sample: FormatSample) -> Iterator[tuple[str, Files]]:
    """Yield what was done and a sample with a single field of its JSON changed: each in every way."""
    for name, content in sample.files.items():
        parsed = _parse(content)
        if parsed is None:
            continue
        values, as_lines = parsed
        for done, changed in _changes(values):
            if as_lines and isinstance(changed, list):
                text = "".join(json.dumps(value) + "\n" for value in changed)
            else:
                text = json.dumps(changed)
            yield f"{name} {done}", {**sample.files, name: text.encode("utf-8", "surrogatepass")}


def _parse(content: bytes) -> tuple[Any, bool] | None:
    """The values of a file, and whether they stand in lines; None where it is no JSON."""
    if content[:1] not in (b"{", b"["):
        return None
    try:
        return json.loads(content), False
    except ValueError:
        try:
            return [json.loads(line) for line in content.splitlines()], True
        except ValueError:
            return None


def _changes(value: Any) -> Iterator[tuple[str, Any]]:
    for path in list(_paths(value)):
        for new in (*VALUES, "delete", "double"):
            changed = copy.deepcopy(value)
            holder = changed
            for key in path[:-1]:
                holder = holder[key]
            last = path[-1]
            if new == "delete":
                del holder[last]
            elif new == "double" and isinstance(holder, list):
                holder.insert(last, copy.deepcopy(holder[last]))
            elif new == "double":
                holder[f"{last}2"] = holder[last]
            else:
                holder[last] = new
            yield f"{path}: {new!r}", changed


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, key)
            yield from _paths(inner, (*path, key))
