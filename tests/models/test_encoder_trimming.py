"""A smaller encoder reads the words of its texts as the whole one does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from onoma.cli.main import main
from onoma.errors import DataError, ModelError
from onoma.features.tokenizers import load_tokenizer, needs_space
from onoma.models.encoder_trimming import trim_encoder
from tiny_encoders import WORDS, write_encoder

KINDS = ("bert", "roberta", "distilbert", "albert", "deberta-v2", "modernbert", "mpnet", "camembert")
TEXT = " ".join(WORDS[:30])


def states(folder: Path, words: list[str]) -> torch.Tensor:
    """Return what the encoder in a folder makes of words, without its begin and end pieces. [P, H]"""
    from transformers import AutoModel

    tokenizer = load_tokenizer(folder)
    spaced = " " if needs_space(json.loads(tokenizer.to_str())) else ""
    pieces = [
        piece for word in words for piece in tokenizer.encode(spaced + word, add_special_tokens=False).ids
    ]
    model = AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        return model(torch.tensor([pieces])).last_hidden_state[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_it_reads_the_words_of_its_texts_as_before(kind: str, tmp_path: Path) -> None:
    whole = write_encoder(tmp_path / "whole", kind)
    done = trim_encoder(whole, [TEXT, "", TEXT], tmp_path / "small")
    assert done.words == done.words_as_before
    assert done.pieces < done.pieces_before
    assert done.parameters < done.parameters_before
    words = TEXT.split()
    torch.testing.assert_close(states(tmp_path / "small", words), states(whole, words), rtol=0, atol=1e-6)
    config = json.loads((tmp_path / "small" / "config.json").read_text())
    assert config["vocab_size"] == done.pieces


UNIGRAM: dict[str, Any] = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [
        {"id": number, "content": piece, "special": True, "single_word": False, "lstrip": False,
         "rstrip": False, "normalized": False}
        for number, piece in enumerate(("<s>", "<pad>", "</s>", "<unk>"))
    ],
    "normalizer": None,
    "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
    "post_processor": {
        "type": "TemplateProcessing",
        "single": [
            {"SpecialToken": {"id": "<s>", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "</s>", "type_id": 0}},
        ],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {
            "<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
            "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]},
        },
    },
    "decoder": None,
    "model": {
        "type": "Unigram",
        "unk_id": 3,
        "byte_fallback": False,
        "vocab": [
            *([piece, 0.0] for piece in ("<s>", "<pad>", "</s>", "<unk>")),
            *(["東", -9.0], ["▁東京", -9.0], ["▁Rome", -5.0], ["▁", -3.0], ["Ro", -6.0], ["me", -6.5]),
            *([letter, -8.0] for letter in "Romeabcинж"),
        ],
    },
}  # fmt: skip


def unigram_encoder(folder: Path) -> Path:
    pieces = len(UNIGRAM["model"]["vocab"])
    write_encoder(folder, "bert", vocab_size=pieces, pad_token_id=1)
    (folder / "tokenizer.json").write_text(json.dumps(UNIGRAM), encoding="utf-8")
    return folder


def test_of_a_unigram_vocabulary_alphabets_stay_and_other_scripts_go(tmp_path: Path) -> None:
    done = trim_encoder(unigram_encoder(tmp_path / "whole"), ["Rome Rome"], tmp_path / "small")
    small = load_tokenizer(tmp_path / "small")
    assert small.encode("Rome", add_special_tokens=False).tokens == ["▁Rome"]
    letters = small.encode("жин東", add_special_tokens=False)
    assert letters.tokens[:4] == ["▁", "ж", "и", "н"]
    assert letters.ids[4] == small.token_to_id("<unk>") == 3
    assert small.token_to_id("東") is None
    assert small.token_to_id("▁東京") is None
    assert done.words == done.words_as_before == 1


def test_the_command_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, text = write_encoder(tmp_path / "whole", "bert"), tmp_path / "raw.txt"
    text.write_text(TEXT, encoding="utf-8")
    assert main(["encoder", "trim", str(whole), str(text), "--out", str(tmp_path / "small"), "--json"]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert told["words"] == told["words_as_before"] > 0
    assert "distinct words are cut as before (100.00%)" in said.err
    assert main(["encoder", "trim", str(whole), str(text), "--out", str(tmp_path / "small")]) == 2
    assert "not an empty folder" in capsys.readouterr().err


def test_what_cannot_be_trimmed_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    whole = write_encoder(tmp_path / "whole", "bert")
    with pytest.raises(DataError, match="no word"):
        trim_encoder(whole, ["", " "], tmp_path / "small")
    with pytest.raises(ModelError, match=r"config\.json"):
        trim_encoder(tmp_path, [TEXT], tmp_path / "small")
    config = json.loads((whole / "config.json").read_text())
    (whole / "config.json").write_text(json.dumps({**config, "vocab_size": 7}))
    with pytest.raises(ModelError, match="none of its weights"):
        trim_encoder(whole, [TEXT], tmp_path / "small")
    assert not (tmp_path / "small").exists()
