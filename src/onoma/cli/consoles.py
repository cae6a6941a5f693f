"""Tables and bars of rich on terminals, where nothing of the data is obeyed or taken for markup."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from onoma.cli.terminal import beneath
from onoma.reports.escapes import visible

_WIDTH = 80


class SafeConsole(Console):
    """A console that colours what is ours and escapes all text.

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
        if self.width < 1:  # COLUMNS=0 says that nobody knows
            self.width = _WIDTH

    def on_broken_pipe(self) -> None:
        """Leave it to the command: whoever reads our output may stop, and that is no failure."""
        raise

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the pieces of what is shown, before they are fitted to their room."""
        return self._escaped(super().render(renderable, options))

    def _escaped(self, segments: Iterable[Segment]) -> Iterator[Segment]:
        for segment in segments:
            yield segment if segment.control else Segment(visible(segment.text), segment.style)
