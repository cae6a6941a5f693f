"""Tables and bars of rich on terminals, where nothing of the data is obeyed or taken for markup."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from onoma.cli.terminal import beneath
from onoma.reports.escapes import visible

_WIDTH = 80
_UNBOUNDED = 1_000_000
"""Columns of a file or a pipe: nothing in it is wrapped, so that a line of a table stays a line."""


class SafeConsole(Console):
    """A console that colours what is ours and escapes all text.

    It is as wide as its terminal, or as COLUMNS says; what goes elsewhere is as wide as it needs.

    Args:
        stderr: write to standard error.
        soft_wrap: leave it to the terminal to wrap lines.
    """

    def __init__(self, *, stderr: bool = False, soft_wrap: bool = False) -> None:
        super().__init__(
            file=beneath(sys.stderr if stderr else sys.stdout),
            soft_wrap=soft_wrap,
            highlight=False,
            markup=False,
            emoji=False,
        )
        columns = os.environ.get("COLUMNS", "")
        if not (columns.isdigit() and int(columns)):  # COLUMNS=0 says that nobody knows
            self.width = (self.width or _WIDTH) if self.is_terminal else _UNBOUNDED

    def on_broken_pipe(self) -> None:
        """Leave it to the command: whoever reads our output may stop, and that is no failure."""
        raise

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the pieces of what is shown, before they are fitted to their room."""
        return self._escaped(super().render(renderable, options))

    def _escaped(self, segments: Iterable[Segment]) -> Iterator[Segment]:
        for segment in segments:
            yield segment if segment.control else Segment(visible(segment.text), segment.style)
