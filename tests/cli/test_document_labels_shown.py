"""Document labels of a sentence or two are shown to people only when asked for; data has them always."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onoma.cli.main import main

SHORT = "Владимир Путин встретился с Ангелой Меркель в Москве."
LONG = f"{SHORT} Сделка закрыта в январе. Глава банка доволен."


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret-place") / "news.txt"
    path.write_text(f"{SHORT}\n{LONG}\n", encoding="utf-8")
    return path


def predicted(capsys: pytest.CaptureFixture[str], texts: Path, *options: str) -> str:
    assert main(["predict", "ru", str(texts), "--threads", "1", *options]) == 0
    return capsys.readouterr().out


ASKED = {"": 1, "--show-document-labels": 2, "--hide-document-labels": 0}


@pytest.mark.parametrize(("option", "count"), ASKED.items())
def test_people_see_them_of_long_documents_or_when_asked(
    capsys, texts: Path, option: str, count: int
) -> None:
    options = [option] if option else []
    assert predicted(capsys, texts, *options).count("\nlabels: ") == count
    page = predicted(capsys, texts, "--to", "html", *options)
    assert page.count("Document labels: ") == count
    assert "<title>news.txt</title>" in page
    assert "secret-place" not in page
    documents = [
        json.loads(line) for line in predicted(capsys, texts, "--to", "jsonl", *options).splitlines()
    ]
    assert [bool(one.get("labels")) for one in documents] == [option != "--hide-document-labels"] * 2


def test_a_model_that_gives_none_says_so_when_asked(capsys: pytest.CaptureFixture[str], texts: Path) -> None:
    for options, said in (
        (["--show-document-labels"], True),
        (["--show-document-labels", "--quiet"], False),
        ([], False),
        (["--hide-document-labels"], False),
    ):
        assert main(["predict", "en", str(texts), "--threads", "1", *options]) == 0
        assert ("en: gives no document labels" in capsys.readouterr().err) is said, options
    assert main(["predict", "ru", str(texts), "--show-document-labels"]) == 0
    assert "gives no document labels" not in capsys.readouterr().err
