"""Bundled data: small corpora written for Onoma (CC0), and presets of `onoma train`."""

from __future__ import annotations

from pathlib import Path

_CORPORA = Path(__file__).parent / "corpora"
_PRESETS = Path(__file__).parent / "presets"


def bundled_corpora() -> dict[str, Path]:
    """Return the folders of the bundled corpora by language code."""
    return {folder.name: folder for folder in sorted(_CORPORA.iterdir()) if folder.is_dir()}


def presets() -> dict[str, Path]:
    """Return the bundled configurations by name."""
    return {path.stem: path for path in sorted(_PRESETS.glob("*.toml"))}
