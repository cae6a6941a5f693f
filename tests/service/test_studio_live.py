"""The whole road: a server, annotation, a real training beside it, gate and swap; and ``onoma retrain``."""

import json
import time
from pathlib import Path
from unittest.mock import patch

import pytest
from live_server import LiveServer, running
from studio_payloads import event, predict, region, setup, start

from onoma.cli.main import main
from onoma.readers import read_corpus, write_documents
from onoma.resources import bundled_corpora

CONFIGURATION = """<View><Labels name="l" toName="t"><Label value="per"/><Label value="Location"/></Labels>
<Text name="t" value="$body"/></View>"""
TEXT = "Annabel Smith of Bonn met Peter Miller in Oslo ."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that is learned from in a moment."""
    folder = tmp_path_factory.mktemp("data")
    for split, number in (("train", 16), ("dev", 8), ("test", 60)):
        documents = read_corpus(bundled_corpora()["en"] / f"{split}.jsonl").documents[:number]
        write_documents(folder / f"{split}.jsonl", documents, "spans-jsonl")
    return folder


def post(server: LiveServer, path: str, payload: object):
    return server.ask("POST", path, payload, {"Content-Type": "application/json"})


def trained(server: LiveServer, number: int) -> dict:
    """Wait for the end of a training."""
    while True:
        status = server.ask("GET", "/label-studio").json
        if status["training"] is None and len(status["trainings"]) == number:
            return status
        time.sleep(0.1)


def test_a_mistyped_label_of_the_map_is_told_at_the_start() -> None:
    given = (
        "--label-studio",
        "--label-map",
        "PERS=Person",
        "--label-map",
        "loc=Place",
        "--label-map",
        "per=",
        "--drain",
        0,
    )
    with running("m=en", *given) as server:
        told = [line for line in server.log if "--label-map" in line]
    assert len(told) == 1
    assert "the model has no label PERS, loc; it has art, " in told[0]


def test_annotation_becomes_a_model_while_the_old_one_answers(run: Path, data: Path, tmp_path: Path) -> None:
    given = ("--label-studio", "--label-map", "LOC=Location", "--annotations", tmp_path / "kept")
    given = (*given, "--retrain", data, "--retrain-margin", 100, "--retrain-set", "epochs=1", "--drain", 0)
    given = (*given, "--retrain-set", "epoch_updates=1")
    begin = TEXT.index("Bonn")
    ann = region(begin, begin + 4, "Bonn", "Location")
    with running(f"m={run}", *given) as server:
        first = post(server, "/setup", setup(CONFIGURATION)).json
        assert set(first["unknown_labels"]) == {"ORG"} or first["unknown_labels"]
        asked = predict(TEXT, configuration=CONFIGURATION)
        before = post(server, "/predict", asked).json
        assert {one["from_name"] for one in before["results"][0]["result"]} <= {"l"}
        created = event("ANNOTATION_CREATED", 7, TEXT, ann)
        created["project"]["label_config"] = CONFIGURATION
        assert post(server, "/webhook", created).status == 201
        began = {**start(), "project": created["project"]}
        assert post(server, "/webhook", began).json["result"] == {"training": True}
        while server.ask("GET", "/label-studio").json["training"] is not None:
            answer = post(server, "/predict", asked)
            assert answer.status == 200
            time.sleep(0.1)  # who asks without a pause takes the training's processor away
        status = trained(server, 1)
        (ended,) = status["trainings"]
        assert ended["outcome"] == "taken", ended
        assert (ended["tasks"], ended["verdict"]["learned"], ended["verdict"]["documents"]) == (1, 1, 14)
        assert status["model_version"] != first["model_version"]
        assert post(server, "/setup", setup(CONFIGURATION)).json["model_version"] == status["model_version"]
        assert post(server, "/predict", asked).json["model_version"] == status["model_version"]
    log = "".join(server.log)
    assert "training 1: taken" in log
    assert "Annabel" not in log


def retrain(run: Path, data: Path, out: Path, *given: object) -> tuple[int, list[str]]:
    new = out.with_suffix(".jsonl")
    place = TEXT.index("Oslo")
    oslo = {"start": place, "end": place + 4, "label": "LOC"}
    test = json.loads((data / "test.jsonl").read_text(encoding="utf-8").splitlines()[0])
    train = json.loads((data / "train.jsonl").read_text(encoding="utf-8").splitlines()[0])
    records = [{"text": TEXT, "entities": [oslo]}, {"text": test["text"], "entities": []}]
    records.append({"text": train["text"], "entities": train["entities"]})
    new.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    command = ["retrain", str(run), str(new), "--data", str(data), "--out", str(out), "--quiet", "--json"]
    with patch("onoma.reports.runs.write_plots"):
        return main([*command, *map(str, given)])


def test_a_better_model_passes_and_learns_nothing_of_the_test(
    run: Path, data: Path, tmp_path: Path, capsys
) -> None:
    two = ("--set", "epochs=2", "--set", "epoch_updates=1")
    assert retrain(run, data, tmp_path / "out", *two, "--margin", 0) in (0, 1)
    judged = json.loads(capsys.readouterr().out)
    assert (judged["learned"], judged["left_out"], judged["replaced"]) == (2, 1, 1)
    assert judged["taken"] == (judged["f1"]["new"] >= judged["f1"]["old"] or judged["difference"]["low"] >= 0)
    learned = read_corpus(tmp_path / "out-data" / "train.jsonl").documents
    assert len(learned) == 17
    held = {document.text for document in read_corpus(data / "test.jsonl").documents}
    assert not held & {document.text for document in learned}


def test_a_worse_model_is_refused(run: Path, data: Path, tmp_path: Path, capsys) -> None:
    ruin = ("--set", "epochs=1", "--set", "learning_rate=5.0", "--set", "average=0")
    ruin = (*ruin, "--set", "epoch_updates=1")
    assert retrain(run, data, tmp_path / "out", *ruin) == 1
    judged = json.loads(capsys.readouterr().out)
    assert not judged["taken"]
    assert judged["f1"]["new"] < judged["f1"]["old"]
    assert judged["difference"]["low"] < -0.005
    assert "is not taken" in judged["reason"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--label-map", "A=B"], "--label-map: is for --label-studio"),
        (["--label-studio", "--retrain-after", "3"], "--retrain-after: is for --retrain DATA"),
        (["--label-studio", "--retrain", "en"], "--annotations DIR"),
        (["--label-studio", "--retrain", "nowhere", "--annotations", "a"], "no such folder"),
        (["--label-studio", "--annotations", "a", "--workers", "2"], "kept by one process"),
        (["--label-studio", "--label-map", "PER"], "write MODEL=PROJECT"),
        (["--label-studio", "--annotations", "a", "--retrain", "en"], "is exported and cannot be trained on"),
    ],
)
def test_options_that_do_not_go_together_are_one_line(
    tmp_path: Path, monkeypatch, capsys, given: list, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["serve", "en", "--port", "0", *given]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert message in line
