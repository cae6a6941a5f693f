"""Damaged files of every format: never a traceback, never an account that does not add up.

The long search is `benchmarks/mutations.py`, part of `make fuzz`.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from random import Random

import pytest
from format_samples import FormatSample, all_formats, fixed_samples
from format_templates import Files
from mutating import damage, json_files, read_damaged

_COUNT = 12
_EVERY = 12
"""Of the single-field changes of JSON every so many are tried here."""


def check(sample: FormatSample, files: Files, folder: Path) -> None:
    for how, outcome in read_damaged(files, sample, folder):
        assert not outcome.wrong, (sample.format, sample.layout, how, outcome, files)


@pytest.fixture(scope="module")
def every_sample() -> list[FormatSample]:
    return [sample for name in all_formats() for sample in fixed_samples(name)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("format", all_formats())
def test_random_damage(tmp_path: Path, format: str, every_sample: list[FormatSample]) -> None:
    draw = Random(f"suite {format}")
    held = fixed_samples(format)
    for _ in range(_COUNT):
        sample = draw.choice(held)
        check(sample, damage(draw, sample, every_sample), tmp_path)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("format", [name for name in all_formats() if "json" in name or name == "datasets"])
def test_changed_fields_of_json(tmp_path: Path, format: str) -> None:
    for sample in fixed_samples(format):
        for _, files in islice(json_files(sample), 0, None, _EVERY):
            check(sample, files, tmp_path)
