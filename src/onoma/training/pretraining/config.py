"""How an encoder is pretrained."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from onoma.training.config import MEMORY_MB, NumThreads, Seed

SizeName = Literal["tiny", "mini", "small"]


class Size(NamedTuple):
    """Shape of an encoder: layers, width, heads; the pieces it has and its learning rate unless told."""

    layers: int
    width: int
    heads: int
    pieces: int
    learning_rate: float


SIZES: dict[SizeName, Size] = {
    "tiny": Size(2, 128, 2, 8_000, 5e-3),
    "mini": Size(4, 256, 4, 12_000, 2.5e-3),
    "small": Size(6, 384, 6, 16_000, 1.5e-3),
}


_OF_GOING_ON = 1e-4
"""Learning rate of an encoder that learned before."""


class PretrainingConfig(BaseModel):
    """Settings of `onoma pretrain`.

    Of ``epochs``, ``steps`` and ``minutes`` at most one is above 0; without any it is one epoch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: SizeName = "mini"
    source: str | None = None
    """Folder of the encoder to go on with; its size and pieces hold."""
    begin: Literal["vectors", "random"] = "vectors"
    """What the embeddings of a new encoder begin as: word2vec's vectors of the pieces, or chance."""
    pieces: int = Field(0, ge=0, le=1_000_000)
    """Vocabulary to learn, 0 for that of the size."""
    lowercase: bool = False
    block: int = Field(128, ge=16, le=512)
    batch_size: int = Field(16, ge=1)
    epochs: int = Field(0, ge=0)
    steps: int = Field(0, ge=0)
    minutes: float = Field(0.0, ge=0)
    """Time to train, evaluations included, reading the text not."""
    learning_rate: float = Field(gt=0)
    """Its peak; that of the size, or of going on, where none is given."""
    warmup: float = Field(0.06, ge=0, lt=1)
    weight_decay: float = Field(0.01, ge=0)
    clip: float = Field(1.0, ge=0)
    masked: float = Field(0.3, ge=0.01, le=0.9)
    held_out: float = Field(0.01, gt=0, lt=1)
    evaluations: int = Field(10, ge=1)
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    device: str = "auto"
    threads: NumThreads = 0
    seed: Seed = 13
    checkpoint_minutes: float = Field(5.0, ge=0)
    memory_mb: int = Field(MEMORY_MB, ge=0)
    """What the text may take in memory; more of it is read from the disk of the encoder's folder."""

    @property
    def begins_from_vectors(self) -> bool:
        """Whether vectors of the pieces are learned first, which takes gensim."""
        return self.source is None and self.begin == "vectors"

    @model_validator(mode="before")
    @classmethod
    def _with_usual_rate(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("learning_rate") is not None:
            return given
        named = given.get("size", "mini")
        size = SIZES[named] if named in tuple(SIZES) else SIZES["mini"]  # another one is refused as such
        return {**given, "learning_rate": _OF_GOING_ON if given.get("source") else size.learning_rate}

    @model_validator(mode="after")
    def _check_length(self) -> Self:
        if (self.epochs > 0) + (self.steps > 0) + (self.minutes > 0) > 1:
            raise ValueError("epochs, steps and minutes are three ways to say how long: give one")
        return self
