"""What `make demo` shows, and the made-up corpus that it learns from."""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from onoma.readers import read_corpus
from onoma.resources import bundled_corpora
from onoma.text import Document
from onoma.training.suites.loading import load_suite

EXAMPLES = Path(__file__).parents[2] / "examples"
SILVER = bundled_corpora()["en-silver"]


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def splits() -> dict[str, tuple[Document, ...]]:
    return {name: read_corpus(SILVER / f"{name}.jsonl.gz").documents for name in ("train", "dev", "test")}


def test_scores_of_the_comparison_are_shown_side_by_side(tmp_path: Path, monkeypatch, capsys) -> None:
    demo = load(EXAMPLES / "demo.py")
    monkeypatch.chdir(tmp_path)
    scores = {
        f"{part}.f1": {"mean": mean} for part, mean in (("entity", 0.5), ("seen", 0.75), ("unseen", 0.25))
    }
    cost = {"bundle_mb": 1.25, "latency_p50_ms": 0.875}
    models = [
        {"name": name, "scores": scores, "cost": cost, "runs": [{"folder": f"runs/{name}"}]}
        for name in ("lstm", "bilstm-crf")
    ]
    demo.REPORT.mkdir(parents=True)
    results = {"models": models, "recommendation": {"model": "bilstm-crf"}}
    (demo.REPORT / "results.json").write_text(json.dumps(results))
    assert demo.show_scores() == "runs/bilstm-crf"
    shown = capsys.readouterr().out
    assert all(part in shown for part in ("50.00", "75.00", "25.00", "1.2", "0.88"))
    demo.write_some(3)
    assert len(demo.SHOWN.read_text(encoding="utf-8").splitlines()) == 3


def test_the_suite_of_the_demo_is_three_rungs_on_it_with_an_early_stop() -> None:
    suite = load_suite(EXAMPLES / "suite-demo.toml")
    assert suite.models == ("lstm", "bilstm-crf", "charcnn-bilstm-crf")
    assert {Path(run.config.data.train).parent for run in suite.runs} == {SILVER}
    assert all(run.config.training.patience for run in suite.runs)


def test_the_corpus_is_what_its_maker_makes(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES / "silver"))
    for name in ("names", "phrases"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    make = load(EXAMPLES / "silver" / "make.py")
    for name in ("train", "dev", "test"):
        with gzip.open(SILVER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as stream:
            assert [json.loads(line) for line in stream] == list(make.make(name))
    for name in ("names", "phrases"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def test_the_corpus_has_what_the_ladder_climbs_on(splits: dict[str, tuple[Document, ...]]) -> None:
    mentions = {
        split: [(span.text, span.label) for one in documents for span in one.entities]
        for split, documents in splits.items()
    }
    known = {text for text, _ in mentions["train"]}
    unseen = [text for text, _ in mentions["test"] if text not in known]
    assert 0.4 < len(unseen) / len(mentions["test"]) < 0.75
    labels: dict[str, set[str]] = {}
    for text, label in mentions["train"]:
        labels.setdefault(text, set()).add(label)
    assert Counter(len(found) for found in labels.values())[3] >= 20  # a person, a place and a firm
    assert sum(" " in text for text, _ in mentions["test"]) > 0.3 * len(mentions["test"])
    texts = {split: {one.text for one in documents} for split, documents in splits.items()}
    assert len(texts["test"] & texts["train"]) < 0.02 * len(texts["test"])
    assert sum(file.stat().st_size for file in SILVER.iterdir()) < 400_000
