"""What every tokeniser keeps to, what each of ours does, and that a version gives the same tokens always."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.errors import ConfigError
from onoma.text import Document, Token
from onoma.tokenize import (
    Tokenizer,
    get_tokenizer,
    list_tokenizers,
    registry,
    split_sentences,
    tokenize_document,
    tokenize_words,
)

OURS = ["characters@1", "onoma@1", "whitespace@1"]
SAMPLE = """
Mr. J. R. Smith-Jones didn't leave the U.S. on 3.5.2021, at 10:30 p.m. "Stop!" he said. See http://a.com/b?c=1.
It costs $5.50 (or 10%)... e-mail: a.b@example.org; #tag @user 😀👍🏽👨‍👩‍👧🇷🇺

wrapped prose goes on
in lower case. А.С. Пушкин родился 6 июня 1799 г. в Москве, т.е. давно. Это зона .РФ! «Да?» — спросил он.
我爱北京天安门。他说："走吧！"然后走了……价格是3.5元，见a.com。再见！” 東京タワーは高い｡ 서울에서 살아요.
ผมชื่อสมชาย น้ำตก ທຳອິດ नमस्ते दुनिया। e\u0301te\u0301 No. 5\u00a0km\tb\u2028c
""" + "".join(chr(code) for code in range(0x21, 0x180))  # fmt: skip
FROZEN = {
    "characters@1": "6a5ca43faac04a39",
    "onoma@1": "cf95b78c5f84f97e",
    "whitespace@1": "d95fad408206853d",
}

TRICKY = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Cc", "Cf", "Mn", "So", "Lo"]),
        st.sampled_from(list("aAяЯ1.,'’-—/@#:\"«» \n\t!?。！”东อำ한_+\u200d\ufe0f\u0301\u1100\u1161😀🇷")),
    ),
    max_size=60,
)


def names(tokenizers) -> list[str]:
    return [one.id for one in tokenizers]


def words(name: str, text: str) -> list[str]:
    return [token.text for token in get_tokenizer(name).tokenize(text)]


def sentences(name: str, text: str) -> list[str]:
    document = get_tokenizer(name).document(Document("d", text))
    tokens = document.tokens
    return [text[tokens[first].start : tokens[end - 1].end] for first, end in document.sentences]


def test_ours_are_found() -> None:
    assert set(OURS) <= set(names(list_tokenizers()))
    assert get_tokenizer("onoma") is get_tokenizer("onoma@1") is get_tokenizer("onoma", 1)


@pytest.mark.parametrize("tokenizer", list_tokenizers(), ids=names(list_tokenizers()))
class TestAny:
    @settings(max_examples=100)
    @given(text=TRICKY)
    def test_every_character_is_in_just_one_token(self, tokenizer: Tokenizer, text: str) -> None:
        tokens = tokenizer.tokenize(text)
        position = 0
        for token in tokens:
            assert type(token) is Token
            assert token.start < token.end
            assert text[token.start : token.end] == token.text
            assert text[position : token.start].strip() == ""
            assert not any(char.isspace() for char in token.text)
            position = token.end
        assert text[position:].strip() == ""
        assert list(tokenizer.tokenize(text)) == list(tokens)

    @settings(max_examples=100)
    @given(text=TRICKY)
    def test_sentences_cover_the_tokens_of_any_tokeniser(self, tokenizer: Tokenizer, text: str) -> None:
        for other in list_tokenizers():
            tokens = other.tokenize(text)
            ranges = tokenizer.sentences(text, tokens)
            assert [index for first, end in ranges for index in range(first, end)] == list(range(len(tokens)))
            assert all(first < end for first, end in ranges)

    def test_documents_get_tokens_once(self, tokenizer: Tokenizer) -> None:
        document = tokenizer.document(Document("d", "Ann 走了。Bob came.\n\n再见"))
        assert document.tokens
        assert len(document.sentences) > 1
        assert tokenizer.document(document) is document
        foreign = Document("d", "a b", (Token("a b", 0, 3),), ((0, 1),))
        assert tokenizer.document(foreign) is foreign
        assert tokenizer.document(Document("d", " \n")).tokens == ()

    def test_it_tells_what_it_is(self, tokenizer: Tokenizer) -> None:
        assert get_tokenizer(tokenizer.id) is tokenizer
        assert tokenizer.description
        assert "\n" not in tokenizer.description

    def test_a_version_gives_the_same_for_ever(self, tokenizer: Tokenizer) -> None:
        """Models are stored with a version: what gives other tokens, even for one text, is a new version."""
        document = tokenizer.document(Document("d", SAMPLE))
        cut = repr(([token[1:] for token in document.tokens], document.sentences))
        assert hashlib.sha256(cut.encode()).hexdigest()[:16] == FROZEN[tokenizer.id]


def test_the_default_is_ours_for_all_languages() -> None:
    document = Document("d", SAMPLE)
    tokens = tuple(tokenize_words(SAMPLE))
    whole = replace(document, tokens=tokens, sentences=split_sentences(SAMPLE, tokens))
    assert tokenize_document(document) == get_tokenizer("onoma@1").document(document) == whole


def test_white_space_alone_parts_words() -> None:
    assert words("whitespace", " don't,\u00a0(stop)\tnow.\u2028a ") == ["don't,", "(stop)", "now.", "a"]


def test_white_space_has_the_sentences_of_ours() -> None:
    text = 'Mr. Smith left. Bonn is big; "Yes." he said.\nA new line.Glued one. He\nwrapped it'
    assert sentences("whitespace", text) == [
        "Mr. Smith left.",
        'Bonn is big; "Yes." he said.',
        "A new line.Glued one.",
        "He\nwrapped it",
    ]


@given(TRICKY)
def test_white_space_ends_no_sentence_where_ours_does_not(text: str) -> None:
    ours = get_tokenizer("onoma").document(Document("d", text))
    ends = {ours.tokens[end - 1].end for _, end in ours.sentences}
    theirs = get_tokenizer("whitespace").document(Document("d", text))
    assert {theirs.tokens[end - 1].end for _, end in theirs.sentences} <= ends


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我爱 北京", "我 爱 北 京"),
        ("ที่น้ำ", "ที่ น้ำ"),
        ("ab-1", "a b - 1"),
        ("e\u0301a", "e\u0301 a"),
        (" \u0301a", "\u0301 a"),
        ("👨‍👩‍👧👍🏽🇷🇺🇺🇸", "👨‍👩‍👧 👍🏽 🇷🇺 🇺🇸"),
        ("한\u1112\u1161\u11ab글", "한 \u1112\u1161\u11ab 글"),
        ("कि", "कि"),
        ("ｶﾞﾊﾟ", "ｶﾞ ﾊﾟ"),
        ("स्त्रीक्षमा", "स्त्री क्ष मा"),
        ("क्\u200dष क्\u200cष", "क्\u200dष क्\u200c ष"),
        ("বাংলাক্ষ", "বাং লা ক্ষ"),
        ("மக்கள்", "ம க் க ள்"),
        ("ශ්\u200dරී", "ශ්\u200dරී"),
        ("ក្រុមស្ត្រី", "ក្រុ ម ស្ត្រី"),
        ("မန္တလေး", "မ န္တ လေး"),
    ],
)
def test_characters_are_those_that_a_reader_sees(text: str, expected: str) -> None:
    assert words("characters", text) == expected.split()


@pytest.mark.parametrize(
    "expected",
    [
        ["他走了。", "她来了！", "真的？！", "是的"],
        ["他说：“走吧。”", "她笑了。"],
        ['他说:"走吧。"', "她笑了。", '"好。"'],
        ["“走吧！”，他说。", "好"],
        ["价格是3.5元，见a.com。", "好"],
        ["（见下。）", "再见"],
        ["増は３．５％で１２，３４５．６億円．", "ＡＢＣ．ｃｏｍだ．", "はい．"],
        ["ខ្ញុំ។", "គាត់៕", "သူ၊သူ။", "བོད།", "ང"],
        ["Yes!", "No (ok?).", "end"],
        ["ทำงาน ที่บ้าน"],
    ],
)
def test_sentences_of_characters(expected: list[str]) -> None:
    for gap in ("\n", "" if expected[0][0] != "Y" else " "):
        assert sentences("characters", gap.join(expected)) == expected


@pytest.mark.parametrize(
    "text", ["好" * 200_000, '."' * 100_000, "。”" * 100_000, "\u1100" * 200_000, "a\u0301" * 10**5]
)
@pytest.mark.parametrize("name", ["characters", "whitespace"])
def test_much_of_one_thing_is_linear_work(name: str, text: str) -> None:
    """No wall time is asserted: what is not linear takes minutes here."""
    assert get_tokenizer(name).document(Document("d", text)).tokens


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("onomo", "unknown tokenizer 'onomo'; did you mean 'onoma'?"),
        ("", "unknown tokenizer ''"),
        ("\ud800\n", r"unknown tokenizer '\\ud800\\n'"),
        ("onoma@2", "'onoma@2' is newer than 'onoma@1' here; upgrade Onoma"),
        ("onoma@0", r"'onoma@0' is no longer kept \(here: 1\)"),
        ("onoma@", "name and version such as onoma@1"),
        ("onoma@1@1", "name and version such as onoma@1"),
        ("onoma@-1", "name and version such as onoma@1"),
        ("onoma@" + "9" * 5000, "name and version such as onoma@1"),
    ],
)
def test_what_there_is_not(asked: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        get_tokenizer(asked)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(("name", "version"), [("a@b", 1), ("", 1), ("a b", 1), ("a\n", 1), ("a", 0)])
def test_names_that_could_not_be_asked_for(name: str, version: int) -> None:
    with pytest.raises(ValueError, match="cannot be called"):
        Tokenizer(name, version, "", tokenize_words)


def test_a_new_version_stands_beside_the_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    first = get_tokenizer("onoma@1")
    second, third = replace(first, version=2), replace(first, version=3)
    monkeypatch.setattr(registry, "_own", lambda: {"onoma": {1: first, 2: second}})
    assert get_tokenizer("onoma") is second
    assert get_tokenizer("onoma@1") is first
    monkeypatch.setattr(registry, "_own", lambda: {"onoma": {2: second, 3: third}})
    with pytest.raises(ConfigError, match=r"no longer kept \(here: 2, 3\).* or train again"):
        get_tokenizer("onoma@1")
    assert get_tokenizer("onoma", 2) is second


def test_documents_keep_what_else_they_hold() -> None:
    document = Document("d", "Ann left.", labels=("x",))
    assert replace(get_tokenizer("characters").document(document), tokens=(), sentences=()) == document
