"""The table of damaged and hostile bundles: name, damage, a part of the message that must follow."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bundle_damage as bd
import numpy as np
from bundle_damage import BIAS, CONFIG, FEATURES, MANIFEST, VOCABULARY, WEIGHTS, Damage
from safetensors.numpy import save

FILES = (CONFIG, MANIFEST, VOCABULARY, WEIGHTS)
EXTRA_ENTRY = {"size": 1, "sha256": "0" * 64}
DEEP = b'{"model": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
ONE_ARRAY = save({"vectors": np.zeros((2, 2), np.float32)})


def declare(name: str) -> Damage:
    """Name a file in the manifest without putting it there."""
    return bd.edit(MANIFEST, "files", to=lambda files: files | {name: EXTRA_ENTRY})


def rename_bias(tensors: dict[str, Any]) -> None:
    tensors["head.projection.biass"] = tensors.pop(BIAS)


def overlap(table: dict[str, Any]) -> None:
    table[BIAS]["data_offsets"] = [0, table[BIAS]["data_offsets"][1] - table[BIAS]["data_offsets"][0]]


# A broken disk. name: (damage, part of the message)
DISK: dict[str, tuple[Damage, str]] = {
    **{f"{name} emptied": (bd.cut(name, 0), "differs|not a JSON") for name in FILES},
    **{f"{name} halved": (bd.cut(name, 0.5), "size differs|not a JSON") for name in FILES},
    **{f"{name} misses its end": (bd.cut(name, -2), "size differs|not a JSON") for name in FILES},
    **{f"{name} keeps a byte": (bd.cut(name, -(10**9)), "size differs|not a JSON") for name in FILES},
    **{f"{name} first bit": (bd.flip(name, 0), "content differs|not a JSON") for name in FILES},
    **{f"{name} middle bit": (bd.flip(name, 0.5), "differs|not a JSON|manifest.json: '") for name in FILES},
    **{f"{name} last bit": (bd.flip(name, 1, 7), "content differs|not a JSON") for name in FILES},
    **{f"{name} longer": (bd.append(name, b"\0"), "size differs|not a JSON") for name in FILES},
    **{f"{name} gone": (bd.remove(name), "missing|neither a bundle") for name in FILES},
    "two files swapped": (bd.swap, "size differs"),
    "zeros": (bd.into(lambda path: path.write_bytes(bytes(10)), VOCABULARY), "size differs"),
    "not UTF-8": (bd.write(CONFIG, b'{"model": "\xff"}'), "utf-8"),
    "UTF-16": (bd.write(CONFIG, '{"model": 1}'.encode("utf-16")), "not a JSON"),
    "byte order mark": (bd.write(VOCABULARY, b"\xef\xbb\xbf{}"), "BOM"),
}

# Things that should not lie there.
STRANGERS: dict[str, tuple[Damage, str]] = {
    **{f"folder for {name}": (bd.into(Path.mkdir, name), "Is a directory") for name in FILES},
    **{f"pipe for {name}": (bd.into(os.mkfifo, name), "not a plain file") for name in FILES},
    **{f"link for {name}": (bd.link_out(name), "is a link") for name in FILES},
    "link to nothing": (bd.into(lambda path: path.symlink_to("/nowhere"), CONFIG), "is a link"),
    "link in a circle": (bd.into(lambda path: path.symlink_to(path), WEIGHTS), "is a link"),
    "link to a device": (bd.into(lambda path: path.symlink_to("/dev/zero"), WEIGHTS), "is a link"),
    "extra link": (lambda folder: (folder / "more").symlink_to("/etc/passwd"), "does not name: more"),
    "pickle": (bd.beside("model.pkl", pickle.dumps({"a": 1})), "does not name: model.pkl"),
    "torch file": (bd.beside("model.pt"), "does not name: model.pt"),
    "code": (bd.beside("modeling.py", b"import os"), "does not name: modeling.py"),
    "hidden file": (bd.beside(".hidden"), "does not name: .hidden"),
    "folder": (bd.beside("sub/file"), "does not name: sub"),
    "many": (bd.both(*(bd.beside(f"{i}.bin") for i in range(9))), "0.bin, .* and others"),
    "name that is not UTF-8": (bd.beside(b"\xff\xfe.bin"), r"does not name: \\udcff\\udcfe.bin"),
    "name with a line break": (bd.beside("a\nb"), r"does not name: a\\nb"),
    "undeclared features": (bd.beside(FEATURES, ONE_ARRAY), f"does not name: {FEATURES}"),
    "declared features, not wanted": (bd.write(FEATURES, ONE_ARRAY), "unknown feature array 'vectors'"),
    "declared features, not safe": (bd.write(FEATURES, b"junk"), "not a safetensors file"),
    "declared features, not there": (declare(FEATURES), "missing"),
    "declared pickle": (bd.both(bd.beside("m.pkl"), declare("m.pkl")), "'files' names"),
    "declared path upwards": (declare("../outside.json"), "'files' names ../outside.json"),
    "declared absolute path": (declare("/etc/passwd"), "'files' names /etc/passwd"),
    "declared itself": (declare(MANIFEST), "'files' names"),
    "declared with a line break": (declare("a\nb"), r"names a\\nb"),
}

MANIFESTS: dict[str, tuple[Damage, str]] = {
    "list": (bd.write(MANIFEST, b"[]"), "holds list"),
    "null": (bd.write(MANIFEST, b"null"), "holds NoneType"),
    "number": (bd.write(MANIFEST, b"1"), "holds int"),
    "text": (bd.write(MANIFEST, b'"schema"'), "holds str"),
    "empty object": (bd.write(MANIFEST, b"{}"), "'schema'"),
    "too deep": (bd.write(MANIFEST, DEEP), "nested too deeply"),
    "too large": (bd.write(MANIFEST, b" " * (1 << 20) + b"{}"), "bytes"),
    "endless number": (bd.raw(MANIFEST, '"schema": 2', '"schema": ' + "9" * 5000), "not a JSON"),
    "key twice": (bd.raw(MANIFEST, '"schema": 2', '"schema": 2, "schema": 2'), "twice"),
    "NaN": (bd.raw(MANIFEST, '"schema": 2', '"schema": NaN'), "NaN"),
    "beyond floats": (bd.raw(MANIFEST, '"schema": 2', '"schema": 1e999'), "out of range"),
    "newer": (bd.edit(MANIFEST, "schema", to=3), "newer Onoma"),
    "much newer": (bd.edit(MANIFEST, "schema", to=10**100), "newer Onoma"),
    "newer, with more": (bd.both(declare("x"), bd.edit(MANIFEST, "schema", to=3)), "newer Onoma"),
    "schema 0": (bd.edit(MANIFEST, "schema", to=0), "'schema'"),
    "schema below 0": (bd.edit(MANIFEST, "schema", to=-1), "'schema'"),
    "schema true": (bd.edit(MANIFEST, "schema", to=True), "'schema'"),
    "schema a float": (bd.edit(MANIFEST, "schema", to=1.0), "'schema'"),
    "schema a string": (bd.edit(MANIFEST, "schema", to="1"), "'schema'"),
    "schema null": (bd.edit(MANIFEST, "schema", to=None), "'schema'"),
    "schema missing": (bd.drop(MANIFEST, "schema"), "'schema'"),
    "unknown key": (bd.edit(MANIFEST, "run_me", to="rm"), "'run_me'"),
    "unknown key with a line break": (bd.edit(MANIFEST, "a\nb", to=1), r"'a\\nb'"),
    "labels missing": (bd.drop(MANIFEST, "labels"), "'labels'"),
    "labels a string": (bd.edit(MANIFEST, "labels", to="LOC"), "'labels'"),
    "labels of another model": (bd.edit(MANIFEST, "labels", to=["X"]), "not those of the tags"),
    "files missing": (bd.drop(MANIFEST, "files"), "'files'"),
    "files a list": (bd.edit(MANIFEST, "files", to=list), "'files'"),
    "files empty": (bd.edit(MANIFEST, "files", to={}), "'files' names"),
    "weights not named": (bd.drop(MANIFEST, "files", WEIGHTS), "'files' names"),
    "entry null": (bd.edit(MANIFEST, "files", CONFIG, to=None), "files.config.json"),
    "entry a hash": (bd.edit(MANIFEST, "files", CONFIG, to="0" * 64), "files.config.json"),
    "entry with more": (bd.edit(MANIFEST, "files", CONFIG, "link", to="x"), "link"),
    "size missing": (bd.drop(MANIFEST, "files", CONFIG, "size"), "size"),
    "size negative": (bd.edit(MANIFEST, "files", CONFIG, "size", to=-1), "size"),
    "size true": (bd.edit(MANIFEST, "files", CONFIG, "size", to=True), "size"),
    "size a float": (bd.edit(MANIFEST, "files", CONFIG, "size", to=float), "size"),
    "size huge": (bd.edit(MANIFEST, "files", WEIGHTS, "size", to=10**18), "size differs"),
    "size beyond 64 bits": (bd.edit(MANIFEST, "files", WEIGHTS, "size", to=10**30), "size"),
    "hash missing": (bd.drop(MANIFEST, "files", CONFIG, "sha256"), "sha256"),
    "hash null": (bd.edit(MANIFEST, "files", CONFIG, "sha256", to=None), "sha256"),
    "hash short": (bd.edit(MANIFEST, "files", CONFIG, "sha256", to="00"), "sha256"),
    "hash in capitals": (bd.edit(MANIFEST, "files", CONFIG, "sha256", to=str.upper), "sha256"),
    "hash of another": (bd.edit(MANIFEST, "files", CONFIG, "sha256", to="0" * 64), "content differs"),
}

CONFIGS: dict[str, tuple[Damage, str]] = {
    "list": (bd.write(CONFIG, b"[]"), "holds list"),
    "empty object": (bd.write(CONFIG, b"{}"), "'model'"),
    "too deep": (bd.write(CONFIG, DEEP), "nested too deeply"),
    "key twice": (bd.raw(CONFIG, '"model"', '"model": "lstm", "model"'), "twice"),
    "option twice": (bd.raw(CONFIG, '"word_dim"', '"word_dim": 1, "word_dim"'), "twice"),
    "infinite option": (bd.raw(CONFIG, '"word_dropout": 0.5', '"word_dropout": 1e999'), "out of range"),
    "NaN option": (bd.raw(CONFIG, '"dropout": 0.5', '"dropout": NaN'), "NaN"),
    "unknown key": (bd.edit(CONFIG, "trust_remote_code", to=True), "'trust_remote_code'"),
    "unknown model": (bd.edit(CONFIG, "model", to="bert-crff"), "unknown model"),
    "model a path": (bd.edit(CONFIG, "model", to="../../evil"), "unknown model"),
    "model a module": (bd.edit(CONFIG, "model", to="os.system"), "unknown model"),
    "model null": (bd.edit(CONFIG, "model", to=None), "'model'"),
    "model without end": (bd.edit(CONFIG, "model", to="a" * 10**6), "'model'"),
    "model a surrogate": (bd.edit(CONFIG, "model", to="\ud800"), "'model'"),
    "scheme unknown": (bd.edit(CONFIG, "scheme", to="BIOX"), "unknown tag scheme"),
    "scheme null": (bd.edit(CONFIG, "scheme", to=None), "'scheme'"),
    "scheme of other tags": (bd.edit(CONFIG, "scheme", to="BILOU"), "'tags' must be O, then B, I, L, U"),
    "tags missing": (bd.drop(CONFIG, "tags"), "'tags'"),
    "tags null": (bd.edit(CONFIG, "tags", to=None), "'tags'"),
    "tags a string": (bd.edit(CONFIG, "tags", to="O"), "'tags'"),
    "tags numbers": (bd.edit(CONFIG, "tags", to=[0, 1]), "'tags.0'"),
    "tags empty": (bd.edit(CONFIG, "tags", to=[]), "'tags'"),
    "tags without O": (bd.edit(CONFIG, "tags", to=lambda tags: tags[1:]), "must be O"),
    "tags in another order": (bd.edit(CONFIG, "tags", to=lambda tags: tags[::-1]), "must be O"),
    "tag twice": (bd.edit(CONFIG, "tags", to=lambda tags: [*tags, tags[-1]]), "each tag once"),
    "tag missing": (bd.edit(CONFIG, "tags", to=lambda tags: tags[:-1]), "must be O"),
    "tag without label": (bd.edit(CONFIG, "tags", to=["O", "B-", "I-", "E-", "S-"]), "must be O"),
    "tag without prefix": (bd.edit(CONFIG, "tags", 1, to="LOC"), "must be O"),
    "tag of another scheme": (bd.edit(CONFIG, "tags", 1, to="U-LOC"), "must be O"),
    "tag a surrogate": (bd.edit(CONFIG, "tags", to=["O", "B-\udc00"]), "half a character"),
    "too many tags": (bd.edit(CONFIG, "tags", to=["O"] * 10_001), "'tags'"),
    "other labels": (bd.raw(CONFIG, "B-LOC", "B-GEO"), "must be O"),
    "more labels than weights": (
        bd.both(
            bd.edit(CONFIG, "tags", to=lambda tags: [*tags, "B-X", "I-X", "E-X", "S-X"]),
            bd.edit(MANIFEST, "labels", to=["LOC", "PER", "X"]),
        ),
        "has shape",
    ),
    "tasks a list": (bd.edit(CONFIG, "tasks", to=[]), "'tasks'"),
    "tasks of a number": (bd.edit(CONFIG, "tasks", to={"length": 1}), "'tasks.length'"),
    "tasks without end": (bd.edit(CONFIG, "tasks", to={str(n): {} for n in range(101)}), "'tasks'"),
    "options missing": (bd.drop(CONFIG, "options"), "'options'"),
    "options a list": (bd.edit(CONFIG, "options", to=[]), "'options'"),
    "option unknown": (bd.edit(CONFIG, "options", "hidden", to=1), "'hidden'"),
    "option self": (bd.edit(CONFIG, "options", "self", to=1), "'self'"),
    "option with a line break": (bd.edit(CONFIG, "options", "a\nb", to=1), r"'a\\nb'"),
    "option a surrogate": (bd.edit(CONFIG, "options", "\ud800", to=1), "options"),
    "option of a wrong type": (bd.edit(CONFIG, "options", "hidden_dim", to="5"), "'hidden_dim'"),
    "option true for 1": (bd.edit(CONFIG, "options", "num_layers", to=True), "'num_layers'"),
    "option null": (bd.edit(CONFIG, "options", "word_dim", to=None), "'word_dim'"),
    "option nested": (bd.edit(CONFIG, "options", "word_dim", to={"a": []}), "'word_dim'"),
    "option zero": (bd.edit(CONFIG, "options", "hidden_dim", to=0), "'hidden_dim'"),
    "option negative": (bd.edit(CONFIG, "options", "word_dim", to=-5), "'word_dim'"),
    "option that needs exabytes": (bd.edit(CONFIG, "options", "hidden_dim", to=10**9), "'hidden_dim'"),
    "option that needs terabytes": (bd.edit(CONFIG, "options", "hidden_dim", to=65_536), "has shape"),
    "option beyond 64 bits": (bd.edit(CONFIG, "options", "word_dim", to=10**40), "'word_dim'"),
    "option that takes for ever": (bd.edit(CONFIG, "options", "num_layers", to=10**9), "'num_layers'"),
    "more layers": (bd.edit(CONFIG, "options", "num_layers", to=3), "misses the weight"),
    "fewer layers": (bd.edit(CONFIG, "options", "num_layers", to=1), "unknown weight"),
    "no window widths": (bd.edit(CONFIG, "options", "char_widths", to=[]), "'char_widths'"),
    "window of width 0": (bd.edit(CONFIG, "options", "char_widths", to=[0]), "'char_widths.0'"),
    "window below 0": (bd.edit(CONFIG, "options", "char_widths", to=[-3]), "'char_widths.0'"),
    "endless windows": (bd.edit(CONFIG, "options", "char_widths", to=[3] * 10**5), "'char_widths'"),
    "no character vectors": (bd.edit(CONFIG, "options", "char_dim", to=0), "need each other"),
    "other cell": (bd.edit(CONFIG, "options", "cell", to="gru"), "has shape"),
    "unknown cell": (bd.edit(CONFIG, "options", "cell", to="__class__"), "'cell'"),
    "unknown head": (bd.edit(CONFIG, "options", "head", to="spam"), "'head'"),
    "other head": (bd.edit(CONFIG, "options", "head", to="softmax"), "unknown weight"),
    "other model": (
        bd.both(bd.edit(CONFIG, "model", to="lstm"), bd.edit(CONFIG, "options", to={})),
        "need each other",
    ),
}

VOCABULARIES: dict[str, tuple[Damage, str]] = {
    "list": (bd.write(VOCABULARY, b"[]"), "holds list"),
    "empty object": (bd.write(VOCABULARY, b"{}"), "'words'"),
    "too deep": (bd.write(VOCABULARY, DEEP), "nested too deeply"),
    "words null": (bd.edit(VOCABULARY, "words", to=None), "'words'"),
    "words a list": (bd.edit(VOCABULARY, "words", to=[]), "'words'"),
    "no items": (bd.drop(VOCABULARY, "words", "items"), "'items'"),
    "items a string": (bd.edit(VOCABULARY, "words", "items", to="abc"), "'items'"),
    "items numbers": (bd.edit(VOCABULARY, "words", "items", 0, to=1), "items are strings"),
    "item a list": (bd.edit(VOCABULARY, "words", "items", 0, to=[]), "items are strings"),
    "item twice": (bd.edit(VOCABULARY, "words", "items", to=lambda items: items[:-1] + items[:1]), "twice"),
    "more items": (bd.edit(VOCABULARY, "words", "items", to=lambda items: [*items, "zebra"]), "counts"),
    "one word more": (
        bd.both(
            bd.edit(VOCABULARY, "words", "items", to=lambda items: [*items, "zebra"]),
            bd.edit(VOCABULARY, "words", "counts", to=lambda counts: [*counts, 1]),
        ),
        "has shape",
    ),
    "no counts": (bd.drop(VOCABULARY, "words", "counts"), "'counts'"),
    "counts null": (bd.edit(VOCABULARY, "words", "counts", to=None), "'counts'"),
    "count negative": (bd.edit(VOCABULARY, "words", "counts", 0, to=-1), "integers from 0"),
    "count a float": (bd.edit(VOCABULARY, "words", "counts", 0, to=1.0), "integers from 0"),
    "count true": (bd.edit(VOCABULARY, "words", "counts", 0, to=True), "integers from 0"),
    "count beyond 64 bits": (bd.edit(VOCABULARY, "words", "counts", 0, to=1 << 63), "integers from 0"),
    "count NaN": (bd.edit(VOCABULARY, "words", "counts", 0, to=float("nan")), "NaN"),
    "lowercase a string": (bd.edit(VOCABULARY, "words", "lowercase", to="no"), "'lowercase'"),
    "lowercase missing": (bd.drop(VOCABULARY, "words", "lowercase"), "'lowercase'"),
    "characters a list": (bd.edit(VOCABULARY, "characters", to=[]), "'characters'"),
    "no characters": (bd.edit(VOCABULARY, "characters", to=None), "need each other"),
    "no words at all": (
        bd.edit(VOCABULARY, "words", to={"items": [], "counts": [], "lowercase": True}),
        "has shape",
    ),
}

TENSORS: dict[str, tuple[Damage, str]] = {
    "NaN": (bd.spoiled(np.nan), f"'{BIAS}' holds values that are not finite"),
    "infinite": (bd.spoiled(np.inf), "not finite"),
    "minus infinite": (bd.spoiled(-np.inf), "not finite"),
    "renamed": (bd.weights(rename_bias), "misses the weight|unknown weight"),
    "missing": (bd.weights(lambda tensors: tensors.pop(BIAS)), f"misses the weight '{BIAS}'"),
    "extra": (bd.weights(lambda tensors: tensors.update(extra=np.zeros(1))), "unknown weight 'extra'"),
    "name with a line break": (bd.weights(lambda t: t.update({"a\nb": np.zeros(1)})), r"'a\\nb'"),
    "all missing": (bd.weights(dict.clear), "misses the weight"),
    "longer": (bd.weight(lambda array: np.append(array, array[:1])), "has shape"),
    "flat": (bd.weight(np.ravel, "head.crf.transitions"), "has shape"),
    "transposed": (bd.weight(np.transpose, "embedder.words.weight"), "has shape"),
    "of no size": (bd.weight(lambda array: array[:0]), "has shape"),
    "scalar": (bd.weight(lambda array: array[0].reshape(())), "has shape"),
    "double": (bd.weight(lambda array: array.astype(np.float64)), "holds float64, expected float32"),
    "half": (bd.weight(lambda array: array.astype(np.float16)), "holds float16, expected float32"),
    "integers": (bd.weight(lambda array: array.astype(np.int32)), "holds int32, expected float32"),
    "booleans": (bd.weight(lambda array: array.astype(bool)), "holds bool, expected float32"),
    "complex": (bd.header_entry(dtype="C64"), "safetensors|shape"),
    "bfloat16": (bd.header_entry(dtype="BF16", shape=[18]), "unknown kind 'BF16'"),
    "unknown dtype": (bd.header_entry(dtype="PY_OBJECT"), "not a safetensors file"),
    "huge header": (bd.header_length(1 << 62), "not a safetensors file"),
    "header beyond the file": (bd.header_length(10**6), "not a safetensors file"),
    "header of no length": (bd.header_length(0), "not a safetensors file"),
    "overlapping": (bd.header(overlap), "not a safetensors file"),
    "offset beyond the file": (bd.header_entry(data_offsets=[0, 1 << 60]), "not a safetensors"),
    "offset below 0": (bd.header_entry(data_offsets=[-4, 0]), "not a safetensors"),
    "offsets reversed": (bd.header(lambda t: t[BIAS]["data_offsets"].reverse()), "not a safetensors"),
    "huge shape": (bd.header_entry(shape=[1 << 62, 1 << 62]), "not a safetensors"),
    "negative shape": (bd.header_entry(shape=[-1]), "not a safetensors"),
    "shape of a text": (bd.header_entry(shape="9"), "not a safetensors"),
    "entry null": (bd.header(lambda t: t.update({BIAS: None})), "not a safetensors"),
    "pickle for weights": (bd.write(WEIGHTS, pickle.dumps({BIAS: 1})), "not a safetensors"),
    "zip for weights": (bd.write(WEIGHTS, b"PK\x03\x04" + bytes(100)), "not a safetensors"),
    "empty weights": (bd.write(WEIGHTS, b""), "not a safetensors"),
}

CASES = {
    f"{group}: {name}": case
    for group, cases in {
        "disk": DISK,
        "strangers": STRANGERS,
        "manifest": MANIFESTS,
        "config": CONFIGS,
        "vocabulary": VOCABULARIES,
        "weights": TENSORS,
    }.items()
    for name, case in cases.items()
}


def array(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Damage:
    """Change one of the features' arrays."""
    return bd.weight(change, f"vectors.{name}", FEATURES)


def text(value: bytes) -> Callable[[np.ndarray], np.ndarray]:
    return lambda _: np.frombuffer(value, np.uint8)


def filled(value: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda array: np.full_like(array, value)


def lengths(*values: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda _: np.array(values, np.int64)


# Of a bundle with word vectors.
VECTOR_CASES: dict[str, tuple[Damage, str]] = {
    "gone": (bd.remove(FEATURES), "missing"),
    "not named": (bd.drop(MANIFEST, "files", FEATURES), "does not name"),
    "not there and not named": (
        bd.both(bd.remove(FEATURES), bd.drop(MANIFEST, "files", FEATURES)),
        "need each other",
    ),
    "not wanted": (bd.edit(CONFIG, "options", "vectors", to=None), "need each other"),
    "no arrays": (bd.weights(dict.clear, FEATURES), "need each other"),
    "array more": (bd.weights(lambda t: t.update(x=np.zeros(1)), FEATURES), "unknown feature array 'x'"),
    "rows missing": (bd.weights(lambda t: t.pop("vectors.rows"), FEATURES), "'vectors.rows'"),
    "words missing": (bd.weights(lambda t: t.pop("vectors.words"), FEATURES), "'vectors.words'"),
    "words of another kind": (array("words", lambda a: a.astype(np.int32)), "'vectors.words'"),
    "words in two dimensions": (array("words", lambda a: a[None]), "'vectors.words'"),
    "words not UTF-8": (array("words", text(b"anna\nbonn\n\xff")), "utf-8"),
    "word twice": (array("words", text(b"anna\nbonn\nanna")), "each word once"),
    "word more": (array("words", text(b"a\nb\nc\nd")), "a row for each"),
    "no words": (array("words", text(b"")), "a row for each"),
    "row fewer": (array("rows", lambda a: a[:2]), "a row for each"),
    "rows narrower": (array("rows", lambda a: a[:, :3]), "width"),
    "all narrower": (
        bd.both(array("rows", lambda a: a[:, :3]), array("buckets", lambda a: a[:, :3])),
        "has shape",
    ),
    "rows of no width": (array("rows", lambda a: a[:, :0]), "table of"),
    "rows flat": (array("rows", np.ravel), "table of"),
    "rows of integers": (array("rows", lambda a: a.astype(np.int8)), "table of"),
    "rows NaN": (array("rows", filled(np.nan)), "not finite"),
    "buckets infinite": (array("buckets", filled(np.inf)), "not finite"),
    "no buckets": (array("buckets", lambda a: a[:0]), "0 buckets"),
    "buckets missing": (bd.weights(lambda t: t.pop("vectors.buckets"), FEATURES), "'vectors.buckets'"),
    "lengths reversed": (array("subword_lengths", lengths(3, 2)), "3 to 2"),
    "lengths 0": (array("subword_lengths", lengths(0, 2)), "0 to 2"),
    "lengths negative": (array("subword_lengths", lengths(-1, 2)), "-1 to 2"),
    "lengths without end": (array("subword_lengths", lengths(1, 1 << 62)), "characters in"),
    "lengths three": (array("subword_lengths", lengths(1, 2, 3)), "subword_lengths"),
}
