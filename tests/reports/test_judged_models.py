"""Bundles and predictions among the models of a comparison: scored on the very documents of the runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from finished_runs import make_gold, make_run, predict
from parsed_pages import Parsed

import onoma
from onoma.cli.main import main
from onoma.errors import ConfigError, DataError, ModelError
from onoma.readers import read_documents, write_documents
from onoma.resources import bundled_corpora, shipped_models
from onoma.text import Document, Span
from onoma.training.config import DataConfig
from onoma.training.judged.bundle import FinishedBundle
from onoma.training.judged.exam import Exam, read_exam
from onoma.training.judged.judging import judge
from onoma.training.judged.predictions import FinishedPredictions
from onoma.training.suites.loading import load_suite

GOLD = make_gold(30)
EN = bundled_corpora()["en"] / "test.jsonl"
MAP = {"org": "ORG", "per": "PER", "geo": "LOC", "gpe": "LOC", "tim": "", "art": "MISC"}


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs of one model, and a file of predictions: raw, in another order, named anew."""
    folder = tmp_path_factory.mktemp("models")
    for seed in (1, 2):
        make_run(folder / f"run-{seed}", GOLD, seed=seed)
    write_predictions(folder / "other.jsonl", predict(GOLD, 0.9, 7))
    return folder


def write_predictions(path: Path, documents: Sequence[Document]) -> None:
    raw = [
        replace(document, id=f"p{number}", tokens=(), sentences=())
        for number, document in enumerate(documents)
    ]
    write_documents(path, raw[::-1])


@pytest.fixture(scope="module")
def exam() -> Exam:
    return read_exam(
        DataConfig(train="", test=str(EN), label_map=[f"{a}={b}" for a, b in MAP.items()]), "test"
    )


def test_predictions_beside_runs(capsys, place: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    models = (place / "run-1", place / "run-2", place / "other.jsonl")
    code, printed, err = run(capsys, "compare", *models, "--out", out, "--json", "--no-measure", "--quiet")
    assert code == 0, err
    results = json.loads(printed)
    lstm, other = results["models"]
    assert (lstm["name"], lstm["seeds"], lstm["judged"]) == ("lstm", [1, 2], None)
    assert (other["name"], other["id"], other["seeds"]) == ("other", "predictions", [])
    assert other["runs"][0]["seed"] is None
    assert other["training"] == {}
    assert (other["cost"], other["learning_curve"]) == (None, {})
    # The very scores of `score`, matched in the same way.
    scored = onoma.score(place / "test.jsonl", {"other": place / "other.jsonl"}, train=place / "test.jsonl")
    figures = scored["other"].as_dict()
    for name in ("entity.f1", "unseen.f1", "token.accuracy", "partial.type.f1", "errors.wrong_label"):
        value = figures
        for part in name.split("."):
            value = value[part]
        assert other["scores"][name]["mean"] == pytest.approx(value), name
    assert other["f1"]["score"] == pytest.approx(scored.evidence.intervals["other"].score)
    assert other["judged"]["placed"] == scored.predictions[0].placed.account.as_dict()
    assert f"other: documents not matched by id: {len(GOLD)} by text" in err
    (pair,) = results["comparisons"]
    assert {pair["first"], pair["second"]} == {"lstm", "other"}
    assert "without seeds: other" in " ".join(results["cautions"])
    rows = (out / "results.csv").read_text().splitlines()
    assert len(rows) == 4
    assert any(",predictions," in row for row in rows)


def test_the_page_shows_them_with_dashes_not_zeros(capsys, place: Path, tmp_path: Path) -> None:
    models = (place / "run-1", place / "other.jsonl")
    assert run(capsys, "decide", *models, "--out", tmp_path, "--quiet")[0] == 0
    html = (tmp_path / "index.html").read_text()
    parsed = Parsed(html)
    assert {"curves", "confusions", "examples", "significance"} <= set(parsed.ids)
    assert "loss of lstm by epoch" in html
    assert "loss of other by epoch" not in html
    assert f"onoma score {place / 'test.jsonl'} {place / 'other.jsonl'}" in parsed.text
    assert "predictions come without the model" in parsed.text


def test_a_bundle_is_scored_as_evaluate_does(capsys, tmp_path: Path, exam: Exam) -> None:
    maps = [part for old, new in MAP.items() for part in ("--map", f"{old}={new}")]
    code, out, err = run(capsys, "evaluate", "en", EN, "--json", "--quiet", "--errors", 0, *maps)
    assert code == 0, err
    expected = json.loads(out)
    assert judge(FinishedBundle(bundle="en", name="en"), exam, tmp_path / "en")
    found = json.loads((tmp_path / "en" / "metrics.json").read_text())
    assert found["test"] == expected
    assert found["judged"]["bundle"] == str(shipped_models()["en"].resolve())
    assert found["judged"]["map"] == MAP
    # It is there, and not made again, till anything is another.
    assert not judge(FinishedBundle(bundle="en", name="en"), exam, tmp_path / "en")
    assert judge(FinishedBundle(bundle="en", name="en", map={**MAP, "org": "PER"}), exam, tmp_path / "en")
    again = json.loads((tmp_path / "en" / "metrics.json").read_text())
    assert again["test"]["entity"]["f1"] < found["test"]["entity"]["f1"]


def test_all_may_be_scored_on_another_file(capsys, place: Path, tmp_path: Path) -> None:
    maps = [part for old, new in MAP.items() for part in ("--map", f"{old}={new}")]
    assert (
        run(capsys, "predict", "en", EN, "--to", "jsonl", "--out", tmp_path / "en.jsonl", "--quiet")[0] == 0
    )
    given = ("en", f"same={tmp_path / 'en.jsonl'}", "--gold", EN, "--out", tmp_path / "report")
    code, out, err = run(capsys, "compare", *given, *maps, "--no-measure", "--json", "--quiet")
    assert code == 0, err
    bundle, predictions = json.loads(out)["models"]
    assert (bundle["name"], predictions["name"]) == ("en", "same")
    assert bundle["scores"]["entity.f1"] == predictions["scores"]["entity.f1"]
    assert bundle["scores"]["calibration.ece"] == predictions["scores"]["calibration.ece"]
    assert json.loads(out)["comparisons"][0]["difference"] == 0
    assert "unseen.f1" not in bundle["scores"]
    # A run whose model is not there cannot be scored again, and that is said.
    code, _, err = run(capsys, "compare", place / "run-1", "--gold", EN, "--out", tmp_path / "no")
    assert (code, "run-1" in err) == (2, True)


def test_runs_are_scored_again_on_another_file(capsys, place: Path, tmp_path: Path) -> None:
    maps = [part for old, new in MAP.items() for part in ("--map", f"{old}={new}")]
    for seed in (1, 2):
        shutil.copytree(place / f"run-{seed}", tmp_path / f"run-{seed}")
        shutil.copytree(shipped_models()["en"], tmp_path / f"run-{seed}" / "bundle")
    given = (tmp_path / "run-1", tmp_path / "run-2", "en", "--gold", EN, "--out", tmp_path / "report")
    code, out, err = run(capsys, "compare", *given, *maps, "--no-measure", "--json", "--quiet")
    assert code == 0, err
    mine, en = json.loads(out)["models"]
    # The model, its seeds and its training are the runs', its scores those of the file.
    assert (mine["name"], mine["id"], mine["seeds"]) == ("lstm", "lstm", [1, 2])
    assert mine["training"]["train_seconds"]["mean"] == 2.5
    assert mine["scores"]["entity.f1"]["mean"] == en["scores"]["entity.f1"]["mean"]
    assert (en["seeds"], json.loads(out)["documents"]) == ([], 14)
    assert [one["seed"] for one in mine["runs"]] == [1, 2]
    page = (tmp_path / "report" / "index.html").read_text()
    assert "loss of lstm by epoch" in page
    assert "loss of en by epoch" not in page


def test_a_suite_trains_some_and_scores_others(tmp_path: Path) -> None:
    write_predictions(tmp_path / "same.jsonl", list(read_documents(EN)))
    suite = tmp_path / "suite.toml"
    suite.write_text(
        '[suite]\nseeds = [1]\nepochs = 1\n[data]\nfolder = "en"\n[training]\nthreads = 1\n'
        '[[models]]\npredictions = "same.jsonl"\n'
        '[[models]]\nid = "rnn"\nmodel = { hidden_dim = 6, word_dim = 8, casing_dim = 4 }\n'
        '[[models]]\nbundle = "en"\nmap = { org = "ORG", per = "PER", geo = "LOC", gpe = "LOC" }\n'
    )
    compared = onoma.compare(suite, tmp_path / "report", measure=False)
    assert [(one.name, len(one.runs.trained)) for one in compared.models] == [
        *(("same", 0), ("rnn", 1), ("en", 0))
    ]
    same, rnn, en = (one.scores["entity.f1"].mean for one in compared.models)
    assert same == 1.0 > en > rnn
    # What train holds is known, as it is of the run.
    assert all("unseen.f1" in one.scores for one in compared.models)
    assert compared.models[0].scores["seen.f1"].mean == 1.0


def test_a_suite_says_itself_what_it_is_scored_on(capsys, place: Path, tmp_path: Path) -> None:
    suite = tmp_path / "suite.toml"
    suite.write_text(
        f'[data]\ntest = "{place / "test.jsonl"}"\n[[models]]\npredictions = "{place / "other.jsonl"}"\n'
    )
    for command, extra in (("compare", ("--no-measure",)), ("decide", ())):
        code, _, err = run(capsys, command, suite, "--out", tmp_path / "report", *extra)
        assert code == 0, err
        for told in (("--gold", "x"), ("--train", "x"), ("--tag-column", 2), ("--map", "A=B")):
            code, out, err = run(capsys, command, suite, "--out", tmp_path / "report", *told)
            assert (code, out, "a suite says itself" in err) == (2, "", True)


def test_costs_are_measured_of_bundles_and_taken_as_given(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("ONOMA_PROBE_SECONDS", "0.2")
    write_documents(tmp_path / "gold.jsonl", GOLD)
    for name, accuracy in (("free", 0.99), ("priced", 0.98)):
        write_predictions(tmp_path / f"{name}.jsonl", predict(GOLD, accuracy, 3))
    suite = tmp_path / "suite.toml"
    suite.write_text(
        '[data]\ntest = "gold.jsonl"\n'
        '[[models]]\nbundle = "en"\nmap = { per = "PER", geo = "LOC", org = "ORG" }\n'
        '[[models]]\npredictions = "free.jsonl"\n'
        '[[models]]\npredictions = "priced.jsonl"\ncost = { latency_p50_ms = 900.0, bundle_mb = 400 }\n'
    )
    compared = onoma.decide(suite, tmp_path / "report", margin=3)
    bundle, free, priced = compared.models
    assert [model.name for model in compared.models] == ["en", "free", "priced"]
    assert bundle.cost is not None
    assert bundle.cost.is_measured
    assert bundle.cost_of("bundle_mb") > 0
    assert (free.cost, priced.cost_of("latency_p50_ms"), priced.cost_of("memory_mb")) == (None, 900.0, None)
    # What costs nobody knows what is never the cheaper one.
    assert compared.decision.reference == "free"
    assert compared.decision.model == "priced"
    assert "what free would cost is not known" in compared.decision.reason
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert results["models"][2]["cost"] == {"given": True, "latency_p50_ms": 900.0, "bundle_mb": 400.0}
    assert results["models"][1]["cost"] is None
    assert "priced" in results["pareto"]["bundle_mb"]
    assert "free" not in results["pareto"]["bundle_mb"]
    said = " ".join(results["cautions"])
    assert "Costs of priced are as they were given" in said
    page = Parsed((tmp_path / "report" / "index.html").read_text())
    assert "given" in page.text
    # Beside limits an unknown figure keeps to none.
    limited = onoma.decide(suite, tmp_path / "report", max_memory_mb=10_000)
    verdicts = {one.name: one for one in limited.decision.verdicts}
    assert verdicts["en"].fits
    assert verdicts["priced"].why == "its memory is not known"
    assert verdicts["free"].why == "its cost is not known"


def test_a_suite_scores_what_is_finished_before_it_trains(tmp_path: Path) -> None:
    suite = tmp_path / "suite.toml"
    write_documents(tmp_path / "foreign.jsonl", [Document("x", "Quite another text.", entities=())])
    text = '[data]\nfolder = "en"\n[[models]]\nid = "lstm"\n[[models]]\npredictions = "foreign.jsonl"\n'
    suite.write_text(text)
    with pytest.raises(DataError, match="none of its 1 documents is in gold"):
        onoma.compare(suite, tmp_path / "report")
    assert not (tmp_path / "report" / "runs").exists()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            'bundle = "en"\npredictions = "p.jsonl"',
            "models.2: has bundle and predictions; a model is one of them",
        ),
        ('bundle = "en"\nid = "lstm"', "models.2: has id and bundle"),
        ('bundle = "en"\nseeds = [1]', "unknown setting 'models.2.seeds'"),
        ('predictions = "p.jsonl"\nmap = [3]', "a map is a table, or a list of A=B texts, not 3"),
        ('predictions = "p.jsonl"\ncost = { latency = 3 }', "cost.latency"),
        ('predictions = "p.jsonl"\ncost = { memory_mb = 0 }', "cost.memory_mb"),
        ('bundle = "lstm"', "two models are called 'lstm'"),
        ('bundle = ""', "models.2.bundle"),
        ('bundle = "en"\nname = "my model"', "'my model' cannot be a model's name"),
        ('id = "rnn"\nname = "моя/модель"', "'моя/модель' cannot be a model's name"),
        (f'id = "rnn"\nname = "{"語" * 61}"', "60 at most"),
    ],
)
def test_a_wrong_table_is_one_line(tmp_path: Path, table: str, said: str) -> None:
    suite = tmp_path / "suite.toml"
    suite.write_text(f'[data]\nfolder = "en"\n[[models]]\nid = "lstm"\n[[models]]\n{table}\n')
    with pytest.raises(ConfigError) as caught:
        load_suite(suite)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(suite))
    assert "\n" not in str(caught.value)


def test_a_table_is_read_with_its_map_and_places(tmp_path: Path) -> None:
    suite = tmp_path / "suite.toml"
    (tmp_path / "mine").mkdir()
    suite.write_text(
        '[data]\nfolder = "en"\n'
        '[[models]]\nbundle = "mine"\nmap = ["per=PER", "tim="]\n'
        '[[models]]\nbundle = "hf://some/model@main"\n'
        '[[models]]\npredictions = "out/spa cy.v2.jsonl"\nmap = { PERSON = "PER" }\n'
    )
    mine, hub, spacy = load_suite(suite).finished
    assert (mine.name, mine.source, mine.map) == ("mine", str(tmp_path / "mine"), {"per": "PER", "tim": ""})
    assert (hub.name, hub.source) == ("model", "hf://some/model@main")
    assert (spacy.name, spacy.source) == ("spa_cy", str(tmp_path / "out" / "spa cy.v2.jsonl"))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("out/предсказания.jsonl", "предсказания"),
        ("наша модель/bundle", "наша_модель"),
        ("भारत.jsonl", "भारत"),
        ("мои\u0306.conll", "мой"),
        (f"{'語' * 80}.jsonl", "語" * 60),
        (f"{'𠀀' * 80}.jsonl", "𠀀" * 45),
        ("_–é!.jsonl", "é_"),
        ("…!.jsonl", "predictions"),
    ],
)
def test_a_name_is_made_of_letters_of_any_script(tmp_path: Path, source: str, name: str) -> None:
    made = FinishedPredictions(predictions=source).named().name
    assert made == name
    assert FinishedPredictions(predictions=source, name=made).name == made
    (tmp_path / f"{made}-seed1000-share0.123").mkdir()


def test_two_files_of_russian_names_are_two_models(capsys, place: Path, tmp_path: Path) -> None:
    ours, theirs = (tmp_path / name for name in ("наши.jsonl", "чужие.jsonl"))
    for path in (ours, theirs):
        shutil.copy(place / "other.jsonl", path)
    common = ("--gold", place / "test.jsonl", "--out", tmp_path / "out", "--no-measure", "--json", "--quiet")
    code, out, err = run(capsys, "compare", ours, theirs, *common)
    assert code == 0, err
    assert [model["name"] for model in json.loads(out)["models"]] == ["наши", "чужие"]
    assert (tmp_path / "out" / "judged" / "наши" / "metrics.json").is_file()
    assert "чужие" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("gone", ["train", "test"])
def test_data_of_a_run_that_is_gone_can_be_named(capsys, tmp_path: Path, gone: str) -> None:
    make_run(tmp_path / "run", GOLD)
    write_predictions(tmp_path / "other.jsonl", predict(GOLD, 0.9, 7))
    gold = (tmp_path / "test.jsonl").rename(tmp_path / "moved.jsonl")
    if gone == "train":
        config = tmp_path / "run" / "config.toml"
        config.write_text(config.read_text().replace('\ntest = "', f'\ntest = "{gold}" #'))
    models = (tmp_path / "run", tmp_path / "other.jsonl", "--out", tmp_path / "out", "--no-measure")
    code, out, err = run(capsys, "compare", *models)
    assert (code, out) == (2, "")
    assert f"{tmp_path}/test.jsonl: no such file; it is data of {tmp_path}/run" in err
    assert "--gold" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{place}/run-1", "{place}/nowhere"], "no such run or bundle, nor a model that comes with Onoma"),
        (["{place}/other.jsonl"], "with --gold"),
        (["{place}/run-1", "lstm={place}/other.jsonl"], "two models are called 'lstm'"),
        (["{place}/run-1", "--map", "A=B"], "--map is for models that are scored here"),
        (["{place}/run-1", "en", "--tag-column", "2"], "--tag-column says how a file is read"),
        (["{place}/run-1", "en", "--train", "x"], "--train says"),
        (["{place}/run-1", "a b={place}/other.jsonl"], "'a b' cannot be a model's name"),
        (["a={place}/run-1", "a={place}/run-1"], "two models are called 'a'"),
        (["{place}/run-1", "{place}/other.jsonl", "--map", "PER=P", "--map", "LOC=", "--map", "MISC=M",
          "--map", "ORG=O"], "no label in common"),
        (["{place}/suite.toml", "en"], "one suite, or models, not both"),
        (["{place}/suite.toml", "--gold", "x"], "a suite says itself"),
    ],
)  # fmt: skip
def test_wrong_use(capsys, place: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    given = [one.format(place=place) for one in arguments]
    code, out, err = run(capsys, "compare", *given, "--out", tmp_path / "out", "--no-measure")
    assert (code, out) == (2, "")
    assert said in err
    assert not (tmp_path / "out" / "index.html").exists()


def test_names_that_were_given_make_models_of_runs(capsys, place: Path, tmp_path: Path) -> None:
    one, two = f"one={place / 'run-1'}", f"two={place / 'run-2'}"
    common = ("--out", tmp_path / "out", "--no-measure", "--json", "--quiet")
    names = {}
    for given in ((one, two), (one, place / "run-2"), (one, f"one={place / 'run-2'}")):
        code, out, err = run(capsys, "compare", *given, *common)
        assert code == 0, err
        names[given] = [(model["name"], model["seeds"]) for model in json.loads(out)["models"]]
    assert list(names.values()) == [
        [("one", [1]), ("two", [2])],
        [("one", [1]), ("lstm", [2])],
        [("one", [1, 2])],
    ]


def test_gold_that_changed_since_runs_were_scored_is_refused(capsys, tmp_path: Path) -> None:
    make_run(tmp_path / "run-1", GOLD)
    write_predictions(tmp_path / "other.jsonl", predict(GOLD, 0.9, 7))
    relabelled = [one.with_entities(span._replace(label="ORG") for span in one.entities) for one in GOLD]
    write_documents(tmp_path / "test.jsonl", relabelled)
    given = (tmp_path / "run-1", tmp_path / "other.jsonl", "--out", tmp_path / "out", "--no-measure")
    code, out, err = run(capsys, "compare", *given)
    assert (code, out) == (2, "")
    assert f"test.jsonl has changed since {tmp_path / 'run-1'} was scored on it" in err
    assert f"--gold {tmp_path / 'test.jsonl'}" in err


def test_what_has_no_place_counts_as_spurious_in_scores_and_tests(tmp_path: Path) -> None:
    gold = [Document("a", "Ann left Oslo early.", entities=(Span(0, 3, "PER", "Ann"),))]
    spans = (Span(3, 5, "PER", "Bo"), Span(7, 10, "PER", "Ann"))
    found = Document("a", "So Bo: Ann left Oslo early.", entities=spans)
    write_documents(tmp_path / "gold.jsonl", gold)
    write_documents(tmp_path / "found.jsonl", [found])
    exam = read_exam(DataConfig(train="", test=str(tmp_path / "gold.jsonl")), "test")
    judge(FinishedPredictions(predictions=str(tmp_path / "found.jsonl"), name="f"), exam, tmp_path / "f")
    metrics = json.loads((tmp_path / "f" / "metrics.json").read_text())["test"]
    counts = json.loads((tmp_path / "f" / "counts.json").read_text())["test"]
    assert (metrics["entity"]["precision"], counts["predicted"], counts["correct"]) == (0.5, [2], [1])


def test_labels_that_gold_does_not_have_are_said(tmp_path: Path) -> None:
    write_documents(tmp_path / "gold.jsonl", GOLD)
    strange = [one.with_entities([*one.entities, Span(0, 4, "DATE", "Then")]) for one in GOLD]
    write_predictions(tmp_path / "found.jsonl", strange)
    exam = read_exam(DataConfig(train="", test=str(tmp_path / "gold.jsonl")), "test")
    model = FinishedPredictions(predictions=str(tmp_path / "found.jsonl"), name="f")
    assert any("count as spurious: DATE 30" in note for note in model.answer(exam).notes)
    mapped = model.model_copy(update={"map": {"DATE": ""}})
    assert not any("DATE" in note for note in mapped.answer(exam).notes)


def test_gold_lost_on_reading_counts_for_all_alike(tmp_path: Path) -> None:
    good = {"id": "a", "text": "Ann left.", "entities": [{"start": 0, "end": 3, "label": "PER"}]}
    bad = {"id": "b", "text": "Bo left.", "entities": [{"start": 5, "end": 3, "label": "PER"}]}
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, (good, bad))))
    (tmp_path / "found.jsonl").write_text(json.dumps(good))
    data = DataConfig(train="", test=str(tmp_path / "gold.jsonl"), on_error="skip")
    judge(
        FinishedPredictions(predictions=str(tmp_path / "found.jsonl"), name="f"),
        read_exam(data, "test"),
        tmp_path / "f",
    )
    metrics = json.loads((tmp_path / "f" / "metrics.json").read_text())["test"]
    assert (metrics["gold_entities"], metrics["entity"]["recall"]) == (2, 0.5)


def test_a_held_out_part_is_that_of_the_run(tmp_path: Path) -> None:
    write_documents(tmp_path / "train.jsonl", GOLD)
    data = DataConfig(train=str(tmp_path / "train.jsonl"), dev_share=0.2)
    exam = read_exam(data, "dev", seed=5)
    from onoma.training.data import load_run_data

    expected = load_run_data(data, 5).splits["dev"].documents
    assert [one.id for one in exam.gold] == [one.id for one in expected]
    assert len(exam.gold) == 6
    with pytest.raises(ConfigError, match="names no test file"):
        read_exam(data, "test")


def test_runs_on_shares_are_compared_with_them_all_the_same(place: Path, tmp_path: Path) -> None:
    make_run(tmp_path / "half", GOLD, seed=1, share=0.5)
    compared = onoma.compare([tmp_path / "half", place / "other.jsonl"], tmp_path / "report", measure=False)
    assert [model.name for model in compared.models] == ["lstm", "other"]
    assert "on 50% of train" in compared.title
    # Beside a run on all of train they stay, too, whichever run tells what they are scored on.
    make_run(tmp_path / "whole", GOLD, seed=1, rung="rnn")
    given = [tmp_path / "half", tmp_path / "whole", place / "other.jsonl"]
    compared = onoma.compare(given, tmp_path / "again", measure=False)
    assert [model.name for model in compared.models] == ["rnn", "other"]


def test_predictions_that_are_kept_are_gold_with_what_was_found(place: Path, tmp_path: Path) -> None:
    onoma.compare({"mine": place / "run-1", "theirs": place / "other.jsonl"}, tmp_path, measure=False)
    kept = list(read_documents(tmp_path / "judged" / "theirs" / "predictions" / "test.jsonl"))
    assert [one.id for one in kept] == [one.id for one in GOLD]
    expected = predict(GOLD, 0.9, 7)  # whose equal texts may have changed places
    assert sorted((one.text, one.entities) for one in kept) == sorted(
        (one.text, one.entities) for one in expected
    )
    with pytest.raises(ModelError, match="no such run or bundle"):
        onoma.compare([place / "run-1", "nowhere"], tmp_path)
