"""``onoma card``: what a model is, what it learned from, what was measured, and what it is bad at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from onoma.cli.options import ModelArgument


def command(
    model: ModelArgument,
    html: Annotated[Path | None, typer.Option("--html", help="Page to write: no script, no network.")] = None,
) -> None:
    """Show a model's card: as Markdown on standard output, or as a page.

    A card that lies beside a bundle is shown as it is; else it is made of what run and bundle hold.
    """
    from onoma.cli.pages import refuse_page
    from onoma.errors import ConfigError
    from onoma.files import write_text
    from onoma.reports.hub_folder import card_of
    from onoma.runtime.loading import find_bundle

    if html is not None:
        refuse_page(html, [])
        if html.resolve().is_relative_to(find_bundle(model).resolve()):
            raise ConfigError(
                f"--html {html}: lies in the bundle, which holds what its manifest names, no more"
            )
    name = Path(model).resolve().name if Path(model).exists() else model
    card = card_of(find_bundle(model), name)
    if html is None:
        print(card, end="")
        return
    from onoma.cli.progress import say
    from onoma.reports.pages import card as pages

    write_text(html, pages.PAGE.render(card, name=name))
    say(f"written {html}")
