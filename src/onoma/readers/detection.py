"""Which format a file is of: the one that alone explains most of its content."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from onoma.errors import DataError
from onoma.readers.describe import describe, field_names, nearest
from onoma.readers.documents.archives import list_members
from onoma.readers.evidence import Evidence
from onoma.readers.registry import Format, list_formats, own_format
from onoma.readers.sample import Sample
from onoma.readers.source import Source

_BY_SUFFIX = 0.02
"""What a fitting suffix adds to the evidence of content: it decides between equals, and nothing else."""
_TIE = 0.01


class Match(NamedTuple):
    """A format that may be that of a file, with what speaks for it and the sum of that and of the suffix."""

    weight: float
    format: Format
    evidence: Evidence


def match_formats(sample: Sample, *, binary: bool = False) -> list[Match]:
    """Return the formats for which something in a sample speaks, the best first.

    Args:
        sample: of the file.
        binary: whether to ask formats that are no text, instead of those that are.
    """
    matches = []
    for item in list_formats():
        if item.binary is not binary:
            continue
        evidence = item.sniff(sample)
        if evidence.share > 0:
            by_suffix = _BY_SUFFIX * (sample.suffix in item.suffixes)
            matches.append(Match(evidence.share + by_suffix, item, evidence))
    return sorted(matches, key=lambda match: (-match.weight, match.format.name))


def detect_format(path: str | Path, encoding: str = "utf-8") -> Format:
    """Tell the format of a file by its first lines, or bytes; see `detect_source`.

    Raises:
        DataError: the file cannot be read, or its format is unclear.
    """
    source = Source(path, encoding)
    try:
        return detect_source(source)
    finally:
        source.close()


def detect_source(source: Source) -> Format:
    """Tell the format of an input whose lines stay readable.

    The format that alone explains most of the content wins. The suffix decides between equals, and for files
    that are empty.

    Raises:
        DataError: no format fits, or several do equally.
    """
    if source.path is not None and source.is_folder:
        return _detect_folder(source.path, source.name)
    matches = find_matches(source)
    if not matches:
        raise unknown_format(source)
    tied = [match for match in matches if matches[0].weight - match.weight < _TIE]
    if len(tied) > 1:
        reasons = "; ".join(f"{match.format.name} ({match.evidence.reason})" for match in tied)
        raise DataError(
            f"several formats fit equally: {reasons}; name one with --from",
            code="ambiguous-format",
            path=source.name,
        )
    return matches[0].format


def find_matches(source: Source) -> list[Match]:
    """Return the formats that a file may be of, the best first; for an empty file the one of its suffix.

    Raises:
        DataError: the file cannot be read, or is binary and of no format.
    """
    named = [item for item in list_formats() if item.is_name is not None and item.is_name(source.name)]
    if named:
        return [Match(1.0, item, Evidence(1.0, "a name")) for item in named]
    members = list_members(source.path)
    packed = [item for item in list_formats() if item.is_archive is not None and item.is_archive(members)]
    if packed:
        return [Match(1.0, item, Evidence(1.0, "an archive")) for item in packed]
    start = Sample((), suffix=source.suffix, start=source.start(), path=source.path)
    matches = match_formats(start, binary=True)
    if matches:
        return matches
    sample = source.sample()
    if not sample.filled and sample.whole:
        by_suffix = [item for item in list_formats() if source.suffix in item.suffixes and not item.binary]
        chosen = own_format(by_suffix)
        return [Match(0.0, chosen[0], Evidence(0.0, "an empty file"))] if len(chosen) == 1 else []
    return match_formats(sample)


def unknown_format(source: Source) -> DataError:
    """Return the error for a file that no format fits: what it looks like, and the nearest format."""
    sample = source.sample()
    known = {item.name: item.keys for item in list_formats() if item.keys}
    close = nearest(field_names(sample), known)
    hint = f"nearest: {close} ({', '.join(known[close])})" if close else "`onoma formats` lists them"
    return DataError(
        f"no known format: {describe(sample)}; {hint}; name one with --from",
        code="unknown-format",
        path=source.name,
    )


def _detect_folder(path: Path, name: str) -> Format:
    fitting = [item for item in list_formats() if item.is_folder is not None and item.is_folder(path)]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(item.name for item in list_formats() if item.is_folder is not None)
    raise DataError(
        f"this is a folder, a file is needed (or a folder of files that are read together: {known})",
        code="is-folder",
        path=name,
    )
