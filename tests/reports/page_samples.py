"""One page of each kind as a visitor may meet it, with the service's own pages as files beside each other."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

from finished_runs import make_cost, make_gold, make_model, predict

from onoma.comparison.comparing import compare
from onoma.comparison.decision import Constraints
from onoma.comparison.predictions import score_predictions
from onoma.inspection import find_parts, inspect_parts
from onoma.readers import ReadOptions
from onoma.reports.comparison.report import write_report
from onoma.reports.hub_folder import card_of
from onoma.reports.pages import card, inspection, prediction, scores
from onoma.resources import shipped_models
from onoma.text import Corpus, Document, Ledger, Span

_NESTED = "The University of New York in Buffalo hired Dr. María-José Fernández of the Bank of England."


def sample_pages(folder: Path) -> dict[str, Path]:
    """Write pages into an empty folder, and return them by kind."""
    made = {
        "prediction": _prediction(),
        "inspection": _inspection(),
        "scores": _scores(),
        "card": card.PAGE.render(card_of(shipped_models()["en"], "en"), name="en"),
    }
    pages = {}
    for name, html in made.items():
        pages[name] = folder / f"{name}.html"
        pages[name].write_text(html, encoding="utf-8")
    pages["comparison"] = _comparison(folder)
    web = folder / "web"
    shutil.copytree(Path(str(files("onoma.service").joinpath("web"))), web)
    return pages | {"api": web / "api.html"}


def _spans(text: str, *found: tuple[str, str]) -> tuple[Span, ...]:
    places = [(text.index(part), part, label) for part, label in found]
    return tuple(sorted(Span(at, at + len(part), label, part, 0.93) for at, part, label in places))


def _prediction() -> str:
    gold = Document(
        "nested",
        _NESTED,
        entities=_spans(
            _NESTED,
            ("University of New York", "ORG"),
            ("New York", "LOC"),
            ("Buffalo", "LOC"),
            ("María-José Fernández", "PER"),
            ("Bank of England", "ORG"),
            ("England", "LOC"),
        ),
    )
    wrong = _spans(_NESTED, ("Dr. María-José Fernández", "PER"))
    predicted = gold.with_entities([*gold.entities[:2], *wrong])
    long = Document("long", f"{_NESTED} " * 6, entities=_spans(_NESTED, ("Buffalo hired", "MISC")))
    return prediction.PAGE.render([predicted, gold, long], title="news.jsonl", gold=[gold, None, None])


def _inspection() -> str:
    parts = find_parts(["en"])
    return inspection.PAGE.render(inspect_parts(parts, ReadOptions(), max_problems=10), title="en")


def _scores() -> str:
    gold = make_gold(30)
    corpora = {
        name: Corpus(tuple(predict(gold, share, 4)), Ledger(), name)
        for name, share in {"onoma": 0.9, "a-model-with-a-rather-long-name": 0.7, "rules": 0.3}.items()
    }
    corpus = Corpus(tuple(gold), Ledger(), "gold")
    scored = score_predictions(corpus, corpora, costs={"onoma": 4.0, "rules": 0.5}, resamples=200)
    return scores.PAGE.render(scored, title="news.jsonl", examples=5, command="onoma score news.jsonl ...")


def _comparison(folder: Path) -> Path:
    gold = make_gold()
    long = "a-model-with-a-rather-long-name"
    names = {"lstm": 0.55, "bilstm-crf": 0.7, "charcnn-bilstm-crf": 0.9, long: 0.88}
    place, shares = folder / "runs", (0.25, 0.5)
    models = [make_model(place, name, gold, share, shares=shares) for name, share in names.items()]
    costs = {name: make_cost(1.0 + place, 2.0 + place) for place, name in enumerate(names)}
    command = "onoma compare examples/suite-demo.toml --out report"
    compared = compare(models, costs, Constraints(), title="Four models", command=command, resamples=200)
    write_report(compared, folder / "report", lambda _: None)
    return folder / "report" / "index.html"
