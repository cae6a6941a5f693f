"""Which pretrained encoders can be built, and what may be said about one.

A bundle carries the description of its encoder, and a bundle may come from a stranger. So what reaches the
library is only what is listed here, within bounds; names of code, of kernels to fetch and the like are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from onoma.errors import MissingExtraError, excerpt, first_fault
from onoma.features.tokenizer_parts import MAX_PIECES

ModelType = Literal[
    "albert",
    "bert",
    "camembert",
    "data2vec-text",
    "deberta",
    "deberta-v2",
    "distilbert",
    "electra",
    "ernie",
    "eurobert",
    "megatron-bert",
    "modernbert",
    "mpnet",
    "nomic_bert",
    "rembert",
    "roberta",
    "roberta-prelayernorm",
    "roformer",
    "xlm-roberta",
    "xlm-roberta-xl",
]
"""Encoders without convolutions or sampled attention: the state of a piece does not depend on padding."""

OFFSET_POSITIONS = frozenset(
    (
        "camembert",
        "data2vec-text",
        "mpnet",
        "roberta",
        "roberta-prelayernorm",
        "xlm-roberta",
        "xlm-roberta-xl",
    )
)
"""Encoders that count positions from the padding id on, so that the table's first rows are not for pieces."""

Count = Annotated[int, Field(ge=1, le=256)]
Width = Annotated[int, Field(ge=1, le=65_536)]
Rows = Annotated[int, Field(ge=1, le=MAX_PIECES)]
Id = Annotated[int, Field(ge=-1, le=MAX_PIECES)]
Share = Annotated[float, Field(ge=0, lt=1)]
Epsilon = Annotated[float, Field(gt=0, le=1)]
Name = Annotated[str, Field(max_length=40, pattern=r"\A[a-z0-9_|]*\z")]
Attention = Literal["full_attention", "sliding_attention"]


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Rotation(_Plain):
    """How rotary positions turn."""

    rope_type: Literal["default"] = "default"
    rope_theta: float = Field(gt=0, le=1e12)
    partial_rotary_factor: float | None = Field(None, gt=0, le=1)


class Architecture(_Plain):
    """An encoder's shape in the library's own words; what is not given has the library's default."""

    model_type: ModelType
    vocab_size: Rows
    max_position_embeddings: Rows
    type_vocab_size: Annotated[int, Field(ge=0, le=65_536)] = 0

    hidden_size: Width | None = None
    dim: Width | None = None
    intermediate_size: Width | None = None
    hidden_dim: Width | None = None
    embedding_size: Width | None = None
    input_embedding_size: Width | None = None
    head_dim: Width | None = None
    attention_head_size: Width | None = None

    num_hidden_layers: Count | None = None
    n_layers: Count | None = None
    num_attention_heads: Count | None = None
    n_heads: Count | None = None
    num_key_value_heads: Count | None = None
    num_hidden_groups: Count | None = None
    inner_group_num: Count | None = None

    pad_token_id: Id | None = None
    bos_token_id: Id | None = None
    eos_token_id: Id | None = None
    cls_token_id: Id | None = None
    sep_token_id: Id | None = None
    mask_token_id: Id | None = None

    hidden_act: Name | None = None
    activation: Name | None = None
    hidden_activation: Name | None = None
    layer_norm_eps: Epsilon | None = None
    norm_eps: Epsilon | None = None
    rms_norm_eps: Epsilon | None = None
    norm_bias: bool | None = None
    attention_bias: bool | None = None
    mlp_bias: bool | None = None

    hidden_dropout_prob: Share | None = None
    attention_probs_dropout_prob: Share | None = None
    dropout: Share | None = None
    attention_dropout: Share | None = None
    embedding_dropout: Share | None = None
    mlp_dropout: Share | None = None

    sinusoidal_pos_embds: bool | None = None
    position_biased_input: bool | None = None
    relative_attention: bool | None = None
    relative_attention_num_buckets: Width | None = None
    max_relative_positions: Annotated[int, Field(ge=-1, le=65_536)] | None = None
    position_buckets: Annotated[int, Field(ge=-1, le=65_536)] | None = None
    pos_att_type: Name | Annotated[list[Name], Field(max_length=8)] | None = None
    share_att_key: bool | None = None
    norm_rel_ebd: Name | None = None
    conv_kernel_size: Annotated[int, Field(ge=0, le=256)] | None = None
    conv_act: Name | None = None
    legacy: bool | None = None
    rotary_value: bool | None = None
    use_task_id: bool | None = None
    task_type_vocab_size: Width | None = None
    local_attention: Rows | None = None
    layer_types: Annotated[list[Attention], Field(max_length=256)] | None = None
    rope_parameters: Rotation | dict[Attention, Rotation] | None = None

    @property
    def num_positions(self) -> int:
        """Longest input in pieces."""
        offset = (self.pad_token_id or 0) + 1 if self.model_type in OFFSET_POSITIONS else 0
        if self.model_type == "mpnet":
            offset = 2  # whatever the padding id is
        return self.max_position_embeddings - offset

    @property
    def width(self) -> int:
        """Width of a piece's state."""
        return self.hidden_size or self.dim or 0

    @property
    def depth(self) -> int:
        """Number of layers."""
        return self.num_hidden_layers or self.n_layers or 0

    def as_dict(self) -> dict[str, Any]:
        """Return what was given, JSON-ready."""
        return self.model_dump(exclude_unset=True)


def check_architecture(given: Mapping[str, Any]) -> Architecture:
    """Return a bundle's description of its encoder once all of it is known to be harmless.

    Raises:
        ValueError: something is unknown, missing or out of bounds.
    """
    try:
        architecture = Architecture.model_validate(given)
    except ValidationError as error:
        key, message, _ = first_fault(error)
        raise ValueError(f"encoder, '{excerpt(key)}': {message}") from None
    if not architecture.width or not architecture.depth:
        raise ValueError("encoder: its width or number of layers is not given")
    return architecture


def describe_architecture(config: Mapping[str, Any]) -> Architecture:
    """Take from an encoder's ``config.json`` what it needs to be built, with the library's defaults.

    Raises:
        ValueError: the encoder is of a kind that is not known here, or is set up in a way that is not.
        MissingExtraError: transformers is not installed.
    """
    model_type = config.get("model_type")
    known = ModelType.__args__  # type: ignore[attr-defined]
    if not isinstance(model_type, str) or model_type not in known:
        raise ValueError(
            f"encoders of type {excerpt(repr(model_type))} cannot be used; known: {', '.join(known)}"
        )
    if config.get("is_decoder") or config.get("add_cross_attention"):
        raise ValueError("is set up as a decoder")
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise ValueError("has relative positions of a kind that transformers no longer computes")
    code = {"auto_map", "quantization_config", "attn_implementation", "_attn_implementation"}
    plain = {key: value for key, value in config.items() if key not in code}
    kind = _config_class(model_type)
    try:
        whole = kind.from_dict(plain).to_dict()
    except Exception as error:
        raise ValueError(f"not a configuration of {model_type}: {excerpt(str(error), 200)}") from None
    fields = Architecture.model_fields
    return check_architecture({key: value for key, value in whole.items() if key in fields})


def library_config(architecture: Architecture) -> Any:
    """Return the library's configuration object.

    Raises:
        ValueError: the library refuses it.
        MissingExtraError: transformers is not installed.
    """
    values = architecture.as_dict()
    kind = _config_class(values.pop("model_type"))
    try:
        return kind(**values)
    except Exception as error:
        raise ValueError(f"encoder: {excerpt(str(error), 200)}") from None


def _config_class(model_type: str) -> Any:
    try:
        from transformers.models.auto.configuration_auto import CONFIG_MAPPING
    except ImportError:
        raise MissingExtraError("transformers", "bert") from None
    try:
        return CONFIG_MAPPING[model_type]
    except KeyError:
        raise ValueError(f"encoders of type {model_type} need a newer transformers") from None
