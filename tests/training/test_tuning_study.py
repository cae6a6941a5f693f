"""A study in one process: sampling, pruning, interrupted trials, what it refuses."""

import sqlite3
import threading
import warnings
from pathlib import Path
from typing import Any, cast

import optuna
import pytest
from optuna.exceptions import StorageInternalError
from resuming import settings, write_corpus

from onoma.errors import ConfigError, DataError, ModelError, OutputError
from onoma.training.config import RunConfig, resolve
from onoma.training.events import StudyEnded, TrialEnded
from onoma.training.tuning import folder
from onoma.training.tuning.heartbeat import _beat
from onoma.training.tuning.identity import identify
from onoma.training.tuning.records import record
from onoma.training.tuning.sampling import SeededSampler, make_pruner, suggest
from onoma.training.tuning.space import Choices, Range, Space
from onoma.training.tuning.storage import open_storage
from onoma.training.tuning.study import Tuning

SPACE: Space = {
    "learning_rate": Range(1e-3, 0.1, log=True),
    "dropout": Range(0.1, 0.5, step=0.1),
    "num_layers": Range(1, 3, integer=True),
    "char_widths": Choices(([3], [2, 3])),
}
GIVEN = {"learning_rate": 0.02, "dropout": 0.5, "num_layers": 1, "char_widths": [3]}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"))


def config_of(data: Path, **training: Any) -> RunConfig:
    return resolve(None, settings(data, **{"epochs": 1, **training}))


def open_study(data: Path, folder: Path, space: Space = SPACE, **options: Any) -> Tuning:
    given = {"num_trials": 2, "name": "s", "url": None, "minutes": 0.0, **options}
    return Tuning(config_of(data), space, folder, **given)


def run_out(study: Tuning) -> bool:
    """Run a study to its end; return whether it had the time for all its trials."""
    *_, last = study.execute()
    assert isinstance(last, StudyEnded)
    return last.in_time


def draw(numbers: int, seed: int = 13, given: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    study = optuna.create_study(sampler=SeededSampler(seed, given), direction="maximize")
    drawn = []
    for _ in range(numbers):
        trial = study.ask()
        drawn.append({name: suggest(trial, name, dimension) for name, dimension in SPACE.items()})
        study.tell(trial, drawn[-1]["dropout"])
    return drawn


def test_the_search_is_a_function_of_its_seed_and_begins_as_given() -> None:
    drawn = draw(9, given=GIVEN)
    assert drawn[0] == GIVEN
    assert draw(9, given=GIVEN) == drawn
    assert draw(9, seed=14, given=GIVEN)[1:] != drawn[1:]
    assert draw(1)[0] != GIVEN
    for values in drawn:
        assert all(SPACE[name].contains(value) for name, value in values.items()), values
        assert values["dropout"] == round(values["dropout"], 1)
    assert len({values["learning_rate"] for values in drawn}) == 9


def run_scores(study: optuna.Study, *scores: float) -> list[bool]:
    trial, verdicts = study.ask(), []
    for epoch, score in enumerate(scores, start=1):
        trial.report(score, epoch)
        verdicts.append(trial.should_prune())
    study.tell(trial, max(scores))
    return verdicts


def test_a_trial_below_the_median_is_given_up_after_its_first_epoch() -> None:
    study = optuna.create_study(pruner=make_pruner(5), direction="maximize")
    for scores in ((0.5, 0.6, 0.7), (0.4, 0.5, 0.6), (0.3, 0.1, 0.2)):
        assert run_scores(study, *scores) == [False] * 3
    assert run_scores(study, 0.0, 0.0, 0.0) == [False] * 3  # four are whole before any is given up
    assert run_scores(study, 0.1, 0.2, 0.3) == [False, True, True]
    assert run_scores(study, 0.1, 0.9, 0.3) == [False, False, False]  # its best counts
    later = optuna.create_study(pruner=make_pruner(20), direction="maximize")
    later.add_trials(study.get_trials(states=(optuna.trial.TrialState.COMPLETE,)))
    assert run_scores(later, 0.1, 0.1, 0.1) == [False] * 3  # a fifth of its epochs are its own


def test_a_hopeless_trial_is_pruned_and_its_run_thinned(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onoma.training.tuning.sampling._UNPRUNED_TRIALS", 1)
    space: Space = {"learning_rate": Choices((0.1, 1e-9))}
    study = Tuning(
        config_of(data, epochs=4, learning_rate=0.1, average=0.0),
        space,
        tmp_path / "s",
        num_trials=5,
        name="s",
        url=None,
        minutes=0,
    )
    ended = [event for event in study.execute() if isinstance(event, TrialEnded)]
    pruned = [event.trial for event in ended if event.trial.state == "pruned"]
    assert pruned
    for trial in pruned:
        assert trial.values == {"learning_rate": 1e-9}
        assert list(trial.dev_f1_by_epoch) == [1, 2]
        folder = tmp_path / "s" / "trials" / f"{trial.number:04}"
        assert sorted(path.name for path in folder.iterdir()) == ["config.toml", "history.jsonl"]
    assert study.result().best.values == {"learning_rate": 0.1}  # type: ignore[union-attr]


def test_a_trial_whose_loss_is_not_a_number_is_recorded(data: Path, tmp_path: Path) -> None:
    study = open_study(data, tmp_path / "s", {"learning_rate": Choices((0.02, 1e38))}, num_trials=5)
    assert run_out(study)
    failed = [trial for trial in study.result().trials if trial.state == "failed"]
    assert failed
    assert all("the loss is not a number in epoch 1" in trial.reason for trial in failed)
    assert all(trial.values == {"learning_rate": 1e38} for trial in failed)
    assert study.result().best == study.result().as_given
    assert len(study.result().trials) == 5


def test_a_study_of_failures_alone_ends(data: Path, tmp_path: Path) -> None:
    space: Space = {"learning_rate": Choices((1e38, 1e37))}
    study = open_study(data, tmp_path / "s", space, num_trials=9)
    with pytest.raises(ModelError, match="all of the first 3 trials failed; the last: the loss is not a"):
        run_out(study)


def test_time_is_counted_over_all_trials(data: Path, tmp_path: Path) -> None:
    study = open_study(data, tmp_path / "s", num_trials=1)
    assert run_out(study)
    study.close()
    again = open_study(data, tmp_path / "s", num_trials=3, minutes=1e-6)
    assert not run_out(again)
    assert len(again.result().trials) == 1
    again.close()
    # Within a trial, too: it is repeated when the study goes on.
    cut = open_study(data, tmp_path / "s", num_trials=2, minutes=1000)
    cut._is_late = iter([False, *[True] * 99]).__next__  # type: ignore[method-assign]
    assert not run_out(cut)
    assert len(cut.result().trials) == 1
    cut.close()
    last = open_study(data, tmp_path / "s", num_trials=2)
    assert run_out(last)
    assert [trial.retry_of for trial in last.result().trials] == [None, 1]


def test_a_fault_of_the_data_ends_the_study(data: Path, tmp_path: Path) -> None:
    broken = write_corpus(tmp_path / "broken")
    (broken / "dev.txt").write_text("a B-X\nb O extra\n\nc B-X\nd O\n", encoding="utf-8")
    study = open_study(broken, tmp_path / "s")
    with pytest.raises(DataError, match=r"dev\.txt:2"):
        run_out(study)
    assert study.result().trials == []


def test_a_study_keeps_its_settings_space_and_data(data: Path, tmp_path: Path) -> None:
    own = write_corpus(tmp_path / "own")
    folder = tmp_path / "s"
    open_study(own, folder).close()
    open_study(own, folder).close()
    open_study(data, folder).close()  # the same content in another place
    with pytest.raises(
        ConfigError, match=r"space.dropout: the study was started with .*, not none; study 's'"
    ):
        open_study(own, folder, {"learning_rate": SPACE["learning_rate"]})
    with pytest.raises(ConfigError, match=r"training.epochs: the study was started with 1, not 2"):
        Tuning(
            config_of(own, epochs=2),
            SPACE,
            folder,
            num_trials=2,
            name="s",
            url=None,
            minutes=0,
        )
    open_study(own, folder, name="another").close()
    (own / "dev.txt").write_text((own / "dev.txt").read_text() + "One O\n\n")
    with pytest.raises(
        DataError, match=r"dev\.txt: data\.dev: its content is not what the study was started"
    ):
        open_study(own, folder)
    (own / "test.txt").unlink()  # it is never read
    open_study(own, folder, name="third").close()


def test_a_folder_of_something_else_or_in_use_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="is not empty and holds no study"):
        open_study(data, tmp_path / "mine")
    first = open_study(data, tmp_path / "s")
    with pytest.raises(OutputError, match="is at work here"):
        open_study(data, tmp_path / "s")
    first.close()
    open_study(data, tmp_path / "s").close()


def test_a_damaged_or_unknown_database_is_one_line(data: Path, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "study.db").write_bytes(b"no database" * 99)
    with pytest.raises(ConfigError, match=r"study\.db: the database cannot be used: file is not a database"):
        open_study(data, tmp_path / "s")
    for url in ("no url", "nosuch://me:s3cret@host/db", "postgresql://me:s3cret@/db?host=/no/such/socket"):
        with pytest.raises(ConfigError, match=r"--storage .*: the database cannot be used") as caught:
            open_study(data, tmp_path / "other", url=url)
        assert "s3cret" not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_silent_process_of_a_shared_study_is_given_up(data: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    first = open_study(data, tmp_path / "s", url=url)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trials = [first.study.ask() for _ in range(2)]
    storage = open_storage(url, tmp_path, lambda study, trial: None)
    for trial in trials:
        for name, dimension in SPACE.items():
            suggest(trial, name, dimension)
        storage.record_heartbeat(trial._trial_id)
    with sqlite3.connect(tmp_path / "shared.db") as database:
        query = "UPDATE trial_heartbeats SET heartbeat = '2000-01-01 00:00:00' WHERE trial_id = ?"
        database.execute(query, (trials[0]._trial_id,))
    second = open_study(data, tmp_path / "s", url=url)
    states = [trial.state.name for trial in second.study.trials]
    assert states == ["FAIL", "RUNNING", "WAITING"]
    assert [trial.number for trial in second.result().trials] == [1]
    assert run_out(second)
    repeated = second.result().trials[-1]
    assert (repeated.number, repeated.retry_of, repeated.values) == (2, 0, first.given)


def test_a_trial_lives_on_after_an_outage_of_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[int] = []

    class Storage:
        def record_heartbeat(self, trial: int) -> None:
            beats.append(trial)
            if len(beats) == 1:
                raise StorageInternalError("gone for a moment")
            if len(beats) == 3:
                over.set()

    over = threading.Event()
    _beat(cast("Any", Storage()), 7, 0.001, over)
    assert beats == [7, 7, 7]


def test_a_study_is_of_the_targets_content_not_their_place(data: Path, tmp_path: Path) -> None:
    def targets(name: str, content: str) -> str:
        folder = tmp_path / name
        (folder / "shards").mkdir(parents=True)
        (folder / "targets.json").write_text("{}")
        (folder / "shards" / "00000.safetensors").write_text(content)
        return str(folder)

    def identity(place: str) -> Any:
        given = settings(data, epochs=1)
        given["data"]["targets"] = place
        return identify(resolve(None, given), SPACE)

    first = identity(targets("one", "a"))
    assert identity(targets("two", "a")) == first
    assert identity(targets("three", "b")) != first


def test_a_trial_too_many_is_not_trained(data: Path, tmp_path: Path) -> None:
    """Two processes may both see that one is missing."""
    study = open_study(data, tmp_path / "s", num_trials=1, url=f"sqlite:///{tmp_path / 'shared.db'}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study.study.ask()  # another process was first
    assert list(study._run_trial()) == []
    assert [trial.number for trial in study.result().trials] == [0]
    assert record(study.study.trials[1], SPACE) is None


def test_what_a_killed_process_left_of_a_thinned_trial_is_cleared(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = open_study(data, tmp_path / "study")
    run_out(study)
    study.close()
    kept = {path.relative_to(tmp_path) for path in (tmp_path / "study").rglob("*")}
    # As if it had been killed amid thinning the trial that is not the best, of which any part may be left.
    (thinned,) = (one for one in (tmp_path / "study" / "trials").iterdir() if not (one / "bundle").exists())
    left = (thinned / "bundle" / "config.json", thinned / "predictions" / "dev.jsonl")
    for path in left:
        path.parent.mkdir()
        path.write_text("{}")
    order: list[str] = []
    remove = folder.shutil.rmtree
    monkeypatch.setattr(
        folder.shutil, "rmtree", lambda path, **how: (order.append(path.name), remove(path, **how))
    )
    again = open_study(data, tmp_path / "study")
    run_out(again)
    again.close()
    assert {path.relative_to(tmp_path) for path in (tmp_path / "study").rglob("*")} == kept
    assert order == ["predictions", "bundle"]  # the bundle tells that something is left
