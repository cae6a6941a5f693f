"""Tables and bars of rich on terminals, where nothing of the data is obeyed or taken for markup."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from onoma.cli.terminal import beneath
from onoma.reports.escapes import visible


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

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the pieces of what is shown, before they are fitted to their room."""
        return self._escaped(super().render(renderable, options))

    def _escaped(self, segments: Iterable[Segment]) -> Iterator[Segment]:
        for segment in segments:
            yield segment if segment.control else Segment(visible(segment.text), segment.style)
