"""Errors as lines for a terminal."""

from __future__ import annotations

from onoma.metrics.examples import error_examples
from onoma.reports.errors import error_lines
from onoma.text import Document, Span

ATTACK = "\x1b[31mAnn\u202e"


def one(text: str, *entities: tuple[int, int, str, float | None], id: str = "d") -> Document:
    return Document(id, text, entities=tuple(Span(a, b, label, text[a:b], s) for a, b, label, s in entities))


def shown(gold: list[Document], predicted: list[Document], limit: int = 5) -> str:
    return "\n".join(line.plain for line in error_lines(error_examples(gold, predicted, limit)))


def test_kinds_in_order_with_both_sides() -> None:
    text = "Ann met Bob in Rome"
    gold = one(text, (0, 3, "PER", None), (8, 11, "PER", None))
    predicted = one(text, (8, 11, "ORG", 0.75), (15, 19, "LOC", 0.5))
    assert shown([gold], [predicted]).splitlines() == [
        "missed 1:",
        "  d: Ann PER → nothing",
        "      [Ann] met Bob in Rome",
        "spurious 1:",
        "  d: nothing → Rome LOC 0.50",
        "      Ann met Bob in [Rome]",
        "wrong label 1:",
        "  d: Bob PER → ORG 0.75",
        "      Ann met [Bob] in Rome",
    ]


def test_what_is_cut_and_what_is_left_out() -> None:
    text = f"{'x' * 50} Ann {'y' * 50}"
    gold = [one(text, (51, 54, "PER", None), id=str(number)) for number in range(3)]
    lines = shown(gold, [one(text, id=str(number)) for number in range(3)], 1).splitlines()
    assert lines[0] == "missed 3, 1 of them:"
    assert lines[2] == f"      …{'x' * 39} [Ann] {'y' * 39}…"
    assert shown(gold, gold) == ""


def test_control_characters_are_written_out() -> None:
    text = f"{ATTACK} left\nnow"
    gold = one(text, (0, len(ATTACK), ATTACK, None), id=ATTACK)
    said = shown([gold], [one(text, id=ATTACK)])
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\\x1b[31mAnn\\u202e" in said
    assert "left\\nnow" in said
