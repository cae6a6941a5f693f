"""A task of another package, in one file (`counting_task`), goes all roads without a change anywhere else."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from counting_task import LengthTask, length_of

import onoma
from onoma.cli.main import main
from onoma.errors import BundleError, ConfigError
from onoma.exports.registry import load_exporters
from onoma.models import get_rung
from onoma.tasks import get_task, list_tasks, registry
from onoma.text import Document
from onoma.training.loop import Trainer

SMALL = [
    "base=bilstm",
    "hidden_dim=16",
    "word_dim=16",
    "batch_size=8",
    "learning_rate=0.01",
    "threads=1",
    "precision=fp32",
]
TOPICS = {"sport": ("match", "team"), "trade": ("price", "share")}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package as an installer leaves it, for as long as the test runs."""
    about = tmp_path / "site" / "counting-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: counting\nVersion: 1.0\n", encoding="utf-8")
    entries = {"tasks": "counting_task:TASK", "exports": "counting_task:register_export"}
    groups = (f"[onoma.{group}]\nlength = {value}\n" for group, value in entries.items())
    (about / "entry_points.txt").write_text("".join(groups), encoding="utf-8")
    monkeypatch.syspath_prepend(about.parent)
    paths = [str(about.parent), str(Path(__file__).parent), *filter(None, sys.path)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    registry._tasks.cache_clear()
    load_exporters.cache_clear()
    yield about.parent
    registry._tasks.cache_clear()


@pytest.fixture(autouse=True)
def no_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are slow, and another test's."""
    monkeypatch.setattr("onoma.reports.runs.write_plots", lambda folder, finished: None)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents of one to eight sentences, with towns and a topic."""
    rng = random.Random(4)
    folder = tmp_path_factory.mktemp("data")
    for name, count in (("train", 60), ("dev", 16), ("test", 16)):
        lines = []
        for number in range(count):
            topic = rng.choice(sorted(TOPICS))
            text, entities = "", []
            for _ in range(rng.randint(1, 8)):
                town = rng.choice(["Oslo", "Rome", "Turin", "Bern"])
                text += f"The {rng.choice(TOPICS[topic])} in "
                entities.append({"start": len(text), "end": len(text) + len(town), "label": "LOC"})
                text += f"{town} {'went on and ' * rng.randint(0, 2)}ended .\n"
            document = {"id": f"{name}{number}", "text": text, "entities": entities, "labels": [topic]}
            lines.append(json.dumps(document))
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def train(data: Path, run: Path, *more: str, epochs: int = 3) -> int:
    settings = [part for option in (*SMALL, *more) for part in ("--set", option)]
    given = ["--model", "joint", "--data", str(data), "--out", str(run), "--epochs", str(epochs)]
    return main(["train", *given, *settings, "--quiet"])


def rows(run: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in (run / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in found:
        del row["seconds"], row["tokens_per_second"]
    return found


def read(data: Path, name: str) -> list[Document]:
    lines = (data / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Document(str(number), json.loads(line)["text"]) for number, line in enumerate(lines)]


def mean_error(documents: list[Document]) -> float:
    """In shares of the right number of words."""
    errors = [abs(length_of(one) - len(one.tokens)) / len(one.tokens) for one in documents]
    return sum(errors) / len(errors)


def test_it_is_found_as_long_as_it_is_installed(installed: Path) -> None:
    assert get_task("length") is LengthTask
    assert [task.name for task in list_tasks()] == ["documents", "length", "spans", "tags"]
    options = get_rung("joint").for_options({"tasks": "entities,length"}).config.model_fields
    assert "length_weight" in options
    assert "length_weight" not in get_rung("joint").config.model_fields


def test_a_list_of_tasks_asks_for_no_torch(installed: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from onoma.tasks import list_tasks\n"
        "print([task.name for task in list_tasks()])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "length" in done.stdout, done.stderr


def test_it_trains_saves_loads_and_predicts(installed: Path, data: Path, tmp_path: Path, capsys) -> None:
    run = tmp_path / "run"
    assert train(data, run, "tasks=entities,length", epochs=12) == 0
    assert all(set(row["task_weights"]) == {"entities", "length"} for row in rows(run))
    # The best epoch is chosen by the mean of both tasks' scores on dev.
    last = rows(run)[-1]
    assert last["dev_choice"] != last["dev_f1"]
    config = json.loads((run / "bundle" / "config.json").read_text(encoding="utf-8"))
    assert config["options"]["tasks"] == "entities,length"
    assert config["options"]["length_weight"] == 1.0
    assert config["tasks"]["length"]["scale"] > 10

    tagger = onoma.load(run)
    gold = read(data, "test")
    found = tagger.tag(gold)
    assert mean_error(found) < 0.1
    assert {entity.label for one in found for entity in one.entities} == {"LOC"}
    # Words count where they stand: in two texts at once, in windows, or in a stream.
    joined = Document("joined", "".join(one.text for one in gold[:2]))
    numbers = [length_of(one) for one in found[:2]]
    assert abs(length_of(tagger(joined)) - sum(numbers)) <= 2
    assert list(tagger.pipe(iter(gold), chunk_tokens=20)) == found

    capsys.readouterr()
    assert main(["predict", str(run), str(data / "test.jsonl"), "--to", "jsonl"]) == 0
    printed = [json.loads(line)["labels"] for line in capsys.readouterr().out.splitlines()]
    assert printed == [list(one.labels or ()) for one in found]


def test_a_stopped_run_goes_on_bit_for_bit(
    installed: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("tasks=entities,length", "checkpoint_steps=2")
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert train(data, whole, *options) == 0
    updates = 0
    update = Trainer._update

    def counted(trainer: Trainer, batch: Any) -> float:
        nonlocal updates
        updates += 1
        if updates == 15:
            os.kill(os.getpid(), signal.SIGTERM)
        return update(trainer, batch)

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "_update", counted)
        assert train(data, stopped, *options) != 0
    assert not (stopped / "metrics.json").exists()
    assert main(["train", "--resume", "--out", str(stopped), "--quiet"]) == 0
    assert rows(stopped) == rows(whole)
    for name in ("model.safetensors", "config.json", "vocabulary.json"):
        assert (stopped / "bundle" / name).read_bytes() == (whole / "bundle" / name).read_bytes()


@pytest.mark.parametrize("tasks", ["length", "length,documents", "documents,entities,length"])
def test_it_goes_with_other_tasks_in_any_order(
    installed: Path, data: Path, tmp_path: Path, tasks: str
) -> None:
    run = tmp_path / "run"
    fixed = ("weighting=fixed", "length_weight=0.25", "document_weight=2.0", "document_dim=8")
    assert train(data, run, f"tasks={tasks}", *fixed) == 0
    names = tasks.split(",")
    weights = {"length": 0.25, "documents": 2.0, "entities": 1.0}
    assert rows(run)[-1]["task_weights"] == {name: weights[name] for name in names}
    tagger = onoma.load(run)
    assert (tagger.documents is not None) == ("documents" in names)
    assert (tagger.decoder is not None) == ("entities" in names)
    for document in tagger.tag(read(data, "test")):
        assert length_of(document) > 0
        assert bool(document.entities) <= ("entities" in names)
        assert set(document.labels or ()) - {f"length={length_of(document)}"} <= set(TOPICS)


def test_it_can_say_how_it_is_exported(
    installed: Path, data: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    assert train(data, run, "tasks=entities,length") == 0
    with monkeypatch.context() as without:
        without.setattr("onoma.exports.network.load_exporters", lambda: None)
        assert main(["export", str(run), str(out)]) == 2
    assert "a LengthHead cannot be exported yet" in capsys.readouterr().err
    assert main(["export", str(run), str(out)]) == 0
    origin, exported = onoma.load(run), onoma.load(out)
    texts = read(data, "test")
    assert [one.labels for one in exported.tag(texts)] == [one.labels for one in origin.tag(texts)]


def test_a_wrong_option_of_it_is_refused(installed: Path, data: Path, tmp_path: Path, capsys) -> None:
    assert train(data, tmp_path / "a", "tasks=entities,length", "length_weight=-1") == 2
    assert "length_weight" in capsys.readouterr().err
    assert train(data, tmp_path / "b", "tasks=entities,documents", "length_weight=2") == 2
    assert "unknown setting 'length_weight'" in capsys.readouterr().err
    assert train(data, tmp_path / "c", "tasks=entities,lenght") == 2
    assert "unknown task 'lenght'; did you mean 'length'?" in capsys.readouterr().err


def test_a_model_without_its_package_is_refused_in_a_line(
    installed: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    assert train(data, run, "tasks=entities,length", epochs=1) == 0
    bundle = run / "bundle" / "config.json"
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(installed)])
    registry._tasks.cache_clear()
    with pytest.raises(ConfigError, match="unknown task 'length'"):
        get_task("length")
    with pytest.raises(BundleError, match="unknown task 'length'") as caught:
        onoma.load(run)
    assert "\n" not in str(caught.value)
    assert bundle.exists()


def test_its_head_takes_no_part_in_others(installed: Path) -> None:
    """A head has its own weights and gives its own output."""
    task = LengthTask(get_rung("joint").for_options({"tasks": "length"}).config(tasks="length"), 10.0)
    head = task.head(4, ())
    assert {name for name, _ in head.named_parameters()} == {"votes.weight", "votes.bias"}
    assert task.arrays(head)["length.shift"].shape == task.array_shapes()["length.shift"]
    assert torch.equal(head.shift, torch.zeros(1))
