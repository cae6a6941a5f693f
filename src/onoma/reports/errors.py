"""Examples of errors as text: what is annotated, what was found, and the place with its context."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from onoma.metrics.examples import CONTEXT, ErrorExample, ErrorKind, Side
from onoma.reports.escapes import visible

_LONGEST = 60


def error_lines(kinds: Sequence[ErrorKind]) -> Iterator[Text]:
    """Yield lines for a terminal, kind by kind; kinds that do not occur are left out.

    Two lines an example: document and place, gold and predicted; then the text that they cover in brackets.
    """
    for kind in kinds:
        if not kind.count:
            continue
        shown = len(kind.examples)
        some = f", {shown} of them:" if shown < kind.count else ":" if shown else ""
        yield Text(f"{kind.name.replace('_', ' ')} {kind.count:,}{some}", style="bold")
        for example in kind.examples:
            yield _heading(example)
            yield _context(example)
    yield Text()


def _heading(example: ErrorExample) -> Text:
    line = Text(f"  {visible(example.document, one_line=True)}: ")
    # Where only the label is wrong, the text stands once.
    same_place = example.gold and example.predicted and example.gold[:2] == example.predicted[:2]
    line.append_text(_side(example.gold))
    line.append(" → ")
    return line.append_text(_side(example.predicted, text=not same_place))


def _side(side: Side | None, *, text: bool = True) -> Text:
    if side is None:
        return Text("nothing")
    shown = Text(f"{_cut(visible(side.text, one_line=True))} ") if text else Text()
    shown.append(visible(side.label, one_line=True), style="bold")
    if side.score is not None:
        shown.append(f" {side.score:.2f}")
    return shown


def _context(example: ErrorExample) -> Text:
    before, text, after = (
        visible(part, one_line=True) for part in (example.before, example.text, example.after)
    )
    # Shorter than it may be, the context ends where the document does.
    first, last = ("…" if len(part) == CONTEXT else "" for part in (example.before, example.after))
    return Text(f"      {first}{before}[{_cut(text)}]{after}{last}")


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"
