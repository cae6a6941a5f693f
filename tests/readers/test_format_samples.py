"""Every format has samples, and they are read as what is in them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from format_samples import all_formats, fixed_samples, reading_options

from onoma.errors import MissingExtraError
from onoma.readers import ReadLog, detect_format, read_documents


@pytest.mark.parametrize("format", all_formats())
def test_samples_are_sound_and_recognised(tmp_path: Path, format: str) -> None:
    for number, sample in enumerate(fixed_samples(format)):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = sample.write(folder)
        assert detect_format(path).name == format, sample.layout
        log = ReadLog()
        try:
            documents = list(read_documents(path, reading_options(format), log))
        except MissingExtraError as error:
            pytest.skip(str(error))
        found = Counter((span.text, span.label) for one in documents for span in one.entities)
        assert found == Counter(sample.entities), sample.layout
        assert log.ledger().kept == len(sample.entities), sample.layout
