"""English sentences made by templates, for what the shipped `en` would not see in newswire.

    pip install Faker
    python examples/recipes/silver_en.py OUT.jsonl [--sentences 20000] [--seed 13]

Addresses, tables of results, letters, chats, social media, headlines, recipes, short notes of business and
science, some without any entity. Names of people, firms and streets come from Faker (MIT), of many
countries; all else is written here. The labels are those of the Groningen Meaning Bank (`geo`, `gpe`, `per`,
`org`, `tim`, `art`, `eve`, `nat`), given as they are there: titles belong to people, prepositions do not
belong to times.

A few lines in a thousand differ from run to run: Faker draws some places from sets, whose order is not fixed.

What is made is silver: nobody has read it. Of the sentences in `benchmarks/visitors` the open half was looked
at when the templates were written, the held one was not.
"""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path

from faker import Faker
from writing import write_silver

MATERIAL = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
NAMES: dict[str, list[str]] = MATERIAL["names"]
TEMPLATES: dict[str, list[str]] = MATERIAL["templates"]
"""Kinds of sentences; each has the same share."""

SLOT = re.compile(r"\{(\w+)\}")

Piece = tuple[str, str | None]
"""Text, and the label of the entity that it is."""


class Slots:
    """What is put in the place of ``{name}`` in a template.

    Args:
        rng: decides all.
        seed: of Faker's names.
    """

    def __init__(self, rng: random.Random, seed: int) -> None:
        self.rng = rng
        self._fakers = [Faker(locale) for locale in MATERIAL["locales"]]
        Faker.seed(seed)

    def fill(self, slot: str) -> Piece:
        """Return what stands in a slot."""
        found: Piece = getattr(self, f"_{slot}")()
        return found

    def _faker(self) -> Faker:
        return self.rng.choice(self._fakers)

    def _first(self) -> Piece:
        if self.rng.random() < 0.25:
            return self.rng.choice(NAMES["people"]).split()[0], "per"
        return self._faker().first_name(), "per"

    def _surname(self) -> Piece:
        if self.rng.random() < 0.2:
            return self.rng.choice(NAMES["people"]).split()[-1], "per"
        return self._faker().last_name(), "per"

    def _name(self) -> Piece:
        draw = self.rng.random()
        if draw < 0.2:
            return self.rng.choice(NAMES["people"]), "per"
        if draw < 0.25:
            return self._initials()
        return f"{self._first()[0]} {self._surname()[0]}", "per"

    def _initials(self) -> Piece:
        letters = [f"{self.rng.choice('ABCDEFGHIJKLMNOPRSTW')}." for _ in range(self.rng.choice((1, 2, 2)))]
        return f"{' '.join(letters)} {self._surname()[0]}", "per"

    def _mister(self) -> Piece:
        return f"{self.rng.choice(('Mr.', 'Ms.', 'Mrs.'))} {self._surname()[0]}", "per"

    def _doctor(self) -> Piece:
        return f"{self.rng.choice(('Dr.', 'Professor'))} {self._surname()[0]}", "per"

    def _president(self) -> Piece:
        return f"President {self._name()[0]}", "per"

    def _country(self) -> Piece:
        return self.rng.choice(NAMES["countries"]), "geo"

    def _city(self) -> Piece:
        if self.rng.random() < 0.25:
            return self._faker().city(), "geo"
        return self.rng.choice(NAMES["cities"]), "geo"

    def _place(self) -> Piece:
        return self.rng.choice(NAMES["places"]), "geo"

    def _street(self) -> Piece:
        return self._faker().street_name(), "geo"

    def _demonym(self) -> Piece:
        return self.rng.choice(NAMES["demonyms"]), "gpe"

    def _org(self) -> Piece:
        draw = self.rng.random()
        if draw < 0.2:
            return self._firm()
        if draw < 0.3:
            return self._univ()
        return self.rng.choice(NAMES["organisations"]), "org"

    def _firm(self) -> Piece:
        if self.rng.random() < 0.5:
            return self._faker().company(), "org"
        end = self.rng.choice(
            ("Foods", "Motors", "Bank", "Energy", "Airlines", "Group", "Systems", "& Sons", "Labs", "Media")
        )
        return f"{self._surname()[0]} {end}", "org"

    def _univ(self) -> Piece:
        city = self.rng.choice(NAMES["cities"])
        return self.rng.choice((f"the University of {city}", f"{city} University")), "org"

    def _club(self) -> Piece:
        if self.rng.random() < 0.2:
            end = self.rng.choice(("United", "City", "Rovers", "Athletic", "FC", "Tigers"))
            return f"{self.rng.choice(NAMES['cities'])} {end}", "org"
        return self.rng.choice(NAMES["clubs"]), "org"

    def _agency(self) -> Piece:
        return self.rng.choice(
            ("Reuters", "the BBC", "AFP", "the Guardian", "CNN", "Al Jazeera", "DPA")
        ), "org"

    def _work(self) -> Piece:
        return self.rng.choice(NAMES["works"]), "art"

    def _title(self) -> Piece:
        first = self.rng.choice(("The", "A", "My", "Last", "Night", "Blue", "Winter", "Seven"))
        middle = self.rng.choice(
            ("Silent", "Paper", "Golden", "Broken", "Northern", "Little", "Burning", "Second")
        )
        last = self.rng.choice(
            ("River", "Garden", "Sisters", "Letter", "Road", "Summer", "House", "Moon", "Sea")
        )
        return f"{first} {middle} {last}", "art"

    def _event(self) -> Piece:
        return self.rng.choice(NAMES["events"]), "eve"

    def _nature(self) -> Piece:
        return self.rng.choice(NAMES["nature"]), "nat"

    def _day(self) -> Piece:
        return self.rng.choice(NAMES["days"]), "tim"

    def _month(self) -> Piece:
        return self.rng.choice(NAMES["months"]), "tim"

    def _year(self) -> Piece:
        return str(self.rng.randint(1890, 2030)), "tim"

    def _monthyear(self) -> Piece:
        return f"{self._month()[0]} {self._year()[0]}", "tim"

    def _daypart(self) -> Piece:
        return f"{self._day()[0]} {self.rng.choice(('morning', 'evening', 'night'))}", "tim"

    def _date(self) -> Piece:
        day, month = self.rng.randint(1, 28), self.rng.choice(NAMES["months"])
        return self.rng.choice(
            (f"{day} {month}", f"{month} {day}", f"{month} {day}, {self._year()[0]}")
        ), "tim"

    def _clock(self) -> Piece:
        hour, minute = self.rng.randint(1, 12), self.rng.choice(("00", "15", "30", "45"))
        half = self.rng.choice(("a.m.", "p.m."))
        return self.rng.choice((f"{hour}:{minute}", f"{hour} {half}", f"{hour}:{minute} {half}")), "tim"

    def _number(self) -> Piece:
        return str(self.rng.randint(1, 900)), None

    def _small(self) -> Piece:
        return str(self.rng.randint(2, 40)), None

    def _goals(self) -> Piece:
        return str(self.rng.choice((0, 0, 1, 1, 1, 2, 2, 3, 4, 5))), None

    def _minute(self) -> Piece:
        return str(self.rng.randint(1, 93)), None

    def _set(self) -> Piece:
        return self.rng.choice(("6-4", "6-3", "7-5", "7-6", "6-2", "6-1", "3-6")), None

    def _time(self) -> Piece:
        return f"{self.rng.randint(9, 59)}.{self.rng.randint(10, 99)}", None

    def _distance(self) -> Piece:
        return self.rng.choice(("100", "200", "400", "800", "1,500", "5,000")), None

    def _code(self) -> Piece:
        digits = str(self.rng.randint(10_000, 99_999))
        letters = "".join(self.rng.choices("ABCEGHLMNPSW", k=2))
        return self.rng.choice(
            (digits, f"{letters}{self.rng.randint(1, 20)} {self.rng.randint(1, 9)}{letters}")
        ), None

    def _money(self) -> Piece:
        amount, unit = self.rng.randint(2, 900), self.rng.choice(("million", "billion"))
        return self.rng.choice((f"${amount} {unit}", f"{amount} {unit} euros", f"£{amount} {unit}")), None

    def _handle(self) -> Piece:
        return f"{self._first()[0].lower()}{self.rng.randint(1, 99)}".replace(" ", ""), None

    def _hashtag(self) -> Piece:
        return self.rng.choice(
            ("travel", "blessed", "tech", "mondaymood", "foodie", "throwback", "winning")
        ), None


def make(template: str, slots: Slots) -> tuple[str, list[tuple[int, int, str]]]:
    """Return a sentence made of a template, and its entities: start, end, label.

    A template in capitals, apart from its slots, is filled with capitals.
    """
    text, entities, done = "", [], 0
    rest = SLOT.sub("", template)
    upper = re.search("[A-Z]", rest) is not None and re.search("[a-z]", rest) is None
    for slot in SLOT.finditer(template):
        text += template[done : slot.start()]
        done = slot.end()
        piece, label = slots.fill(slot.group(1))
        if upper:
            piece = piece.upper()
        for article in ("the ", "THE "):  # it is no part of a name
            if label is not None and piece.startswith(article):
                text, piece = text + article, piece.removeprefix(article)
        if label is not None:
            entities.append((len(text), len(text) + len(piece), label))
        text += piece
    text += template[done:]
    return text[:1].upper() + text[1:], entities


if __name__ == "__main__":
    write_silver(__doc__, TEMPLATES, Slots, make, lower_chat=0.7)
