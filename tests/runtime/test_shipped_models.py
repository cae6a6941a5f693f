"""The models that come with Onoma: small, free of PyTorch, and right on what a visitor would try."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import onoma
from onoma.cli.main import main
from onoma.errors import ModelError
from onoma.resources import shipped_models
from onoma.runtime.bundle import bundle_size, load_bundle

LARGEST = 8_000_000

ENGLISH = {
    "John lives in New York.": "John/per New York/geo",
    "Barack Obama was born in Hawaii.": "Barack Obama/per Hawaii/geo",
    "Angela Merkel met Emmanuel Macron in Paris on Monday.": (
        "Angela Merkel/per Emmanuel Macron/per Paris/geo Monday/tim"
    ),
    "Google opened an office in Berlin last year.": "Google/org Berlin/geo",
    "The United Nations said on Tuesday that it would send aid to Haiti.": (
        "United Nations/org Tuesday/tim Haiti/geo"
    ),
    "Tim Cook is the chief executive of Apple.": "Tim Cook/per Apple/org",
    "Microsoft was founded by Bill Gates in 1975.": "Microsoft/org Bill Gates/per 1975/tim",
    "The European Union imposed sanctions on Russia in March 2014.": (
        "European Union/org Russia/geo March 2014/tim"
    ),
    "Mary works for the World Bank in Washington.": "Mary/per World Bank/org Washington/geo",
    # The data that it learned from calls Twitter a product, in six places of ten.
    "Elon Musk bought Twitter in October 2022.": "Elon Musk/per Twitter/art October 2022/tim",
}
RUSSIAN = {
    "Иван Петров живёт в Москве.": "Иван Петров/PERSON Москве/CITY",
    "Президент России Владимир Путин прибыл в Берлин.": (
        "Президент России/PROFESSION Президент/PROFESSION России/COUNTRY Владимир Путин/PERSON Берлин/CITY"
    ),
    "Ангела Меркель встретилась с Эмманюэлем Макроном в Париже.": (
        "Ангела Меркель/PERSON встретилась/EVENT Эмманюэлем Макроном/PERSON Париже/CITY"
    ),
    "Пушкин родился в 1799 году в Москве.": "Пушкин/PERSON родился/EVENT в 1799 году/DATE Москве/CITY",
    "Лев Толстой написал роман «Война и мир».": "Лев Толстой/PERSON Война и мир/WORK_OF_ART",
    "Дональд Трамп выиграл выборы президента США.": (
        "Дональд Трамп/PERSON выборы/EVENT президента США/PROFESSION президента/PROFESSION США/COUNTRY"
    ),
}


@pytest.mark.parametrize(("name", "sentences"), [("en", ENGLISH), ("ru", RUSSIAN)])
def test_sentences_that_a_visitor_would_try(name: str, sentences: dict[str, str]) -> None:
    tagger = onoma.load(name)
    wrong = {}
    for sentence, expected in sentences.items():
        found = " ".join(f"{entity.text}/{entity.label}" for entity in tagger(sentence).entities)
        if found != expected:
            wrong[sentence] = found
    assert not wrong


@pytest.mark.parametrize("name", ["en", "ru"])
def test_they_are_small_proved_calibrated_and_described(name: str) -> None:
    folder = shipped_models()[name]
    assert bundle_size(folder) <= LARGEST
    bundle = load_bundle(folder)
    assert bundle.proof["precision"] == "int8"
    assert bundle.proof["real_tags_agreeing"] >= 0.99
    assert bundle.config.confidence.thresholds
    card = (folder.parent / "README.md").read_text(encoding="utf-8")
    for part in ("## Training data", "onoma train ", "micro |", "## Known weaknesses"):
        assert part in card
    everything = card + json.dumps(bundle.config.as_dict()) + json.dumps(bundle.proof)
    assert "/tmp" not in everything
    assert "/home" not in everything


def test_the_command_line_needs_no_pytorch() -> None:
    code = (
        "import sys; sys.modules['torch'] = sys.modules['tokenizers'] = None\n"
        "from onoma.cli.main import main\n"
        "sys.exit(main(['predict', 'en', '-', '--to', 'jsonl']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input="John lives in New York.\n", capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [entity["label"] for entity in json.loads(done.stdout)["entities"]] == ["per", "geo"]


def test_the_russian_one_gives_document_labels() -> None:
    assert "WORKS_AS" in (onoma.load("ru")("Президент России Владимир Путин прибыл в Берлин.").labels or ())


def test_they_are_listed_and_a_folder_of_that_name_comes_first(capsys, tmp_path: Path, monkeypatch) -> None:
    assert main(["models", "--json"]) == 0
    assert {"en", "ru"} <= {one["id"] for one in json.loads(capsys.readouterr().out)}
    monkeypatch.chdir(tmp_path)
    (tmp_path / "en").mkdir()
    assert onoma.load("en").labels  # data of that name is no model
    (tmp_path / "en" / "manifest.json").write_text("{}")
    with pytest.raises(ModelError):
        onoma.load("en")


def test_an_unknown_name_lists_them() -> None:
    with pytest.raises(ModelError, match="known: en, ru"):
        onoma.load("fr")
