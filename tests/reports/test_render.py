from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from reports_documents import document, documents

from onoma.reports.escapes import visible
from onoma.reports.palette import FILLS, color_slot
from onoma.reports.render import pretty
from onoma.text import Document, Span

OURS = re.compile(r"\x1b\[(0|(1;)?38;5;16;48;5;\d{1,3})m")


def test_plain_marks_nested_crossing_and_scored():
    text = "Bank of England in New York City"
    doc = Document(
        "d",
        text,
        entities=(
            Span(0, 15, "ORG", "Bank of England", 0.9),
            Span(8, 15, "LOC", "England"),
            Span(19, 27, "LOC", "New York"),
            Span(23, 32, "MISC", "York City"),
        ),
    )
    assert pretty(doc, color=False) == "[Bank of [England LOC] ORG] in [New [York…] LOC][… City MISC]"
    assert pretty(doc, color=False, scores=True).startswith("[Bank of [England LOC] ORG 0.90]")


def test_discontinuous_parts_and_document_labels():
    span = Span(0, 19, "ORGAN", "left lung", None, ((0, 4), (15, 19)))
    doc = Document("d", "left and right lung", entities=(span,), labels=("med", "a\nb"))
    assert pretty(doc, color=False) == "[left ORGAN 1/2] and right [lung ORGAN 2/2]\nlabels: med, a\\nb"


def test_zero_entities_is_the_text():
    assert pretty(document("nothing\there"), color=True) == "nothing\there"
    assert pretty(document(""), color=False) == ""


def test_unplaceable_entities_are_named():
    doc = Document("d", "abc", entities=(Span(1, 9, "X", "b\x1b"),))
    assert pretty(doc, color=False) == "abc\nnot in place: [b\\x1b X 1:9]"


def test_fill_stops_at_line_ends():
    shown = pretty(document("one\ntwo", (0, 7, "PER")), color=True)
    assert all(line.endswith("\x1b[0m") for line in shown.split("\n"))


def test_coloured_and_plain_say_the_same():
    doc = document("New York is big", (0, 8, "LOC"))
    assert OURS.sub("", pretty(doc, color=True)) == "New York LOC is big"


@pytest.mark.parametrize(
    "attack",
    ["\x1b[2J", "\x9b31m", "\x1b]0;title\x07", "\r", "\x08", "\x00", "\u202e", "\u2066", "\ud800", "\x7f"],
)
@pytest.mark.parametrize("color", [False, True])
def test_attacks_never_reach_the_terminal(attack: str, color: bool):
    doc = Document(
        "d",
        f"a{attack}b",
        entities=(Span(0, 2, attack, attack), Span(7, 99, attack, attack)),
        labels=(attack,),
    )
    shown = OURS.sub("", pretty(doc, color=color))
    assert not set(attack) & set(shown) - set("[]0123456789;Jmtile")
    shown.encode("utf-8")


@given(documents())
def test_only_our_own_escapes_come_out(doc: Document):
    coloured, plain = pretty(doc, color=True), pretty(doc, color=False)
    for shown in (OURS.sub("", coloured), plain):
        controls = {char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")}
        assert controls <= {"\n", "\t"}
    assert not OURS.search(plain)


def test_visible_keeps_what_scripts_need():
    kept = "naïve\u00a0می\u200cخواهم 👩\u200d🔬\n\t"
    assert visible(kept) == kept
    assert visible("a\r\nb") == "a\nb"
    assert visible("a\tb\n", one_line=True) == "a\\tb\\n"


def test_usual_labels_have_their_own_colours_in_any_case():
    assert len({color_slot(label) for label in ("PER", "ORG", "LOC", "MISC", "GPE", "DATE")}) == 6
    assert color_slot("Person") == color_slot("PER")
    # Pinned: a label keeps its colour from release to release.
    assert color_slot("PENALTY") == 6
    assert all(0 <= color_slot(f"L{i}\ud800") < len(FILLS) for i in range(50))


def _luminance(color: int) -> float:
    assert 16 <= color < 256
    if color >= 232:
        rgb = [8 + 10 * (color - 232)] * 3
    else:
        steps = (0, 95, 135, 175, 215, 255)
        rgb = [steps[(color - 16) // 36], steps[(color - 16) // 6 % 6], steps[(color - 16) % 6]]
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("slot", range(len(FILLS)))
def test_black_on_every_fill_is_readable(slot: int):
    # WCAG 2.1 AA for text: contrast of at least 4.5 to 1.
    assert (_luminance(FILLS[slot].terminal) + 0.05) / 0.05 >= 4.5
