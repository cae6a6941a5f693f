from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.text import Token
from onoma.tokenize import tokenize_words
from onoma.tokenize.words import _CHUNKS, _keeps_stop, cut_words

# text | the expected words, parted by spaces
CLUSTERS = """
น้ำ นํ้า ນ້ຳ | น้ำ นํ้ า ນ້ຳ
ｶﾞﾊﾟｰ | ｶﾞ ﾊﾟ ｰ
ក្រុមស្ត្រី | ក្រុ ម ស្ត្រី
မန္တလေး အင်္ဂလိပ် | မ န္တ လေး အ င်္ဂ လိ ပ်
"""
WIDE = """
３．５％ | ３．５ ％
１２，３４５．６億円 | １２，３４５．６ 億 円
１２：３０ ２０２１／０５／０３ | １２：３０ ２０２１／０５／０３
第1，2章 | 第 1 ， 2 章
ＧＰＴ．ＢＥＲＴ | ＧＰＴ ． ＢＥＲＴ
"""
ENGLISH = """
John lives in New York. | John lives in New York .
Mr. Smith met Dr. Jones. | Mr. Smith met Dr. Jones .
J. R. Ortega, Jr., arrived. | J. R. Ortega , Jr. , arrived .
J.R. Smith and J.R.R.Tolkien | J.R. Smith and J.R.R. Tolkien
The U.S. army left the U.S. | The U.S. army left the U.S.
U.S.-based Apple Inc. rose 10%. | U.S.-based Apple Inc. rose 10 % .
He came at 3:45 p.m. on Fri. | He came at 3:45 p.m. on Fri.
We need tools, e.g. hammers, etc. | We need tools , e.g. hammers , etc.
She bought No. 5 and said no. | She bought No. 5 and said no .
See p. 7, fig. 2 and Vol. IV. | See p. 7 , fig. 2 and Vol. IV .
Plan B. The end. | Plan B . The end .
He took vitamin C. | He took vitamin C .
(Smith, J.) wrote it. | ( Smith , J. ) wrote it .
Ph.D. in Washington, D.C. | Ph.D. in Washington , D.C.
St.Petersburg and No.5 | St. Petersburg and No. 5
the end.Next one | the end . Next one
I don't, can't, won't, isn't. | I do n't , ca n't , wo n't , is n't .
They'll've gone, I'd say, we're. | They 'll 've gone , I 'd say , we 're .
John’s and IT'S and can’t | John ’s and IT 'S and ca n’t
Don't. | Do n't .
I cannot go. | I cannot go .
O'Brien's friend d'Artagnan's horse | O'Brien 's friend d'Artagnan 's horse
five o'clock in N'Djamena | five o'clock in N'Djamena
the dogs' tails | the dogs ' tails
'90s music, get 'em | '90s music , get 'em
the 1990's | the 1990 's
n't 's 're | n't 's 're
re-elected vice-president | re-elected vice-president
a well - known word -- and — dashes – here | a well - known word -- and — dashes – here
word—word and word--word | word — word and word -- word
1,000.50 in 12/05/2020, 2-1 or 3:1 | 1,000.50 in 12/05/2020 , 2-1 or 3:1
$5, US$7, A$ 9, €10 and 5£ | $ 5 , US$ 7 , A$ 9 , € 10 and 5 £
+0.5 and -3 and .500 and 1.5m | +0.5 and -3 and .500 and 1.5m
1996-12-06 9th 10am F-16 | 1996-12-06 9th 10am F-16
See http://a.org/x_(y), or www.b.com. | See http://a.org/x_(y) , or www.b.com .
https://x.io/a?b=1&c=2#d! | https://x.io/a?b=1&c=2#d !
(http://a.org/b) | ( http://a.org/b )
bit.ly/abc example.com Node.js | bit.ly/abc example.com Node.js
me.too+x@mail.example.co.uk, | me.too+x@mail.example.co.uk ,
@user_1 likes #NER2024 but #1 | @user_1 likes #NER2024 but # 1
RT @a: hi :) &amp; bye ;-) | RT @a : hi :) &amp; bye ;-)
Wait... what?! No!!! | Wait ... what ?! No !!!
“Stop!” he said… | “ Stop ! ” he said …
"Yes," ('no') [sic] {x} | " Yes , " ( ' no ' ) [ sic ] { x }
AT&T and R&B and Q & A | AT&T and R&B and Q & A
AFP/Reuters and 1/2 | AFP / Reuters and 1/2
snake_case and _this_ | snake_case and _ this _
1. Michael Schumacher | 1. Michael Schumacher
He was born in 1999. | He was born in 1999 .
"""

RUSSIAN = """
А. С. Пушкин родился в Москве. | А. С. Пушкин родился в Москве .
А.С.Пушкин и М.Ю. Лермонтов | А. С. Пушкин и М. Ю. Лермонтов
Иванов И. И. | Иванов И. И.
г. Москва, ул. Ленина, д. 5, кв. 7. | г. Москва , ул. Ленина , д. 5 , кв. 7 .
г.Москва, ул.Ленина,д.5 | г. Москва , ул. Ленина , д. 5
завод им. Кирова | завод им. Кирова
Я верю им. | Я верю им .
Это я. | Это я .
т.е. он, т. е. она, и т.д. и т. п. | т.е. он , т. е. она , и т.д. и т. п.
5 млн руб., 10 млн. рублей и 3 тыс. | 5 млн руб. , 10 млн. рублей и 3 тыс.
в 1999 г. и в 1990-е гг. | в 1999 г. и в 1990-е гг.
в XIX в. до н. э. | в XIX в. до н. э.
через 5 мин. у поля мин. | через 5 мин. у поля мин .
Ростов-на-Дону и кто-то из-за него | Ростов-на-Дону и кто-то из-за него
«Зенит» — «Спартак» 2:0 | « Зенит » — « Спартак » 2:0
— Да! — сказал он. | — Да ! — сказал он .
в 2010—2015 годах 8,1 % | в 2010 — 2015 годах 8,1 %
Mail.Ru, Лента.ру и NEWSru.com | Mail.Ru , Лента.ру и NEWSru.com
в Москве.Он ушёл | в Москве . Он ушёл
см. рис. 5, стр. 10 | см. рис. 5 , стр. 10
к.т.н. Иванов и проф. Петров | к.т.н. Иванов и проф. Петров
№5 и №№ 6, 7 | № 5 и № № 6 , 7
«Что?..» — «Ничего!..» | « Что ?.. » — « Ничего !.. »
70-летие 2-го завода | 70-летие 2-го завода
"""

OTHER = [
    ("東京は日本。", "東 京 は 日 本 。"),
    ("한국어 문장입니다.", "한국어 문장입니다 ."),
    ("ไทย", "ไ ท ย"),
    ("हिन्दी में।", "हिन्दी में ।"),
    ("п'ять п’ять", "п'ять п’ять"),
    ("l'homme qu'il", "l'homme qu'il"),
    ("Респу\u0301блика e\u0301te\u0301", "Респу\u0301блика e\u0301te\u0301"),
    ("Zu\u00adsam\u00admen مى\u200cخواهم", "Zu\u00adsam\u00admen مى\u200cخواهم"),
    (
        "👩\u200d⚕\ufe0f👍🏽🇷🇺🇺🇸❤\ufe0f\u200d🔥3\ufe0f\u20e3",
        "👩\u200d⚕\ufe0f 👍🏽 🇷🇺 🇺🇸 ❤\ufe0f\u200d🔥 3\ufe0f\u20e3",
    ),
    ("ok😂😂", "ok 😂 😂"),
    ("\ufeffJohn\u200bSmith", "\ufeff John \u200b Smith"),
    ("a\x00b\x07", "a \x00 b \x07"),
    ("\ud800x", "\ud800 x"),
    ("a\u00a0b\u3000c", "a b c"),
]


def _cases() -> list[tuple[str, str]]:
    lines = [line for block in (CLUSTERS, WIDE, ENGLISH, RUSSIAN) for line in block.strip().split("\n")]
    return [(text.strip(), words.strip()) for text, words in (line.split(" | ") for line in lines)] + OTHER


@pytest.mark.parametrize(("text", "words"), _cases())
def test_expected_words(text: str, words: str) -> None:
    assert [token.text for token in tokenize_words(text)] == words.split(" ")


def test_ordinal_opens_its_line_only() -> None:
    words = [token.text for token in tokenize_words("1. First\n2. Second, not 3. Third\n4.")]
    assert words == ["1.", "First", "2.", "Second", ",", "not", "3", ".", "Third", "4", "."]


def test_same_chunk_is_resolved_by_its_surroundings_each_time() -> None:
    text = "No. No. 7. No."
    assert [token.text for token in tokenize_words(text)] == ["No", ".", "No.", "7", ".", "No", "."]


def test_no_text_gives_no_words() -> None:
    assert tokenize_words("") == []
    assert tokenize_words(" \n\t\u2028") == []


def test_tokens_are_real_tokens() -> None:
    token = tokenize_words("  Hi")[0]
    assert type(token) is Token
    assert (token.text, token.start, token.end) == ("Hi", 2, 4)


TRICKY = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Cc", "Cf", "Mn", "So"]),
        st.sampled_from(list("aAяЯ1.,'’-–—/@#:&$%()\"«» \n\t!?…_+\u200d\ufe0f\u0301東😀🇷")),
    ),
    max_size=60,
)
PHRASES = st.lists(
    st.sampled_from(
        [
            "Mr.",
            "г.",
            "No.",
            "им.",
            "B.",
            "А.",
            "'s",
            "n't",
            "http://",
            "a@b.c",
            "U.S",
            "1.",
            " ",
            "\n",
            "...",
            "5",
        ]
    ),
    max_size=25,
).map("".join)


def assert_covers(text: str, tokens: list[Token]) -> None:
    position = 0
    for token in tokens:
        assert text[token.start : token.end] == token.text
        assert token.start < token.end
        assert text[position : token.start].strip() == ""
        assert not any(char.isspace() for char in token.text)
        assert position <= token.start
        position = token.end
    assert text[position:].strip() == ""


@settings(max_examples=400, deadline=None)
@given(st.one_of(TRICKY, PHRASES))
def test_every_character_is_in_one_token(text: str) -> None:
    assert_covers(text, tokenize_words(text))


@settings(max_examples=150, deadline=None)
@given(st.one_of(TRICKY, PHRASES))
def test_the_same_text_gives_the_same_words_again(text: str) -> None:
    assert tokenize_words(text) == tokenize_words(text)


def cut_one_by_one(text: str) -> list[Token]:
    """What `cut_words` does in passes over the whole text, word by word."""
    tokens: list[Token] = []
    start = end = 0
    for chunk in text.split():
        for word in _CHUNKS[chunk][0]:
            if not word:  # the stop of the word before is in doubt
                if not _keeps_stop(text, start, end):
                    tokens[-1:] = [Token(text[start : end - 1], start, end - 1), Token(".", end - 1, end)]
                continue
            start = text.find(word, end)
            end = start + len(word)
            tokens.append(Token(word, start, end))
    return tokens


GAPS = st.lists(
    st.sampled_from(["Mr.", "No.", "B.", "5", "(a)", " ", " ", "  ", "\n", "\r\n", "\t \u2028", "\x1c"]),
    max_size=40,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(st.one_of(TRICKY, PHRASES, GAPS))
def test_words_are_where_they_would_be_found_one_by_one(text: str) -> None:
    assert tokenize_words(text) == cut_one_by_one(text)
    assert [text[token.start : token.end] for token in cut_words(text)] == list(cut_words(text).words)
