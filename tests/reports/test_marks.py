from __future__ import annotations

from hypothesis import given
from reports_documents import document, documents

from onoma.reports.marks import MAX_DEPTH, Closing, Event, Mark, Opening, lay_out
from onoma.text import Document, Span


def shape(events: list[Event]) -> str:
    parts = []
    for event in events:
        if isinstance(event, Opening):
            parts.append("(…" if event.resumed else "(")
        elif isinstance(event, Closing):
            parts.append("…)" if event.paused else f"){event.mark.span.label}")
        else:
            parts.append(event)
    return "".join(parts)


def test_nested_spans_nest():
    doc = document("Bank of England", (0, 15, "ORG"), (8, 15, "LOC"))
    assert shape(lay_out(doc.text, doc.entities)[0]) == "(Bank of (England)LOC)ORG"


def test_crossing_spans_interrupt_the_later_one():
    doc = document("New York City", (0, 8, "A"), (4, 13, "B"))
    assert shape(lay_out(doc.text, doc.entities)[0]) == "(New (York…))A(… City)B"


def test_adjacent_and_equal_spans():
    doc = document("abcd", (0, 2, "A"), (2, 4, "B"), (2, 4, "C"))
    assert shape(lay_out(doc.text, doc.entities)[0]) == "(ab)A((cd)C)B"


def test_no_spans_and_no_text():
    assert lay_out("plain", ()) == (["plain"], [])
    assert lay_out("", ()) == ([], [])


def test_spans_without_a_place_are_left_over():
    bad = [
        Span(1, 1, "EMPTY", ""),
        Span(2, 1, "REVERSED", ""),
        Span(2, 9, "BEYOND", ""),
        Span(-1, 2, "NEGATIVE", ""),
    ]
    assert lay_out("abcd", bad) == (["abcd"], bad)


def test_depth_is_bounded_and_nothing_lost():
    spans = [Span(i, 200 - i, "X", "") for i in range(50)]
    events, left_over = lay_out("x" * 200, spans)
    assert left_over == spans[MAX_DEPTH:]
    assert sum(isinstance(event, Opening) for event in events) == MAX_DEPTH


def test_mutually_crossing_spans_cost_linear_work():
    count = 5000
    spans = [Span(i, i + count, "X", "") for i in range(count)]
    events, left_over = lay_out("x" * (2 * count), spans)
    openings = [event for event in events if isinstance(event, Opening) and not event.resumed]
    assert len(openings) + len(left_over) == count
    assert len(events) < 3 * MAX_DEPTH * count


@given(documents())
def test_marks_balance_and_cover_exactly_their_place(doc: Document):
    events, left_over = lay_out(doc.text, doc.entities)
    assert "".join(event for event in events if isinstance(event, str)) == doc.text
    position, stack, covered, ended = 0, [], {}, []
    for event in events:
        if isinstance(event, Opening):
            stack.append(event.mark)
            assert event.resumed == (id(event.mark) in covered)
            covered.setdefault(id(event.mark), [event.mark, 0])
        elif isinstance(event, Closing):
            assert stack.pop() is event.mark
            if not event.paused:
                assert event.mark.end == position
                ended.append(event.mark)
        else:
            assert event
            position += len(event)
            for mark in stack:
                assert mark.start <= position - len(event)
                covered[id(mark)][1] += len(event)
    assert not stack
    assert len(ended) == len(covered)
    for mark, length in covered.values():
        assert isinstance(mark, Mark)
        assert length == mark.end - mark.start
    placed = sum(len(span.fragments) or 1 for span in doc.entities)
    assert len(ended) == placed or left_over
