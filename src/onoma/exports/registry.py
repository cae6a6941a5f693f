"""How other packages bring the ONNX nodes of their own parts."""

from __future__ import annotations

from functools import cache
from typing import Any

from onoma.plugins import find_foreign

ENTRY_POINT_GROUP = "onoma.exports"


@cache
def load_exporters() -> None:
    """Call the functions that other packages name under the entry point group, once each.

    They take nothing, and register with `onoma.exports.heads.export_head`, or with `export_embedder` and
    `export_encoder` of `onoma.exports.bodies`: ``export_head.register(type_of_head, function)``.
    """
    registering: list[Any] = find_foreign(ENTRY_POINT_GROUP, object)
    for register in registering:
        register()
