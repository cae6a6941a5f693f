"""Models on the Hugging Face Hub: its cache as it lies on disk, and its one function replaced."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import onoma
from onoma.errors import BundleError, ConfigError, MissingExtraError, ModelError
from onoma.runtime.bundle import load_bundle
from onoma.runtime.loading import find_bundle

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def make_cache(cache: Path, bundle: Path, *, name: str = "me/names", shared: bool = False) -> Path:
    """A repository in the Hub's cache, as huggingface_hub leaves it: a snapshot of links to blobs."""
    repository = cache / f"models--{name.replace('/', '--')}"
    snapshot = repository / "snapshots" / COMMIT / "bundle"
    for folder in (repository / "blobs", repository / "refs", snapshot):
        folder.mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    for number, file in enumerate(sorted(bundle.iterdir())):
        blob = repository / "blobs" / f"{number:040x}"
        if shared:
            place = cache / "blobs" / f"{number:02x}" / f"{number:064x}"
            place.parent.mkdir(parents=True)
            shutil.copy(file, place)
            blob.symlink_to(Path("../..") / place.relative_to(cache))
        else:
            shutil.copy(file, blob)
        (snapshot / file.name).symlink_to(Path("../../../blobs") / blob.name)
    return snapshot


@pytest.fixture
def offline(monkeypatch, tmp_path) -> Path:
    """An empty cache, and no network."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.mark.parametrize("shared", [False, True])
def test_what_is_in_the_cache_loads_without_network(offline, pristine, shared) -> None:
    make_cache(offline, pristine, shared=shared)
    theirs, ours = (onoma.load(model)("Anna lives in Bonn.") for model in (pristine, "hf://me/names"))
    assert ours == theirs
    for pinned in (f"hf://me/names@{COMMIT}", "hf://me/names@main"):
        assert load_bundle(find_bundle(pinned)).config == load_bundle(pristine).config
    assert onoma.load("hf://me/names", revision=COMMIT).labels == ("LOC", "PER")


def test_links_that_leave_the_cache_are_refused(offline, pristine, tmp_path) -> None:
    snapshot = make_cache(offline, pristine)
    secret = tmp_path / "secret.json"
    shutil.copy(pristine / "config.json", secret)
    (snapshot / "config.json").unlink()
    (snapshot / "config.json").symlink_to(secret)
    with pytest.raises(BundleError, match="is a link"):
        onoma.load("hf://me/names")


def test_blobs_that_are_a_link_are_refused(offline, pristine, tmp_path) -> None:
    blobs = make_cache(offline, pristine).parents[2] / "blobs"
    blobs.rename(tmp_path / "elsewhere")
    blobs.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match="is a link"):
        onoma.load("hf://me/names")


def test_only_files_of_a_bundle_are_asked_for(monkeypatch, pristine, tmp_path) -> None:
    import huggingface_hub

    asked = {}

    def download(name, **options):
        asked.update(options, name=name)
        shutil.copytree(pristine, tmp_path / "got" / "bundle")
        (tmp_path / "got" / "README.md").write_text("card")
        return str(tmp_path / "got")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert onoma.load("hf://me/names", revision="v1").labels == ("LOC", "PER")
    assert (asked["name"], asked["revision"]) == ("me/names", "v1")
    assert "bundle/manifest.json" in asked["allow_patterns"]
    assert not [pattern for pattern in asked["allow_patterns"] if "*" in pattern or pattern.endswith(".py")]


def test_what_cannot_be_had_is_one_line(offline, monkeypatch, tmp_path) -> None:
    with pytest.raises(
        ModelError, match=r"me/names: cannot be had from the Hub.*hf download me/names"
    ) as caught:
        onoma.load("hf://me/names")
    assert "\n" not in str(caught.value)
    make_cache(offline, tmp_path_without_model(tmp_path))
    with pytest.raises(ModelError, match=r"holds no model of Onoma: it has no bundle/manifest\.json"):
        onoma.load("hf://me/names")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtraError, match=r"needs huggingface_hub: pip install 'onoma\[hub\]'"):
        onoma.load("hf://me/names")


def tmp_path_without_model(folder: Path) -> Path:
    (folder / "letters").mkdir()
    (folder / "letters" / "config.json").write_text("{}")
    return folder / "letters"


@pytest.mark.parametrize(
    "model", ["hf://", "hf://names", "hf://../names", "hf://me/na mes", "hf://a/b/c", "hf://a/b@"]
)
def test_what_is_no_name_is_not_asked_for(model) -> None:
    with pytest.raises(ModelError, match="not a model on the Hub"):
        onoma.load(model)


def test_a_revision_is_for_the_hub_and_one(pristine) -> None:
    with pytest.raises(ConfigError, match="only models on the Hub"):
        onoma.load(pristine, revision="main")
    with pytest.raises(ConfigError, match="one too many"):
        onoma.load("hf://me/names@v1", revision="v2")
