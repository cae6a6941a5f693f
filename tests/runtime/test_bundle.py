import json
from pathlib import Path

import numpy as np
import pytest

from onoma.errors import BundleError, ModelError, OutputError
from onoma.runtime.bundle import Bundle, load_bundle, save_bundle
from onoma.runtime.loading import find_bundle, load

BUNDLE = Bundle(
    {"model": "lstm", "options": {}, "tags": ["O", "B-PER", "I-PER"], "scheme": "BIO"},
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


def flip_a_bit(folder: Path) -> None:
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (folder / "model.safetensors").write_bytes(data)


def cut(folder: Path) -> None:
    data = (folder / "vocabulary.json").read_bytes()
    (folder / "vocabulary.json").write_bytes(data[:-5])


def remove(folder: Path) -> None:
    (folder / "config.json").unlink()


def add_a_pickle(folder: Path) -> None:
    (folder / "model.pkl").write_bytes(b"cos\nsystem\n")


def link_out(folder: Path) -> None:
    outside = folder.parent / "outside.json"
    (folder / "config.json").rename(outside)
    (folder / "config.json").symlink_to(outside)


def change_manifest(**changes):
    def change(folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}))

    return change


def break_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (flip_a_bit, "content differs"),
        (cut, "size differs"),
        (remove, "missing"),
        (add_a_pickle, "does not name"),
        (link_out, "link"),
        (change_manifest(schema=99), "newer"),
        (change_manifest(schema="1"), "integer"),
        (change_manifest(files={"../../x": {}}), "names"),
        (break_manifest, "not a JSON file"),
    ],
)
def test_damage_is_refused(folder: Path, damage, message) -> None:
    damage(folder)
    with pytest.raises(BundleError, match=message):
        load_bundle(folder)


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


def test_a_failed_save_leaves_the_old_bundle_and_no_debris(folder: Path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.numpy.save_file", full)
    with pytest.raises(OutputError, match="No space left"):
        save_bundle(folder, BUNDLE)
    assert np.array_equal(load_bundle(folder).tensors["w"], BUNDLE.tensors["w"])
    assert [path.name for path in folder.parent.iterdir()] == ["bundle"]


def test_models_are_found_by_run_or_bundle(folder: Path) -> None:
    assert find_bundle(folder) == find_bundle(folder.parent) == folder
    with pytest.raises(ModelError, match="no such run"):
        find_bundle(folder / "nowhere")
