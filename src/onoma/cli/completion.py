"""``onoma completion``: the script that completes commands and options in a shell."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from onoma.cli.completing import COMPLETING


def command(
    shell: Annotated[
        Literal["bash", "zsh", "fish"], typer.Argument(metavar="SHELL", help="bash, zsh or fish.")
    ],
) -> None:
    """Print a script by which a shell completes commands, options and their values.

    bash: add ``eval "$(onoma completion bash)"`` to ~/.bashrc. zsh: write it to a file ``_onoma`` in a folder
    of $fpath. fish: write it to ~/.config/fish/completions/onoma.fish.
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    print(get_completion_script(prog_name="onoma", complete_var=COMPLETING, shell=shell))
