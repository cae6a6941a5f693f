"""Options, inputs and the preset of the Transformer rungs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from onoma.errors import ConfigError, DataError
from onoma.features.pieces import PieceFeatures
from onoma.features.tokenizer_training import train_wordpiece
from onoma.models import get_rung
from onoma.nn.network import Network
from onoma.nn.piece_embedder import PieceEmbedder
from onoma.resources import presets
from onoma.runtime.torch_backend import TorchBackend, make_tagger
from onoma.text import document_from_sentences
from onoma.training.config import TrainingConfig, read_settings, resolve
from random_models import tasks_of

SENTENCES = [["Anna", "met", "Zoltan", "in", "Reykjavik", "."], ["Nobody", "met", "anyone", "."]]
SMALL: dict[str, Any] = {"hidden_dim": 8, "num_heads": 2, "feedforward_dim": 8, "num_layers": 1}
PIECES = {
    **SMALL,
    "units": "pieces",
    "vocabulary_size": 100,
    "piece_dim": 8,
    "word_dim": 0,
    "head": "softmax",
}


def build(**options: Any) -> tuple[Network, Any]:
    rung = get_rung("transformer-lstm")
    config = rung.config(**options)
    features = rung.fit_features(config, SENTENCES)
    torch.manual_seed(3)
    return rung.build(config, features, tasks_of(config)).eval(), features


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden_dim": 100, "num_heads": 8}, "hidden_dim 100 is not an even number for each of 8 heads"),
        ({"hidden_dim": 24}, "hidden_dim 24 is not an even number for each of 8 heads"),
        ({"word_dim": 0}, "units = words needs word vectors"),
        ({"head": "crf", "class_weights": "inverse"}, "class weights are of the softmax head"),
    ],
)
def test_options_that_do_not_fit_each_other_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        get_rung("transformer").config(**options)


def test_a_tokenizer_is_taken_from_a_file_and_leaves_no_path_behind(tmp_path: Path) -> None:
    tokenizer = train_wordpiece({"Reyk": 3, "javik": 3}, 60, lowercase=False)
    path = tmp_path / "tokenizer.json"
    tokenizer.save(str(path))
    config = get_rung("transformer").config(**PIECES, tokenizer=str(path))
    features = get_rung("transformer").fit_features(config, SENTENCES)
    assert isinstance(features, PieceFeatures)
    assert features.num_pieces == tokenizer.get_vocab_size()
    assert config.outside_files() == {"tokenizer": str(path)}
    assert config.portable_options()["tokenizer"] == "tokenizer.json"


def test_a_bare_vocabulary_needs_to_know_of_capitals(tmp_path: Path) -> None:
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "anna", "Anna", "met"]) + "\n", encoding="utf-8")
    rung = get_rung("transformer")
    options = {**PIECES, "tokenizer": str(tmp_path)}
    with pytest.raises(ConfigError, match="cased = true or false"):
        rung.fit_features(rung.config(**options), SENTENCES)
    for cased, piece in ((True, 3), (False, 2)):
        features = rung.fit_features(rung.config(**options, cased=cased), SENTENCES)
        assert features.batch([features.rows(["Anna"])])["pieces"].tolist() == [[piece]]
    with pytest.raises(ConfigError, match="begin and end pieces"):
        rung.fit_features(rung.config(**options, cased=True, specials=True), SENTENCES)
    with pytest.raises(DataError, match=r"holds neither tokenizer\.json nor vocab\.txt"):
        rung.fit_features(rung.config(**{**options, "tokenizer": str(tmp_path.parent)}), SENTENCES)


def test_learned_pieces_keep_capitals_unless_told() -> None:
    rung = get_rung("transformer")
    for cased, kept in ((None, True), (True, True), (False, False)):
        features = rung.fit_features(rung.config(**PIECES, cased=cased), SENTENCES)
        assert isinstance(features, PieceFeatures)
        vocabulary = features.tokenizer.get_vocab(with_added_tokens=False)
        assert any(piece[0] == "A" for piece in vocabulary) == kept


def test_a_piece_brings_its_own_vector_and_its_words_features() -> None:
    network, features = build(**{**PIECES, "casing_dim": 4, "word_dim": 5, "char_dim": 3, "specials": True})
    embedder = network.embedder
    assert isinstance(embedder, PieceEmbedder)
    assert embedder.words is not None
    batch = features.batch([features.rows(sentence) for sentence in SENTENCES])
    inputs = {name: torch.from_numpy(array) for name, array in batch.items()}
    with torch.inference_mode():
        embedded, words = embedder(inputs), embedder.words(inputs)
        own = embedder.pieces(inputs["pieces"]) * 8**0.5
    assert embedded.shape == (*batch["pieces"].shape, 8 + 5 + 4 + 50)
    assert own.std() == pytest.approx(1, abs=0.2)
    seen = 0
    for row, sentence in enumerate(SENTENCES):
        for word in range(len(sentence)):
            first, count = batch["first_pieces"][row, word], batch["piece_counts"][row, word]
            for place in range(first, first + count):
                assert torch.equal(embedded[row, place], torch.cat([own[row, place], words[row, word]]))
                seen += 1
    assert seen == (batch["piece_lengths"] - 2).sum() > sum(map(len, SENTENCES))


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "relative"])
def test_a_sentence_beyond_max_length_is_tagged_to_its_end(positions: str) -> None:
    network, features = build(**PIECES, max_length=80, positions=positions)
    tasks = tasks_of(get_rung("transformer-lstm").config(**PIECES))
    tagger = make_tagger(TorchBackend(network), features, tasks, window=80)
    words = (SENTENCES[0] * 40)[:-1]
    assert features.sizes(features.rows(words)).sum() > 3 * 80
    document = document_from_sentences("long", [words])
    predicted = tagger(document)
    assert [token.end for token in predicted.tokens] == [token.end for token in document.tokens]


def test_the_preset_is_reference_system_four(shared_data: Path) -> None:
    settings = read_settings(presets()["hybridner"])
    tokenizer = shared_data / "tokenizers" / "bert-base-uncased"
    settings["model"]["tokenizer"] = str(tokenizer)
    settings["data"] = {"train": "train.txt"}
    run = resolve(None, settings)
    assert run.rung.name == "transformer-lstm"
    training = TrainingConfig(
        epochs=50,
        batch_size=64,
        optimizer="adamw",
        learning_rate=3e-4,
        weight_decay=0.01,
        schedule="constant",
        warmup=0.0,
        average=0.0,
        clip=0.0,
        seed=12,
    )
    assert run.training == training
    features = run.rung.fit_features(run.model, SENTENCES)
    assert features.num_pieces == 30_522
    (task,) = tasks_of(run.model, ("LOC", "MISC", "ORG", "PER"))
    assert run.model.scheme == "BIO"
    network = run.rung.build(run.model, features, (task,))
    layer = 4 * 256 * 257 + 2 * 512 + 256 * 1024 * 2 + 1024 + 256  # attention, norms, feed-forward
    lstm = 4 * 256 * (256 + 256) + 2 * 1024
    expected = 30_522 * 256 + 512 + 6 * layer + lstm + 9 * 257
    assert sum(parameter.numel() for parameter in network.parameters()) == expected
    transitions = task.decoder(task.arrays(network.head)).transitions
    assert all((scores == 0).all() for scores in transitions)


def test_the_lstm_can_be_left_out() -> None:
    with_lstm, _ = build(**PIECES)
    without, _ = build(**PIECES, use_lstm=False)
    names = {name for name, _ in with_lstm.named_parameters()}
    assert any(name.startswith("encoder.second.") for name in names)
    assert not any("encoder.second" in name for name, _ in without.named_parameters())
    options = [get_rung(name).config().model_dump() for name in ("transformer", "transformer-lstm")]
    assert {key for key in options[0] if options[0][key] != options[1][key]} == {"use_lstm"}


def test_learned_positions_reach_over_the_longest_word() -> None:
    rung = get_rung("transformer")
    options = {**PIECES, "positions": "learned"}
    for specials, enough in ((False, 64), (True, 66)):
        fitting = rung.config(**options, specials=specials, max_length=enough)
        assert rung.fit_features(fitting, SENTENCES)
        short = rung.config(**options, specials=specials, max_length=enough - 1)
        with pytest.raises(ConfigError, match=f"a long word has up to {enough} pieces"):
            rung.fit_features(short, SENTENCES)
    assert rung.fit_features(rung.config(**PIECES, max_length=16), SENTENCES)
