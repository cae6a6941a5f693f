"""Characters of one text in another: white space, other characters, and texts that have little in common."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.placing import texts
from onoma.placing.forms import form_of
from onoma.placing.texts import align_texts, squeeze

WORDS = st.lists(st.sampled_from(["Ann", "left", "Oslo", ".", "the", "the", "été", "7"]), max_size=12)
SPACES = st.sampled_from([" ", "  ", "\n", "\t", "\u00a0"])


@st.composite
def spaced_twice(draw) -> tuple[str, str]:
    """The same characters with different white space, within words, too."""
    characters = "".join(draw(WORDS))
    return tuple("".join(char + draw(st.just("") | SPACES) for char in characters) for _ in range(2))


@given(spaced_twice(), st.data())
def test_white_space_alone_maps_every_character_to_itself(pair, data) -> None:
    text, other = pair
    alignment = align_texts(text, other)
    assert alignment.difference == ("none" if text == other else "spaces")
    assert alignment.likeness == 1.0
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    place = alignment.place(start, end)
    if place is None:
        assert not squeeze(text[start:end])
    else:
        assert squeeze(other[slice(*place)]) == squeeze(text[start:end])


@settings(max_examples=200)
@given(WORDS, WORDS, st.data())
def test_any_two_texts(one, two, data) -> None:
    text, other = " ".join(one), " ".join(two)
    alignment = align_texts(text, other)
    assert 0 <= alignment.likeness <= 1
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    place = alignment.place(start, end)
    if place is not None and start < end:
        assert 0 <= place[0] < place[1] <= len(other)
    # The order of characters is kept.
    starts = [start for start in alignment.starts if start >= 0]
    assert starts == sorted(starts)
    back = align_texts(other, text)
    if alignment.difference == "characters":
        assert (back.changed == 0) == (alignment.changed == 0) == (squeeze(text) == squeeze(other))


@given(WORDS, WORDS, st.integers(0, 5))
def test_words_put_in_somewhere_leave_the_others_in_their_place(one, two, place) -> None:
    text = "First " + " ".join(one) + " last"
    there = [*one[:place], "Inserted", *two, "words", *one[place:]]
    other = "First " + " ".join(there) + " last"
    alignment = align_texts(text, other)
    assert other[slice(*alignment.place(0, 5))] == "First"
    assert other[slice(*alignment.place(len(text) - 4, len(text)))] == "last"
    # Both ways the same characters differ, or none.
    assert alignment.changed >= len("Insertedwords")


@pytest.mark.parametrize(
    ("text", "other", "span", "found"),
    [
        ("The -LRB- Oslo -RRB- accord", "The (Oslo) accord", "-LRB- Oslo -RRB-", "(Oslo)"),
        ("`` Ann '' left", '"Ann" left', "Ann", "Ann"),
        ("naive Ann", "naïve Ann", "naive", "naïve"),
        ("Zoe\u0308 left Oslo", "Zoë left Oslo", "Zoe\u0308", "Zoë"),
        ("Ann & Co . left", "Ann &amp; Co. left", "Ann & Co .", "Ann &amp; Co."),
        ("Ann, she said, left", "Ann left", "Ann", "Ann"),
        ("Ann, she said, left", "Ann left", "she said", None),
        ("one two three", "uno dos tres cuatro", "two", "uno dos tres cuatro"),
        ("王小明昨天去了北京市看望老朋友", "王小明昨天去北京市看望老朋友", "北京市", "北京市"),
        ("王小明昨天去北京市", "王小明昨天去了北京市", "王小明", "王小明"),
        ("홍길동이는 서울에", "홍길동은 서울에", "홍길동", "홍길동"),
        ("Ann of the U.S. left", "Ann of the US left", "U.S.", "US"),
    ],
)
def test_other_characters(text: str, other: str, span: str, found: str | None) -> None:
    start = text.index(span)
    place = align_texts(text, other).place(start, start + len(span))
    assert (None if place is None else other[slice(*place)]) == found


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs each comparison of ranges looks at."""
    found: list[int] = []
    matcher = texts.SequenceMatcher

    def counting(junk, one, other, autojunk):
        found.append(len(one) * len(other))
        return matcher(junk, one, other, autojunk=autojunk)

    monkeypatch.setattr(texts, "SequenceMatcher", counting)
    return found


def test_long_repetitive_texts_stay_fast(compared: list[int]) -> None:
    """No pair of large ranges is compared each word with each: pairs are counted, not seconds."""
    one = "x " * 3_000 + "a b " * 3_000 + "y " * 3_000
    other = "z " * 3_000 + "b a " * 3_000 + "w " * 3_000
    alignment = align_texts(one, other)
    assert alignment.changed > 0
    assert all(pairs <= 40_000 for pairs in compared)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize(
    "text",
    [
        "Ju\u0308rgen lebt in Düsseldorf.",
        "홍길동은 서울에",
        "Йодль в Нижнем",
        "Trần ở Huế",
        "ＩＢＭ社のﾊﾞｲｸ",
        "ﬁne ½",
    ],
)
def test_texts_in_another_normal_form_are_the_same(text: str, form: str) -> None:
    for other, own in (
        (unicodedata.normalize(form, text), text),
        (text, unicodedata.normalize(form, text)),
    ):
        alignment = align_texts(own, other)
        assert alignment.changed == 0
        assert alignment.likeness == 1.0
        assert alignment.place(0, len(own)) == (0, len(other))
        for word in own.split():
            place = alignment.place(own.index(word), own.index(word) + len(word))
            assert unicodedata.normalize("NFKC", other[slice(*place)]) == unicodedata.normalize("NFKC", word)


def test_hostile_texts_stay_linear(compared: list[int]) -> None:
    """Groups of marks are bounded, and no pair of large ranges of characters is compared each with each."""
    one = " ".join(f"word{index} x{'ab' * 99}p" for index in range(20))
    other = " ".join(f"word{index} y{'a' * 99}{'b' * 50}q" for index in range(20))
    assert align_texts(one, other).changed > 0
    assert all(pairs <= 1_600 for pairs in compared)
    for mark in ("\u0301", "\u0301\u0323", "\u11a8"):
        form = form_of("가" + mark * 1_000)
        assert max(end - start for start, end in zip(form.starts, form.ends, strict=True)) <= 32
        alignment = align_texts("a" + mark * 1_000, "x a" + mark * 1_000)
        assert alignment.changed == 1


@given(st.characters())
def test_every_letter_has_one_form(char: str) -> None:
    for one, other in (
        (char, unicodedata.normalize("NFD", char)),
        ("a" + char, "a" + unicodedata.normalize("NFC", char)),
    ):
        assert unicodedata.normalize("NFC", form_of(one).text) == unicodedata.normalize(
            "NFC", form_of(other).text
        )


@pytest.mark.parametrize("char", ["\u0b48", "\u1026", "\U0001112e", "\U0001112f", "\U000114bb"])
def test_marks_of_no_class_join_too(char: str) -> None:
    assert form_of(unicodedata.normalize("NFD", char)).text == form_of(char).text
