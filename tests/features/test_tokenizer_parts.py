"""Tokenizers are rebuilt from known parts: real ones cut as before, what is not known is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from onoma.features.tokenizer_parts import known_tokenizer
from onoma.features.tokenizer_steps import EXPRESSIONS
from onoma.features.tokenizer_training import train_bpe, train_wordpiece
from onoma.features.tokenizers import TokenizerError, parse_tokenizer

WORDS = (
    "John flew to Berlin . ПРИВЕТ мир naïve Ünïcode 東京 \u200b \u202e x'y can't 12:30 😀 [SEP] <s> a"
    + " b" * 3
)
COUNTS = dict.fromkeys(WORDS.split(), 3)
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "tokenizers"


def wordpiece() -> dict[str, Any]:
    return json.loads(train_wordpiece(COUNTS, 120, lowercase=True).to_str())


def byte_pairs() -> dict[str, Any]:
    return json.loads(train_bpe(COUNTS, 300, lowercase=True).to_str())


def unigram() -> dict[str, Any]:
    """With the steps that converters of SentencePiece write."""
    empty = {"type": "Precompiled", "precompiled_charsmap": None}
    spaces = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}
    pieces = [["<unk>", 0.0], *([one, -2.5] for one in "▁abcdefghijklmnopqrstuvwxyz"), ["▁to", -1.0]]
    space = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, spaces]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, space]},
        "post_processor": None,
        "decoder": empty,
        "model": {"type": "Unigram", "unk_id": 0, "vocab": pieces, "byte_fallback": False},
    } | {"decoder": space}


@pytest.mark.parametrize("make", [wordpiece, byte_pairs, unigram])
def test_pieces_are_as_before(make) -> None:
    state = make()
    old, new = Tokenizer.from_str(json.dumps(state)), parse_tokenizer(json.dumps(state))
    for word in [WORDS, *WORDS.split()]:
        assert (
            old.encode(word, add_special_tokens=False).ids == new.encode(word, add_special_tokens=False).ids
        )
    assert json.loads(new.to_str()) == json.loads(old.to_str())


@pytest.mark.parametrize("name", ["bert-base-uncased", "rubert-tiny2"])
def test_real_tokenizers_cut_as_before(name, shared_data) -> None:
    text = (REAL / name / "tokenizer.json").read_text(encoding="utf-8")
    old, new = Tokenizer.from_str(text), parse_tokenizer(text)
    old.no_truncation(), old.no_padding()
    lines = (shared_data / "conll2003" / "test.txt").read_text().splitlines()
    lines += (shared_data / "factrueval2016" / "testset.conll").read_text().splitlines()
    words = sorted({line.split()[0] for line in lines if line.strip()})
    assert len(words) > 10_000
    for word in [*words, *WORDS.split()]:
        assert (
            old.encode(word, add_special_tokens=False).ids == new.encode(word, add_special_tokens=False).ids
        )


def edited(change: Callable[[dict[str, Any]], object], state: dict[str, Any]) -> str:
    change(state)
    return json.dumps(state)


LONG = {"type": "Replace", "pattern": {"String": "a"}, "content": "b" * 16}
REFUSED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "grows": (
        lambda one: one.update(normalizer={"type": "Sequence", "normalizers": [LONG] * 4}),
        "its normalizers make a word too long",
    ),
    "long replacement": (lambda one: one.update(normalizer={**LONG, "content": "b" * 17}), "at most 16"),
    "expression": (
        lambda one: one.update(
            pre_tokenizer={"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated"}
        ),
        "'pre_tokenizer",
    ),
    "kind": (lambda one: one["model"].update(type="Neural"), "'model'"),
    "field": (lambda one: one["model"].update(code="x"), "'model.WordPiece.code'"),
    "id": (lambda one: one["model"]["vocab"].update(a=4_000_000), "ids are from 0 to 3999999"),
    "id below 0": (lambda one: one["model"]["vocab"].update(a=-1), "ids are from 0 to 3999999"),
    "part": (lambda one: one.update(plugin="x.so"), "'plugin'"),
    "long words": (lambda one: one["model"].update(max_input_chars_per_word=10**6), "1000"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_known_is_refused_by_its_name(name) -> None:
    change, message = REFUSED[name]
    with pytest.raises(TokenizerError, match=message) as caught:
        parse_tokenizer(edited(change, wordpiece()))
    assert "\n" not in str(caught.value)


def test_truncation_padding_and_unknown_ends_go() -> None:
    state = wordpiece()
    state["padding"] = {"strategy": {"Fixed": 2**40}, "direction": "Right", "pad_id": 0}
    state["truncation"] = {"max_length": 1, "strategy": "LongestFirst", "stride": 0, "direction": "Left"}
    state["post_processor"] = {"type": "Sequence", "processors": []}
    made = json.loads(known_tokenizer(json.dumps(state)))
    assert (made["padding"], made["truncation"], made["post_processor"]) == (None, None, None)
    assert made["decoder"] == state["decoder"]
    assert made["model"] == state["model"]


def test_files_without_the_kind_of_their_model_are_read() -> None:
    for make in (wordpiece, byte_pairs):
        state = make()
        old = Tokenizer.from_str(json.dumps(state))
        del state["model"]["type"]
        assert parse_tokenizer(json.dumps(state)).encode(WORDS).ids == old.encode(WORDS).ids


def test_known_expressions_compile() -> None:
    for expression in EXPRESSIONS:
        state = wordpiece()
        state["pre_tokenizer"] = {"type": "Split", "pattern": {"Regex": expression}, "behavior": "Isolated"}
        state["pre_tokenizer"]["invert"] = False
        assert parse_tokenizer(json.dumps(state)).encode("a" * 2_000 + " 12  b").ids
