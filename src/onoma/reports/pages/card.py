"""A model's card, as Markdown, on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onoma.reports.kit.page import Page
from onoma.reports.markdown_blocks import read_blocks


def _view(card: str, *, name: str) -> Mapping[str, Any]:
    """Return what the template takes.

    Args:
        card: Markdown, maybe with YAML in front.
        name: of the model, the title of a card that has none.
    """
    blocks = read_blocks(card)
    title = name
    if blocks and blocks[0].kind == "heading":
        title = "".join(part.text for part in blocks.pop(0).lines[0]) or name
    return {"title": title, "kicker": "Model card", "blocks": blocks, "empty": not blocks}


PAGE = Page("card.html", _view)
