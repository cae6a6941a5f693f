"""Switches, options with a name for yes and one for no: both in one command line are no answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from typer.core import TyperCommand

from onoma.errors import ConfigError


class CommandOfSwitches(TyperCommand):
    """A command that refuses both names of a switch, where by itself the last one would win."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Return what is left of the command line.

        Raises:
            ConfigError: both names of a switch are given.
        """
        words = args[: args.index("--")] if "--" in args else args
        for switch in () if ctx.resilient_parsing else self.params:  # so at the TAB key, amid a line
            both = [_first(names, words) for names in (switch.opts, switch.secondary_opts)]
            if all(both):
                raise ConfigError(f"{both[0]} and {both[1]} contradict each other: give one of them")
        return super().parse_args(ctx, args)


def _first(names: Collection[str], words: Sequence[str]) -> str | None:
    return next((word for word in words if word in names), None)
