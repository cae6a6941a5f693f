"""Bundled data: small corpora written for Onoma (CC0), presets of `onoma train`, and trained models."""

from __future__ import annotations

from pathlib import Path

_CORPORA = Path(__file__).parent / "corpora"
_PRESETS = Path(__file__).parent / "presets"
_MODELS = Path(__file__).resolve().parent / "models"


def bundled_corpora() -> dict[str, Path]:
    """Return the folders of the bundled corpora by language code."""
    return {folder.name: folder for folder in sorted(_CORPORA.iterdir()) if folder.is_dir()}


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
