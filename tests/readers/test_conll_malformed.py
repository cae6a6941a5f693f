"""Every malformed column file gives one located error."""

from __future__ import annotations

from pathlib import Path

import pytest

from onoma.errors import DataError
from onoma.readers import ReadOptions, read_documents

GOOD = "EU NNP B-ORG\nis VBZ O\n\n"
TABS = "EU\tNNP\tB-ORG\nis\tVBZ\tO\n\n"

# name: (text, options, code, line, column)
MALFORMED: dict[str, tuple[str, dict[str, object], str, int, int | None]] = {
    "one column": ("EU\nis\n", {}, "column-count", 1, 2),
    "tag column beyond the row": (GOOD, {"tag_column": 5}, "column-count", 1, 4),
    "word column beyond the row": (GOOD, {"word_column": 4}, "column-count", 1, 4),
    "too few columns": (GOOD + "a O\nb x O\n", {}, "column-count", 4, 3),
    "too many columns": (GOOD + "a x y O\nb x O\n", {}, "column-count", 4, 4),
    "too many at the end": (GOOD + "a x y O\n", {}, "column-count", 4, 4),
    "too few between tabs": (TABS + "a\tO\nb\tx\tO\n", {}, "column-count", 4, 3),
    "no-break space as separator": (GOOD + "a\xa0x\xa0O\nb x O\n", {}, "column-count", 4, 2),
    "spaces among tabs": (TABS + "a x O\nb\tx\tO\n", {}, "mixed-separators", 4, 2),
    "tabs among spaces": (GOOD + "a\tx\tO\nb x O\n", {}, "mixed-separators", 4, 2),
    "one tab among spaces": (GOOD + "a\tx x O\nb x O\n", {}, "mixed-separators", 4, None),
    "last line cut": (GOOD + "a x O\nb x", {}, "truncated", 5, 3),
    "last line cut, with newline": (GOOD + "a x O\nb\n", {}, "truncated", 5, 2),
    "last line cut between tabs": (TABS + "a\tx", {}, "truncated", 4, 3),
    "remark inside a sentence": ("a O\n# a remark\nb O\n", {}, "column-count", 2, 3),
    "hash cut short inside a sentence": ("a O\n#\nb O\n", {}, "column-count", 2, 2),
    "double space for a column": (GOOD + "a  O\nb x O\n", {}, "column-count", 4, 3),
    "empty word": (TABS + "\tx\tO\n", {}, "empty-word", 4, 1),
    "empty chosen word": ("1\ta\tO\n2\t\tO\n", {"word_column": 2}, "empty-word", 2, 2),
    "empty tag": (TABS + "a\tx\t\n", {}, "empty-tag", 4, 3),
    "empty tag under IO": ("a\tPER\nb\tO\nc\t\n", {}, "empty-tag", 3, 2),
    "unknown prefix": (GOOD + "a x O\nb x X-PER\n", {}, "unknown-tag", 5, 3),
    "small prefix": (GOOD + "b x b-PER\n", {}, "unknown-tag", 4, 3),
    "bare label among prefixed": (GOOD + "b x PER\n", {}, "unknown-tag", 4, 3),
    "prefix without label": (GOOD + "b x B-\n", {}, "unknown-tag", 4, 3),
    "underscore for hyphen": (GOOD + "b x B_PER\n", {}, "unknown-tag", 4, 3),
    "zero for O": (GOOD + "b x 0\n", {}, "unknown-tag", 4, 3),
    "single under forced BIO": (GOOD + "b x S-PER\n", {"scheme": "BIO"}, "unknown-tag", 4, 3),
    "bare labels under forced BIO": ("a PER\nb O\n", {"scheme": "BIO"}, "unknown-tag", 1, 2),
    "labels without any O": ("a NN\nb VB\n", {}, "unknown-tag", 1, 2),
    "unknown tag in the tag column": ("a B-X 1\nb Q-X 1\n", {"tag_column": 2}, "unknown-tag", 2, 2),
    "inside after outside": (GOOD + "b x O\nc x I-PER\n", {}, "illegal-tag", 5, 3),
    "inside at the start": (GOOD + "c x I-PER\n", {}, "illegal-tag", 4, 3),
    "inside of another label": (GOOD + "b x B-ORG\nc x I-PER\n", {}, "illegal-tag", 5, 3),
    "BIOES cut off by O": ("a S-X\n\nb B-X\nc O\n", {}, "illegal-tag", 4, 2),
    "BIOES cut off by the sentence end": ("a S-X\n\nb O\nc B-X\n", {}, "illegal-tag", 4, 2),
    "BIOES inside at the start": ("a S-X\n\nb I-X\nc E-X\n", {}, "illegal-tag", 3, 2),
    "BILOU end alone": ("a U-X\n\nb O\nc L-X\n", {}, "illegal-tag", 4, 2),
    "the earlier of two faults": ("a B-X\n\nb I-Y\nc Q-Y\n", {"scheme": "BIO"}, "illegal-tag", 3, 2),
    "carriage return inside": (GOOD + "a x O\r\r\n", {}, "unknown-tag", 4, 3),
    "fault after a document start": ("-DOCSTART- O\n\na O\n\nb I-X\nc B-Y\n", {}, "illegal-tag", 5, 2),
    "fault after a comment": ("# id = 1\na O\n\n# id = 2\nb O\nc I-X\nd B-Y\n", {}, "illegal-tag", 6, 2),
    "NUL": (GOOD + "a\0 x O\n", {}, "nul", 4, None),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    text, options, code, line, column = MALFORMED[name]
    path = tmp_path / "bad.conll"
    path.write_bytes(text.encode())
    with pytest.raises(DataError) as caught:
        list(read_documents(path, ReadOptions(**{"format": "conll"} | options)))  # type: ignore[arg-type]
    error = caught.value
    assert (error.code, error.path, error.line) == (code, str(path), line)
    if column is not None:
        assert error.column == column
    assert "\n" not in str(error)
    assert len(error.message) < 200


def test_bare_labels_refuse_later_prefixes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onoma.readers.formats.conll._SAMPLE_LINES", 3)
    path = tmp_path / "bad.conll"
    path.write_text("a PER\nb O\n\nc B-PER\n")
    with pytest.raises(DataError) as caught:
        list(read_documents(path, ReadOptions(format="conll")))
    assert (caught.value.code, caught.value.line, caught.value.text) == ("unknown-tag", 4, "B-PER")


def test_undecodable(tmp_path: Path) -> None:
    path = tmp_path / "bad.conll"
    path.write_bytes(GOOD.encode() + "Orléans x B-LOC\n".encode("cp1252"))
    with pytest.raises(DataError, match="cp1252 would decode it") as caught:
        list(read_documents(path))
    assert (caught.value.code, caught.value.line) == ("bad-encoding", 4)
