from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onoma.text import Token, Tokens
from onoma.tokenize import split_sentences, tokenize_words
from onoma.tokenize.sentences import _Splitter

# " | " marks where a sentence ends; in the text there is one space
SENTENCES = """
He came. | She left. | Why? | Because! | They… | Yes.
Mr. Smith met Dr. Jones on St. James St. near No. 5.
He lives in the U.S. | He works for Apple Inc. | The firm grew.
The U.S. President met U.N. Secretary-General Kofi Annan.
J. R. Ortega and George W. Bush met.
At 3 p.m. Friday they left. | At 4 a.m. they returned.
It cost 1.5 million. | 10 people paid $3.50.
See fig. 5, p. 7, etc. | Then go on.
He moved to Jan. 5, 1999.
"Stop!" he said. | "Why?" she asked.
"I came. | I saw." | He left.
He said: "Go!" | She went.
“It works,” he said. | “It does.” | They agreed.
(He was late.) | They left.
He left (at last!) and slept.
It rose (see Fig. 2) again.
Yahoo! said it would pay.
Well... maybe not. | Well... | Maybe not.
Plan B. | The rest failed.
Is it true?! | No!!! | Really...
Smith v. Jones was decided by Judge A. Lee.
I like iPods. | iPhones are better.
1. Michael Schumacher won.
Ideas. | 2. Second point is here.
Prices fell 5 pct. | Analysts had expected 3 pct.
Goldman, Sachs & Co. said so.
А. С. Пушкин родился в Москве. | Он умер в 1837 г. | Похоронен он там же.
Он живёт в г. Москва, ул. Ленина, д. 5, кв. 7. | Там тепло.
В 1812 г. Наполеон вошёл в Москву.
Он приехал в Россию в 1812 г. | Наполеон бежал.
Это было в XIX в. | Тогда жили иначе.
Он купил яблоки, груши и т. д. | Потом он ушёл домой.
Он купил яблоки, груши, сливы и т. п. | Магазин закрылся.
Завод им. Ленина, т. е. старый завод, закрыт.
Цена выросла на 5 млн руб. | Это много.
— Да! — сказал он. | — Нет, — ответила она.
— Что? — спросил он. | Она молчала.
«Уходи!» — крикнул он. | Она ушла.
«Я знаю», — сказал он. | «Уходи!» | Она ушла.
Он ждал… и дождался. | Он ждал… | Она пришла.
По адресу: пр. Мира, 5. | Были Иванов, Петров, Сидоров и др. | Все ушли.
См. рис. 5 и табл. 2. | Проф. Иванов прав.
Он сказал это(!) Петрову.
Правда ли это? | Да! | Нет…
Это сообщает Яндекс.Новости сегодня.
Сайты в зоне .РФ растут. | Их много.
東京です。 | 日本です。
თბილისი დედაქალაქია. | ის დიდია! | ნამდვილად? | დიახ… | კარგია.
成長率は３．５％です。 | １２，３４５．６億円。
ＡＢＣ．ｃｏｍを見る． | 東京だ．
Ａｐｐｌｅ　Ｉｎｃ．は大きい。 | 会社ＯＫ． | Ｔｈｅ　ｅｎｄ．
Ａｐｐｌｅ　Ｉｎｃ． Ｊａｐａｎ． | Ａｐｐｌｅ　Ｉｎｃ． | Ｔｈｅ　ｅｎｄ．
Բարև։ | Ես եմ։
ខ្ញុំ។ | គាត់៕ | នាង។
သူ။ | သူမ၊ သူ။ | သူ။
བོད། | ལྷ་ས། ། | ང༎ | ཁོ།
ሰላም። | እንዴት፧ | ደህና፨ | አዲስ።
ܫܠܡܐ܀ | ܛܒܐ܁ | ܐܢܐ܂ | ܗܘ܀
ᠮᠣᠩᠭᠣᠯ᠃ | ᠮᠠᠨᠵᠤ᠉ | ᠬᠡᠯᠡ᠃
Πού είναι; | Η Αθήνα είναι εδώ· ναι. | Ποιος είναι; | «Εγώ». | Τι;
Τι είναι; | Ναι.
It is Greek (Αθήνα; Turkish Atina) for (α; Β). | Also Αθήνα; it is.
"""


def _split(text: str) -> list[str]:
    tokens = tokenize_words(text)
    return [text[tokens[first].start : tokens[end - 1].end] for first, end in split_sentences(text, tokens)]


@pytest.mark.parametrize("marked", SENTENCES.strip().split("\n"))
def test_expected_sentences(marked: str) -> None:
    assert _split(marked.replace(" | ", " ")) == marked.split(" | ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("JAPAN GET LUCKY WIN\nNadim Ladki\nAL-AIN", ["JAPAN GET LUCKY WIN", "Nadim Ladki", "AL-AIN"]),
        ("He said .\nthe end", ["He said .", "the end"]),
        ("Prose that is\nwrapped here. It goes\non.", ["Prose that is\nwrapped here.", "It goes\non."]),
        ("a heading\n\nand a paragraph", ["a heading", "and a paragraph"]),
        ("a heading\r\n\r\nand more", ["a heading", "and more"]),
        ("wrapped\r\nhere", ["wrapped\r\nhere"]),
        ("one\u2029two", ["one", "two"]),
        ("Mr.\nSmith", ["Mr.", "Smith"]),
        ("wrapped after Mr.\nand more", ["wrapped after Mr.\nand more"]),
        ("“No!”\nhe said", ["“No!”\nhe said"]),
    ],
)
def test_newlines(text: str, expected: list[str]) -> None:
    assert _split(text) == expected


def test_tokenised_text_with_spaced_quotes() -> None:
    text = 'He said , " Go . " Then he left .'
    assert _split(text) == ['He said , " Go . "', "Then he left ."]


def test_any_tokens_will_do() -> None:
    text = "Hi. You."
    tokens = [Token("Hi.", 0, 3), Token("You.", 4, 8)]
    assert split_sentences(text, tokens) in (((0, 2),), ((0, 1), (1, 2)))
    assert split_sentences(text, []) == ()


ALPHABET = st.one_of(st.characters(), st.sampled_from(list("aAяЯ1.,'’-—()\"«»!?… \n。")))
PHRASES = st.lists(
    st.sampled_from(
        ["Mr.", "г.", "т. д.", "He", "he", "Он", '"', "”", "(", ")", ".", "!", "—", " ", "\n", "\n\n"]
    ),
    max_size=30,
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(ALPHABET, max_size=60), PHRASES.map("".join), PHRASES.map(" ".join)))
def test_sentences_partition_the_tokens(text: str) -> None:
    tokens = tokenize_words(text)
    sentences = split_sentences(text, tokens)
    assert [index for first, end in sentences for index in range(first, end)] == list(range(len(tokens)))
    assert all(first < end for first, end in sentences)


class Everywhere(_Splitter):
    """Asks behind every token whether a sentence ends."""

    def _places(self) -> list[int]:
        return list(range(len(self.words)))


ENDS = st.lists(
    st.sampled_from(
        ["A", "b", "Mr.", "г.", ".", "!", "?..", "…", "(", ")", '"', "”", "—", ",", " ", " ", "\n", "\n\n"]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(ENDS)
def test_sentences_end_only_behind_stops_and_lines(text: str) -> None:
    tokens = tokenize_words(text)
    assert split_sentences(text, tokens) == tuple(Everywhere(text, Tokens.of(tokens)).ranges())
