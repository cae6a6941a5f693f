"""Onoma: train, compare and ship named-entity recognisers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onoma.runtime.loading import load
    from onoma.text import Document, Span, Token

__version__ = "0.1.0"
__all__ = ["Document", "Span", "Token", "__version__", "load"]

_HOMES = {
    "load": "onoma.runtime.loading",
    "Document": "onoma.text",
    "Span": "onoma.text",
    "Token": "onoma.text",
}


def __getattr__(name: str) -> Any:
    # Imported on first use: `import onoma` stays instant.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'onoma' has no attribute '{name}'")
