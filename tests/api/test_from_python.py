"""What a Python program does with Onoma, on small data; the command line's own tests cover the rest."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from journeys import journeys

import onoma
from onoma.errors import ConfigError, DataError, ModelError
from onoma.resources import bundled_corpora

RECORDS = journeys("PER", "LOC")
SMALL = {"word_dim": 16, "hidden_dim": 16}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> onoma.TrainedRun:
    out = tmp_path_factory.mktemp("api") / "run"
    return onoma.train(
        model="bilstm-crf",
        data={"train": RECORDS, "dev": RECORDS[:6], "test": RECORDS[6:]},
        out=out,
        epochs=3,
        threads=1,
        model_options=SMALL,
        training_options={"learning_rate": 0.01},
    )


def test_reading_records_keeps_the_account() -> None:
    wrong = {"text": "x", "entities": [{"start": 0, "end": 9, "label": "A"}]}
    corpus = onoma.read([*RECORDS, wrong], on_error="repair")
    assert (corpus.num_entities, corpus.ledger.read, corpus.ledger.balanced) == (24, 25, True)
    with pytest.raises(DataError, match="record 13: an entity lies outside the text"):
        onoma.read([*RECORDS, wrong])


def test_reading_maps_labels_and_refuses_unknown_options() -> None:
    corpus = onoma.read(RECORDS, labels=["PER=person", "LOC="])
    assert corpus.entity_labels == ("person",)
    with pytest.raises(ConfigError, match="no such option"):
        onoma.read(RECORDS, colour="red")
    with pytest.raises(DataError, match="not int"):
        onoma.read([1, 2])


def test_reading_tables_of_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([{"tokens": ["Ann", "left"], "ner_tags": ["B-PER", "O"]}] * 2)
    assert [d.text for d in onoma.read(frame).documents] == ["Ann left"] * 2
    texts = pandas.DataFrame([{"text": one["text"], "entities": one["entities"]} for one in RECORDS])
    assert onoma.read(texts).num_entities == 24


def test_reading_data_sets() -> None:
    datasets = pytest.importorskip("datasets")
    tags = datasets.Sequence(datasets.ClassLabel(names=["O", "B-PER"]))
    features = datasets.Features({"tokens": datasets.Sequence(datasets.Value("string")), "ner_tags": tags})
    rows = datasets.Dataset.from_dict({"tokens": [["Ann", "left"]], "ner_tags": [[1, 0]]}, features=features)
    (document,) = onoma.read(rows).documents
    assert [(e.text, e.label) for e in document.entities] == [("Ann", "PER")]


def test_a_run_tells_what_it_is(run: onoma.TrainedRun) -> None:
    assert run.metrics["model"] == "bilstm-crf"
    assert len(run.history) == 3
    assert 0 <= run.dev_f1 <= 1
    assert run.test_f1 is not None
    assert "bilstm-crf" in repr(run)
    shown = run._repr_html_()
    assert shown is not None
    assert f">{100 * run.dev_f1:.2f}</td>" in shown
    assert run.tagger()("Ann left Oslo.").text == "Ann left Oslo."


def test_a_finished_run_is_taken_up(run: onoma.TrainedRun) -> None:
    before = (run.folder / "metrics.json").stat().st_mtime_ns
    again = onoma.train(out=run.folder, resume=True)
    assert again.metrics == run.metrics
    assert (run.folder / "metrics.json").stat().st_mtime_ns == before
    with pytest.raises(ModelError, match="no finished run"):
        onoma.TrainedRun(run.folder.parent)


def test_scores_are_those_of_the_command_line(
    run: onoma.TrainedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from onoma.cli.main import main

    data = tmp_path / "test.jsonl"
    data.write_text("".join(json.dumps(one) + "\n" for one in RECORDS[6:]))
    scores = onoma.evaluate(run, RECORDS[6:]).as_dict()
    assert (
        onoma.evaluate(run.folder, data).as_dict()["entity"]
        == scores["entity"]
        == run.metrics["test"]["entity"]
    )
    assert main(["evaluate", str(run.folder), str(data), "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["entity"] == scores["entity"]
    with pytest.raises(DataError):
        onoma.evaluate(run, [{"text": "Nothing here."}])


def test_comparing_and_exporting(
    run: onoma.TrainedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["mine.py", "--secret", "x"])
    compared = onoma.compare([run], tmp_path / "report", measure=False)
    assert compared.command == ""  # the program's own line is no command of Onoma
    assert [model.name for model in compared.models] == ["bilstm-crf"]
    assert (tmp_path / "report" / "index.html").exists()
    proof = onoma.export(run, tmp_path / "bundle")
    assert not proof.faults()
    text = "Mary left Rome."
    exported, trained = onoma.load(tmp_path / "bundle")(text), run.tagger()(text)
    assert [e.key for e in exported.entities] == [e.key for e in trained.entities]
    onoma.export(run, tmp_path / "again")  # a package that the first call imported must not hide the function


def test_what_was_given_wins_over_a_file(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[data]\nencoding = "cp1251"\n[training]\nepochs = 7\n')
    from onoma.training.settings import gather_settings

    folder = bundled_corpora()["en"]
    resolved = gather_settings("lstm", {"encoding": "utf-8", "epochs": 30}, config=config, data=str(folder))
    assert (resolved.data.encoding, resolved.training.epochs) == ("utf-8", 30)
    assert gather_settings("lstm", {}, config=config, data=str(folder)).data.encoding == "cp1251"


def test_importing_onoma_imports_nothing_else() -> None:
    code = "import sys, onoma; dir(onoma); print(sorted(m for m in sys.modules if m.startswith('onoma')))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "['onoma', 'onoma.telemetry']"


def test_no_package_has_the_name_of_a_function() -> None:
    packages = {module.name for module in pkgutil.iter_modules(onoma.__path__)}
    assert packages.isdisjoint(onoma.__all__)


def test_reading_says_what_was_odd(caplog: pytest.LogCaptureFixture) -> None:
    wrong = {"text": "x", "entities": [{"start": 0, "end": 9, "label": "A"}]}
    onoma.read([*RECORDS, wrong], on_error="skip")
    assert any("records:13: " in line for line in caplog.messages)


@pytest.mark.parametrize("labels", [{"PER": "person", "LOC": ""}, ["PER=person", "LOC="]])
def test_labels_are_mapped_as_a_dictionary_or_as_texts(labels: object) -> None:
    assert onoma.read(RECORDS, labels=labels).entity_labels == ("person",)  # type: ignore[arg-type]
    assert onoma.read(RECORDS, labels="PER=person").entity_labels == ("LOC", "person")


@pytest.mark.parametrize("data", [None, 3, b"text", {"text": "Ann"}])
def test_what_is_no_data_is_refused_by_its_type(data: object) -> None:
    with pytest.raises(TypeError, match=f"not {type(data).__name__}$"):
        onoma.read(data)  # type: ignore[arg-type]


def test_half_a_character_is_an_error_of_the_data() -> None:
    with pytest.raises(DataError, match="record 1: "):
        onoma.read([{"text": "a\ud800b", "entities": []}])


def test_tuning_from_python(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    seen: list[object] = []
    options = {"out": tmp_path / "study", "epochs": 1, "threads": 1, "model_options": SMALL}
    data = {"train": RECORDS, "dev": RECORDS[:6], "test": RECORDS[6:]}
    result = onoma.tune("bilstm", data, trials=1, watch=seen.append, **options)
    assert result.best is not None
    assert [type(event).__name__ for event in seen if type(event).__name__ != "Step"] == [
        *("StudyStarted", "TrialStarted", "TrialEnded", "StudyEnded")
    ]
    assert "word_dim" not in result.best.values  # what is given is not searched
    assert len(onoma.tune("bilstm", data, trials=2, **options).trials) == 2  # it goes on
    best = (tmp_path / "study" / "best.toml").read_text(encoding="utf-8")
    assert "test.jsonl" in best
    with pytest.raises(ConfigError, match="started with 1, not 2"):
        onoma.tune("bilstm", data, **{**options, "epochs": 2})


def test_pretraining_from_python(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    text = tmp_path / "text.txt"
    lines = [f"the company said its profits rose by {number} in London .\n" for number in range(200)]
    text.write_text("".join(lines), encoding="utf-8")
    options = {"size": "tiny", "pieces": 100, "block": 16, "steps": 2, "begin": "random"}
    options |= {"held_out": 0.1, "threads": 1}
    done = onoma.pretrain(text, tmp_path / "encoder", **options)
    assert done.history[-1]["step"] == 2
    record = json.loads((tmp_path / "encoder" / "pretraining.json").read_text(encoding="utf-8"))
    assert record["finished"]
    assert record["config"]["learning_rate"] == 5e-3  # that of the size
    with pytest.raises(ConfigError, match=r"unknown setting 'pretraining\.sise'; did you mean 'size'"):
        onoma.pretrain(text, tmp_path / "other", sise="tiny")
    with pytest.raises(ConfigError, match="give one"):
        onoma.pretrain(text, tmp_path / "other", steps=1, epochs=1)
    assert not (tmp_path / "other").exists()
