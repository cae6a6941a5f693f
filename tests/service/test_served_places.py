"""What is served is found once: its name does not lead elsewhere later."""

import shutil
from pathlib import Path

import pytest

from onoma.cli.main import main
from onoma.errors import ModelError
from onoma.resources import shipped_models
from onoma.runtime.loading import find_bundle
from onoma.service import server
from onoma.service.served import Source


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("inner", ["", "bundle"])
def test_a_missing_folder_is_not_the_shipped_model_of_its_name(here: Path, inner: str) -> None:
    shutil.copytree(shipped_models()["ru"], here / "en" / inner)
    source = Source.parse("en").settled()
    assert source.name == "en"
    assert source.stamp() is not None
    (here / "en").rename(here / "away")
    assert source.stamp() is None
    with pytest.raises(ModelError, match="no such run or bundle"):
        find_bundle(source.model)
    (here / "away").rename(here / "en")
    assert find_bundle(source.model) == here / "en" / inner


def test_a_shipped_model_is_not_a_folder_that_comes_later(here: Path) -> None:
    source = Source.parse("en").settled()
    shutil.copytree(shipped_models()["ru"], here / "en")
    assert find_bundle(source.model) == shipped_models()["en"]


def test_a_link_may_lead_to_another_bundle_later(here: Path) -> None:
    for name in ("en", "ru"):
        shutil.copytree(shipped_models()[name], here / name)
    link = here / "current"
    link.symlink_to("en")
    source = Source.parse("current").settled()
    before = source.stamp()
    link.unlink()
    link.symlink_to("ru")
    assert source.stamp() not in (None, before)


def test_a_model_on_the_hub_is_asked_for_by_its_name() -> None:
    source = Source("m", "hf://owner/name")
    assert source.settled() == source


@pytest.mark.parametrize(("workers", "serving"), [("1", "serve_here"), ("2", "supervise")])
def test_the_server_gets_places(here: Path, monkeypatch, workers: str, serving: str) -> None:
    shutil.copytree(shipped_models()["ru"], here / "en")
    got: list[Source] = []
    monkeypatch.setattr(server, serving, lambda sources, *more: got.extend(sources) or 0)
    assert main(["serve", "en", "m=ru", "--port", "0", "--workers", workers]) == 0
    assert got == [Source("en", str(here / "en")), Source("m", str(shipped_models()["ru"]))]
