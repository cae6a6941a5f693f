"""Running any job to its end under signals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar, cast

from onoma.errors import StoppedError
from onoma.training.events import Stopped
from onoma.training.jobs.job import Job
from onoma.training.jobs.signals import StopSignals, Terminated
from onoma.training.processes.joining import started_together

Event = TypeVar("Event")
Result = TypeVar("Result")


def follow(
    prepare: Callable[[], Job[Event, Result]],
    watch: Callable[[Event | Result | Stopped], None],
    *,
    begun: Path | Callable[[], bool],
    go_on: str,
) -> Result:
    """Prepare a job, run it, and return its last event, the result.

    SIGTERM and the first Ctrl-C ask it for an end in good order; where nothing needs to be finished they end
    it at once.

    Args:
        prepare: makes the job.
        watch: sees each event when it happens.
        begun: a path that exists as soon as there is something to go on with; or what tells so.
        go_on: how to do so, in words.

    Raises:
        StoppedError: it was stopped; the message says by what, up to where, and how to go on.
        KeyboardInterrupt: Ctrl-C, and there is nothing to go on with.
        OnomaError: the job's own.
    """
    job: Job[Event, Result] | None = None
    last: Event | Result | Stopped | None = None
    done = False
    insisting = not started_together()
    signals = StopSignals(lambda: job is not None and job.stop(), insisting=insisting)
    try:
        with signals:
            job = prepare()
            with closing(job.execute()) as events:
                for event in events:
                    last = event
                    watch(event)
            done = not isinstance(last, Stopped)
    except Terminated:
        pass
    except KeyboardInterrupt:
        if signals.received is None or not (begun.exists() if isinstance(begun, Path) else begun()):
            raise
    if done:
        return cast(Result, last)
    by = f" by {signals.name}" if signals.received else ""
    place = f" {last.place}" if isinstance(last, Stopped) and last.place else ""
    code = signals.exit_code if signals.received else StoppedError().exit_code
    raise StoppedError(f"stopped{by}{place}; {go_on}", code)
