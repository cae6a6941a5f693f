"""Options refuse what does not exist."""

from __future__ import annotations

import pytest

from onoma.errors import ConfigError
from onoma.readers import ReadOptions


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"on_error": "skp"}, "did you mean 'skip'"),
        ({"on_misaligned": "expnd"}, "did you mean 'expand'"),
        ({"offset_unit": "utf-16"}, "did you mean 'utf16'"),
        ({"repair": "conll"}, "did you mean 'conlleval'"),
        ({"scheme": "BIOSE"}, "did you mean"),
        ({"encoding": "utf-9"}, "unknown encoding 'utf-9'"),
        ({"encoding": "base64"}, "'base64' is no encoding of text files"),
        ({"encoding": "a\0b"}, "unknown encoding"),
        ({"document_labels": "relation"}, "did you mean 'relations'"),
        ({"tag_column": 0}, "tag-column counts from 1"),
        ({"word_column": -1}, "word-column counts from 1"),
    ],
)
def test_unknown_values(options: dict[str, object], hint: str) -> None:
    with pytest.raises(ConfigError, match=hint):
        ReadOptions(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf-16", "cp1252", "Windows-1251", "gb18030"])
def test_known_encodings(encoding: str) -> None:
    assert ReadOptions(encoding=encoding).encoding == encoding
