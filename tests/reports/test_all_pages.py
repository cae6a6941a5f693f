"""What every page must do: stand alone, and show data as text, whatever it says."""

from __future__ import annotations

import ast
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from finished_runs import make_cost, make_gold, make_model
from hypothesis import given, settings
from hypothesis import strategies as st
from parsed_pages import Parsed
from poison import poisoned

import onoma.reports
from onoma import extras
from onoma.comparison.comparing import compare
from onoma.comparison.decision import Constraints
from onoma.comparison.mistakes import Hard, Mistakes, Slice
from onoma.comparison.predictions import Scored, score_predictions
from onoma.comparison.result import Compared
from onoma.errors import MissingExtraError
from onoma.inspection import Inspection, find_parts, inspect_parts
from onoma.inspection.suspects import Suspect, Suspicion
from onoma.metrics.confusion import Confusion
from onoma.plugins import find_own
from onoma.readers import ReadOptions, write_documents
from onoma.reports.kit import page as kit_page
from onoma.reports.kit.page import Page
from onoma.reports.markdown import code_block, plain
from onoma.reports.pages import card, comparison, document, inspection, prediction, run, scores, suspects
from onoma.reports.palette import FILLS, HEAT_LEVELS, page_colors
from onoma.text import Corpus, Document, Ledger, Span
from onoma.training.advice.advising import Advice, Advised
from onoma.training.advice.probe import Rates
from onoma.training.advice.rules import Choice, DataFacts

HTML = Path(onoma.reports.__file__).parent / "html"
SOURCE = Path(onoma.reports.__file__).parents[1]
PAGES = {page.template: page for page in find_own("onoma.reports.pages", "PAGE", Page)}
WHOLE = sorted(name for name in PAGES if '{% extends "base.html" %}' in (HTML / name).read_text())
ATTACKS = (
    "<script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    "\" onclick=\"x' y='",
    "</style></script></pre></svg><!-- ",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt; &amp; &#60;",
    "\x1b[31m\x00\r\x85",
    "\u202e\u2066abc\u2029",
    "\ud800 \ufeff",
    "line\n<b>\tline",
)
HOSTILE = st.lists(
    st.one_of(st.sampled_from(ATTACKS), st.text(min_size=1, max_size=12)), min_size=1, max_size=3
).map("".join)

Sample = Callable[[str], str]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    """For every page, how to make it with one text in all places that data can reach."""
    folder = tmp_path_factory.mktemp("samples")
    inspected, compared, scored = _inspected(folder / "data"), _compared(folder / "runs"), _scored()
    return {
        "prediction.html": _prediction,
        "card.html": _card,
        "document.html": lambda evil: document.PAGE.render(_document(evil)),
        "run.html": lambda evil: run.PAGE.render({"model": evil, "dev": {"entity": _RATES}}, evil),
        "suspects.html": lambda evil: suspects.PAGE.render(_suspicion(evil), title=evil),
        "inspection.html": lambda evil: inspection.PAGE.render(
            poisoned(inspected, evil), title=evil, advice=poisoned(_advice(), evil)
        ),
        "comparison.html": lambda evil: comparison.PAGE.render(
            poisoned(compared, evil), poisoned(_mistakes(), evil)
        ),
        "scores.html": lambda evil: scores.PAGE.render(
            poisoned(scored, evil), title=evil, examples=3, command=evil
        ),
    }


_RATES = {"precision": 0.5, "recall": 0.25, "f1": 0.33}


def _document(evil: str) -> Document:
    text = f"x {evil} y {evil}"
    inner = Span(2, 2 + len(evil), evil, evil, 0.5)
    outer = Span(0, len(text), f"wide {evil}", text)
    unplaced = Span(len(text) + 5, len(text) + 9, evil, evil)
    return Document(evil, text, entities=(outer, inner, unplaced), labels=(evil, f"b {evil}"))


def _card(evil: str) -> str:
    """A card with the text where data comes in: as `onoma.reports.markdown` writes it."""
    shown, block = plain(evil), code_block(f"x {evil}")
    listed = f"- a {shown}\n- b\n\n| a {shown} | b |\n|---|---|\n| a {shown} | **b** |\n"
    return card.PAGE.render(f"# a {shown}\n\na {shown}\n\n## a {shown}\n\n{listed}\n{block}\n", name=evil)


MARKDOWN = ("# <b>", "- <i>", "| <u> |\n|---|\n| <s> |", "```\n<p>", "[a](javascript:b)")


@pytest.mark.parametrize("attack", [*ATTACKS, *MARKDOWN])
def test_a_card_from_elsewhere_makes_no_element_of_its_own(attack: str) -> None:
    parsed = Parsed(card.PAGE.render(attack, name=attack))
    ours = {"html", "head", "meta", "title", "style", "body", "header", "p", "h1", "h2", "main", "section"}
    assert set(parsed.tags) <= ours | {"ul", "li", "pre", "div", "table", "thead", "tbody", "tr", "th", "td"}
    assert not {"href", "src", "onclick", "onerror"} & {key for key, _ in parsed.attributes}


def _prediction(evil: str) -> str:
    shown = _document(evil)
    gold = Document(shown.id, shown.text, entities=shown.entities[:1], labels=(f"c {evil}",))
    return prediction.PAGE.render([shown, shown], title=evil, gold=[gold, None], lang=evil)


def _suspicion(evil: str) -> Suspicion:
    gold = Span(10, 10 + len(evil), evil, evil)
    suspect = Suspect(
        **{"document": evil, "kind": evil, "gold": gold, "suggested": gold._replace(label=f"n {evil}")},
        **{"gold_score": 0.1, "confidence": 0.97, "before": evil, "text": evil, "after": evil},
        **{"split": evil, "path": evil, "line": 7},
    )  # type: ignore[arg-type]
    return Suspicion((suspect,), {evil: 1}, {evil: 0.5}, 1, 2, {evil: 2})


def _inspected(folder: Path) -> Inspection:
    folder.mkdir()
    wide, inner = Span(0, 13, "wide", "Ann left Oslo"), Span(0, 3, "PER", "Ann")
    train = Document("a", "Ann left Oslo", entities=(wide, inner), labels=("x", "y"))
    test = Document("b", "Ann left Oslo", entities=(inner._replace(label="NEW"),), labels=("x",))
    again = Document("c", "Ann left Oslo", entities=(inner,), labels=())
    write_documents(folder / "train.jsonl", [train])
    write_documents(folder / "test.jsonl", [test, again])
    with (folder / "test.jsonl").open("a") as file:
        file.write('{"text": "ab", "entities": [{"start": 2, "end": 1, "label": "Q"}]}\n')
    return inspect_parts(find_parts([str(folder)]), ReadOptions(on_error="skip"))


def _compared(folder: Path) -> Compared:
    gold = make_gold(30)
    good, bad = make_model(folder, "good", gold, 0.9, shares=(0.5,)), make_model(folder, "bad", gold, 0.6)
    bad.failures.append(("bad-3", "no memory"))
    costs = {"good": make_cost(9.0), "bad": make_cost(1.0)}
    return compare([bad, good], costs, Constraints(), title="T", command="onoma", resamples=100)


def _scored() -> Scored:
    """Two sets of predictions with errors of all kinds, one of them moved, incomplete and without a place."""
    gold = Document(
        "d", "Anna met Bo Lee in Rome", entities=(Span(0, 4, "PER", "Anna"), Span(9, 15, "PER", "Bo Lee"))
    )
    wrong = (Span(0, 4, "LOC", "Anna", 0.5), Span(9, 11, "PER", "Bo"), Span(19, 23, "LOC", "Rome"))
    other = Document("e", "Anna left", entities=(Span(0, 4, "PER", "Anna"),))
    spaced = Document("d", "So: Anna met Bo Lee in Rome", entities=(Span(0, 2, "PER", "So"),))
    given = {"wrong": [gold.with_entities(wrong), other], "spaced": [spaced]}
    corpora = {name: Corpus(tuple(listed), Ledger(read=3, kept=3), name) for name, listed in given.items()}
    gold_corpus = Corpus((gold, other), Ledger(read=3, kept=3), "gold")
    return score_predictions(gold_corpus, corpora, costs={"wrong": 2.0}, resamples=20)


def _advice() -> Advice:
    choice = Choice("lstm", 30, "why", {"encoder": "E"})
    one = Advised(choice, 8, 1, 100, Rates(10.0, 20.0, 1.0, 2.0, 0.5), 3.0, "onoma train")
    return Advice(DataFacts(10, 100), (one,), ("rests on",))


def _mistakes() -> Mistakes:
    anna = Document("d", "Anna left", entities=(Span(0, 4, "PER", "Anna"),))
    confusion = Confusion(rows=("PER",), columns=("PER", "spurious"), counts=np.array([[3, 1]]))
    slices = [Slice("letters", "all capitals", 3, (0.5, 0.25))]
    wrong = anna.with_entities([Span(0, 4, "LOC", "Anna")])
    hard = Hard(anna, wrong, (1, 2))
    return Mistakes({"good": confusion}, slices, ["bad", "good"], "good", [hard], "note")


def test_every_page_has_a_sample(samples: dict[str, Sample]) -> None:
    assert set(samples) == set(PAGES)
    parts = {"base.html", "kit.html"}
    assert {path.name for path in HTML.glob("*.html")} == set(PAGES) | parts


@pytest.mark.parametrize("name", sorted(PAGES))
@given(evil=HOSTILE)
@settings(max_examples=15, deadline=None)
def test_data_changes_no_element_and_no_attribute(samples: dict[str, Sample], name: str, evil: str) -> None:
    """With any text in place of a harmless one a page has the same elements with the same attributes."""
    html, harmless = samples[name](evil), Parsed(samples[name]("harmless"))
    parsed = Parsed(html)
    html.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]", html)
    assert Counter(parsed.tags) == Counter(harmless.tags)
    assert Counter(key for key, _ in parsed.attributes) == Counter(key for key, _ in harmless.attributes)
    classes = {value for key, value in parsed.attributes if key == "class"}
    assert not classes & {evil}
    assert (parsed.style, parsed.script) == (harmless.style, harmless.script)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_data_is_shown(samples: dict[str, Sample], name: str) -> None:
    """Nothing vanishes: each attack that has no control characters stands in the page's text as it is."""
    for attack in ATTACKS[:6]:
        assert attack in Parsed(samples[name](attack)).text


@pytest.mark.parametrize("name", WHOLE)
def test_a_page_stands_alone_under_a_policy_of_its_own(samples: dict[str, Sample], name: str) -> None:
    html = samples[name]("harmless")
    parsed = Parsed(html)
    assert html.startswith("<!doctype html>")
    assert 'name="viewport"' in html
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & set(parsed.tags)
    names = {key for key, _ in parsed.attributes}
    assert not {"style", "src", "href", "srcset", "xlink:href"} & names
    assert not any(key.startswith("on") for key in names)
    assert "url(" not in parsed.style
    assert "@import" not in parsed.style
    [policy] = [value for key, value in parsed.attributes if key == "content" and "default-src" in str(value)]
    allowed = f"default-src 'none'; style-src 'sha256-{_hash(parsed.style)}';"
    script = f" script-src 'sha256-{_hash(parsed.script)}';" if parsed.script else ""
    assert policy == f"{allowed}{script} base-uri 'none'; form-action 'none'"
    assert parsed.tags.count("script") == bool(PAGES[name].script)


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


@pytest.mark.parametrize("name", WHOLE)
def test_every_class_has_a_rule_and_every_colour_two(samples: dict[str, Sample], name: str) -> None:
    parsed = Parsed(samples[name]("harmless"))
    used = {one for key, value in parsed.attributes if key == "class" for one in (value or "").split()}
    assert {one for one in used if f".{one}" not in parsed.style} == set()
    style = parsed.style
    for color in re.findall(r"var\(--([\w-]+)\)", style):
        assert style.count(f"--{color}:") == 2, color  # light and dark
    rules = style.split("* { box-sizing")[1]
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(", rules)


def test_no_template_turns_escaping_off() -> None:
    for path in HTML.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape|\bMarkup\b|~", re.sub(r"{#.*?#}", "", text)), path.name
        assert not re.search(r"=\s*{{", re.sub(r"{%.*?%}", "", text)), f"{path.name}: unquoted attribute"


def test_nothing_but_the_module_of_drawings_writes_elements() -> None:
    """HTML made by string formatting escapes the one rule: there is none in reports, API, text and CLI."""
    places = [*(path for name in ("text", "reports", "api", "cli") for path in _modules(name))]
    found = {
        f"{path.relative_to(SOURCE)}: {text[:40]!r}"
        for path in places
        for text in _texts(path)
        if _ELEMENT(text)
    }
    assert {line.partition(":")[0] for line in found} == {"reports/kit/svg.py"}, found


# An element, one whose name is put in, or the end of one; not the groups of regular expressions.
_ELEMENT = re.compile(r"(?<!P)<[a-z][a-z0-9]*(\s[^<>]*)?>|</[a-z]|/>$|</?$").search


def _texts(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return [one.value for one in constants if isinstance(one.value, str) and id(one) not in docstrings]


def _modules(name: str) -> list[Path]:
    return sorted((SOURCE / name).rglob("*.py"))


@pytest.mark.parametrize("name", sorted(PAGES))
def test_without_jinja_the_extra_is_named_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    kit_page._environment.cache_clear()
    with pytest.raises(MissingExtraError, match=r"needs Jinja2: pip install 'onoma\[report\]'"):
        PAGES[name].pieces()
    monkeypatch.setattr(extras, "is_there", lambda module: module != "jinja2")
    with pytest.raises(MissingExtraError, match=r"onoma\[report\]"):
        extras.require("report", "train")
    assert Document("d", "Anna")._repr_html_() is None


@pytest.mark.parametrize("side", [0, 1])
def test_text_can_be_read_on_every_colour_under_it(side: int) -> None:
    colors = {name: pair[side] for name, pair in page_colors().items()}
    under_ink = ["page", "panel", "better", "worse", "chosen", *(f"f{slot}" for slot in range(len(FILLS)))]
    for text, grounds in (
        ("ink", [*under_ink, *(f"h{level}" for level in range(HEAT_LEVELS - 2))]),
        ("on-heat", [f"h{level}" for level in range(HEAT_LEVELS - 2, HEAT_LEVELS)]),
        ("quiet", ["page", "panel"]),
        ("alarm", ["page"]),
        ("good", ["page"]),
    ):
        for ground in grounds:
            assert _contrast(colors[text], colors[ground]) >= 4.5 - 1.6 * (ground == "h3"), (text, ground)


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_page_of_the_service_has_the_same_colours() -> None:
    style = (SOURCE / "service" / "web" / "page.css").read_text(encoding="utf-8").lower()
    light, dark = re.findall(r":root {(.*?)}", style, re.DOTALL)
    for text, side in ((light, 0), (dark, 1)):
        found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", text))
        known = page_colors()
        shared = {name: value for name, value in found.items() if name in known and name != "accent"}
        assert len(shared) >= 6 + len(FILLS)
        assert {name: _long(value) for name, value in shared.items()} == {
            name: known[name][side] for name in shared
        }


def _long(color: str) -> str:
    return color if len(color) == 7 else "#" + "".join(2 * digit for digit in color[1:])
