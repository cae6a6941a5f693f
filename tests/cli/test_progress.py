"""What is shown of jobs' events and log lines, on a terminal, elsewhere, and where it is to be quiet."""

from __future__ import annotations

import io
import logging
import subprocess
import sys

import pytest

from onoma.cli import progress
from onoma.cli.events import Kept, Moving, describe
from onoma.cli.progress import Progress, lines_shown
from onoma.training.events import Epoch, Measured, Step, Stopped, Update, VectorsProgress, WordsRead

EPOCH = Epoch(
    epoch=1,
    train_loss=0.5,
    dev_loss=0.25,
    dev_precision=0.9,
    dev_recall=0.8,
    dev_f1=0.85,
    learning_rate=1e-3,
    tokens_per_second=1234.0,
    seconds=75.0,
    best=True,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds since the beginning, to be set."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    return now


def steps(clock: list[float], shown: Progress, count: int, seconds: float) -> None:
    for step in range(1, count + 1):
        clock[0] += seconds
        shown(Step(1, step, 10, 0.5, 100, 2))


def test_without_a_terminal_there_is_a_line_every_fifteen_seconds(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with Progress() as shown:
        steps(clock, shown, 10, 4.0)
        shown(EPOCH)
        shown(Stopped("somewhere"))
    assert capsys.readouterr().err.splitlines() == [
        # 16 more of 20 steps, at four seconds each.
        "epoch 1 step 4/10: loss 0.5000, 25 tokens/s, 1:04 left",
        "epoch 1 step 8/10: loss 0.5000, 25 tokens/s, 48.0 s left",
        "epoch   1  train loss 0.5000  dev loss 0.2500  dev F1 0.8500  1,234 tokens/s  1:15  kept",
    ]


def test_time_between_epochs_is_no_part_of_the_speed(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with Progress() as shown:
        steps(clock, shown, 8, 1.0)
        clock[0] += 1000
        shown(EPOCH)
        clock[0] += 1000
        steps(clock, shown, 2, 1.0)
    assert ", 100 tokens/s" in capsys.readouterr().err.splitlines()[-1]


def test_speed_and_what_is_left_are_shown_after_a_warm_up(
    clock: list[float], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_PLAIN_SECONDS", 0.0)
    with Progress() as shown:
        for step, seconds in enumerate([5.0, *[0.5] * 9], 1):  # the first one is slow
            clock[0] += seconds
            shown(Step(1, step, 10, 0.5, 100, 2))
    lines = capsys.readouterr().err.splitlines()
    assert [" tokens/s" in line for line in lines] == [False] * 6 + [True] * 4
    assert [" left" in line for line in lines] == [False] * 6 + [True] * 4
    assert lines[6].endswith("200 tokens/s, 6.5 s left")


def test_a_resumed_job_is_measured_from_where_it_was_taken_up(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with Progress() as shown:
        for step in (91, 92):  # of a hundred
            clock[0] += 20
            shown(Update(step, step / 100, 2.0, 512, 20.0))
    # The first one only starts the clock: 8 more, of 20 seconds each.
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "step 92 92%: loss 2.000, 26 pieces/s, 2:40 left"


def test_quiet_shows_nothing(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(quiet=True) as shown:
        steps(clock, shown, 10, 20.0)
        shown(EPOCH)
    assert capsys.readouterr().err == ""


def test_on_a_terminal_there_is_a_bar_and_lines_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    with Progress() as shown:
        shown(WordsRead(12_000))
        shown(Step(1, 5, 10, 0.5, 100, 1))
        shown(EPOCH)
        assert shown._bar is not None
        assert shown._bar.tasks[0].percentage == 50
        assert shown._bar.tasks[0].description == "epoch 1 step 5/10"
    assert shown._bar is None
    assert "dev F1 0.8500" in terminal.getvalue()


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (WordsRead(12_000), Moving("reading", "12,000 words")),
        (
            Measured(7, 1, 2.0, 30.0, 5.0, 9.0),
            Kept("step 7: train loss 2.000, held-out perplexity 30.00, 5 pieces/s, 9 s"),
        ),
        (VectorsProgress(0, 2, 500, 0, 5.0), Moving("reading", "500 words", None, "words", rate=100.0)),
        (VectorsProgress(2, 2, 5, 10, 5.0), Moving("epoch 2/2", "50%", 0.75, "words", rate=1.0)),
        (VectorsProgress(1, 2, 10, 10, 5.0, True), Kept("epoch 1/2: 100%, 2 words/s; 5.0 s")),
        ("no event", None),
    ],
)
def test_events_in_words(event: object, expected: object) -> None:
    assert describe(event) == expected


def test_what_is_logged_is_shown_as_lines(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("onoma.training.anything")
    for quiet in (False, True):
        with lines_shown(quiet=quiet):
            log.info("100% of it")
            log.warning("careful")
    assert capsys.readouterr().err.splitlines() == ["100% of it", "careful", "careful"]
    assert not logging.getLogger("onoma").handlers
    with lines_shown() as lines:
        lines.mute("onoma.training")
        log.info("again")
        log.warning("careful")
        logging.getLogger("onoma.api").info("else")
    assert capsys.readouterr().err.splitlines() == ["careful", "else"]


def test_a_program_that_sets_nothing_up_sees_warnings_alone() -> None:
    code = (
        "import logging, onoma.api.jobs\n"
        "log = logging.getLogger('onoma.training.run')\n"
        "log.info('detail'); log.warning('careful')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "careful\n"
