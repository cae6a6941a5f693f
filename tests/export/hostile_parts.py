"""What a stranger might write into a bundle beside its graph: changes of the bundle, or of its folder."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from onoma.runtime.bundle import Bundle

Rewrite = Callable[[Bundle], Bundle]
AfterWards = Callable[[Path], None]

_A = "a"
_REPLACE = [
    {"type": "Replace", "pattern": {"String": one}, "content": one.replace("a", two) * 1_000}
    for one, two in (("a", "b"), ("b", "c"), ("c", "d"))
]


def in_tokenizer(change: Callable[[dict[str, Any]], object]) -> Rewrite:
    """Change the tokenizer of a model that reads pieces."""

    def rewrite(bundle: Bundle) -> Bundle:
        vocabulary = deepcopy(bundle.vocabulary)
        change(vocabulary["tokenizer"])
        return replace(bundle, vocabulary=vocabulary)

    return rewrite


def _normal(*steps: Any) -> Rewrite:
    return in_tokenizer(
        lambda state: state.update(normalizer={"type": "Sequence", "normalizers": list(steps)})
    )


def _cutting(step: Any) -> Rewrite:
    return in_tokenizer(lambda state: state.update(pre_tokenizer=step))


def _modelled(**changes: Any) -> Rewrite:
    return in_tokenizer(lambda state: state["model"].update(changes))


def _nested(depth: int) -> dict[str, Any]:
    step: dict[str, Any] = {"type": "Lowercase"}
    for _ in range(depth):
        step = {"type": "Sequence", "normalizers": [step]}
    return step


def _split(expression: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": expression}, "behavior": "Isolated", "invert": False}


def _charsmap(data: bytes) -> dict[str, Any]:
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(data).decode()}


_TRIE = struct.pack("<I", 8) + bytes(8)
_ADDED = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "special": False}
_FEW = {"[UNK]": 0, "[PAD]": 1, "a": 2}

TOKENIZERS: dict[str, Rewrite] = {
    "three Replace": _normal(*_REPLACE),
    "short Replace, often": _normal(
        *[{"type": "Replace", "pattern": {"String": "s"}, "content": "s" * 16}] * 8
    ),
    "Replace of nothing": _normal({"type": "Replace", "pattern": {"String": ""}, "content": "ab"}),
    "Replace without end": _normal({"type": "Replace", "pattern": {"Regex": "(a*)*b"}, "content": "x"}),
    "100,000 steps": _normal(*[{"type": "NFKC"}] * 100_000),
    "17 steps": _normal(*[{"type": "NFD"}] * 17),
    "16 steps that grow": _normal(*[{"type": "NFKD"}] * 16),
    "150 Sequences": in_tokenizer(lambda state: state.update(normalizer=_nested(150))),
    "10 Prepend": _normal(*[{"type": "Prepend", "prepend": "x" * 16}] * 10),
    "unknown normalizer": _normal({"type": "Shell", "command": "id"}),
    "no map": _normal(_charsmap(b"")),
    "map that is cut": _normal(_charsmap(struct.pack("<I", 2**31) + bytes(8))),
    "map of zeros": _normal(_charsmap(_TRIE + b"\0")),
    "map that is all ones": _normal(_charsmap(struct.pack("<I", 1024) + b"\xff" * 1024 + b"a\0")),
    "map to a megabyte": _normal(_charsmap(_TRIE + b"a" * 2**20 + b"\0")),
    "map that is no base64": _normal({"type": "Precompiled", "precompiled_charsmap": "%%%"}),
    "map of 20 megabytes": _normal(_charsmap(_TRIE + b"a\0" * (10 << 20))),
    "nested quantifiers": _cutting(_split(r"((a+)+)+$")),
    "look-behind": _cutting(_split(r"(?<=a)b")),
    "expression of a megabyte": _cutting(_split("a?" * 500_000)),
    "split at nothing": _cutting({"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"}),
    "unknown cut": _cutting({"type": "Eval"}),
    "fixed length 0": _cutting({"type": "FixedLength", "length": 0}),
    "no model": in_tokenizer(lambda state: state.pop("model")),
    "unknown model": _modelled(type="Neural"),
    "words of a billion": _modelled(max_input_chars_per_word=2**60),
    "words of none": _modelled(max_input_chars_per_word=0),
    "ids from the end": _modelled(vocab={"[UNK]": 0, "a": -1}),
    "id beyond all": _modelled(vocab={"[UNK]": 0, "a": 2**62}),
    "ids twice": _modelled(vocab={**_FEW, "b": 2}),
    "id of 3,999,999": _modelled(vocab={**_FEW, "b": 3_999_999}),
    "no unknown piece": _modelled(vocab={"a": 0}, unk_token="b"),
    "piece of a megabyte": _modelled(vocab={**_FEW, "x" * 2**20: 3}),
    "empty vocabulary": _modelled(vocab={}),
    "prefix of a megabyte": _modelled(continuing_subword_prefix="#" * 2**20),
    "merges of what is not there": in_tokenizer(
        lambda state: state.update(
            model={"type": "BPE", "vocab": _FEW, "merges": ["x y"], "unk_token": "[UNK]"}
        )
    ),
    "merges that are no pairs": in_tokenizer(
        lambda state: state.update(model={"type": "BPE", "vocab": _FEW, "merges": ["", "a", "a b c"]})
    ),
    "dropout": in_tokenizer(
        lambda state: state.update(model={"type": "BPE", "vocab": _FEW, "merges": [], "dropout": 1e308})
    ),
    "byte pairs that cut nothing": in_tokenizer(
        lambda state: state.update(model={"type": "BPE", "vocab": _FEW, "merges": []})
    ),
    "unigram without unknown": in_tokenizer(
        lambda state: state.update(model={"type": "Unigram", "vocab": [["a", 0.0]], "unk_id": 9})
    ),
    "unigram of nothing": in_tokenizer(lambda state: state.update(model={"type": "Unigram", "vocab": []})),
    "unigram, infinite": in_tokenizer(
        lambda state: state.update(model={"type": "Unigram", "vocab": [["a", 1e308]], "unk_id": 0})
    ),
    "unigram with an empty piece": in_tokenizer(
        lambda state: state.update(model={"type": "Unigram", "vocab": [["", 0.0], ["a", -1.0]], "unk_id": 0})
    ),
    "300,000 added tokens": in_tokenizer(
        lambda state: state.update(
            added_tokens=[{"id": one, "content": f"<{one}>", **_ADDED} for one in range(300_000)]
        )
    ),
    "added token without text": in_tokenizer(
        lambda state: state["added_tokens"].append({"id": 500, "content": "", **_ADDED})
    ),
    "added token beyond all": in_tokenizer(
        lambda state: state["added_tokens"].append({"id": 2**31, "content": "zz", **_ADDED})
    ),
    "template without end": in_tokenizer(
        lambda state: state.update(
            post_processor={
                "type": "TemplateProcessing",
                "single": [{"Sequence": {"id": "A", "type_id": 0}}] * 100_000,
                "pair": [],
                "special_tokens": {},
            }
        )
    ),
    "padding to a billion": in_tokenizer(
        lambda state: state.update(padding={"strategy": {"Fixed": 2**40}, "direction": "Right", "pad_id": 0})
    ),
    "unknown part": in_tokenizer(lambda state: state.update(plugin="x.so")),
    "a list": lambda bundle: replace(bundle, vocabulary={**bundle.vocabulary, "tokenizer": []}),
}


def _option(name: str, value: Any) -> Rewrite:
    def rewrite(bundle: Bundle) -> Bundle:
        options = {**bundle.config["options"], name: value}
        return replace(bundle, config={**bundle.config, "options": options})

    return rewrite


def _vocabulary(**words: Any) -> Rewrite:
    def rewrite(bundle: Bundle) -> Bundle:
        vocabulary = deepcopy(bundle.vocabulary)
        vocabulary["words"].update(words)
        return replace(bundle, vocabulary=vocabulary)

    return rewrite


_SIZES = (0, -1, 16, 2**31, 2**62, 10**40, 1e308)
CONFIGS: dict[str, Rewrite] = {
    **{
        f"{name} = {value}": _option(name, value)
        for name in ("max_length", "num_layers", "hidden_dim", "word_dim", "char_dim", "span_width")
        for value in _SIZES
    },
    "window of a million": _option("max_length", 1_000_000),
    "a million words": _vocabulary(items=[f"w{one}" for one in range(10**6)], counts=[1] * 10**6),
    "no words": _vocabulary(items=[], counts=[]),
    "a word twice": _vocabulary(items=["a", "a"], counts=[1, 1]),
    "a word of ten megabytes": _vocabulary(items=["a" * 10**7], counts=[1]),
    "counts that overflow": _vocabulary(items=["a", "b"], counts=[2**63 - 1] * 2),
}


def _arrays(change: Callable[[np.ndarray], np.ndarray]) -> Rewrite:
    return lambda bundle: replace(
        bundle, tensors={name: np.ascontiguousarray(change(one)) for name, one in bundle.tensors.items()}
    )


DECODERS: dict[str, Rewrite] = {
    **{
        f"all are {value:g}": _arrays(lambda one, value=value: np.full_like(one, value))  # type: ignore[misc]
        for value in (3.4e38, -3.4e38, 1e30, -1e30, 1e21, -1e21, 9e19, -9e19, 1e-45, 0)
    },
    "in turns": _arrays(
        lambda one: np.where(np.arange(one.size).reshape(one.shape) % 2, 3e38, -3e38).astype(one.dtype)
    ),
    "doubles": _arrays(lambda one: one.astype(np.float64)),
    "flat": _arrays(np.ravel),
    "none": lambda bundle: replace(bundle, tensors={}),
    "one more": lambda bundle: replace(bundle, tensors={**bundle.tensors, "more": np.zeros(1, np.float32)}),
}


def written(name: str, make: Callable[[], bytes]) -> AfterWards:
    """Put a file into a bundle, with size and hash to match."""

    def change(folder: Path) -> None:
        data = make()
        (folder / name).write_bytes(data)
        manifest = json.loads((folder / "manifest.json").read_bytes())
        manifest["files"][name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        (folder / "manifest.json").write_text(json.dumps(manifest))

    return change


def _headed(header: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header


def _empties(count: int, name: str = "data_offsets") -> bytes:
    entry = '{"dtype":"F32","shape":[0],"' + name + '":[0,0]}'
    return _headed(("{" + ",".join(f'"{one}":{entry}' for one in range(count)) + "}").encode())


FILES: dict[str, AfterWards] = {
    "300,000 empty tensors": written("decoder.safetensors", lambda: _empties(300_000)),
    "300,000 empty vectors": written("features.safetensors", lambda: _empties(300_000)),
    "60,000 tensors, escaped": written("decoder.safetensors", lambda: _empties(60_000, r"data\u005foffsets")),
    "19,000 empty tensors": written("decoder.safetensors", lambda: _empties(19_000)),
    "header of 90 megabytes": written("decoder.safetensors", lambda: _headed(b" " * (90 << 20))),
    "header that is deep": written("decoder.safetensors", lambda: _headed(b"[" * 10**6)),
    "metadata of 7 megabytes": written(
        "decoder.safetensors", lambda: _headed(b'{"__metadata__":{"a":"' + b"x" * (7 << 20) + b'"}}')
    ),
    "shape of a thousand axes": written(
        "decoder.safetensors",
        lambda: _headed(b'{"a":{"dtype":"F32","shape":[' + b"0," * 999 + b'0],"data_offsets":[0,0]}}'),
    ),
    "one tensor": written("decoder.safetensors", lambda: save({"a": np.zeros(3, np.float32)})),
    **{
        f"{name} that {what}": written(name, make)
        for name in ("config.json", "vocabulary.json", "proof.json")
        for what, make in {
            "is deep": lambda: b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
            "is a deep list": lambda: b'{"a":' + b"[" * 10**6 + b"]" * 10**6 + b"}",
            "is a long list": lambda: b'{"a":[' + b"[]," * 10**6 + b"[]]}",
            "has many keys": lambda: b"{" + b",".join(b'"%d":{}' % one for one in range(10**6)) + b"}",
            "has a long number": lambda: b'{"a":' + b"9" * 10**6 + b"}",
            "has a large exponent": lambda: b'{"a":1e999999999}',
            "is 40 megabytes of blanks": lambda: b" " * (40 << 20) + b"{}",
            "is empty": lambda: b"",
            "is half a character": lambda: b'{"a":"\\ud800"}',
        }.items()
    },
    "graph of nothing": written("model.onnx", lambda: b""),
    "graph of zeros": written("model.onnx", lambda: bytes(10**6)),
    "graph of groups": written("model.onnx", lambda: b"\x3b" * 10**6),
    "graph in graphs": written("model.onnx", lambda: b"\x3a\x7f" * 10**6),
    "million empty nodes": written("model.onnx", lambda: b"\x3a" + _varint(2 * 10**6) + b"\x0a\x00" * 10**6),
    "million empty weights": written(
        "model.onnx", lambda: b"\x3a" + _varint(2 * 10**6) + b"\x2a\x00" * 10**6
    ),
    "name of ten megabytes": written(
        "model.onnx",
        lambda: b"\x3a" + _varint(10**7 + 10) + b"\x0a" + _varint(10**7 + 5) + b"\x22" + b"a" * 10**7,
    ),
}


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])
