"""A promise of recall: fitted, stored, read with suspicion, and kept by what is given."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import bundle_damage as bd
import pytest
from bundle_damage import CONFIG
from test_confidence import overconfident

import onoma
from onoma.errors import BundleError, ConfigError
from onoma.metrics.risk import measure_coverage
from onoma.runtime.bundle import load_bundle, save_bundle
from onoma.runtime.calibrating import fit_confidence
from onoma.runtime.confidence import Confidence
from onoma.runtime.tagger import Tagger

TEXT = "Anna lives in New York. Bonn is near Cologne."
OVERALL: dict[str, Any] = {"thresholds": [1e-4, 0.02, 0.3], "missed": [0.004, 0.02, 0.09], "documents": 300}
COVERING: dict[str, Any] = {
    "overall": OVERALL,
    "by_label": {"PER": {"thresholds": [1e-4, 0.1], "missed": [0.01, 0.05], "documents": 40}},
}


def promising(folder: Path, covering: Any = COVERING) -> Path:
    bundle = load_bundle(folder)
    confidence = Confidence.model_validate({"temperature": 1.0, "covering": covering})
    config = bundle.config.with_confidence(confidence)
    save_bundle(folder, replace(bundle, config=config))
    return folder


def characters(document) -> set[int]:
    """Those in entities, white space left out: it may lie between what is left of a candidate."""
    return {
        at for one in document.entities for at in range(one.start, one.end) if not document.text[at].isspace()
    }


def test_candidates_off_the_best_path_are_given(pristine: Path, folder: Path) -> None:
    plain = onoma.load(pristine)
    tagger = onoma.load(promising(folder), min_recall=0.975)
    assert tagger.promise is not None
    assert tagger.promise.overall == (0.02, 300, 0.02)
    document = tagger.tokenizer.document(onoma.Document("1", TEXT))
    (candidates,) = plain.candidates([document], 0.02)
    given = tagger(TEXT)
    assert characters(given) == characters(document.with_entities(candidates))
    assert characters(given) >= characters(plain(TEXT))
    scores = {span.score for span in candidates}
    assert {span.score for span in given.entities} <= scores
    ends = [(one.start, one.end) for one in given.entities]
    assert all(left[1] <= right[0] for left, right in pairwise(ends))


def test_labels_are_promised_one_by_one(folder: Path) -> None:
    tagger = onoma.load(promising(folder))
    tagger.leave_out(recall=0.9, labels=["PER"])
    assert tagger.promise is not None
    assert tagger.promise.as_dict() == {
        "recall": 0.9,
        "labels": {"PER": {"threshold": 0.1, "documents": 40, "missed": 0.05}},
    }
    found = tagger(TEXT).entities
    assert found
    assert {one.label for one in found} == {"PER"}
    with pytest.raises(
        ConfigError, match=r"a recall of PER of 0\.98 .* 40 documents .* takes 49 .*; 0\.965 can"
    ):
        tagger.leave_out(recall=0.98, labels=["PER"])
    with pytest.raises(ConfigError, match=r"label 'PRE': dev has no entity of it .* 'PER'"):
        tagger.leave_out(recall=0.9, labels=["PRE"])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"min_recall": 0.999}, r"by 300 documents with entities, it takes 999 at least; 0\.992 can"),
        ({"min_recall": 0.995}, r"no candidate covers 0\.4% of dev's entities; 0\.992 can"),
        ({"min_recall": 0.0}, "between 0 and 1"),
        ({"min_recall": 1.0}, "between 0 and 1"),
        ({"min_recall": float("nan")}, "between 0 and 1"),
        ({"min_recall": 0.9, "min_score": 0.1}, "excludes"),
        ({"min_recall": 0.9, "min_precision": 0.9}, "excludes"),
    ],
)
def test_what_cannot_be_promised_is_refused(folder: Path, asked: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        onoma.load(promising(folder), **asked)
    assert "\n" not in str(caught.value)


def test_a_bundle_that_does_not_know_says_what_to_do(folder: Path) -> None:
    with pytest.raises(ConfigError, match="or it found none there; run `onoma calibrate`"):
        onoma.load(folder, min_recall=0.9)


@pytest.mark.parametrize(
    "changes",
    [
        {"thresholds": [1e-4, 0.3, 0.02]},
        {"thresholds": [0.0, 0.02, 0.3]},
        {"thresholds": [1e-4, 0.02]},
        {"thresholds": []},
        {"missed": [0.02, 0.004, 0.09]},
        {"missed": [0.004, 0.02, 1.1]},
        {"documents": 0},
        {"documents": 1.5},
        {"thresholds": [0.001 * n for n in range(1, 200)], "missed": [0.001 * n for n in range(1, 200)]},
        {"lambda": 1},
    ],
    ids=lambda changes: str(changes)[:40],
)
@pytest.mark.parametrize("label", [None, "PER"])
def test_nonsense_is_refused(folder: Path, changes: dict[str, Any], label: str | None) -> None:
    wrong = OVERALL | changes
    covering = {"overall": OVERALL, "by_label": {label: wrong}} if label else {"overall": wrong}
    bd.edit(CONFIG, "confidence", to={"covering": covering})(folder)
    with pytest.raises(BundleError, match="covering"):
        onoma.load(folder)


def test_the_stored_curve_is_what_thresholds_do() -> None:
    tagger, documents = overconfident()
    confidence, _ = fit_confidence(tagger, documents)
    covering = confidence.covering
    assert covering is not None
    assert covering.overall == covering.by_label["PER"], "there is one label"
    fitted = Tagger(tagger.backend, tagger.features, tagger.decoder, confidence=confidence)
    sizes = []
    for recall in (0.8, 0.9, 0.95):
        fitted.leave_out(recall=recall)
        given = fitted.tag(documents)
        coverage = measure_coverage(documents, given)
        assert coverage is not None
        assert fitted.promise is not None
        point = fitted.promise.overall
        assert point is not None
        assert coverage.documents == point.documents
        assert coverage.by_document == pytest.approx(1 - point.missed)
        assert recall <= coverage.by_document < recall + 0.01
        sizes.append(sum(len(one.entities) for one in given))
    assert sizes == sorted(set(sizes))
    fitted.leave_out()
    assert fitted.promise is None


def test_entities_lost_on_reading_are_missed() -> None:
    tagger, documents = overconfident()
    gold = sum(len(one.entities) for one in documents)
    whole, lossy = (fit_confidence(tagger, documents, lost)[0].covering for lost in (0, gold // 9))
    assert whole is not None
    assert lossy is not None
    assert lossy.overall.missed[0] == pytest.approx(whole.overall.missed[0] * 0.9 + 0.1, abs=0.01)
