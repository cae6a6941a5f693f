"""Bundled data: small corpora written for Onoma (CC0)."""

from __future__ import annotations

from pathlib import Path

_CORPORA = Path(__file__).parent / "corpora"


def bundled_corpora() -> dict[str, Path]:
    """Return the folders of the bundled corpora by language code."""
    return {folder.name: folder for folder in sorted(_CORPORA.iterdir()) if folder.is_dir()}
