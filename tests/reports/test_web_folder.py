"""The folder that runs a model in a page: what it holds, what is refused, and the page in a browser."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hostile_texts import KNOWN
from page_looks import RUNTIME, check_looks

import onoma
from devtools import browser, find_browser
from onoma.cli.main import main
from onoma.errors import ModelError
from onoma.reports.web.folder import RUNTIME_FILES, check_web_model, find_runtime, write_web_folder
from onoma.reports.web.script import web_script
from onoma.resources import shipped_models
from onoma.runtime.bundle import load_bundle
from web_server import served

needs_browser = pytest.mark.skipif(
    find_browser() is None or not RUNTIME,
    reason="no Chromium is installed, or no onnxruntime-web (npm ci --prefix docsite)",
)


def test_a_bundle_travels_as_it_is(tmp_path: Path) -> None:
    bundle = load_bundle(shipped_models()["en"])
    sizes = write_web_folder(tmp_path / "web", bundle, "en")
    assert {"index.html", "page.css", "page.js", "onoma.js", "page.json.gz", "README.md"} < sizes.keys()
    assert sum(sizes.values()) < 8_000_000
    unpacked = tmp_path / "model"
    unpacked.mkdir()
    for path in (tmp_path / "web" / "model").iterdir():
        (unpacked / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    assert load_bundle(unpacked).graph == bundle.graph
    about = json.loads(gzip.decompress((tmp_path / "web" / "page.json.gz").read_bytes()))
    assert set(about["slots"]) == set(bundle.config.labels)
    assert "onnxruntime-web" in (tmp_path / "web" / "README.md").read_text()


def test_the_script_imports_nothing_and_writes_no_markup() -> None:
    page = (Path(onoma.__file__).parent / "reports" / "web" / "page" / "page.js").read_text()
    script = web_script()
    assert script.isascii() is False  # punctuation of many languages
    assert "import " not in script.replace("await import", "")
    for text in (script, page):
        assert not any(
            word in text for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(")
        )


def test_what_a_page_cannot_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = load_bundle(shipped_models()["en"])
    other = replace(bundle, config=bundle.config.model_copy(update={"tokenizer": "characters@1"}))
    with pytest.raises(ModelError, match="characters@1"):
        check_web_model(other, tmp_path)
    reading = {**bundle.vocabulary, "context": 6, "passages": True}
    rung = bundle.config.model_copy(
        update={"model": "transformer", "options": {"context": 6, "hidden_dim": 16, "num_heads": 2}}
    )
    with pytest.raises(ModelError, match="a page reads sentences alone"):
        check_web_model(replace(bundle, config=rung, vocabulary=reading), tmp_path)
    with pytest.raises(ModelError, match="npm install onnxruntime-web"):
        find_runtime(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    assert main(["export", "en", str(tmp_path / "taken"), "--to", "web"]) == 2
    assert main(["export", "en", str(tmp_path / "new"), "--to", "web", "--license", "mit"]) == 2
    assert main(["export", "en", str(tmp_path / "new"), "--runtime", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "is not an empty folder" in said
    assert "--license" in said
    assert "--runtime needs --to web" in said
    assert not (tmp_path / "new").exists()


def test_the_runtime_is_found_where_npm_puts_it(tmp_path: Path) -> None:
    dist = tmp_path / "node_modules" / "onnxruntime-web" / "dist"
    dist.mkdir(parents=True)
    for name in RUNTIME_FILES:
        (dist / name).write_bytes(b"1")
    found = find_runtime(tmp_path)
    assert found == find_runtime(dist) == find_runtime(dist.parent)
    sizes = write_web_folder(tmp_path / "web", load_bundle(shipped_models()["en"]), "en", found)
    assert {"ort/ort.wasm.min.mjs", "ort/ort-wasm-simd-threaded.wasm.gz"} < sizes.keys()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "web"
    assert (
        main(["export", "en", str(folder), "--to", "web", "--runtime", RUNTIME, "--name", "<b>en</b>"]) == 0
    )
    return folder


@needs_browser
def test_the_page_tags_as_python_does_and_sends_nothing(tmp_path: Path, exported: Path) -> None:
    tagger = onoma.load("en")
    texts = [
        *KNOWN,
        "Marie Curie lived in Paris. <img src=x onerror=alert(1)> John Smith, U.S. Congress. " * 3,
    ]
    with served(exported) as address, browser(find_browser() or "", tmp_path / "profile") as page:
        page.open(address)
        page.value(
            "import('./page.js').then(({ ready }) => ready).then((one) => { self.tagger = one.tagger; })"
        )
        asked = len(page.requests())
        for text in texts:
            ours = page.value(f"tagger.tag({json.dumps(text)})")
            theirs = tagger(text).entities
            assert [(one["start"], one["end"], one["label"]) for one in ours] == [one.key for one in theirs]
            assert [one["score"] for one in ours] == pytest.approx([one.score for one in theirs], abs=1e-4)
        typed = json.dumps(texts[-1])
        page.value(
            f"((box) => {{ box.value = {typed}; box.dispatchEvent(new Event('input')); }})"
            "(document.getElementById('text'))"
        )
        page.value("new Promise((done) => setTimeout(done, 1000))")
        assert page.value("document.getElementById('marked').textContent").startswith("Marie Curie")
        assert page.value("document.querySelectorAll('#marked mark').length") == len(
            tagger(texts[-1]).entities
        )
        assert page.value("document.images.length") == 0
        assert page.value("document.getElementById('about').textContent").startswith("Model <b>en</b>")
        assert len(page.requests()) == asked
        assert page.complaints() == []
        check_looks(page)


@needs_browser
def test_within_another_page_the_model_is_loaded_when_somebody_turns_to_it(
    tmp_path: Path, exported: Path
) -> None:
    with served(exported) as address, browser(find_browser() or "", tmp_path / "profile") as page:
        page.open(f"{address}?embedded")
        while page.value("document.getElementById('text').disabled"):
            page.value("new Promise((done) => setTimeout(done, 20))")
        page.value("new Promise((done) => setTimeout(done, 200))")
        assert not any("/model/" in asked or "/ort/" in asked for asked in page.requests())
        assert "MB" in page.value("document.getElementById('status').textContent")
        check_looks(page)
        page.value("document.getElementById('text').focus()")
        page.value("import('./page.js').then(({ ready }) => ready).then(() => 0)")
        assert page.value("document.querySelectorAll('#marked mark').length") > 2


def test_a_page_opened_as_a_file_says_what_it_needs(tmp_path: Path) -> None:
    write_web_folder(tmp_path / "web", load_bundle(shipped_models()["en"]), "en")
    program = find_browser()
    if program is None:
        assert "needs a server" in (tmp_path / "web" / "index.html").read_text()
        return
    with browser(program, tmp_path / "profile") as page:
        page.open(tmp_path / "web" / "index.html")
        assert "needs a server" in page.value("document.getElementById('status').textContent")
