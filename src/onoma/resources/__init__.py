"""Bundled data: small corpora written for Onoma (CC0), presets of `onoma train`, and trained models."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

_CORPORA = Path(__file__).resolve().parent / "corpora"
_PRESETS = Path(__file__).parent / "presets"
_MODELS = Path(__file__).resolve().parent / "models"

BUNDLED = "bundled://"
"""What the name of a bundled corpus's file begins with where runs store it: ``bundled://en/train.jsonl``."""


def bundled_corpora() -> dict[str, Path]:
    """Return the folders of the bundled corpora by name."""
    return {folder.name: folder for folder in sorted(_CORPORA.iterdir()) if folder.is_dir()}


def data_folder(name: str) -> Path:
    """Return what the name of data means: a place on disk, or, where there is none, a bundled corpus."""
    place = Path(name)
    return place if place.exists() else bundled_corpora().get(name, place)


def portable_path(path: str) -> str:
    """Return a file of a bundled corpus as a name that holds on any machine; any other path as it is."""
    return f"{BUNDLED}{'/'.join(parts)}" if (parts := _within(path)) else path


def local_path(path: str) -> str:
    """Return where the file of a bundled corpus is here, given its name or its place on another machine.

    Raises:
        ValueError: the name is of no bundled corpus.
    """
    parts = path.removeprefix(BUNDLED).split("/") if path.startswith(BUNDLED) else _within(path)
    if not parts:
        return path
    here = _CORPORA.joinpath(*parts)
    if here.is_file() and ".." not in parts:
        return str(here)
    if path.startswith(BUNDLED):
        known = ", ".join(bundled_corpora())
        raise ValueError(f"no such file of a bundled corpus (bundled are: {known})")
    return path


def _within(path: str) -> list[str]:
    """Return corpus and file of a path into an installed Onoma, here or elsewhere; else nothing."""
    parts = list((PureWindowsPath if "\\" in path else PurePosixPath)(path).parts)
    return parts[-2:] if tuple(parts[-5:-2]) == ("onoma", "resources", "corpora") else []


def presets() -> dict[str, Path]:
    """Return the bundled configurations by name."""
    return {path.stem: path for path in sorted(_PRESETS.glob("*.toml"))}


def shipped_models() -> dict[str, Path]:
    """Return the bundles of the models that come with Onoma, by name; their cards lie beside them."""
    return {folder.parent.name: folder for folder in sorted(_MODELS.glob("*/bundle"))}


def is_shipped(folder: Path) -> bool:
    """Whether a folder is one of Onoma's own models."""
    return folder.resolve().parent == _MODELS


def example_rules() -> Path:
    """Return the rules file that `onoma weak --example` shows."""
    return Path(__file__).parent / "rules" / "example.toml"
