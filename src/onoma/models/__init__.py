"""The ladder: one rung a file. Importing this package, or listing it, does not import torch."""

from onoma.models.base import Rung, TaggerConfig
from onoma.models.registry import get_rung, list_rungs

__all__ = ["Rung", "TaggerConfig", "get_rung", "list_rungs"]
