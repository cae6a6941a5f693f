"""Pages made of templates: one file, no network; Jinja2 escapes whatever comes from data."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any

from onoma.errors import MissingExtraError
from onoma.reports.escapes import visible


class Html(str):
    """HTML that is escaped already; marked as such for Jinja2 where that is at hand."""

    __slots__ = ()


def render_page(
    template: str, context: Mapping[str, Any], *, styles: Sequence[str], script: str | None = None
) -> str:
    """Return a page.

    Args:
        template: name of its file in ``reports/html``. It gets ``style`` and ``script``, and the hashes of
            both for its Content-Security-Policy.
        context: what it shows; strings are escaped but for `Html`.
        styles: names of its style sheets.
        script: name of its script.

    Raises:
        MissingExtraError: Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        raise MissingExtraError("Jinja2", "report") from None
    folder = files("onoma.reports").joinpath("html")
    style, code, page = (
        "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)
        for names in (styles, (script,) if script else (), (template,))
    )
    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=_harmless)
    return environment.from_string(page).render(
        **{name: _marked(value, Markup) for name, value in context.items()},
        style=Markup(style),
        script=Markup(code),
        style_hash=_hash(style),
        script_hash=_hash(code),
    )


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")


def _harmless(value: object) -> object:
    """Write out what could reorder or control the text around it."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return visible(value, one_line=True)
    return value


def _marked(value: Any, markup: type[str]) -> Any:
    if isinstance(value, Html):
        return markup(value)
    if isinstance(value, dict):
        return {name: _marked(item, markup) for name, item in value.items()}
    if isinstance(value, list):
        return [_marked(item, markup) for item in value]
    return value
