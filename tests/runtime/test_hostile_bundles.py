"""Damaged and hostile bundles: each is refused by type and in one line, none gives a traceback."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bundle_damage as bd
import numpy as np
import pytest
from bundle_cases import CASES, FILES, VECTOR_CASES
from bundle_damage import CONFIG, FEATURES, MANIFEST, VOCABULARY, WEIGHTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import onoma
from onoma.cli.main import main
from onoma.errors import BundleError, ModelError
from onoma.runtime.bundle import load_bundle


@pytest.fixture(scope="module")
def text_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("Anna lives in Bonn.\n")
    return str(path)


def assert_predict_refuses(folder: Path, text_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and one line; an exception that is not ours would come through `main` as a traceback."""
    assert main(["predict", str(folder), text_file, "--to", "jsonl"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("onoma: error: ")
    assert captured.err.count("\n") == 1
    assert len(captured.err) < 500 + 2 * len(str(folder))


def test_the_undamaged_bundle_is_used(pristine: Path, text_file: str, capsys) -> None:
    assert main(["predict", str(pristine), text_file, "--to", "jsonl"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "Anna lives in Bonn."


@pytest.mark.parametrize("name", CASES)
def test_refused(folder: Path, text_file: str, capsys, name: str) -> None:
    damage, message = CASES[name]
    damage(folder)
    with pytest.raises(ModelError, match=message) as caught:
        onoma.load(folder)
    # Without a manifest it is not a bundle; all else is a bundle that is bad.
    assert isinstance(caught.value, BundleError) or not (folder / MANIFEST).exists()
    assert_predict_refuses(folder, text_file, capsys)


@pytest.mark.parametrize("name", VECTOR_CASES)
def test_vectors_are_refused(pristine_with_vectors: Path, tmp_path: Path, name: str) -> None:
    damage, message = VECTOR_CASES[name]
    folder = Path(shutil.copytree(pristine_with_vectors, tmp_path / "bundle"))
    assert onoma.load(folder)("Anna lives in Yorkshire.").entities is not None
    damage(folder)
    with pytest.raises(BundleError, match=message):
        onoma.load(folder)


def test_every_byte_of_the_manifest_counts(folder: Path) -> None:
    good = (folder / MANIFEST).read_bytes()
    for index in range(len(good) - 1):
        bad = bytearray(good)
        bad[index] ^= 1 << index % 8
        (folder / MANIFEST).write_bytes(bad)
        with pytest.raises(BundleError):
            load_bundle(folder)


# What a stranger may write: any change of any value, sizes and hashes brought up to date.

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63, 10**30]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)
RELAXED = settings(
    deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths to all values inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [inner for key, item in items for inner in [(*path, key), *places(item, (*path, key))]]


def load_or_refuse(folder: Path) -> None:
    """Loading ends in a tagger that tags, or in a `ModelError`; anything else is a bug."""
    try:
        tagger = onoma.load(folder)
        tagger("Anna lives in Bonn.")
    except ModelError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both ends are right


@RELAXED
@given(st.data())
def test_any_value_may_be_anything(pristine: Path, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(shutil.copytree(pristine, Path(place) / "bundle"))
        name = data.draw(st.sampled_from([CONFIG, VOCABULARY, MANIFEST]))
        path = data.draw(st.sampled_from(places(json.loads((folder / name).read_bytes()))))
        bd.edit(name, *path, to=data.draw(VALUES))(folder)
        load_or_refuse(folder)


@RELAXED
@given(
    st.sampled_from([WEIGHTS, FEATURES]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=4),
    st.booleans(),
)
def test_any_byte_of_the_arrays_may_be_anything(
    pristine_with_vectors: Path, name: str, edits: list[tuple[float, int]], in_header: bool
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(shutil.copytree(pristine_with_vectors, Path(place) / "bundle"))
        content = bytearray((folder / name).read_bytes())
        reach = 8 + int.from_bytes(content[:8], "little") if in_header else len(content)
        for share, byte in edits:
            content[int((reach - 1) * share)] = byte
        bd.write(name, bytes(content))(folder)
        load_or_refuse(folder)


def test_weights_that_overflow_are_an_error(folder: Path, text_file: str, capsys) -> None:
    bd.weights(lambda tensors: tensors.update({name: np.full_like(a, 3e38) for name, a in tensors.items()}))(
        folder
    )
    with pytest.raises(ModelError, match="scores are not finite"):
        onoma.load(folder)
    assert_predict_refuses(folder, text_file, capsys)


# The place itself.


def test_a_file_is_not_a_bundle(tmp_path: Path, text_file: str, capsys) -> None:
    (tmp_path / "model.onnx").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"model\.onnx"):
        onoma.load(tmp_path / "model.onnx")
    with pytest.raises(BundleError, match="Not a directory"):
        load_bundle(tmp_path / "model.onnx")
    assert_predict_refuses(tmp_path / "model.onnx", text_file, capsys)


@pytest.mark.parametrize("name", ["a" * 5000, "nul\0", "", "\ud800", "x/../y", "*"])
def test_impossible_names(tmp_path: Path, monkeypatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"no such|neither"):
        onoma.load(name)


def test_a_link_inside_a_run_is_not_followed_but_the_users_own_is(folder: Path) -> None:
    run, link = folder.parent / "run", folder.parent / "link"
    run.mkdir()
    (run / "bundle").symlink_to(folder)
    with pytest.raises(ModelError, match="is a link; name the bundle"):
        onoma.load(run)
    link.symlink_to(folder)
    assert onoma.load(link).labels == ("LOC", "PER")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, for whom nothing is unreadable."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder(pristine: Path) -> Iterator[Path]:
    """A bundle in a place that everybody may enter."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(shutil.copytree(pristine, Path(place) / "bundle"))


@pytest.mark.parametrize("name", FILES)
def test_unreadable_file(open_folder: Path, name: str) -> None:
    (open_folder / name).chmod(0)
    with as_nobody(), pytest.raises(BundleError, match=f"{name}: cannot be read: Permission denied"):
        load_bundle(open_folder)


@pytest.mark.parametrize("mode", [0o000, 0o100, 0o400])
def test_unreadable_folder(open_folder: Path, mode: int) -> None:
    open_folder.chmod(mode)
    try:
        with as_nobody(), pytest.raises(ModelError, match=r"can(not)? be read|no such|neither"):
            onoma.load(open_folder)
    finally:
        open_folder.chmod(0o755)


def test_the_bytes_that_are_hashed_are_those_that_are_used(folder: Path, monkeypatch) -> None:
    """Each file is opened once: what is put there afterwards is never seen."""
    opened: list[str] = []
    real_open = os.open

    def count(path: Any, *rest: Any, **more: Any) -> int:
        if Path(os.fspath(path)).parent == folder:
            opened.append(Path(path).name)
        return real_open(path, *rest, **more)

    monkeypatch.setattr("os.open", count)
    load_bundle(folder)
    assert sorted(opened) == sorted(FILES)
