"""One tagger in many threads answers as one in a single thread does."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from shared_tagger import THREADS, WORDS, all_at_once, texts_of_new_words, wrong

from onoma.exports.network import network_graph
from onoma.features import word_types
from onoma.features.vectors import Subwords, WordVectors, save_vectors
from onoma.features.words import WordFeatures
from onoma.runtime.onnx_backend import tagger_from_onnx
from onoma.runtime.parts import parts_of_config
from onoma.runtime.tagger import Tagger
from onoma.runtime.torch_backend import TorchBackend, decoder_arrays, network_from_bundle, tagger_from_network
from random_models import random_bundle

PLACE = Path("model")
SMALL = {"hidden_dim": 8, "word_dim": 8}
CHARACTERS = {"char_dim": 4, "char_filters": 4}
PIECES = {
    **{"units": "pieces", "vocabulary_size": 150, "piece_dim": 8, "word_dim": 0, "num_layers": 1},
    **{"hidden_dim": 8, "num_heads": 2, "feedforward_dim": 12, **CHARACTERS},
}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "words": ("charcnn-bilstm-crf", {**SMALL, **CHARACTERS, "vectors": "file", "num_layers": 1}),
    "pieces": ("transformer", PIECES),
    "exported": ("charcnn-bilstm-crf", {**SMALL, **CHARACTERS, "vectors": "file", "num_layers": 1}),
    "joint": ("joint", {"base": "bilstm", **SMALL, "head": "span", "span_dim": 5, "document_dim": 4}),
}

Make = Callable[[], Tagger]


@pytest.fixture(autouse=True)
def one_thread_a_product() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module", params=MODELS)
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes taggers of one model that have not tagged anything."""
    rung, options = MODELS[request.param]
    folder = tmp_path_factory.mktemp("model")
    if "vectors" in options:
        options = {**options, "vectors": str(folder / "vectors")}
        rng = np.random.default_rng(1)
        rows, buckets = (rng.normal(size=(size, 6)).astype(np.float32) for size in (5, 40))
        save_vectors(folder / "vectors", WordVectors(WORDS[:5], rows, Subwords(3, 4, buckets)))
    bundle = random_bundle(rung, options, [WORDS] * 3, ("sport", "war"), seed=3, spread=0.5)
    if request.param == "exported":
        network, _ = network_from_bundle(bundle, PLACE)
        arrays = decoder_arrays(network, parts_of_config(bundle.config, PLACE).tasks)
        exported = replace(bundle, tensors=arrays, graph=network_graph(network), proof={"made": "in a test"})
        return lambda: tagger_from_onnx(exported, PLACE)
    return lambda: tagger_from_network(*network_from_bundle(bundle, PLACE))


def small_tagger() -> Tagger:
    bundle = random_bundle("bilstm-crf", SMALL, [WORDS] * 3, (), seed=3, spread=0.5)
    return tagger_from_network(*network_from_bundle(bundle, PLACE))


def test_cold_and_warm(make: Make) -> None:
    texts, alone, shared = texts_of_new_words(80, 1), make(), make()
    expected = [alone(text) for text in texts]
    assert any(document.entities for document in expected)
    assert wrong(expected * 2, all_at_once(shared, texts)) == []
    few = slice(0, 16)
    assert wrong(expected[few] * 2, all_at_once(shared, texts[few])) == []
    assert wrong(expected, [shared(text) for text in texts]) == []


@pytest.mark.parametrize("make", ["words", "pieces", "exported"], indirect=True)
def test_while_tables_are_replaced(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    texts, alone, shared = texts_of_new_words(40, 2), make(), make()
    expected = [alone(text) for text in texts]
    monkeypatch.setattr(word_types, "CACHE_LIMIT", 10)
    assert wrong(expected * 2, all_at_once(shared, texts, shared.features.trim)) == []


@pytest.mark.parametrize("make", ["words", "pieces", "exported"], indirect=True)
def test_streams_and_lists(make: Make) -> None:
    """Batches and long sentences, of which rows are kept for longer."""
    texts, alone, shared = texts_of_new_words(64, 3), make(), make()
    lists = [[*texts[first : first + 7], " ".join(texts[first : first + 40])] for first in range(0, 64, 8)]
    expected = [document for one in lists for document in alone.tag(one)]

    def stream(one: list[str]) -> list[Any]:
        return list(shared.pipe(one, chunk_tokens=20))

    answers = all_at_once(stream, lists)
    assert not [one for one in answers if isinstance(one, BaseException)]
    assert wrong(expected * 2, [document for one in answers for document in one]) == []


def test_every_word_has_one_row_and_its_own_columns() -> None:
    features = WordFeatures.fit([WORDS], lowercase=False, min_count=1, characters=True)
    lists = [text.split() for text in texts_of_new_words(500, 4)]
    rows = all_at_once(features.rows, lists)
    alone = WordFeatures.from_state(features.state())
    for words, one in zip(lists * 2, rows, strict=True):
        ours, theirs = features.batch([one]), alone.batch([alone.rows(words)])
        assert np.array_equal(ours["words"], theirs["words"])
        assert np.array_equal(ours["casing"], theirs["casing"])
        left, right = (each["characters"][each["types"][0]] for each in (ours, theirs))
        assert np.array_equal(left, right)
    known = {word for words in lists for word in words}
    assert len(features.types) == len(known)
    assert sorted(features.rows(sorted(known)).tolist()) == list(range(len(known)))


@pytest.mark.parametrize("fault", [KeyboardInterrupt, MemoryError])
def test_a_word_that_was_not_finished_is_begun_anew(fault, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    vectors = WordVectors(
        ["a"], rng.normal(size=(1, 3)).astype(np.float32), Subwords(3, 4, np.eye(3, dtype=np.float32))
    )
    features = WordFeatures.fit([WORDS], lowercase=False, min_count=1, characters=True, vectors=vectors)
    features.rows(["before"])
    write = word_types.VectorRows.write

    def interrupted(self, row: int, word: str) -> None:
        write(self, row, word)
        raise fault

    monkeypatch.setattr(word_types.VectorRows, "write", interrupted)
    with pytest.raises(fault):
        features.rows(["before", "during"])
    monkeypatch.undo()
    again = WordFeatures.from_state(features.state(), features.arrays())
    left, right = (each.batch([each.rows(["after", "during", "a", "before"])]) for each in (features, again))
    for name in ("characters", "vectors"):
        assert np.array_equal(left[name][left["types"]], right[name][right["types"]])


def test_a_table_can_be_copied_and_pickled() -> None:
    features = WordFeatures.fit([WORDS], lowercase=False, min_count=1, characters=True)
    rows = features.rows(["one", "two"])
    for other in (copy.deepcopy(features), pickle.loads(pickle.dumps(features))):
        other.rows(["three"])
        assert other.rows(["two", "three"]).tolist() == [1, 2]
        assert np.array_equal(other.batch([rows])["characters"], features.batch([rows])["characters"])
    assert len(features.types) == 2


def test_the_network_stays_in_evaluation_mode() -> None:
    tagger = small_tagger()
    backend = tagger.backend
    assert isinstance(backend, TorchBackend)
    assert not any(module.training for module in backend.network.modules())
    seen: list[bool] = []
    backend.network.train = lambda mode=True: seen.append(mode)  # type: ignore[assignment, return-value]
    tagger(" ".join(WORDS))
    assert seen == []
    backend.network.training = True
    with pytest.raises(RuntimeError, match="training mode"):
        tagger(" ".join(WORDS))


def test_a_change_of_the_lowest_score_holds_for_whole_answers() -> None:
    tagger = small_tagger()
    text = " ".join(WORDS) + "\n\n"
    both = []
    for score in (None, 0.999999):
        tagger.leave_out(min_score=score)
        both.append([span.key for span in tagger(text).entities])
    assert both[0] != both[1]
    turn = iter(range(10**9))
    answers = all_at_once(
        tagger, [text] * 12, lambda: tagger.leave_out(min_score=(None, 0.999999)[next(turn) % 2])
    )
    assert all([span.key for span in answer.entities] in both for answer in answers)


def test_threads_start_together() -> None:
    """The helper itself: as many threads as it says, each piece of work twice."""
    seen: set[int] = set()
    gate = threading.Barrier(THREADS, timeout=60)

    def work(number: int) -> int:
        gate.wait()
        seen.add(threading.get_ident())
        return number

    assert all_at_once(work, [0, 1, 2, 3]) == [0, 1, 2, 3] * 2
    assert len(seen) == THREADS
