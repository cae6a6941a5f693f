"""The front page of the site has the model where onnxruntime-web is at hand, and says so where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from docsite import front
from site_pages import ROOT

from devtools import browser, find_browser
from onoma.errors import ModelError
from onoma.reports.palette import page_colors
from onoma.reports.web.folder import RUNTIME_FILES
from web_server import served

INDEX = ROOT / "docs" / "index.md"


def runtime_files(folder: Path) -> tuple[Path, ...]:
    folder.mkdir()
    for name in RUNTIME_FILES:
        (folder / name).touch()
    return tuple(folder / name for name in RUNTIME_FILES)


def test_the_page_has_one_place_for_it() -> None:
    text = INDEX.read_text(encoding="utf-8")
    assert text.count(front.MARK) == 1
    shown, told = (front.with_model(text, given=given) for given in (True, False))
    assert 'src="try/index.html?embedded"' in shown
    assert "<iframe" not in told
    assert "was built without onnxruntime-web" in told
    assert front.MARK not in shown + told


def test_the_folder_is_what_the_frame_asks_for(tmp_path: Path) -> None:
    total = front.write_model(tmp_path / "site", runtime_files(tmp_path / "ort"))
    assert (tmp_path / "site" / "try" / "index.html").is_file()
    assert (tmp_path / "site" / "try" / "model" / "model.onnx.gz").is_file()
    assert 6_000_000 < total < front.LARGEST


def test_nobody_is_made_to_load_more_than_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "LARGEST", 5_000_000)
    with pytest.raises(ValueError, match="5 are the most"):
        front.write_model(tmp_path / "site", runtime_files(tmp_path / "ort"))


def test_a_folder_that_is_named_has_to_hold_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = runtime_files(tmp_path / "ort")
    monkeypatch.setenv("ONOMA_WEB_RUNTIME", str(tmp_path / "ort"))
    assert front.runtime() == files
    monkeypatch.setenv("ONOMA_WEB_RUNTIME", str(tmp_path))
    with pytest.raises(ModelError, match="onnxruntime-web"):
        front.runtime()
    monkeypatch.delenv("ONOMA_WEB_RUNTIME")
    monkeypatch.setattr(front, "_HERE", tmp_path)
    assert front.runtime() == ()


_LOOK = """
(({ contentDocument }) => {
  const style = getComputedStyle(contentDocument.documentElement);
  return [style.colorScheme, style.getPropertyValue("--page")];
})(document.getElementById("try"))
"""


@pytest.mark.skipif(find_browser() is None, reason="no Chromium is installed")
@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_model_is_as_light_or_dark_as_the_site_is_switched(tmp_path: Path, system: str) -> None:
    site, light_and_dark = tmp_path / "site", page_colors()["page"]
    front.write_model(site, runtime_files(tmp_path / "ort"))
    body = front.with_model(front.MARK, given=True)
    (site / "index.html").write_text(f'<body data-md-color-scheme="slate">{body}', encoding="utf-8")
    with served(site) as address, browser(find_browser() or "", tmp_path / "profile") as page:
        page.open(address)
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": system}])
        assert page.value(_LOOK) == ["dark", light_and_dark[1]]
        page.value('document.body.dataset.mdColorScheme = "default"; 0')
        assert page.value(_LOOK) == ["light", light_and_dark[0]]
        page.value('document.body.dataset.mdColorScheme = "slate"; 0')
        assert page.value(_LOOK) == ["dark", light_and_dark[1]]
