"""Models that read a sentence's document: what an answer depends on, in PyTorch, exported and served."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from time import monotonic
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import random_models
from onoma.errors import BundleError
from onoma.exports import exporting
from onoma.exports.calibration import layer_bounds
from onoma.exports.network import network_graph
from onoma.runtime.bundle import load_bundle, save_bundle
from onoma.runtime.cost_context import Surroundings
from onoma.runtime.loading import load
from onoma.runtime.sentences import Sentences, group_sentences
from onoma.runtime.tagger import Tagger
from onoma.runtime.torch_backend import decoder_arrays, network_from_bundle, tagger_from_network
from onoma.service.batching import Batcher
from onoma.text import Document, document_from_sentences
from onoma.tokenize import get_tokenizer
from tiny_encoders import WORDS, write_encoder

CONTEXT = 6


def documents(count: int = 12, seed: int = 0) -> list[Document]:
    rng = random.Random(seed)
    return [
        document_from_sentences(
            f"d{number}",
            [[rng.choice(WORDS) for _ in range(rng.randint(1, 9))] for _ in range(rng.randint(1, 6))],
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("encoder") / "tiny")


def bundle_of(encoder: Path, context: int = CONTEXT, rung: str = "bert", **options):
    given = {"context": context, "casing_dim": 3, **options}
    if rung.startswith("transformer"):
        rung, _, units = rung.partition(" ")
        given |= {"units": units, "hidden_dim": 16, "num_heads": 2, "vocabulary_size": 100}
    else:
        given["encoder"] = str(encoder)
        if rung != "bert":
            given["base"] = "bert"
    return random_models.random_bundle(
        rung, given, [WORDS], ("news",), seed=2, spread=0.2, drawn=lambda name: "orm" not in name
    )


def tagger_of(bundle, place: Path = Path("there")) -> Tagger:
    return tagger_from_network(*network_from_bundle(bundle, place))


@pytest.fixture(scope="module")
def tagger(encoder) -> Tagger:
    return tagger_of(bundle_of(encoder))


class Score(float):
    """A probability that equals another as far as sums in another order go: processors differ in that."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and abs(float(self) - float(other)) < 1e-4

    def __ne__(self, other: object) -> bool:
        return not self == other


def found_in(tagged: Document) -> list[tuple[int, int, str, float]]:
    return [(*one.key, Score(one.score)) for one in tagged.entities]


def answers(tagger: Tagger, given: list[Document]) -> list[list[tuple[int, int, str, float]]]:
    return list(map(found_in, tagger.tag(given)))


def emissions_of(tagger: Tagger, document: Document) -> list[np.ndarray]:
    """What the network says of each sentence of a document."""
    shown = []
    tagger.tag([document], watch=shown.append)
    found = {
        index: part.emissions[row, : part.lengths[row]]
        for part in shown
        for row, index in enumerate(part.indices)
    }
    return [found[index] for index in sorted(found)]


FROM_SCRATCH = ("transformer words", "transformer pieces", "transformer-lstm pieces")


@pytest.mark.parametrize("rung", ["bert", "span", *FROM_SCRATCH])
@pytest.mark.parametrize("window", [512, 64])
def test_sentences_that_are_read_together_get_what_each_gets_with_the_others_around_it(
    encoder, rung, window
) -> None:
    tagger = tagger_of(bundle_of(encoder, rung=rung, max_length=window))
    document = document_from_sentences(
        "d", [[WORDS[(7 * place + i) % len(WORDS)] for i in range(1 + place % 9)] for place in range(30)]
    )
    together = emissions_of(tagger, document)
    sentences = tagger.sentences([document])
    edges = sentences.edges
    assert (len(edges) == 2) == (window == 512)
    rows = tagger.features.rows(document.words)
    for passage in range(len(edges) - 1):
        left, right = sentences.reach.starts[passage], sentences.reach.ends[passage]
        for index in range(edges[passage], edges[passage + 1]):
            start, end = document.sentences[index]
            batch = tagger.features.batch([rows[left:right]])
            alone = tagger.backend.outputs(batch)["emissions"][0, start - left : end - left]
            found = together[index]
            if rung == "span":  # [T, W, C]: what ends beyond the sentence may be anything
                length = end - start
                inside = np.add.outer(np.arange(length), np.arange(alone.shape[1])) < length
                alone, found = alone[inside], found[:, : alone.shape[1]][inside]
            # Unscaled attention of random weights is sharp: 1e-4 in fp32 is 1e-13 in fp64.
            atol = 1e-3 if rung in FROM_SCRATCH else 2e-5
            np.testing.assert_allclose(found, alone, rtol=1e-4, atol=atol)


def test_a_model_from_before_there_were_passages_reads_as_it_did(encoder) -> None:
    bundle = bundle_of(encoder)
    assert bundle.vocabulary["passages"] is True
    before = {name: value for name, value in bundle.vocabulary.items() if name != "passages"}
    tagger = tagger_of(replace(bundle, vocabulary=before))
    given = documents()
    sentences = tagger.sentences(given)
    assert len(sentences.edges) == len(sentences.places) + 1
    assert answers(tagger, given) != answers(tagger_of(bundle), given)
    assert [answers(tagger, [one])[0] for one in given] == answers(tagger, given)


def test_an_answer_depends_on_its_own_document_only(tagger) -> None:
    given = documents()
    together = answers(tagger, given)
    assert sum(map(len, together)) > 20
    assert [answers(tagger, [one])[0] for one in given] == together
    shuffled = random.Random(1).sample(range(len(given)), len(given))
    again = answers(tagger, [given[index] for index in shuffled])
    assert [again[shuffled.index(index)] for index in range(len(given))] == together
    assert list(map(found_in, tagger.pipe(given))) == together


def test_neighbours_count_as_far_as_the_context_goes(tagger) -> None:
    own, near, far = WORDS[:4], WORDS[10 : 10 + CONTEXT], WORDS[30:38]

    def emissions(*sentences: list[str]) -> np.ndarray:
        document = document_from_sentences("d", [*sentences])
        return emissions_of(tagger, document.with_tokens(document.tokens, document.sentences[:1]))[0]

    alone, before = emissions(own), emissions(own, near)
    assert np.abs(alone - before).max() > 1e-3
    # What lies beyond the context changes nothing.
    np.testing.assert_allclose(emissions(own, near, far), before, atol=1e-5)


def test_without_context_it_is_as_it_was(encoder) -> None:
    plain = tagger_of(bundle_of(encoder, 0))
    assert plain.sentences(documents()).reach is None
    given = documents()
    alone = [[document_from_sentences("s", [words]) for words in one.sentence_words()] for one in given]
    found = [sum(len(tagged.entities) for tagged in plain.tag(each)) for each in alone]
    assert found == [len(each) for each in answers(plain, given)]


def test_the_window_bounds_what_is_read(encoder) -> None:
    tagger = tagger_of(bundle_of(encoder, 500, max_length=64))
    widest = 0
    outputs = tagger.backend.outputs

    def watched(batch):
        nonlocal widest
        widest = max(widest, batch["pieces"].shape[1])
        return outputs(batch)

    tagger.backend = SimpleNamespace(outputs=watched)
    long = [WORDS[i % len(WORDS)] for i in range(150)]
    given = [document_from_sentences("d", [WORDS[:9], long, *[WORDS[k : k + 5] for k in range(20)]])]
    (tagged,) = tagger.tag(given)
    assert 50 < widest <= 64
    assert any(one.start > 1_000 for one in tagged.entities)


@pytest.mark.parametrize("rung", ["bert", "span", "joint", *FROM_SCRATCH])
def test_an_exported_model_reads_the_same(encoder, tmp_path, rung) -> None:
    bundle = bundle_of(encoder, rung=rung, **({"tasks": "both"} if rung == "joint" else {}))
    torch.set_num_threads(1)
    network, parts = network_from_bundle(bundle, tmp_path)
    graph = network_graph(network, "fp32", {})
    arrays = decoder_arrays(network, parts.tasks)
    exported = replace(bundle, tensors=arrays, graph=graph, proof={"made": "in a test"})
    save_bundle(tmp_path / "bundle", exported)
    stored = load(tmp_path / "bundle")
    assert stored.features.context == CONTEXT
    origin = tagger_from_network(network, parts)
    given = documents()
    theirs, ours = origin.tag(given), stored.tag(given)
    assert [[one.key for one in each.entities] for each in theirs] == [
        [one.key for one in each.entities] for each in ours
    ]
    assert [each.labels for each in theirs] == [each.labels for each in ours]
    if rung != "joint":
        assert sum(len(each.entities) for each in ours) > 10


def test_the_proof_compares_sentences_in_their_documents(encoder, tmp_path, monkeypatch) -> None:
    save_bundle(tmp_path / "bundle", bundle_of(encoder))
    monkeypatch.setattr(exporting, "NUM_SENTENCES", 80)
    monkeypatch.setattr(exporting, "_MADE", 20)
    monkeypatch.setattr(exporting, "_with_costs", lambda proof, *_: proof)
    batches = []
    batch_of = exporting.tagger_from_onnx

    def watched(bundle, folder):
        tagger = batch_of(bundle, folder)
        outputs = tagger.backend.outputs
        tagger.backend.outputs = lambda batch: batches.append(batch) or outputs(batch)
        return tagger

    monkeypatch.setattr(exporting, "tagger_from_onnx", watched)
    made = exporting.export_bundle(tmp_path / "bundle", "fp32", documents(40))
    assert not made.proof.faults()
    assert made.proof.tags_agreeing == 1
    assert made.bundle.config.options["context"] == CONTEXT
    # Sentences have nine words at most, and documents are read at once.
    assert np.mean([(batch["lengths"] > 9).mean() for batch in batches]) > 0.7
    inputs = sum(len(batch["lengths"]) for batch in batches) / len(made.proof.batch_sizes)
    assert inputs < made.proof.num_sentences / 2


def test_bounds_of_integers_are_of_sentences_with_their_context(encoder) -> None:
    network, parts = network_from_bundle(bundle_of(encoder), Path("there"))
    given = documents()
    with_context = layer_bounds(network, parts.features, given)
    parts.features.context = 0
    alone = layer_bounds(network, parts.features, given)
    assert any(np.abs(with_context[one][0] - alone[one][0]).max() > 1e-3 for one in alone)


def test_a_bundle_whose_parts_do_not_agree_is_refused(encoder, tmp_path) -> None:
    bundle = bundle_of(encoder)
    changed = {**bundle.vocabulary, "context": CONTEXT + 1}
    save_bundle(tmp_path / "bundle", replace(bundle, vocabulary=changed))
    with pytest.raises(BundleError, match="'context' is 6, and the features have 7"):
        network_from_bundle(load_bundle(tmp_path / "bundle"), tmp_path)


@pytest.mark.parametrize("rung", ["bert", "bilstm"])
def test_an_exported_bundle_whose_parts_do_not_agree_is_refused_too(encoder, tmp_path, rung) -> None:
    if rung == "bert":
        bundle = bundle_of(encoder)
    else:  # its features could read some, and it has no such option
        bundle = random_models.random_bundle(rung, {}, [WORDS], (), seed=2, spread=0.2)
    network, parts = network_from_bundle(bundle, tmp_path)
    exported = replace(
        bundle,
        tensors=decoder_arrays(network, parts.tasks),
        graph=network_graph(network, "fp32", {}),
        proof={"made": "in a test"},
        vocabulary={**bundle.vocabulary, "context": 7},
    )
    save_bundle(tmp_path / "bundle", exported)
    with pytest.raises(BundleError, match=r"'context' is \d, and the features have 7"):
        load(tmp_path / "bundle")


def test_a_service_answers_by_a_text_s_own_sentences(tagger) -> None:
    texts = [f"{' '.join(WORDS[k : k + 5])} . {' '.join(WORDS[k + 7 : k + 12])} ." for k in range(12)]
    alone = answers(tagger, [get_tokenizer("onoma").document_of(text, "0") for text in texts])
    watcher = SimpleNamespace(waiting=lambda _: None, batch=lambda *_: None)
    queue = Batcher(
        tagger.tag, max_waiting=100, max_waiting_characters=10_000, batch_tokens=500, observer=watcher
    )
    jobs = [queue.submit([text], monotonic() + 600) for text in texts]
    found = [job.result() for job in jobs]
    queue.stop()
    assert [found_in(each) for (each,) in found] == alone


def test_costs_are_those_of_reading_the_neighbours_too(tagger, encoder) -> None:
    texts = [" ".join(WORDS[k : k + 3]) for k in range(0, 30, 3)]
    given = Surroundings(tagger, texts)
    sentences = tagger.sentences([given(5)])
    assert len(sentences.places) == 1
    assert sentences.length(0) == 3
    assert [int(edge) for edges in sentences.reach for edge in edges] == [0, 3 + 2 * CONTEXT]
    batch = sentences.batch([0])
    words = [word for text in texts[3:8] for word in text.split()]
    pieces = tagger.features.batch([tagger.features.rows(words)])["pieces"]
    assert np.array_equal(batch["pieces"], pieces)
    plain = Surroundings(tagger_of(bundle_of(encoder, 0)), texts)
    assert plain(5) == texts[5]


def test_costs_in_bulk_are_those_of_documents(tagger, encoder) -> None:
    texts = [f"{' '.join(WORDS[k % 9 : k % 9 + 3])} ." for k in range(40)]
    given = Surroundings(tagger, texts)
    order = random.Random(0).sample(range(40), 40)
    groups = given.in_bulk(order)
    assert sorted(index for group in groups for index in group) == list(range(40))
    assert sorted(map(len, groups)) == [8, 16, 16]
    for group in groups:
        document = given.document(group)
        assert document.words == [word for index in group for word in texts[index].split()]
        assert len(document.sentences) >= len(group)
    plain = Surroundings(tagger_of(bundle_of(encoder, 0)), texts)
    assert [plain.document(group) for group in plain.in_bulk(order)] == [texts[index] for index in order]


@pytest.mark.parametrize("rung", ["bert", "joint"])
def test_a_long_sentence_among_many_short_ones_does_not_fill_the_memory(encoder, rung) -> None:
    tagger = tagger_of(bundle_of(encoder, rung=rung, **({"tasks": "both"} if rung == "joint" else {})))
    short = [document_from_sentences(f"d{k}", [[word] for word in WORDS * 3]) for k in range(3)]
    long = document_from_sentences("long", [WORDS * 3])
    given = [*short, long]
    shown = []
    together = tagger.tag(given, watch=shown.append)
    shapes = [part.emissions.shape[:2] for part in shown]
    length = 3 * len(WORDS)
    assert sum(rows for rows, _ in shapes) == 3 * length + 1
    assert max(rows * width for rows, width in shapes) <= 4 * 4 * length
    alone = [tagger.tag([one])[0] for one in given]
    assert list(map(found_in, together)) == list(map(found_in, alone))
    assert [one.labels for one in together] == [one.labels for one in alone]
    assert sum(len(one.entities) for one in together) > 20


def test_words_are_looked_up_in_the_table_that_is_given(tagger, encoder) -> None:
    given = documents(3)
    for one in (tagger, tagger_of(bundle_of(encoder, 0))):
        table = one.features.new_types()  # empty, and so false
        places = [place for group in group_sentences(given) for place in group]
        sentences = Sentences.of(given, places, one.features, 100, table)
        assert sentences.types is table
        assert len(table) > 0
