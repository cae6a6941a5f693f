"""Bounds of options, far beyond use: a slip, or a stranger's bundle, must not ask for all memory or time.

They are part of the type, so that a rung that gives another default keeps them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from onoma.features.characters import MAX_CHARACTERS
from onoma.features.context import MAX_CONTEXT

HeadName = Literal["softmax", "crf", "span"]
SchemeName = Literal["IO", "IOB1", "BIO", "BIOES", "BILOU"]

Width = Annotated[int, Field(ge=1, le=65_536)]
WidthOrNone = Annotated[int, Field(ge=0, le=65_536)]
Layers = Annotated[int, Field(ge=1, le=64)]
Window = Annotated[int, Field(ge=1, le=MAX_CHARACTERS)]
Windows = Annotated[tuple[Window, ...], Field(min_length=1, max_length=MAX_CHARACTERS)]
Share = Annotated[float, Field(ge=0, lt=1)]
Context = Annotated[
    int,
    Field(
        ge=0,
        le=MAX_CONTEXT,
        description="words of the document that are read on either side of a sentence, within max_length",
    ),
]
Units = Annotated[int, Field(ge=16, le=1_000_000)]
SpanWidth = Annotated[int, Field(ge=1, le=512)]
Distance = Annotated[int, Field(ge=1, le=64)]
Weight = Annotated[float, Field(gt=0, le=1e6)]
