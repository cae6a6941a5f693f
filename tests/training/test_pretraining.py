"""Pretraining: what is packed, what is hidden, what is written, and that a stop costs nothing."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from onoma.cli.main import main
from onoma.errors import ConfigError, DataError, ModelError, OutputError
from onoma.features.tokenizer_training import train_wordpiece
from onoma.training.pretraining.config import PretrainingConfig
from onoma.training.pretraining.corpus import Blocks, count_words, read_blocks
from onoma.training.pretraining.masking import mask_words
from onoma.training.pretraining.run import Measured, Pretraining, Update

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
    return Pretraining([str(text)], "utf-8", config, folder, nothing, nothing, resume=resume)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def test_blocks_hold_the_text_in_order_with_paragraphs_apart(text: Path) -> None:
    tokenizer = train_wordpiece(count_words([str(text)], "utf-8", nothing), 150, lowercase=False)
    train, held_out = read_blocks([str(text)], "utf-8", tokenizer, 16, 0.1, 13, nothing)
    begin, end = (tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]"))
    for blocks in (train, held_out):
        assert (blocks.pieces[:, 0] == begin).all()
        assert (blocks.pieces[:, -1] == end).all()
        assert blocks.starts[:, 0].all()
        assert (blocks.fixed == np.isin(blocks.pieces, [begin, end])).all()
    inner = train.pieces[:, 1:-1].ravel()
    paragraphs = tokenizer.decode(inner[inner != end].tolist())
    lines = text.read_text(encoding="utf-8").split("\n")
    told = [line for line in lines if line and line.removesuffix(" .") in paragraphs]
    assert len(told) > 0.8 * len(lines)  # the rest is held out, or cut at the end
    assert len(held_out) < 0.3 * len(train)


def test_too_little_text_is_said(tmp_path: Path) -> None:
    path = tmp_path / "little.txt"
    path.write_text("one two three\n", encoding="utf-8")
    with pytest.raises(DataError, match="too few"):
        pretraining(path, tmp_path / "out")
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(DataError, match="no words"):
        pretraining(path, tmp_path / "other")


@given(st.integers(0, 10_000), st.floats(0.02, 0.9))
def test_words_are_hidden_whole_and_specials_never(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    starts = rng.random((6, 20)) < 0.6
    fixed = rng.random((6, 20)) < 0.1
    starts |= fixed
    starts[:, 1:] |= fixed[:, :-1]
    starts[:, 0] = True
    fixed[0, 3] = False
    pieces = rng.integers(10, 90, (6, 20)).astype(np.int32)
    blocks = Blocks(pieces, starts, fixed)
    rows = np.array([4, 0, 2])
    masked = mask_words(blocks, rows, share, 5, 100, (seed,))
    again = mask_words(blocks, rows, share, 5, 100, (seed,))
    assert all((one == other).all() for one, other in zip(masked, again, strict=True))
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
    blocks = Blocks(pieces, np.ones_like(pieces, dtype=bool), np.zeros_like(pieces, dtype=bool))
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


def test_a_stopped_run_goes_on_to_the_same_bits(text: Path, tmp_path: Path) -> None:
    list(pretraining(text, tmp_path / "whole").execute())
    run = pretraining(text, tmp_path / "parts")
    for event in run.execute():
        if isinstance(event, Update) and event.step == 5:
            run.stop()
    assert run.step == 5
    del run
    with pytest.raises(OutputError, match="--resume"):
        pretraining(text, tmp_path / "parts")
    with pytest.raises(ConfigError, match="learning_rate"):
        pretraining(text, tmp_path / "parts", resume=True, learning_rate=0.5)
    list(pretraining(text, tmp_path / "parts", resume=True).execute())
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    histories = [
        json.loads((tmp_path / name / "pretraining.json").read_text(encoding="utf-8"))["history"]
        for name in ("whole", "parts")
    ]
    assert [row["perplexity"] for row in histories[0]] == [row["perplexity"] for row in histories[1]]
    with pytest.raises(OutputError, match="finished"):
        pretraining(text, tmp_path / "parts", resume=True)


def test_an_encoder_is_trained_further(text: Path, tmp_path: Path) -> None:
    list(pretraining(text, tmp_path / "first").execute())
    run = pretraining(text, tmp_path / "second", source=str(tmp_path / "first"), learning_rate=1e-3)
    started = json.loads((tmp_path / "first" / "pretraining.json").read_text())["history"][-1]["perplexity"]
    assert run.perplexity() == pytest.approx(started, rel=1e-4)
    list(run.execute())
    assert (tmp_path / "second" / "vocab.txt").read_text() == (tmp_path / "first" / "vocab.txt").read_text()
    with pytest.raises(ModelError, match="not the folder"):
        pretraining(text, tmp_path / "third", source=str(tmp_path / "nowhere"))


def test_the_command_line(text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["pretrain", str(text), "--size", "tiny", "--pieces", "150", "--block", "16", "--steps", "4"]
    arguments += ["--threads", "1", "--json", "--out", str(tmp_path / "encoder")]
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["step"] == 4
    assert "perplexity" in err
    assert main(arguments) == 2
    assert "holds an encoder" in capsys.readouterr().err
    assert main(["pretrain", "-", "--out", str(tmp_path / "other")]) == 2
    assert "must be files" in capsys.readouterr().err
    assert main(["pretrain", str(tmp_path / "none.txt"), "--out", str(tmp_path / "other")]) == 2
    assert "none.txt" in capsys.readouterr().err
