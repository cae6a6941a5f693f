"""Training what a suite asks for and is not there yet."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

import onoma
from onoma.errors import ConfigError, DataError, OnomaError, StoppedError
from onoma.files import is_filled, set_aside
from onoma.resources import portable_path
from onoma.training.agreement import check_agreement, essential
from onoma.training.config import Settings
from onoma.training.events import Outcome, Starting, Stopped
from onoma.training.folder import is_begun, is_finished, stored_config, tidy_finished
from onoma.training.suites.plan import PlannedRun, Suite

RUNS = "runs"

Train = Callable[[PlannedRun, Path, bool], None]
"""Trains a run in a folder, going on with what is there if asked; raises OnomaError when it fails, and
StoppedError when the user stops it."""


def run_suite(
    suite: Suite, folder: Path, *trainers: Train, stopping: Callable[[], bool] = lambda: False
) -> Iterator[Starting | Outcome | Stopped]:
    """Train the runs that are not there yet; a failed one does not end the suite.

    What is there is used again when settings, content of the data and version of Onoma are the same. A run
    made otherwise is kept under another name (``NAME.old-1``). It ends with `Stopped` where a run is stopped.

    Args:
        suite: what to train.
        folder: of the suite; runs are in ``runs/``.
        trainers: each trains one run at a time; with a single one they come in order.
        stopping: whether no further run is to be begun.
    """
    numbered = enumerate(suite.runs, start=1)
    tasks = (
        partial(_settle, run, number, len(suite.runs), folder / RUNS / run.name) for number, run in numbered
    )
    if len(trainers) == 1:
        for task in tasks:
            try:
                yield from task(trainers[0])
            except StoppedError:
                yield Stopped()
                return
    else:
        yield from _side_by_side(deque(tasks), trainers, stopping)


Settling = Callable[[Train], Iterator[Starting | Outcome]]
"""Trains one run if it has to be, and tells of it."""


def _side_by_side(
    tasks: deque[Settling], trainers: Sequence[Train], stopping: Callable[[], bool]
) -> Iterator[Starting | Outcome | Stopped]:
    """Work tasks off, a thread for each trainer; what they tell is told as it comes."""
    heard: SimpleQueue[Starting | Outcome | BaseException | None] = SimpleQueue()
    over = Event()

    def work(train: Train) -> None:
        try:
            while not (over.is_set() or stopping()) and (task := _next(tasks)) is not None:
                for event in task(train):
                    heard.put(event)
        except BaseException as error:
            over.set()
            heard.put(error)
        finally:
            heard.put(None)

    threads = [Thread(target=work, args=(train,), daemon=True) for train in trainers]
    for thread in threads:
        thread.start()
    failed: list[BaseException] = []
    try:
        for _ in threads:
            while (event := heard.get()) is not None:
                if isinstance(event, BaseException):
                    failed.append(event)
                else:
                    yield event
    finally:
        over.set()
    for error in failed:
        if not isinstance(error, StoppedError):
            raise error
    if failed or stopping():
        yield Stopped()


def _next(tasks: deque[Settling]) -> Settling | None:
    """Take the next task, as any thread may; None where nothing is left to do."""
    try:
        return tasks.popleft()
    except IndexError:
        return None


def _settle(
    run: PlannedRun, number: int, total: int, place: Path, train: Train
) -> Iterator[Starting | Outcome]:
    """Train a run unless it is there.

    Raises:
        StoppedError: it was stopped.
    """
    try:
        if is_finished(place) and _is_current(run, place):
            tidy_finished(place)
            yield Outcome(run, place, "reused")
            return
        resume = _prepare(run, place)
        yield Starting(run, number, total, resume)
        _train(run, place, resume, train)
    except StoppedError:
        raise
    except OnomaError as error:
        yield Outcome(run, place, "failed", str(error))
    else:
        yield Outcome(run, place, "trained")


def _train(run: PlannedRun, place: Path, resume: bool, train: Train) -> None:
    try:
        train(run, place, resume)
    except DataError as error:
        if not resume or error.code != "changed-data":
            raise
        set_aside(place)
        train(run, place, False)


def _prepare(run: PlannedRun, place: Path) -> bool:
    """Make room for a run; return whether it goes on with what is there."""
    if is_begun(place) and not is_finished(place) and _agrees(_stored(place), run):
        return True
    if is_filled(place):
        set_aside(place)
    return False


def _is_current(run: PlannedRun, place: Path) -> bool:
    """Whether a finished run is what would come out again."""
    from onoma.training.fingerprints import fingerprint_inputs

    try:
        environment = json.loads((place / "environment.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return (
        isinstance(environment, dict)
        and environment.get("onoma") == onoma.__version__
        and essential(_stored(place) or {}) == essential(run.config.as_dict())
        and _named(environment.get("inputs")).items() >= fingerprint_inputs(run.config, begun=True).items()
    )


def _agrees(stored: Settings | None, run: PlannedRun) -> bool:
    """Whether a run that was begun can be gone on with."""
    if stored is None:
        return False
    try:
        check_agreement(stored, run.config.as_dict())
    except ConfigError:
        return False
    return True


def _named(inputs: object) -> dict[str, object]:
    """Return fingerprints by names that hold on any machine; older runs have places."""
    return {portable_path(path): one for path, one in inputs.items()} if isinstance(inputs, dict) else {}


def _stored(place: Path) -> dict[str, dict[str, object]] | None:
    try:
        stored = stored_config(place)
    except OnomaError:
        return None
    return stored.as_dict() if stored else None
