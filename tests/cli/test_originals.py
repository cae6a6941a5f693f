"""No command writes over what it reads, or over what is none of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from onoma.cli.main import main
from onoma.resources import shipped_models

PER = '"entities": [{"start": 0, "end": 3, "label": "per"}]'
RECORDS = "".join(
    f'{{"id": "{number}", "text": "{name} left Oslo.", {PER}}}\n'
    for number, name in enumerate(("Ann", "Bob", "Eve", "Ian"))
)
FILES = {
    "pool.jsonl": RECORDS,
    "done.jsonl": RECORDS,
    "n.random.jsonl": RECORDS,
    "gold.jsonl": RECORDS,
    "pred.jsonl": RECORDS,
    "raw.txt": "Ann left Oslo .\n" * 30,
    "vectors.txt": "ann 1 2\nbob 2 3\noslo 3 4\n",
    "mix/results.json": RECORDS,
    "web/index.html": "<p>mine</p>\n",
    "table/results.csv": "a,b\n",
    "brat/one.txt": "Ann left Oslo.",
    "brat/one.ann": "T1\tper 0 3\tAnn\n",
}
SPANS = ("--to", "spans-jsonl")
LOST = "the original would be lost"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    os.link(tmp_path / "pool.jsonl", tmp_path / "same.jsonl")
    (tmp_path / "link.jsonl").symlink_to("pool.jsonl")
    shutil.copytree(shipped_models()["en"], tmp_path / "mine")
    shutil.copytree(shipped_models()["ru"], tmp_path / "other")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sums(place: Path) -> dict[str, str]:
    files = (path for path in place.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("select", "en", "pool.jsonl", "--budget", 2, "--out", "pool.jsonl", *SPANS), LOST),
        (("select", "en", "pool.jsonl", "--budget", 2, "--out", "same.jsonl", *SPANS), LOST),
        (("select", "en", "pool.jsonl", "--budget", 2, "--out", "link.jsonl", *SPANS), LOST),
        (
            ("select", "en", "pool.jsonl", "--budget", 2, "--without", "done.jsonl", "--out", "done.jsonl"),
            LOST,
        ),
        (
            *(("select", "en", "n.random.jsonl", "--budget", 4, "--out", "n.jsonl", "--random-share", 0.5),),
            LOST,
        ),
        (("vectors", "train", "raw.txt", "--out", "raw.txt", "--min-count", 1, "--threads", 1), LOST),
        (("vectors", "trim", "vectors.txt", "--vocab", "gold.jsonl", "--out", "gold.jsonl"), LOST),
        (("vectors", "trim", "vectors.txt", "--vocab", "gold.jsonl", "--out", "vectors.txt"), LOST),
        (("redact", "en", "pool.jsonl", "--out", "pool.jsonl", "--min-score", 0), LOST),
        (("convert", "pool.jsonl", "pool.jsonl"), LOST),
        (("convert", "same.jsonl", "pool.jsonl"), LOST),
        (("convert", "brat", "brat/one.txt", "--to", "conll"), LOST),
        (("predict", "en", "raw.txt", "pool.jsonl", "--to", "jsonl", "--out", "raw.txt"), LOST),
        (("predict", "en", "pool.jsonl", "--to", "html", "--out", "link.jsonl"), LOST),
        (("score", "gold.jsonl", "pred.jsonl", "--train", "pool.jsonl", "--html", "pool.jsonl"), LOST),
        (("score", "gold.jsonl", "pred.jsonl", "--html", "raw.txt"), "is there, and no page"),
        (("inspect", "gold.jsonl", "--html", "raw.txt"), "is there, and no page"),
        (("card", "en", "--html", "other/manifest.json"), "is there, and no page"),
        (("card", "mine", "--html", "mine/card.html"), "lies in the bundle"),
        (("compare", "mix/results.json", "pred.jsonl", "--gold", "gold.jsonl", "--out", "mix"), LOST),
        (("decide", "en", "pred.jsonl", "--gold", "mix/results.json", "--out", "mix"), LOST),
        (("compare", "en", "pred.jsonl", "--gold", "gold.jsonl", "--out", "web"), "is of no comparison"),
        (("compare", "en", "pred.jsonl", "--gold", "gold.jsonl", "--out", "table"), "is of no comparison"),
        (("calibrate", "en", "gold.jsonl", "other"), "another model"),
    ],
)
def test_what_is_read_or_of_others_stays(
    place: Path, capsys: pytest.CaptureFixture[str], words: tuple[object, ...], said: str
) -> None:
    before = sums(place)
    assert main([*map(str, words)]) == 2
    assert said in capsys.readouterr().err
    assert sums(place) == before


def test_a_new_file_in_a_folder_that_is_read_takes_nothings_place(place: Path) -> None:
    before = sums(place)
    assert main(["convert", "brat", "brat/all.jsonl", "--to", "spans-jsonl", "--quiet"]) == 0
    assert sums(place).items() >= before.items()


def test_pages_and_cards_are_written_again(place: Path) -> None:
    for _ in range(2):
        assert main(["card", "mine", "--html", "card.html"]) == 0
        assert main(["inspect", "gold.jsonl", "--html", "gold.html", "--quiet"]) == 0
