"""Pages: templates of ``reports/html``, one style sheet, one rule of escaping.

The rule: Jinja2 escapes whatever a template is given, after controls and direction overrides have been
written out. Nothing else makes HTML but `onoma.reports.kit.svg`, which escapes by a function of its own. A
page is one file that asks for nothing and whose Content-Security-Policy allows its own style, and script, by
hash.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Generic, ParamSpec

from onoma.errors import MissingExtraError
from onoma.reports.escapes import visible
from onoma.reports.kit.bars import bar
from onoma.reports.palette import FILLS, color_rules, color_slot

if TYPE_CHECKING:
    from jinja2 import Environment

P = ParamSpec("P")


class Lines(str):
    """Text whose line breaks and tabs are to be seen as such."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Page(Generic[P]):
    """A kind of page, or of a part of one.

    Args:
        template: name of its file in ``reports/html``.
        view: returns what the template is given: plain values, `Lines`, and what the kit makes.
        script: name of its script in the same folder; most pages have none.
    """

    template: str
    view: Callable[P, Mapping[str, Any]]
    script: str = ""

    def pieces(self, *args: P.args, **kwargs: P.kwargs) -> Iterator[str]:
        """Return the page piece by piece; an iterator among the values is taken as it is shown.

        Raises:
            MissingExtraError: Jinja2 is not installed; at once, not with the first piece.
        """
        template = _environment().get_template(self.template)
        from markupsafe import Markup  # comes with Jinja2

        style, script = color_rules() + _file("page.css"), _file(self.script) if self.script else ""
        return template.generate(
            {
                **self.view(*args, **kwargs),
                **{"style": Markup(style), "style_hash": _hash(style)},
                **{"script": Markup(script), "script_hash": _hash(script)},
            }
        )

    def render(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Return the page whole; see `pieces`."""
        return "".join(self.pieces(*args, **kwargs))


@cache
def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise MissingExtraError("Jinja2", "report") from None
    environment = Environment(
        loader=PackageLoader("onoma.reports", "html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["bar"] = bar
    environment.filters |= {"slot": color_slot, "fill": _fill, "lines": Lines}
    return environment


def _fill(slot: int) -> str:
    """What lies under black text, where there is no style sheet."""
    return FILLS[slot].light


def _harmless(value: object) -> object:
    """Write out what could reorder or control the text around it."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return visible(value, one_line=not isinstance(value, Lines))
    return value


@cache
def _file(name: str) -> str:
    return files("onoma.reports").joinpath("html", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")
