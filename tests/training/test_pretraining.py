"""Pretraining: what is packed, what is hidden, what is written, and that a stop costs nothing."""

from __future__ import annotations

import io
import json
import random
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from onoma.cli.main import main
from onoma.errors import ConfigError, DataError, MissingExtraError, ModelError, OutputError
from onoma.features.pieces import PieceFeatures
from onoma.features.tokenizer_training import train_wordpiece
from onoma.features.words import WordFeatures
from onoma.readers import RawText
from onoma.tokenize import tokenize_words
from onoma.training.events import Measured, Update
from onoma.training.pretraining.beginning import piece_vectors
from onoma.training.pretraining.config import PretrainingConfig
from onoma.training.pretraining.corpus import Blocks, make_blocks, read_words
from onoma.training.pretraining.masking import mask_words
from onoma.training.pretraining.network import SpecialIds, make_network
from onoma.training.pretraining.run import Pretraining
from onoma.training.pretraining.schedule import Schedule

pytest.importorskip("transformers")

TEXT = "the company said its profits rose in London while shares fell across Europe on Monday"
WORDS = TEXT.split()
SETTINGS = {"size": "tiny", "pieces": 150, "block": 16, "batch_size": 8, "steps": 12, "threads": 1}
SETTINGS |= {"held_out": 0.1, "evaluations": 3, "precision": "fp32"}


@pytest.fixture
def text(tmp_path: Path) -> Path:
    rng = random.Random(1)
    path = tmp_path / "text.txt"
    path.write_text(
        "".join(" ".join(rng.choices(WORDS, k=12)) + " .\n" for _ in range(200)), encoding="utf-8"
    )
    return path


def nothing(_: object) -> None:
    """Listen to nothing."""


def pretraining(text: Path, folder: Path, *, resume: bool = False, **changes: object) -> Pretraining:
    config = PretrainingConfig(**{**SETTINGS, **changes})
    return Pretraining(RawText((str(text),)), config, folder, resume=resume)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def piece_features(text: Path) -> PieceFeatures:
    counts = read_words(RawText((str(text),)), 0.1, 13, nothing).counts()
    base = WordFeatures.fit([], lowercase=False, min_count=1, characters=False)
    return PieceFeatures(base, train_wordpiece(counts, 150, lowercase=False))


def test_words_are_the_text_in_order_and_each_paragraph_is_in_one_part(text: Path) -> None:
    words = read_words(
        RawText(
            (
                str(text),
                str(text),
            )
        ),
        0.1,
        13,
        nothing,
    )
    lines = [[token.text for token in tokenize_words(line)] for line in text.read_text().split("\n") if line]
    parts = [
        " ".join(words.types[index] or "|" for index in ids).split(" | ")
        for ids in (words.train, words.held_out)
    ]
    found = sorted(line.removesuffix(" |") for part in parts for line in part)
    assert found == sorted(" ".join(line) for line in lines * 2)
    assert 0.05 < len(parts[1]) / len(lines * 2) < 0.2
    expected = Counter(word for line in parts[0] for word in line.removesuffix(" |").split())
    assert words.counts() == expected
    assert words.fingerprint() == read_words(RawText((str(text),) * 2), 0.1, 13, nothing).fingerprint()
    assert words.fingerprint() != read_words(RawText((str(text),) * 2), 0.1, 14, nothing).fingerprint()


def test_blocks_hold_the_pieces_of_the_words_in_order(text: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    features = piece_features(text)
    words = read_words(RawText((str(text),)), 0.1, 13, nothing)
    whole = make_blocks(words, features, 16)
    monkeypatch.setattr("onoma.training.pretraining.corpus._CHUNK", 7)
    begin, end = (features.tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]"))
    for ids, blocks, chunked in zip(
        (words.train, words.held_out), whole, make_blocks(words, features, 16), strict=True
    ):
        assert (blocks.pieces == chunked.pieces).all()
        assert (blocks.starts == chunked.starts).all()
        assert (blocks.pieces[:, 0] == begin).all()
        assert (blocks.pieces[:, -1] == end).all()
        expected, starts = [], []
        for index in ids:
            pieces = features.tokenizer.encode(words.types[index], add_special_tokens=False).ids
            expected += pieces or [end]
            starts += [True] + [False] * (len(pieces) - 1)
        inner = blocks.pieces[:, 1:-1].ravel().tolist()
        assert len(expected) - len(inner) < 14  # what fills no block
        assert inner == expected[: len(inner)]
        assert blocks.starts[:, 1:-1].ravel().tolist() == starts[: len(inner)]


def test_too_little_text_is_said(tmp_path: Path) -> None:
    path = tmp_path / "little.txt"
    path.write_text("one two three\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"3 words are too few: the .* part has . of them, which"):
        pretraining(path, tmp_path / "out")
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(DataError, match="no words"):
        pretraining(path, tmp_path / "out")  # nothing was written there


@given(st.integers(0, 10_000), st.floats(0.02, 0.9))
def test_words_are_hidden_whole_and_specials_never(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    starts = rng.random((6, 20)) < 0.6
    fixed = rng.random((6, 20)) < 0.1
    starts |= fixed
    starts[:, 1:] |= fixed[:, :-1]
    starts[:, 0] = True
    fixed[4, 3] = False
    pieces = np.where(fixed, rng.integers(1, 3, (6, 20)), rng.integers(10, 90, (6, 20))).astype(np.uint16)
    blocks = Blocks(pieces, starts, (1, 2))
    rows = np.array([4, 0, 2])
    masked = mask_words(blocks, rows, share, 5, 100, (seed,))
    again = mask_words(blocks, rows, share, 5, 100, (seed,))
    assert all((one == other).all() for one, other in zip(masked, again, strict=True))
    one = mask_words(blocks, rows[1:2], share, 5, 100, (seed,))
    if (places := masked.places // 20 == 1).any():  # a block's masks do not depend on its batch
        assert (masked.targets[places] == one.targets).all()
        assert (masked.inputs[1] == one.inputs[0]).all()
    hidden = np.zeros(3 * 20, dtype=bool)
    hidden[masked.places] = True
    hidden = hidden.reshape(3, 20)
    assert hidden.any()
    assert not (hidden & fixed[rows]).any()
    assert (masked.targets == pieces[rows].ravel()[masked.places]).all()
    assert (masked.inputs[~hidden] == pieces[rows][~hidden]).all()
    if hidden.sum() > 1:
        words = np.cumsum(starts[rows], axis=1)
        for row in range(3):
            for word in np.unique(words[row]):
                of_word = hidden[row][words[row] == word]
                assert of_word.all() or not of_word.any()


def test_hidden_pieces_become_mask_or_another_or_stay_in_the_published_shares() -> None:
    pieces = np.full((200, 100), 50, dtype=np.int32)
    blocks = Blocks(pieces, np.ones_like(pieces, dtype=bool), (1, 2))
    masked = mask_words(blocks, np.arange(200), 0.15, 5, 1000, (1,))
    seen = masked.inputs.ravel()[masked.places]
    assert len(seen) / pieces.size == pytest.approx(0.15, abs=0.01)
    assert (seen == 5).mean() == pytest.approx(0.8, abs=0.03)
    assert (seen == 50).mean() == pytest.approx(0.1, abs=0.03)


def test_the_folder_is_one_that_transformers_loads(text: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    folder = tmp_path / "encoder"
    events = list(pretraining(text, folder).execute())
    rows = [event for event in events if isinstance(event, Measured)]
    assert [event.step for event in events if isinstance(event, Update)] == list(range(1, 13))
    assert [row.step for row in rows] == [4, 8, 12]
    assert rows[-1].perplexity < rows[0].perplexity < 150
    model = AutoModelForMaskedLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert model.config.num_hidden_layers == 2
    assert "".join(tokenizer.tokenize("London")).replace("##", "") == "London"
    assert tokenizer("the company")["input_ids"][0] == tokenizer.cls_token_id
    hidden = tokenizer("the company [MASK] its profits", return_tensors="pt")
    assert model.eval()(**hidden).logits.shape[-1] == len(tokenizer)
    record = json.loads((folder / "pretraining.json").read_text(encoding="utf-8"))
    assert record["finished"]
    assert record["history"][-1]["perplexity"] == rows[-1].perplexity
    assert not (folder / "checkpoints").exists()


@pytest.mark.parametrize("stop", [5, 8])  # between two measurements, and right before one
def test_a_stopped_run_goes_on_to_the_same_bits(text: Path, tmp_path: Path, stop: int) -> None:
    list(pretraining(text, tmp_path / "whole").execute())
    run = pretraining(text, tmp_path / "parts")
    for event in run.execute():
        if isinstance(event, Update) and event.step == stop:
            run.stop()
    assert run.trainer.step == stop
    with pytest.raises(OutputError, match="--resume"):
        pretraining(text, tmp_path / "parts")
    with pytest.raises(ConfigError, match="learning_rate"):
        pretraining(text, tmp_path / "parts", resume=True, learning_rate=0.5)
    (tmp_path / "parts" / "vocab.txt").unlink()  # as if killed before it was written
    list(pretraining(text, tmp_path / "parts", resume=True).execute())
    assert (tmp_path / "parts" / "vocab.txt").read_bytes() == (tmp_path / "whole" / "vocab.txt").read_bytes()
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    histories = [
        json.loads((tmp_path / name / "pretraining.json").read_text(encoding="utf-8"))["history"]
        for name in ("whole", "parts")
    ]
    for name in ("step", "pieces", "train_loss", "perplexity"):
        assert [row[name] for row in histories[0]] == [row[name] for row in histories[1]]
    with pytest.raises(OutputError, match="finished"):
        pretraining(text, tmp_path / "parts", resume=True)


def test_an_encoder_is_trained_further(text: Path, tmp_path: Path) -> None:
    list(pretraining(text, tmp_path / "first").execute())
    run = pretraining(text, tmp_path / "second", source=str(tmp_path / "first"), learning_rate=1e-3)
    started = json.loads((tmp_path / "first" / "pretraining.json").read_text())["history"][-1]["perplexity"]
    assert run.trainer.perplexity() == pytest.approx(started, rel=1e-4)
    list(run.execute())
    assert (tmp_path / "second" / "vocab.txt").read_text() == (tmp_path / "first" / "vocab.txt").read_text()
    with pytest.raises(ModelError, match="not the folder"):
        pretraining(text, tmp_path / "third", source=str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="40 pieces at most"):
        pretraining(text, tmp_path / "third", source=str(bare_encoder(tmp_path, text)), block=64)


def test_embeddings_begin_as_vectors_of_the_pieces(text: Path, tmp_path: Path) -> None:
    run = pretraining(text, tmp_path / "first")
    blocks, width = run.trainer.train, 128
    vectors = piece_vectors(blocks, 150, width, 13)
    assert vectors.shape == (150, width)
    known = np.unique(blocks.pieces)
    assert np.linalg.norm(vectors[known], axis=1).mean() == pytest.approx(1, abs=1e-3)
    unknown = np.setdiff1d(np.arange(150), known)
    np.testing.assert_allclose(np.linalg.norm(vectors[unknown], axis=1), 1, atol=1e-5)
    embeddings = run.trainer.network.model.get_input_embeddings().weight.detach().numpy()
    np.testing.assert_array_equal(embeddings, vectors[: len(embeddings)])  # the same text and seed
    by_chance = pretraining(text, tmp_path / "second", begin="random")
    other = by_chance.trainer.network.model.get_input_embeddings().weight.detach().numpy()
    assert np.linalg.norm(other, axis=1).mean() < 0.5


def test_without_gensim_embeddings_can_begin_at_random(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gensim", None)
    monkeypatch.delitem(sys.modules, "gensim.models", raising=False)
    with pytest.raises(MissingExtraError, match="gensim"):
        pretraining(text, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    pretraining(text, tmp_path / "out", begin="random")


def bare_encoder(folder: Path, text: Path) -> Path:
    """A small BERT without language-model head, in half precision, with a tokenizer of its own: vocab.txt."""
    from transformers import BertConfig, BertModel

    pieces = piece_features(text).tokenizer.get_vocab()
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=40,
    )
    BertModel(config, add_pooling_layer=True).half().save_pretrained(folder / "bare")
    listed = "".join(f"{piece}\n" for piece in sorted(pieces, key=pieces.__getitem__))
    (folder / "bare" / "vocab.txt").write_text(listed, encoding="utf-8")
    (folder / "bare" / "tokenizer_config.json").write_text('{"do_lower_case": true}', encoding="utf-8")
    return folder / "bare"


def test_an_encoder_without_a_head_gets_one(
    text: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    caplog.set_level("INFO")
    source, out = bare_encoder(tmp_path, text), tmp_path / "out"
    config = PretrainingConfig(**{**SETTINGS, "source": str(source), "learning_rate": 1e-3})
    run = Pretraining(RawText((str(text),)), config, out)
    assert any("no language-model head" in line for line in caplog.messages)
    events = [event for event in run.execute() if isinstance(event, Measured)]
    assert events[-1].perplexity < events[0].perplexity
    assert (out / "tokenizer_config.json").read_text() == '{"do_lower_case": true}'
    assert {value.dtype for value in weights(out).values()} == {torch.float32}
    model = AutoModelForMaskedLM.from_pretrained(out)
    tokenizer = AutoTokenizer.from_pretrained(out)
    with torch.inference_mode():
        run.trainer.network.eval()
        ids = tokenizer("the COMPANY", return_tensors="pt")["input_ids"]
        ours = run.trainer.network(ids, torch.arange(ids.numel()))
        assert torch.allclose(model.eval()(ids).logits[0], ours, atol=1e-5)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_scores_at_the_hidden_places_are_those_of_the_whole_model(attention: str) -> None:
    torch.manual_seed(1)
    network = make_network(PretrainingConfig(size="tiny"), 90, SpecialIds(0, 1, 2), attention)
    inputs, places = torch.randint(90, (3, 20)), torch.tensor([0, 7, 21, 22, 59])
    whole = network.model(input_ids=inputs).logits.flatten(0, 1)[places]
    assert torch.allclose(network(inputs, places), whole, atol=1e-6)


@pytest.mark.parametrize("hidden", [1, 63, 64, 65, 100])
def test_the_loss_is_the_mean_over_the_hidden_pieces_however_many_rows_there_are(hidden: int) -> None:
    torch.manual_seed(1)
    network = make_network(PretrainingConfig(size="tiny"), 90, SpecialIds(0, 1, 2), "eager").eval()
    inputs = torch.randint(5, 90, (4, 32))
    places, targets = torch.randperm(128)[:hidden], torch.randint(5, 90, (hidden,))
    scored: list[int] = []
    network.model.decoder.register_forward_hook(lambda *given: scored.append(given[1][0].shape[0]))
    loss = network.loss(inputs, places, targets)
    expected = torch.nn.functional.cross_entropy(network(inputs, places), targets)
    assert scored == [-(-hidden // 64) * 64, hidden]
    torch.testing.assert_close(loss, expected)


@given(st.integers(1, 500), st.floats(0, 0.9))
def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero(steps: int, warmup: float) -> None:
    by_steps, by_time = Schedule(steps, 0.0, warmup), Schedule(0, 60.0 * steps, warmup)
    rates = [by_steps.factor(step, 9e9) for step in range(steps)]
    assert all(0 < rate <= 1 for rate in rates)
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert by_time.factor(7, 60.0 * steps) == by_time.factor(7, 70.0 * steps) == 0
    assert by_time.factor(7, 60.0 * steps * warmup) == pytest.approx(1)
    assert by_steps.share(steps, 0) == by_time.share(0, 60.0 * steps) == 1


def test_training_by_time_ends_with_the_time(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(10**6))
    monkeypatch.setattr("onoma.training.pretraining.loop.time.perf_counter", lambda: float(next(ticks)))
    run = pretraining(text, tmp_path / "encoder", steps=0, minutes=0.2)  # an update or measurement a second
    events = list(run.execute())
    assert sum(isinstance(event, Update) for event in events) == 10
    assert [event.seconds for event in events if isinstance(event, Measured)] == [5.0, 9.0, 13.0]
    with pytest.raises(ValidationError, match="give one"):
        PretrainingConfig(steps=3, minutes=1)


def test_what_was_measured_is_not_measured_again_when_the_clock_has_gone_on(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(10**6))
    monkeypatch.setattr("onoma.training.pretraining.loop.time.perf_counter", lambda: float(next(ticks)))
    # A measurement takes as long as it is from one to the next.
    monkeypatch.setattr(
        "onoma.training.pretraining.loop.Pretrainer.perplexity",
        lambda _: next(ticks) + next(ticks) + next(ticks),
    )
    run = pretraining(text, tmp_path / "encoder", steps=0, minutes=0.2)
    rows = [event for event in run.execute() if isinstance(event, Measured)]
    assert rows
    assert len({row.step for row in rows}) == len(rows)
    assert all(row.train_loss > 0 for row in rows)


def test_the_command_line(text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["pretrain", str(text), "--size", "tiny", "--pieces", "150", "--block", "16", "--steps", "4"]
    arguments += ["--threads", "1", "--json", "--out", str(tmp_path / "encoder")]
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["step"] == 4
    assert "perplexity" in err
    assert main(arguments) == 2
    assert "holds an encoder" in capsys.readouterr().err
    assert main([*arguments[:-1], str(tmp_path / "other"), "--epochs", "1"]) == 2
    assert "give one" in capsys.readouterr().err
    assert main(["pretrain", str(tmp_path / "none.txt"), "--out", str(tmp_path / "other")]) == 2
    assert "none.txt" in capsys.readouterr().err


def test_text_may_come_through_a_pipe(text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ["--size", "tiny", "--pieces", "150", "--block", "16", "--steps", "2", "--threads", "1"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.read_bytes())))
    for name, source in (("pipe", "-"), ("file", str(text))):
        assert main(["pretrain", source, *options, "--quiet", "--out", str(tmp_path / name)]) == 0
    piped, read = weights(tmp_path / "pipe"), weights(tmp_path / "file")
    assert all(torch.equal(piped[name], read[name]) for name in read)


def test_where_the_text_lies_changes_no_bit(text: Path, tmp_path: Path) -> None:
    found = []
    for name, memory in (("memory", 1_000), ("disk", 0)):
        run = pretraining(text, tmp_path / name, memory_mb=memory)
        is_mapped = not run.trainer.train.pieces.flags.writeable
        assert is_mapped == (name == "disk")
        blocks = (run.trainer.train, run.trainer.held_out)
        found.append([array.tobytes() for one in blocks for array in (one.pieces, one.starts)])
        list(run.execute())
    assert found[0] == found[1]
    one, other = (weights(tmp_path / name) for name in ("memory", "disk"))
    assert all(torch.equal(one[name], other[name]) for name in one)
    records = [json.loads((tmp_path / name / "pretraining.json").read_text()) for name in ("memory", "disk")]
    assert records[0]["words"] == records[1]["words"]
    for name in ("step", "pieces", "train_loss", "perplexity"):
        assert [row[name] for row in records[0]["history"]] == [row[name] for row in records[1]["history"]]
    names = [sorted(path.name for path in (tmp_path / name).iterdir()) for name in ("memory", "disk")]
    assert names[0] == names[1]


def test_a_pretraining_goes_on_wherever_its_text_lies(text: Path, tmp_path: Path) -> None:
    run = pretraining(text, tmp_path / "out", memory_mb=0)
    for event in run.execute():
        if isinstance(event, Update) and event.step == 5:
            run.stop()
    record = json.loads((tmp_path / "out" / "pretraining.json").read_text())
    del record["config"]["memory_mb"]  # of an older version
    (tmp_path / "out" / "pretraining.json").write_text(json.dumps(record))
    assert list(pretraining(text, tmp_path / "out", resume=True).execute())
