"""Labelling configurations: what is taken from them, and what is refused."""

from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from studio_payloads import CONFIGURATION

from onoma.errors import DataError
from onoma.service.label_studio import configuration
from onoma.service.label_studio.configuration import read_labelling
from onoma.service.label_studio.matching import match_labels
from onoma.service.problems import ProblemError
from onoma.text import Document, Span

LABELS = '<Labels name="l" toName="t"><Label value="PER"/></Labels>'


def view(inner: str) -> str:
    return f"<View>{inner}</View>"


def test_a_configuration() -> None:
    found = read_labelling(CONFIGURATION)
    assert (found.text, found.key) == ("doc", "body")
    assert found.labels == {"Person": "ner", "loc": "ner", "ORG": "ner", "Animal": "ner"}
    assert found.hints == {"PER": "Person", "PERSON": "Person"}
    assert (found.choices, found.choice_names) == ("topic", {"news", "sport"})
    assert found.controls.of("ner") == {"from_name": "ner", "to_name": "doc"}


def test_of_several_texts_the_first_with_labels_counts_and_all_its_controls() -> None:
    second = '<Labels name="m" toName="u, t"><Label value="PER"/><Label value="LOC"/></Labels>'
    texts = '<Text name="s" value="$a"/><Text name="t" value="$b"/><Text name="u" value="$c"/>'
    found = read_labelling(view(texts + LABELS + second))
    assert (found.text, found.key) == ("t", "b")
    assert found.labels == {"PER": "l", "LOC": "m"}


@pytest.mark.parametrize(
    ("key", "data", "text"),
    [
        ("$text", {"text": "a"}, "a"),
        ("$doc.text", {"doc": {"text": "a"}}, "a"),
        ("$doc.text", {"doc.text": "b"}, "b"),
        ("$text", {"text": "http://127.0.0.1/x"}, "http://127.0.0.1/x"),
        ("$text", {"text": ["a"]}, None),
        ("$text", {"other": "a"}, None),
        ("$doc.text", {"doc": "a"}, None),
        ("$text", None, None),
    ],
)
def test_the_text_of_a_task(key: str, data: object, text: str | None) -> None:
    assert read_labelling(view(f'<Text name="t" value="{key}"/>{LABELS}')).text_of(data) == text


BILLION = (
    '<!DOCTYPE v [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><View>&b;</View>'
    '<Text name="t" value="$text"/>'
)
FILE = (
    f'<!DOCTYPE v [<!ENTITY x SYSTEM "file:///etc/passwd">]><View><Text name="t" value="&x;"/>{LABELS}</View>'
)


@pytest.mark.parametrize(
    ("configuration", "code"),
    [
        ("", "bad-configuration"),
        ("not xml", "bad-configuration"),
        ("<View>", "bad-configuration"),
        (BILLION, "bad-configuration"),
        (FILE, "bad-configuration"),
        (f'<!DOCTYPE View><View><Text name="t" value="$x"/>{LABELS}</View>', "bad-configuration"),
        ("<View>" * 5_000 + "</View>" * 5_000, "bad-configuration"),
        ("<View>\0</View>", "bad-configuration"),
        ("<View>&unknown;</View>", "bad-configuration"),
        (view(LABELS), "no-labels"),
        (view('<Text name="t" value="$text"/>'), "no-labels"),
        (view(f'<HyperText name="t" value="$text"/>{LABELS}'), "no-labels"),
        (view(f'<Image name="t" value="$image"/>{LABELS}'), "no-labels"),
        (view('<Text name="t" value="$text"/><Labels toName="t"><Label value="A"/></Labels>'), "no-labels"),
        (view(f'<Text name="t" value="$text" valueType="url"/>{LABELS}'), "no-plain-text"),
        (view(f'<Text name="t" value="$text" encoding="base64"/>{LABELS}'), "no-plain-text"),
        (view(f'<Text name="t" value="Title: $text"/>{LABELS}'), "no-plain-text"),
        (view(f'<Text name="t"/>{LABELS}'), "no-plain-text"),
    ],
)
def test_what_cannot_be_used_is_refused_without_repeating_it(configuration: str, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read_labelling(configuration)
    assert (caught.value.status, caught.value.code) == (422, code)
    assert "passwd" not in caught.value.message
    assert "unknown" not in caught.value.message


def test_labels_are_matched_by_order_hint_name_and_case() -> None:
    labelling = read_labelling(CONFIGURATION)
    given = {"MISC": "Animal", "TIME": ""}
    matched = match_labels(
        ["PER", "LOC", "ORG", "MISC", "TIME", "DATE"], labelling.labels, given, labelling.hints
    )
    assert matched.names == {"PER": "Person", "LOC": "loc", "ORG": "ORG", "MISC": "Animal"}
    assert matched.unknown == ("DATE",)
    assert matched.unmet == ()
    assert matched.back() == {"Person": "PER", "loc": "LOC", "ORG": "ORG", "Animal": "MISC"}
    document = Document("1", "Ann 9", entities=(Span(0, 3, "PER", "Ann", 0.5), Span(4, 5, "TIME", "9", 0.4)))
    assert matched.rename(document).entities == (Span(0, 3, "Person", "Ann", 0.5),)


def test_case_decides_only_where_one_label_is_near() -> None:
    assert match_labels(["per"], ["PER", "Per"]).unknown == ("per",)
    assert match_labels(["Per"], ["PER", "Per"]).names == {"Per": "Per"}
    assert match_labels(["PER"], ["Person"], {"PER": "PERSON"}).names == {"PER": "Person"}
    assert match_labels(["PER"], ["Person"], {"PER": "Human"}) == match_labels(["PER"], ["Person"])


def test_labels_that_became_one_cannot_be_told_apart_again() -> None:
    matched = match_labels(["GPE", "LOC"], ["Place"], {"GPE": "Place", "LOC": "Place"})
    assert set(matched.names.values()) == {"Place"}
    with pytest.raises(DataError, match="GPE and LOC are both Place"):
        matched.back()


class Tag:
    """An element that counts how often any is looked at."""

    looks = 0

    def __init__(self, element: Element) -> None:
        self._element = element
        self._inner = [Tag(one) for one in element]

    @property
    def tag(self) -> str:
        Tag.looks += 1
        return self._element.tag

    def get(self, name: str, default: str | None = None) -> str | None:
        return self._element.get(name, default)

    def iter(self, tag: str | None = None) -> "Iterator[Tag]":
        for one in self._all():
            if tag is None or one.tag == tag:
                yield one

    def _all(self) -> "Iterator[Tag]":
        yield self
        for one in self._inner:
            yield from one._all()


NUMBER = 300


@pytest.mark.parametrize(
    "inner",
    [
        '<Labels name="l" toName="t">' + '<Label value="PER"/>' * NUMBER + "</Labels>",
        f'<Labels name="l" toName="{"t," * NUMBER}">' + '<Label value="PER"/>' * NUMBER + "</Labels>",
        '<Labels name="l" toName="t">' * 150 + '<Label value="PER"/>' * NUMBER + "</Labels>" * 150,
        LABELS + '<Text name="u"/><Choices name="c" toName="t"/>' * NUMBER,
    ],
)
def test_a_long_configuration_is_looked_through_a_few_times(monkeypatch, inner: str) -> None:
    root = Tag(ElementTree.fromstring(view(inner + '<Text name="t" value="$text"/>')))
    monkeypatch.setattr(configuration, "read_elements", lambda *parts: [(1, root)])
    monkeypatch.setattr(Tag, "looks", 0)
    found = read_labelling.__wrapped__("<View/>")
    assert found.labels == {"PER": "l"}
    assert Tag.looks < 20 * NUMBER
