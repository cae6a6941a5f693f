"""An option that a format does not look at is said; what formats say they look at is what they do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from format_samples import all_formats, fixed_samples

from onoma.readers import ReadLog, ReadOptions, get_format, read_documents
from onoma.readers.registry import SPECIAL
from onoma.readers.source import Source

GIVEN = {
    "scheme": "BIO",
    "tag_column": 2,
    "word_column": 1,
    "comment": "%",
    "text_column": "text",
    "label_names": ("O", "B-PER"),
    "offset_unit": "codepoint",
    "line_ends": "lf",
}


class Watched(ReadOptions):
    """Tells which options are looked at; only once it is made, as making it checks them all."""

    seen: set[str] | None = None

    def __getattribute__(self, name: str) -> object:
        if name in SPECIAL and Watched.seen is not None:
            Watched.seen.add(name)
        return object.__getattribute__(self, name)


@pytest.mark.parametrize("format", sorted(set(all_formats()) - {"ontonotes"}))  # it copies the options
def test_formats_look_at_no_other_options_than_they_say(format: str, tmp_path: Path) -> None:
    known = get_format(format)
    options = Watched()
    Watched.seen = seen = set()
    try:
        for number, sample in enumerate(fixed_samples(format)):
            folder = tmp_path / str(number)
            folder.mkdir()
            list(known.documents(Source(sample.write(folder)), options, ReadLog()))
    finally:
        Watched.seen = None
    assert known.options is not None
    assert seen <= set(known.options)


@pytest.mark.parametrize("option", GIVEN)
@pytest.mark.parametrize("format", ["conll", "spans-jsonl", "csv-text", "brat"])
def test_what_is_passed_over_is_said(format: str, option: str, tmp_path: Path) -> None:
    path = fixed_samples(format)[0].write(tmp_path)
    log = ReadLog()
    options = replace(
        ReadOptions(format=format, on_error="skip", allow_empty=True), **{option: GIVEN[option]}
    )
    list(read_documents(path, options, log))
    said = [problem.message for problem in log.problems if problem.code == "option-ignored"]
    assert bool(said) == (option in get_format(format).idle_names)
    assert all(option.replace("_", "-") in message for message in said)
