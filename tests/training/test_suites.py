import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resuming import settings, write_corpus

import onoma
from onoma.errors import ConfigError, DataError, ModelError, StoppedError
from onoma.readers import read_corpus
from onoma.resources import bundled_corpora
from onoma.runtime.bundle import manifest_hash
from onoma.runtime.cost import Cost
from onoma.runtime.loading import find_bundle
from onoma.runtime.memory import resident_peak_mb
from onoma.training import environment
from onoma.training.config import RunConfig, resolve
from onoma.training.data import draw_share, load_run_data
from onoma.training.events import Outcome, Stopped
from onoma.training.fingerprints import fingerprint_inputs
from onoma.training.folder import CONFIG, METRICS
from onoma.training.suites import cost_book
from onoma.training.suites.cost_book import CostBook
from onoma.training.suites.loading import load_suite
from onoma.training.suites.plan import PlannedRun, Suite
from onoma.training.suites.runner import run_suite

SUITE = """
[suite]
seeds = [1, 2]
shares = [0.5, 1.0]
epochs = 4
[data]
folder = "en"
[training]
batch_size = 8
[[models]]
id = "lstm"
[[models]]
name = "own"
config = "r1-rnn"
model = { hidden_dim = 7, char_widths = [2, 3], lowercase = true }
training = { epochs = 2, schedule = "cosine" }
"""


def write(folder: Path, text: str = SUITE) -> Path:
    path = folder / "my.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_model_of_a_suite_has_targets_of_its_own(tmp_path: Path) -> None:
    taught = '[[models]]\nid = "rnn"\ndata = { targets = "silver", targets_share = 0.25 }\n'
    suite = load_suite(write(tmp_path, SUITE + taught))
    data = {run.model: run.config.data for run in suite.runs}
    assert (data["rnn"].targets, data["rnn"].targets_share) == (str(tmp_path / "silver"), 0.25)
    assert data["lstm"].targets is None
    assert data["lstm"].train == data["rnn"].train
    with pytest.raises(ConfigError, match=r"test: all models of a suite have the same data"):
        load_suite(write(tmp_path, SUITE + '[[models]]\nid = "rnn"\ndata = { test = "mine" }\n'))


def test_a_suite_becomes_runs_full_data_first(tmp_path: Path) -> None:
    suite = load_suite(write(tmp_path))
    assert (suite.name, suite.models) == ("my", ("lstm", "own"))
    assert [run.name for run in suite.runs] == [
        *("lstm-seed1", "lstm-seed2", "own-seed1", "own-seed2"),
        *("lstm-seed1-share50", "lstm-seed2-share50", "own-seed1-share50", "own-seed2-share50"),
    ]
    lstm, own = suite.runs[0].config, suite.runs[7].config
    assert lstm.training.epochs == 4  # of 30: the budget
    assert lstm.data.train == str(bundled_corpora()["en"] / "train.jsonl")
    assert lstm.data.train_share is None
    assert (own.rung.name, own.model.hidden_dim, own.model.char_widths) == ("rnn", 7, (2, 3))  # type: ignore[attr-defined]
    assert (own.training.epochs, own.training.batch_size, own.training.seed) == (2, 8, 2)
    assert (own.training.optimizer, own.training.schedule) == ("adam", "cosine")
    assert own.data.train_share == 0.5


def test_paths_in_a_suite_are_relative_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_corpus(tmp_path / "corpus")
    (tmp_path / "vectors.txt").write_text("a 1.0\n", encoding="utf-8")
    text = '[data]\nfolder = "corpus"\n[[models]]\nid = "lstm"\nmodel = { vectors = "vectors.txt" }\n'
    path = write(tmp_path, text)
    monkeypatch.chdir(path.root)
    config = load_suite(path).runs[0].config
    assert config.data.test == str(tmp_path / "corpus" / "test.txt")
    assert config.model.vectors == str(tmp_path / "vectors.txt")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seeds", "seed", "unknown setting 'suite.seed'; did you mean 'seeds'"),
        ("[training]", "[trainig]", "unknown table 'trainig'; did you mean 'training'"),
        ('folder = "en"', 'foldr = "en"', "unknown setting 'data.foldr'; did you mean 'folder'"),
        (
            "hidden_dim",
            "hidden",
            "model 'own': unknown setting 'hidden'|model 'own': unknown setting 'model.hid",
        ),
        ('name = "own"', 'name = "lstm"', "two models are called 'lstm'"),
        ('name = "own"', 'name = "../up"', "models.2.name"),
        ('id = "lstm"', 'id = "lsmt"', "model 'lsmt': .*did you mean 'lstm'"),
        ("0.5, 1.0", "0.0", "suite.shares.0"),
        ('folder = "en"', "", "no training data is named"),
        (SUITE, "[data]\n", "names no models"),
    ],
)
def test_a_wrong_suite_is_one_line_with_its_file(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SUITE
    path = write(tmp_path, SUITE.replace(old, new))
    with pytest.raises(ConfigError, match=said) as caught:
        load_suite(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_held_out_dev_alone_is_refused_since_seeds_could_not_be_compared(tmp_path: Path) -> None:
    data = write_corpus(tmp_path / "corpus")
    path = write(tmp_path, f'[data]\ntrain = "{data / "train.txt"}"\n[[models]]\nid = "lstm"\n')
    with pytest.raises(ConfigError, match="neither a dev nor a test file"):
        load_suite(path)


class FakeTraining:
    """Writes what a finished run leaves, or does what a test asks for."""

    def __init__(self, act: Callable[[PlannedRun, Path, bool], None] | None = None) -> None:
        self.act = act
        self.trained: list[tuple[str, bool]] = []

    def __call__(self, run: PlannedRun, folder: Path, resume: bool) -> None:
        self.trained.append((run.name, resume))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG).write_text(run.config.as_toml(), encoding="utf-8")
        if self.act:
            self.act(run, folder, resume)
        facts = {"onoma": onoma.__version__, "inputs": fingerprint_inputs(run.config)}
        (folder / "environment.json").write_text(json.dumps(facts), encoding="utf-8")
        (folder / METRICS).write_text("{}", encoding="utf-8")


def small_suite(folder: Path, epochs: int = 3, **more: str | list[str]) -> Suite:
    data = folder / "data"
    if not data.exists():
        write_corpus(data)

    def config(seed: int) -> RunConfig:
        given = settings(data, seed=seed, epochs=epochs)
        for name, value in more.items():
            given["training" if name == "init_from" else "data"][name] = value
        return resolve(None, given)

    runs = [PlannedRun(f"lstm-seed{seed}", "lstm", 1.0, config(seed)) for seed in (1, 2)]
    return Suite("s", tuple(runs), models=("lstm",))


def statuses(suite: Suite, folder: Path, train: FakeTraining) -> list[str]:
    """What became of the runs, and "stopped" at the end where the suite was."""
    events = [event for event in run_suite(suite, folder, train) if isinstance(event, Outcome | Stopped)]
    return ["stopped" if isinstance(event, Stopped) else event.status for event in events]


def test_what_is_there_is_not_trained_again_unless_something_differs(tmp_path: Path) -> None:
    suite, train = small_suite(tmp_path), FakeTraining()
    assert statuses(suite, tmp_path, train) == ["trained", "trained"]
    assert statuses(suite, tmp_path, train) == ["reused", "reused"]
    assert len(train.trained) == 2
    # Another setting: trained again, and the old runs are still there.
    other = small_suite(tmp_path, epochs=2)
    assert statuses(other, tmp_path, train) == ["trained", "trained"]
    assert (tmp_path / "runs" / "lstm-seed1.old-1" / METRICS).exists()
    # Other content of the data under the same name.
    with (tmp_path / "data" / "test.txt").open("a", encoding="utf-8") as file:
        file.write("more O\n\n")
    assert statuses(other, tmp_path, train) == ["trained", "trained"]
    # Another version.
    path = tmp_path / "runs" / "lstm-seed2" / "environment.json"
    path.write_text(path.read_text().replace(onoma.__version__, "0.0.1"))
    assert statuses(other, tmp_path, train) == ["reused", "trained"]


def test_a_run_is_begun_anew_where_what_it_starts_from_or_its_labels_have_changed(tmp_path: Path) -> None:
    start = _with_manifest(tmp_path / "base")
    (tmp_path / "names.toml").write_text('PER = "PERSON"')
    more = {"init_from": str(start), "label_map": [str(tmp_path / "names.toml"), "LOC="]}
    suite, train = small_suite(tmp_path, **more), FakeTraining()
    assert statuses(suite, tmp_path, train) == ["trained", "trained"]
    assert suite.runs[0].config.data.label_map == ("PER=PERSON", "LOC=")
    assert statuses(suite, tmp_path, train) == ["reused", "reused"]
    (start / "bundle" / "manifest.json").write_text('{"other": 1}')
    assert statuses(suite, tmp_path, train) == ["trained", "trained"]
    shutil.rmtree(start)  # what was trained from it is there
    assert statuses(suite, tmp_path, train) == ["reused", "reused"]
    (tmp_path / "names.toml").write_text('PER = "HUMAN"')
    _with_manifest(start)
    other = small_suite(tmp_path, **more)
    assert statuses(other, tmp_path, train) == ["trained", "trained"]


def test_a_failed_run_does_not_end_the_suite_and_is_tried_again(tmp_path: Path) -> None:
    def fail(run: PlannedRun, folder: Path, resume: bool) -> None:
        if run.seed == 1:
            raise ModelError("out of luck")

    suite = small_suite(tmp_path)
    events = list(run_suite(suite, tmp_path, FakeTraining(fail)))
    outcomes = [event for event in events if isinstance(event, Outcome)]
    assert [(one.status, one.message) for one in outcomes] == [("failed", "out of luck"), ("trained", "")]
    again = FakeTraining()
    assert statuses(suite, tmp_path, again) == ["trained", "reused"]
    assert again.trained == [("lstm-seed1", True)]


def test_an_interrupted_suite_ends_and_goes_on_with_the_same_run(tmp_path: Path) -> None:
    def stop(run: PlannedRun, folder: Path, resume: bool) -> None:
        raise StoppedError

    suite = small_suite(tmp_path)
    assert statuses(suite, tmp_path, FakeTraining(stop)) == ["stopped"]
    again = FakeTraining()
    assert statuses(suite, tmp_path, again) == ["trained", "trained"]
    assert again.trained == [("lstm-seed1", True), ("lstm-seed2", False)]


def test_an_unfinished_run_on_changed_data_begins_again(tmp_path: Path) -> None:
    def stop(run: PlannedRun, folder: Path, resume: bool) -> None:
        raise StoppedError

    def refuse(run: PlannedRun, folder: Path, resume: bool) -> None:
        if resume:
            raise DataError("its content has changed", code="changed-data")

    suite = small_suite(tmp_path)
    statuses(suite, tmp_path, FakeTraining(stop))
    train = FakeTraining(refuse)
    assert statuses(suite, tmp_path, train) == ["trained", "trained"]
    assert train.trained[:2] == [("lstm-seed1", True), ("lstm-seed1", False)]


@given(st.integers(0, 5), st.floats(0.05, 1.0), st.floats(0.05, 1.0))
def test_smaller_shares_lie_in_larger_ones(seed: int, one: float, other: float) -> None:
    corpus = read_corpus(bundled_corpora()["en"] / "train.jsonl")
    small, large = (draw_share(corpus, share, seed) for share in sorted((one, other)))
    ids = [document.id for document in large.documents]
    assert {document.id for document in small.documents} <= set(ids)
    assert len(ids) == max(1, round(max(one, other) * len(corpus.documents)))
    assert ids == sorted(ids, key=[document.id for document in corpus.documents].index)
    assert large.ledger.balanced


def test_a_run_on_a_share_has_all_of_dev_and_test(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = resolve(None, settings(write_corpus(tmp_path / "data"))).data
    caplog.set_level("INFO")
    whole = load_run_data(config, 3).splits
    part = load_run_data(config.model_copy(update={"train_share": 0.25}), 3).splits
    assert len(part["train"].documents) == 12
    assert (part["dev"], part["test"]) == (whole["dev"], whole["test"])
    assert caplog.messages[-1].startswith("25% of train (seed 3): 12 documents")


def test_a_cost_is_measured_once_for_a_model_machine_and_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost_book, "measure_costs", _measured)
    place, run = tmp_path / "costs.json", _with_manifest(tmp_path / "run")
    assert CostBook(place, ["a", "b"]).known([run]) is None
    first = CostBook(place, ["a", "b"]).measure([run])
    assert CostBook(place, ["a", "b"]).known([run]) == first
    assert CostBook(place, ["a", "c"]).known([run]) is None
    CostBook(place, ["a", "c"]).measure([run])
    assert CostBook(place, ["a", "c"]).known([run]) is not None
    for name, value in (("ONOMA_PROBE_SECONDS", "0.5"), ("ONOMA_KERNEL", "numpy")):
        with monkeypatch.context() as otherwise:
            otherwise.setenv(name, value)
            otherwise.setattr(environment, "kernel_name", lambda: os.environ.get("ONOMA_KERNEL", "compiled"))
            assert CostBook(place, ["a", "c"]).known([run]) is None
    (run / "bundle" / "manifest.json").write_text('{"other": 1}')
    assert CostBook(place, ["a", "c"]).known([run]) is None
    old = {"latency_p50_ms": 1.0}
    for damage in (
        "damaged",
        "[]",
        json.dumps({manifest_hash(find_bundle(run)): {"circumstances": {}, "cost": old}}),
    ):
        place.write_text(damage)
        assert CostBook(place, ["a", "c"]).known([run]) is None
    with pytest.raises(ModelError, match="no such run or bundle"):
        CostBook(place, []).measure([tmp_path / "nothing"])


def test_costs_of_different_sessions_are_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost_book, "measure_costs", _measured)
    book = CostBook(tmp_path / "costs.json", ["a"])
    one, other, third = (_with_manifest(tmp_path / name) for name in ("one", "other", "third"))
    book.measure([one, other])
    book.measure([third])
    assert book.known([one, other]) is not None
    assert book.known([other]) is not None
    assert book.known([one, third]) is None
    book.measure([one, third])
    assert book.known([one, third]) is not None


def _with_manifest(run: Path) -> Path:
    manifest = run / "bundle" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"name": run.name}))
    return run


def _measured(bundles: Sequence[Path], sentences: Sequence[str]) -> list[Cost]:
    intervals = {"latency_p50_ms": (0.5, 1.5)}
    return [Cost(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, len(sentences), 5, intervals, 0.0, None) for _ in bundles]


def test_memory_of_a_process_is_its_own_and_not_its_parents() -> None:
    import subprocess
    import sys

    ballast = bytearray(300 << 20)  # resident here, and in what a child is forked from
    code = "from onoma.runtime.memory import resident_peak_mb; print(resident_peak_mb())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert resident_peak_mb() > len(ballast) / 2**20
    assert 1 < float(done.stdout) < 200
