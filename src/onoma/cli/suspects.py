"""``onoma inspect --suspects``: gold that models contradict which have not seen it."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from onoma.cli.progress import say, say_nothing

if TYPE_CHECKING:
    from onoma.api.suspect_request import Request
    from onoma.inspection.suspects import Suspicion

_SHOWN = 20


def inspect_suspects(request: Request, *, as_json: bool, quiet: bool) -> int:
    """Find and show suspects; return how many there are. The first 20 are shown where no limit is asked for.

    Args:
        request: what is asked for.
        as_json: print JSON.
        quiet: show results and errors only.

    Raises:
        OnomaError: the run, its data or the folder cannot be used.
        StoppedError: a signal came while a fold was trained.
    """
    from onoma.api.suspecting import suspects_for
    from onoma.cli.suites import train_shown

    tell = say_nothing if quiet else say
    found = suspects_for(request, tell, tell, train=partial(train_shown, quiet=quiet))
    if as_json:
        suspects = [suspect.as_dict() for suspect in found.suspects]
        print(json.dumps({**found.as_dict(), "suspects": suspects}, ensure_ascii=False))
    else:
        shown = min(len(found.suspects), _SHOWN if request.limit is None else request.limit)
        _print(found, shown, f"{request.run}: label suspects")
    return len(found.suspects)


def _print(found: Suspicion, shown: int, title: str) -> None:
    from onoma.cli.consoles import SafeConsole
    from onoma.reports.suspects import summary_lines, suspects_table

    console = SafeConsole()
    if shown:
        console.print(suspects_table(found, shown, title=title))
    for line in summary_lines(found, shown):
        console.print(line)
