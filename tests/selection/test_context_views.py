"""A model that reads around sentences judges those of a pool within their documents, as everywhere."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import random_models
from onoma.runtime.tagger import Tagger
from onoma.runtime.torch_backend import network_from_bundle, tagger_from_network
from onoma.selection import choosing
from onoma.selection.choosing import choose
from onoma.selection.pool import make_pool
from onoma.selection.strategy import get_strategy
from onoma.text import Document, document_from_sentences
from tiny_encoders import WORDS


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    options = {"context": 6, "hidden_dim": 16, "num_heads": 2}
    bundle = random_models.random_bundle(
        "transformer", options, [WORDS], (), seed=2, spread=0.4, drawn=lambda name: "orm" not in name
    )
    return tagger_from_network(*network_from_bundle(bundle, Path("there")))


def documents() -> list[Document]:
    rng = random.Random(0)
    return [
        document_from_sentences(
            f"d{number}",
            [[rng.choice(WORDS) for _ in range(rng.randint(1, 9))] for _ in range(rng.randint(1, 6))],
        )
        for number in range(12)
    ]


@pytest.mark.parametrize("strategy", ["entropy", "least-confidence"])
def test_suggestions_are_what_the_model_says_of_the_document(tagger, strategy) -> None:
    given = documents()
    pool = make_pool(given, tagger.tokenizer, "sentence", with_origins=True)
    chosen = choose(
        pool.documents, [tagger], get_strategy(strategy), len(pool.documents), origins=pool.origins
    ).chosen
    whole = {one.id: one for one in tagger.tag(given)}
    alone = {one.id: one for one in tagger.tag(pool.documents)}
    places = {unit.id: origin for unit, origin in zip(pool.documents, pool.origins, strict=True)}
    others = 0
    for one in chosen:
        origin = places[one.document.id]
        end = origin.start + len(one.document.text)
        said = [
            (span.start - origin.start, span.end - origin.start, span.label)
            for span in whole[origin.whole.id].entities
            if origin.start <= span.start and span.end <= end
        ]
        assert [span[:3] for span in one.document.entities] == said
        assert all(span.text == one.document.text[span.start : span.end] for span in one.document.entities)
        others += said != [span[:3] for span in alone[one.document.id].entities]
    assert others > 3


def test_a_long_document_is_tagged_once(tagger, monkeypatch) -> None:
    monkeypatch.setattr(choosing, "_CHUNK", 4)
    rng = random.Random(1)
    given = [
        document_from_sentences(f"d{n}", [rng.choices(WORDS, k=5) for _ in range(length)])
        for n, length in enumerate((3, 11, 2))
    ]
    pool = make_pool(given, tagger.tokenizer, "sentence", with_origins=True)
    tagged = []
    tag = tagger.tag_with_candidates
    monkeypatch.setattr(
        tagger, "tag_with_candidates", lambda some, floor: tagged.extend(some) or tag(some, floor)
    )
    choose(pool.documents, [tagger], get_strategy("entropy"), 2, origins=pool.origins)
    assert [one.id for one in tagged] == ["d0", "d1", "d2"]


def test_whole_documents_are_kept_where_they_are_needed_only(tagger) -> None:
    assert make_pool(documents(), tagger.tokenizer, "sentence").origins is None
    pool = make_pool(documents(), tagger.tokenizer, "document", with_origins=True)
    assert [origin.start for origin in pool.origins] == [0] * len(pool.documents)
