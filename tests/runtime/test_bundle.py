import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from onoma.errors import BundleError, MissingExtraError, ModelError, OutputError
from onoma.runtime.bundle import Bundle, load_bundle, manifest_hash, save_bundle
from onoma.runtime.loading import find_bundle, load
from onoma.runtime.manifest import ModelSettings, check_object

CONFIG = {"model": "lstm", "options": {}, "tags": ["O", "B-PER", "I-PER"], "scheme": "BIO"}
BUNDLE = Bundle(
    ModelSettings(**CONFIG),
    {"words": {"items": ["a"], "counts": [1], "lowercase": True}, "characters": None},
    {"w": np.arange(6, dtype=np.float32).reshape(2, 3)},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_bundle(tmp_path / "bundle", BUNDLE)
    return tmp_path / "bundle"


def test_what_is_saved_is_loaded(folder: Path) -> None:
    again = load_bundle(folder)
    assert again.config == BUNDLE.config
    assert again.vocabulary == BUNDLE.vocabulary
    assert np.array_equal(again.tensors["w"], BUNDLE.tensors["w"])
    assert json.loads((folder / "manifest.json").read_text())["labels"] == ["PER"]
    assert [path.name for path in folder.parent.iterdir()] == ["bundle"]


def test_weights_that_are_not_finite_are_neither_saved_nor_loaded(tmp_path: Path) -> None:
    broken = Bundle(BUNDLE.config, BUNDLE.vocabulary, {"w": np.array([1.0, np.nan], dtype=np.float32)})
    with pytest.raises(BundleError, match="not finite"):
        save_bundle(tmp_path / "bundle", broken)
    assert list(tmp_path.iterdir()) == []


def test_parts_that_do_not_fit_are_refused(folder: Path) -> None:
    with pytest.raises(BundleError, match="misses the weight"):
        load(folder)


def test_saving_over_a_bundle_replaces_it_whole(folder: Path) -> None:
    changed = Bundle(BUNDLE.config, BUNDLE.vocabulary, {"w": np.zeros(2, dtype=np.float32)})
    save_bundle(folder, changed)
    assert load_bundle(folder).tensors["w"].shape == (2,)
    assert [path.name for path in folder.parent.iterdir()] == ["bundle"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({**CONFIG, "tags": ["O", "I-PER"]}, "'tags' must be O, then B, I of each label, each tag once"),
        ({**CONFIG, "extra": 1}, "'extra': Extra inputs are not permitted"),
        ({key: value for key, value in CONFIG.items() if key != "scheme"}, "'scheme': Field required"),
        ({**CONFIG, "scheme": "{0}"}, "unknown tag scheme '{0}'"),
        ({**CONFIG, "document_labels": ["a", "a"]}, "'document_labels' hold a label twice"),
        ({**CONFIG, "document_labels": ["\ud800"]}, "labels hold half a character"),
    ],
)
def test_what_could_not_be_loaded_cannot_be_made(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError):
        ModelSettings(**config)
    with pytest.raises(BundleError, match="^" + re.escape(f"here: {message}")):
        check_object(ModelSettings, config, Path("here"))


def test_what_is_not_said_stays_unsaid(folder: Path) -> None:
    again = load_bundle(folder).config
    assert (again.tokenizer, again.confidence.temperature) == ("onoma@1", 1.0)
    assert again.as_dict() == json.loads((folder / "config.json").read_text()) == CONFIG
    with pytest.raises(ValidationError, match="frozen"):
        again.scheme = "IO"


def test_nothing_but_a_bundle_is_replaced(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="something other than a bundle"):
        save_bundle(home, BUNDLE)
    assert (home / "thesis.txt").read_text() == "years of work"
    with pytest.raises(OutputError, match="a file is in the place"):
        save_bundle(home / "thesis.txt", BUNDLE)
    assert [path.name for path in tmp_path.rglob("*")] == ["home", "thesis.txt"]
    (tmp_path / "empty").mkdir()
    save_bundle(tmp_path / "empty", BUNDLE)
    assert load_bundle(tmp_path / "empty").config == BUNDLE.config


def test_without_torch_the_extra_is_named(folder: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"onoma\[train\]"):
        load(folder)


def test_models_are_found_by_run_or_bundle(folder: Path) -> None:
    assert find_bundle(folder) == find_bundle(folder.parent) == folder
    with pytest.raises(ModelError, match="no such run"):
        find_bundle(folder / "nowhere")


def test_a_bundle_without_a_manifest_has_no_hash(folder: Path) -> None:
    assert manifest_hash(folder) == hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    (folder / "manifest.json").unlink()
    with pytest.raises(BundleError, match=r"manifest\.json: missing from the bundle"):
        manifest_hash(folder)
