"""Runs on this machine, each in a process of its own: one after the other, or several at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from onoma.training.suites.engine import SuiteEngine, Trainer, Work
from onoma.training.suites.supervision import ChildTrainer


@contextmanager
def hire(work: Work) -> Iterator[Sequence[Trainer]]:
    """Return a trainer for each of the workers; one where their number is left open."""
    yield [ChildTrainer(work.train, work.suite.seconds, work.preloaded) for _ in range(work.most_here)]


ENGINE = SuiteEngine("local", "processes on this machine, one run at a time unless told otherwise", hire)
