"""What a bundle says about its scores: stored, read with suspicion, and acted on in one place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import bundle_damage as bd
import numpy as np
import pytest
from bundle_damage import CONFIG

import onoma
from onoma.decode.tags import TagDecoder
from onoma.decode.transitions import scheme_transitions
from onoma.errors import BundleError, ConfigError
from onoma.features.vocabulary import Vocabulary
from onoma.features.words import WordFeatures
from onoma.metrics.calibration import bin_scores
from onoma.runtime.bundle import load_bundle, save_bundle
from onoma.runtime.calibrating import find_outcomes, fit_confidence
from onoma.runtime.confidence import Confidence
from onoma.runtime.manifest import ModelSettings
from onoma.runtime.tagger import Tagger
from onoma.tags import get_scheme
from onoma.text import Document, Span, document_from_sentences

TEXT = "Anna lives in New York. Bonn is near Cologne."
CURVE: dict[str, Any] = {
    "thresholds": [0.0, 0.4, 0.8],
    "precision": [0.85, 0.92, 0.97],
    "recall": [0.9, 0.85, 0.6],
    "kept": [1000, 900, 600],
}
GIVEN = {"temperature": 1.5, **CURVE}


def calibrated(folder: Path, **changes: Any) -> Path:
    bundle = load_bundle(folder)
    config = ModelSettings(**bundle.config.as_dict() | {"confidence": GIVEN | changes})
    save_bundle(folder, replace(bundle, config=config))
    return folder


def test_an_old_bundle_has_temperature_one(folder: Path) -> None:
    assert "confidence" not in json.loads((folder / CONFIG).read_text())
    tagger = onoma.load(folder)
    assert tagger.confidence == Confidence()
    assert tagger.confidence.temperature == 1


def test_it_is_stored_and_used(pristine: Path, folder: Path) -> None:
    plain, tempered = onoma.load(pristine), onoma.load(calibrated(folder))
    assert tempered.confidence.as_dict() == GIVEN
    left, right = plain(TEXT), tempered(TEXT)
    assert [span.key for span in left.entities] == [span.key for span in right.entities]
    assert left.entities
    assert [span.score for span in left.entities] != [span.score for span in right.entities]


@pytest.mark.parametrize(
    "changes",
    [
        {"temperature": 0},
        {"temperature": 0.0},
        {"temperature": -1.5},
        {"temperature": 1e9},
        {"temperature": 1e-9},
        {"temperature": "1.5"},
        {"temperature": True},
        {"temperature": None},
        {"temperature": [1.5]},
        {"thresholds": [0.0, 0.8, 0.4]},
        {"thresholds": [0.0, 0.4, 0.4]},
        {"thresholds": [0.0, 0.4]},
        {"thresholds": [0.0, 0.4, 1.2]},
        {"thresholds": [-0.1, 0.4, 0.8]},
        {"precision": [0.85, 0.92, 1.01]},
        {"recall": [0.6, 0.85, 0.9]},
        {"kept": [600, 900, 1000]},
        {"kept": [1000, 900, 0]},
        {"kept": [1000.5, 900, 600]},
        {name: [0.5] * 51 for name in CURVE},
        {"lambda": 1},
    ],
    ids=str,
)
def test_nonsense_is_refused(folder: Path, changes: dict[str, Any]) -> None:
    bd.edit(CONFIG, "confidence", to=GIVEN | changes)(folder)
    with pytest.raises(BundleError, match="confidence") as caught:
        onoma.load(folder)
    assert "\n" not in str(caught.value)
    with pytest.raises(BundleError):
        calibrated(folder, **changes)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999"])
def test_what_is_not_a_number_is_refused(folder: Path, text: str) -> None:
    calibrated(folder)
    bd.raw(CONFIG, '"temperature": 1.5', f'"temperature": {text}')(folder)
    with pytest.raises(BundleError, match=r"not a number|out of range"):
        onoma.load(folder)


def test_a_threshold_leaves_out_what_is_below(folder: Path) -> None:
    everything = onoma.load(folder)(TEXT).entities
    scores = sorted(span.score for span in everything)
    assert len(scores) >= 2
    tagger = onoma.load(folder, min_score=scores[1])
    kept = [span for span in everything if span.score >= scores[1]]
    assert tagger(TEXT).entities == tuple(kept)
    assert [document.entities for document in tagger.pipe([TEXT])] == [tuple(kept)]
    assert len(kept) < len(everything)


@pytest.mark.parametrize(("precision", "threshold"), [(0.5, 0.0), (0.9, 0.4), (0.97, 0.8)])
def test_a_precision_is_looked_up(folder: Path, precision: float, threshold: float) -> None:
    assert onoma.load(calibrated(folder), min_precision=precision).min_score == threshold


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"min_precision": 0.98}, r"0.98 was not reached on dev, the best is 0.97; ask for less"),
        ({"min_precision": 1.0}, "the best is 0.97"),
        ({"min_precision": 0.0}, "above 0"),
        ({"min_precision": float("nan")}, "above 0"),
        ({"min_score": 1.1}, "0..1"),
        ({"min_score": float("nan")}, "0..1"),
        ({"min_score": 0.5, "min_precision": 0.9}, "exclude each other"),
    ],
)
def test_what_cannot_be_had_is_refused(folder: Path, asked: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        onoma.load(calibrated(folder), **asked)


def test_a_bundle_without_a_curve_says_so(folder: Path) -> None:
    with pytest.raises(ConfigError, match="give --min-score"):
        onoma.load(folder, min_precision=0.9)


def test_a_curve_of_a_few_predictions_promises_nothing() -> None:
    few = Confidence(thresholds=[0.0], precision=[1.0], recall=[1.0], kept=[4])
    with pytest.raises(ConfigError, match="only 4 predictions"):
        few.point_for(0.9)


SCHEME = get_scheme("BIO")
TAGS = SCHEME.tags(["PER"])
WORDS = [f"w{number}" for number in range(200)]


class OverconfidentBackend:
    """Each word has its own logit of being a name; it is given three times as large as it is."""

    def __init__(self) -> None:
        self.logits = np.random.default_rng(7).normal(size=len(WORDS) + 2) * 1.5

    def outputs(self, batch):
        logits = self.logits[batch["words"]]
        emissions = np.zeros((*logits.shape, len(TAGS)), np.float32)
        emissions[..., TAGS.index("B-PER")] = 3 * logits
        emissions[..., TAGS.index("I-PER")] = -1000
        return {"emissions": emissions}


def overconfident() -> tuple[Tagger, list[Document]]:
    """A tagger and documents whose gold is drawn from what it would have said at temperature 3."""
    backend = OverconfidentBackend()
    features = WordFeatures(Vocabulary(WORDS, [1] * len(WORDS)))
    rules = scheme_transitions(TAGS, SCHEME)
    tagger = Tagger(backend, features, TagDecoder(TAGS, SCHEME, rules))
    numbers = np.random.default_rng(8)
    documents = []
    for index in range(300):
        words = numbers.choice(WORDS, size=20).tolist()
        document = document_from_sentences(str(index), [words])
        chances = 1 / (1 + np.exp(-backend.logits[features.batch([features.rows(words)])["words"][0]]))
        entities = [
            Span(token.start, token.end, "PER", token.text)
            for token, chance in zip(document.tokens, chances, strict=True)
            if numbers.random() < chance
        ]
        documents.append(document.with_entities(entities))
    return tagger, documents


def test_fitting_finds_the_temperature_of_a_model() -> None:
    tagger, documents = overconfident()
    confidence, calibrations = fit_confidence(tagger, documents)
    assert calibrations is not None
    before, fitted_after = calibrations
    assert confidence.temperature == pytest.approx(3, rel=0.15)
    fitted = Tagger(tagger.backend, tagger.features, tagger.decoder, confidence=confidence)
    after = find_outcomes(fitted, documents, [confidence.temperature])
    plain = bin_scores(find_outcomes(fitted, documents, [1.0]).scores[0], after.correct)
    assert plain is not None
    assert plain.ece == pytest.approx(before.ece)
    calibration = bin_scores(after.scores[0], after.correct)
    assert calibration is not None
    assert calibration.ece == pytest.approx(fitted_after.ece)
    assert calibration.ece < 0.03 < before.ece
    scores = [span.score for document in fitted.tag(documents) for span in document.entities]
    np.testing.assert_allclose(scores, after.scores[0])
    # Fitting what is fitted already comes to the same.
    assert fit_confidence(fitted, documents)[0].temperature == pytest.approx(confidence.temperature)


def test_the_curve_is_what_thresholds_do() -> None:
    tagger, documents = overconfident()
    confidence, _ = fit_confidence(tagger, documents, num_unread=100)
    fitted = Tagger(tagger.backend, tagger.features, tagger.decoder, confidence=confidence)
    fitted.leave_out(precision=0.85)
    gold = [{span.key for span in document.entities} for document in documents]
    kept = [
        [span.key in own for span in one.entities]
        for own, one in zip(gold, fitted.tag(documents), strict=True)
    ]
    right, given = sum(map(sum, kept)), sum(map(len, kept))
    point = confidence.thresholds.index(fitted.min_score)
    assert given == confidence.kept[point]
    assert right / given == pytest.approx(confidence.precision[point])
    assert right / given >= 0.85
    assert right / (sum(map(len, gold)) + 100) == pytest.approx(confidence.recall[point])


def test_a_model_that_finds_nothing_keeps_its_scores() -> None:
    tagger, documents = overconfident()
    tagger.backend.logits[:] = -9
    assert fit_confidence(tagger, documents) == (Confidence(), None)
