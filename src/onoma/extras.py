"""Optional dependencies: what is missing is said before any work is done."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from onoma.errors import MissingExtraError

MODULES: Mapping[str, Mapping[str, str]] = {
    "report": {"jinja2": "Jinja2"},
    "train": {
        "torch": "PyTorch",
        "tokenizers": "tokenizers",
        "matplotlib": "matplotlib",
        "tomli_w": "tomli-w",
        "tensorboard": "tensorboard",
    },
    "bert": {"transformers": "transformers"},
    "cluster": {"ray": "Ray"},
    "mlflow": {"mlflow": "MLflow"},
    "export": {"torch": "PyTorch", "onnx": "onnx"},
}
"""Modules that the extras of long jobs bring, and their names for people."""


def require(*extras: str) -> None:
    """Find out whether extras are installed, without importing anything.

    Args:
        extras: keys of `MODULES`.

    Raises:
        MissingExtraError: names the first that is not there, and how to get it.
    """
    for extra in extras:
        for module, name in MODULES[extra].items():
            if not is_there(module):
                raise MissingExtraError(name, extra)


def is_there(module: str) -> bool:
    """Whether a module can be imported, as far as can be told without doing it."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
