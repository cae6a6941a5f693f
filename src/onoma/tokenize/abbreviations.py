"""Words written with a full stop of their own, by what the stop needs around it and what may follow it.

All entries stand without their final stop. English and Russian first; some German, French and Spanish titles.
"""

from __future__ import annotations


def _cased(words: str) -> frozenset[str]:
    """Each word as given, with a capital first letter, and in capitals."""
    return frozenset(
        form for word in words.split() for form in (word, word[:1].upper() + word[1:], word.upper())
    )


# After these a sentence never ends: a name, a number or an explanation follows.
_LEADING = """
mr mrs messrs mme mlle dr prof vs cf viz approx e.g i.e
ул пр-т пр-кт просп пер пл наб бул бульв б-р туп мкр р-н г-н г-жа г-да гр гр-н гр-ка тов тт
проф акад доц чл корр чл.-корр канд докт инж полк подполк кап лейт серж св свв прп митр архиеп еп прот
зам зав нач пом секр дер пос оз респ ст стр рис табл илл гл разд кв корп оф тел факс
см ср пр др проч напр прим т.е т.к т.н т.о и.о в.и.о вр.и.о ред сост изд вып соч собр авт англ нем
франц лат греч
"""
_LEADING_CAPITAL = """
Ms Gen Sen Sens Rep Reps Gov Govs Lt Col Sgt Capt Cpl Cmdr Maj Adm Brig Rev Hon Supt Insp Det St Ste Mt Ft
Asst Sra Srta Hr Fr Mgr v GEN SEN REP GOV LT COL SGT CAPT MAJ REV ST
"""

# After these a sentence ends when a capital follows and the sentence is not only just begun.
_TRAILING = """
etc usw т.д т.п руб коп долл тыс млн млрд трлн гг вв обл н.э экз шт чел
"""

# After these a sentence ends only when a word follows that is capitalised for no other reason (`STARTERS`).
_MEDIAL = """
inc corp ltd bros dept univ assn ave blvd esq bzw ggf янв февр фев апр авг сент сен окт нояб дек
сев юж зап вост гос р.п ж.-д к.т.н д.т.н к.ф.-м.н кв.м
"""
_MEDIAL_CAPITAL = """
Co Cos CO Jr Sr JR SR Rd Plc Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs
Fri Ala Alta Ariz Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Mont Neb Nev Okla
Ore Pa Penn Tenn
Tex Va Vt Wis Wyo Ont Que Ph.D M.Sc B.Sc M.Phil D.Phil Lt.-Col
"""

LEADING = _cased(_LEADING) | frozenset(_LEADING_CAPITAL.split())
TRAILING = _cased(_TRAILING) | {"al"}
LETTERS = frozenset("бвгдежзклмнпрстфхцчшщэ")
"""Lone lower-case letters that are abbreviations before a full stop (``г.``, ``н. э.``); not я, и, а."""

AFTER_AND = frozenset({"пр", "др", "проч"})
"""Of the leading stems those that may end a sentence after ``и`` (``и др.``, but ``пр. Мира``)."""

ABBREVIATIONS = LETTERS | LEADING | TRAILING | _cased(_MEDIAL) | frozenset(_MEDIAL_CAPITAL.split())
"""Stems that keep their full stop whatever stands around them."""

_BEFORE_NUMBER = "no nos fig figs art sec ch vol vols op eq para ver nr"
BEFORE_NUMBER = _cased(_BEFORE_NUMBER) | {"p", "pp", "c", "b", "d", "n", "s"}
"""Stems that are abbreviations only before a number: ``No. 5``, ``p. 7``, but ``She said no.``"""

BEFORE_NAME = frozenset({"им", "ген", "о"})
"""Stems that are abbreviations only before a capitalised name: ``им. Ленина``, but ``Я верю им.``"""

AFTER_NUMBER = frozenset({"мин", "сек"})
"""Stems that are abbreviations only after a number (``5 мин.``)."""

_STARTERS = """
the a an he she it they you we this that these those there then but and or in on at by for from with as if
when while after before although however moreover meanwhile under his her its their our my your what who why
how where some many most yet now today yesterday since because during despite both not once later until also

в на но и а он она они оно это этот эта эти однако также при по с со к ко за для из от до когда если как так
там тогда затем потом теперь все всё вся мы вы я ты его её ее их после во не что чтобы кто где уже ещё еще
тем такой сейчас сегодня вчера поэтому кроме среди под над о об обо у без через ранее позже впрочем может
тут здесь
"""
STARTERS = frozenset(_STARTERS.split())
"""Lower-case forms of words whose capital letter mid-text means that a sentence starts there."""

TOP_LEVEL_DOMAINS = frozenset(
    {
        "com",
        "org",
        "net",
        "ru",
        "info",
        "io",
        "edu",
        "gov",
        "uk",
        "de",
        "fr",
        "ua",
        "by",
        "kz",
        "su",
        "tv",
        "me",
    }
    | {"ly", "рф", "ру", "js"}
)
"""What makes ``Mail.Ru`` one word, where ``end.Next`` lacks a space after its full stop."""
