"""Texts made to be cut in another way by a careless reader, and such as people write."""

from __future__ import annotations

import random
import sys

KNOWN = (
    "",
    " \t ",
    "Mr. J. R. R. Tolkien met Dr. No. He said no. No. 5 is alive, e.g. p. 7.",
    "Plan B. The end. U.S. troops left at 10 a.m. Then they came back.",
    "г. Москва, ул. Ленина, д. 5, им. Ленина. Я верю им. Он родился в 1941 г. Германия напала.",
    "А.С.Пушкин и т.д. и т.п. Яндекс.Новости, Mail.Ru, зона .РФ, конец.Начало, 5 мин. назад, в п. 3",
    "I can't; don't, John's, O'Brien, cannot, 'tis '90s rock'n'roll IT'S they’ve wouldN’T \u017fhe'\u017f",
    "see https://example.com/a(b)c?x=1. HTTP\u017f://x.y www.a.b, a@b.co, @me #tag #1 ##x foo.ru/bar, WWW.X",
    '"Stop!" he said. "Go." "Now?" (Yes!) He left... Then? - No! — Да! — сказал он. «Так». 2. Second point',
    "\U0001f600\U0001f3fd\u200d\U0001f468 \U0001f1e9\U0001f1ea\U0001f1eb 1\ufe0f\u20e3 :-) <3 XD",
    "¯\\_(ツ)_/¯ ©2020 ™",
    "e\u0301te\u0301 Ж\u0301 \u0301 a\u00adb \u200dx o\u200cp ﬁn İstanbul ıI ΣΑΣ ΟΔΟΣ. ßẞ ŉ ǅ ǆ Ǆ",
    "东京は日本。北京！在哪里？カタカナ한국어 텍스트. กรุงเทพมหานคร ປະເທດ ရန်ကုန်",
    "שלום לך. מה שלומך? مرحبا بك؟ نعم۔ نہیں। है॥ عربي",
    "თბილისი. დედაქალაქია! ᲗᲑᲘᲚᲘᲡᲘ? ა.ბ. 5.\nდიდი",
    "a\r\nb\r\n\r\nC\rD\n e\n\nF\x0bG\x0cH\x1cI\x1dJ\x1eK\x1fL\x85M\u2028N\u2029O",
    "３．５％、１２，３４５．６億円。Ａ．ｃｏｍ Ｉｎｃ． は Ｉｎｃ． Ｔｈｅ Ｉｎｃ．Ａ ２．次 X．\n"
    "2．3 a．b あ．い １：３／５",
    "Բարև։ Ես։ ខ្ញុំ។ គាត់៕ သူ၊ သူ။ བོད། ། ལྷ ሰላም። ደህና፧ ܫܠܡܐ܀ ᠮᠣᠩ᠃ Πού; Η Β; Γα; «Δ»; α; \u037e Ε; ; Αθήνα; At",
    "น้ำ ນ້ຳ ำ aำ. ｶﾞﾊﾟﾞ ﾞ aﾞb ក្រុមស្ត្រី ្រ ក្ a្ក မန္တ အင်္ဂ ္တ स्त्री",
    "O\u00a0P\u3000Q\ufeffR\u200bS",
    "\x00\x01 a\x00b \ufffd \ud800 \udfff x\ud83dy",
    "AT&T R&D &amp; &#123; US$5 C$ €5 -5 +3.14 −7 .5 1,000.50 12:30 3/4 10-12 ½ ² ٣٤ Ⅳ ①",
    "end.Next 3.Second U.S.A. a.b.c. x..y ...z ?!.. --- == ** ~~ __ // '' `` foo_bar _x_ -a a- 'b' \"c",
    "word" * 300 + "." + "a'" * 60 + "s " + "1." * 200 + "@" * 50 + "." * 90 + "_" * 70 + "-",
)

_PIECES = (
    *"abAZяЖéß19.,'’-—()\"«»!?…:;/&@#$%*_ \n\r\t。！\u0301\u200d\ufe0f\u00a0\u2028\x85\x1c",
    *(
        "Mr.",
        "No.",
        "п.",
        "г.",
        "U.S.",
        " J. ",
        "n't",
        "'s",
        "www.",
        "http://",
        "a@b.co",
        "..",
        " The ",
        "и др.",
        "им.",
        "мин.",
    ),
    *(
        "1.",
        "\n2. ",
        "IV",
        "😀",
        "👨‍👩‍👧",
        "🇩🇪",
        "北京",
        "ไทย",
        "שלום",
        " см. ",
        "5 ",
        "\r\n\r\n",
        "co.",
        "X.",
        "Αθήνα; ",
        ";",
        "។",
        "ខ្ញុំ",
        "Ｉｎｃ．",
        "．",
        "３",
        "Ｔｈｅ",
        "ſ",
        "K",
        "İ",
    ),
)


def made_texts(count: int, seed: int = 0) -> list[str]:
    """Return texts of pieces that matter to the tokeniser, and of any characters but halves of pairs."""
    rng = random.Random(seed)
    texts = []
    for index in range(count):
        length = rng.randint(1, 40)
        if index % 4:
            texts.append("".join(rng.choice(_PIECES) for _ in range(length)))
        else:
            codes = (
                rng.choice((rng.randrange(0x3000), rng.randrange(sys.maxunicode + 1))) for _ in range(length)
            )
            texts.append("".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000))
    return texts
