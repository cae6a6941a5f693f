"""The folder for a server of files: page, script, model, and onnxruntime-web where it is given."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from onoma import __version__
from onoma.errors import ModelError, excerpt
from onoma.features.vocabulary import Vocabulary
from onoma.features.words import WordFeatures
from onoma.files import atomic_folder, refuse_filled
from onoma.reports.palette import color_rules, color_slot
from onoma.reports.web.readme import web_readme
from onoma.reports.web.script import web_script
from onoma.runtime.bundle import Bundle, save_bundle
from onoma.runtime.parts import BundleParts, parts_of_bundle
from onoma.tasks import EntityTask
from onoma.tasks.tags import TagTask

_WASM = "ort-wasm-simd-threaded.wasm"
RUNTIME_FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", _WASM)
"""What the page needs of onnxruntime-web: its WebAssembly build for the processor, and what drives it."""

_PAGE = Path(__file__).parent / "page"
_TOKENIZER = "onoma@1"
_WITHIN = ("", "dist", "onnxruntime-web/dist", "node_modules/onnxruntime-web/dist")

_EXAMPLES = {
    "latin": "Marie Curie was born in Warsaw and moved to Paris in 1891. In 1903 she and Pierre Curie shared "
    "the Nobel Prize in Physics; the University of Paris made her its first woman professor.",
    "cyrillic": "Мария Кюри родилась в Варшаве и в 1891 году переехала в Париж. В 1903 году она и Пьер Кюри "
    "получили Нобелевскую премию по физике, а позже Парижский университет избрал её профессором.",
}


def find_runtime(folder: Path) -> tuple[Path, ...]:
    """Return the files of onnxruntime-web in a folder that npm filled, or in one beside or within it.

    Args:
        folder: with ``node_modules``, the package, or its ``dist``.

    Raises:
        ModelError: they are not there.
    """
    for within in _WITHIN:
        found = tuple(folder / within / name for name in RUNTIME_FILES)
        if all(path.is_file() for path in found):
            return found
    raise ModelError(
        f"{folder}: holds no onnxruntime-web, that is {', '.join(RUNTIME_FILES)}; "
        "npm install onnxruntime-web, and name the folder in which node_modules is"
    )


def check_web_model(bundle: Bundle, place: Path) -> tuple[str, ...]:
    """Return the document labels of a model, which a page does not give.

    Raises:
        ModelError: the model is none that a page can run.
        BundleError: the bundle's parts do not fit each other.
    """
    parts = parts_of_bundle(bundle, place)
    if (reason := _refused(parts)) is not None:
        raise ModelError(f"{place}: a page cannot run it: {reason}")
    return tuple(parts.settings.document_labels or ())


def _refused(parts: BundleParts) -> str | None:
    entities = [task for task in parts.tasks if isinstance(task, EntityTask)]
    if not isinstance(parts.features, WordFeatures):
        return f"'{excerpt(parts.settings.model)}' reads word pieces, and only models of words run there"
    if parts.features.context:
        return "it reads what is around a sentence in its document, and a page reads sentences alone"
    if not entities or not all(type(task) is TagTask for task in entities):
        return "its head finds no flat entities; softmax and crf heads do"
    if parts.settings.tokenizer != _TOKENIZER:
        return (
            f"its texts are cut by '{excerpt(parts.settings.tokenizer)}', and a page has {_TOKENIZER} alone"
        )
    return None


def write_web_folder(
    folder: Path, bundle: Bundle, name: str, runtime: tuple[Path, ...] = ()
) -> dict[str, int]:
    """Write page, script, and the exported bundle at once; what the page loads by itself is compressed.

    Args:
        folder: to write; new or empty.
        bundle: an exported model that `check_web_model` lets through.
        name: of the model, as the page shows it.
        runtime: files that `find_runtime` returns.

    Returns:
        Bytes of each file by its path.

    Raises:
        OutputError: the place cannot be written, or is not empty.
    """
    refuse_filled(folder)
    with atomic_folder(folder) as part:
        save_bundle(part / "model", bundle)
        for path in sorted((part / "model").iterdir()):
            _compress(path, path)
            path.unlink()
        for path in sorted(_PAGE.iterdir()):
            text = path.read_text(encoding="utf-8")
            colored = color_rules(switched=True) + text if path.suffix == ".css" else text
            (part / path.name).write_text(colored, encoding="utf-8")
        (part / "onoma.js").write_text(web_script(), encoding="utf-8")
        (part / "ort").mkdir()
        for path in runtime:
            if path.name == _WASM:
                _compress(path, part / "ort" / path.name)
            else:
                (part / "ort" / path.name).write_bytes(path.read_bytes())
        about = part / "page.json"
        about.write_text(json.dumps(_about(bundle, name, part), ensure_ascii=False), encoding="utf-8")
        _compress(about, about)
        about.unlink()
        (part / "README.md").write_text(web_readme(name, given=bool(runtime)), encoding="utf-8")
        return {str(path.relative_to(part)): path.stat().st_size for path in _files(part)}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _compress(source: Path, target: Path) -> None:
    """Write ``target`` with ``.gz`` behind its name; the same content gives the same bytes."""
    packed = gzip.compress(source.read_bytes(), 9, mtime=0)
    target.with_name(f"{target.name}.gz").write_bytes(packed)


def _about(bundle: Bundle, name: str, folder: Path) -> dict[str, Any]:
    slots = {label: color_slot(label) for label in bundle.config.labels}
    size = round(sum(path.stat().st_size for path in _files(folder)) / 1e6, 1)
    return {
        "name": name, "version": __version__, "example": _example(bundle), "slots": slots, "megabytes": size,
    }  # fmt: skip


def _example(bundle: Bundle) -> str:
    """Return a text in the letters of the model's words."""
    words = Vocabulary.from_state(bundle.vocabulary["words"]).items[:500]
    cyrillic = sum("а" <= word[:1].lower() <= "я" for word in words)
    return _EXAMPLES["cyrillic" if 2 * cyrillic > len(words) else "latin"]
