"""What a rung is, and the options that every tagger has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from onoma.features.characters import MAX_CHARACTERS
from onoma.features.class_weights import ClassWeights
from onoma.features.labelling import Labelling, SpanLabelling, TagLabelling
from onoma.features.protocol import Features
from onoma.tags import Scheme, labels_of_tags

if TYPE_CHECKING:
    from onoma.nn.joint import JointNetwork
    from onoma.nn.tagger import Body, EncoderNetwork, Head, TaggerNetwork

HeadName = Literal["softmax", "crf", "span"]
SchemeName = Literal["IO", "IOB1", "BIO", "BIOES", "BILOU"]

# Bounds far beyond use: a slip, or a bundle from a stranger, must not ask for all memory or all time. They
# are part of the type, so that a rung that gives another default keeps them.
Width = Annotated[int, Field(ge=1, le=65_536)]
WidthOrNone = Annotated[int, Field(ge=0, le=65_536)]
Layers = Annotated[int, Field(ge=1, le=64)]
Window = Annotated[int, Field(ge=1, le=MAX_CHARACTERS)]
Windows = Annotated[tuple[Window, ...], Field(min_length=1, max_length=MAX_CHARACTERS)]
Share = Annotated[float, Field(ge=0, lt=1)]
Units = Annotated[int, Field(ge=16, le=1_000_000)]
SpanWidth = Annotated[int, Field(ge=1, le=512)]


class TaggerConfig(BaseModel):
    """Options of every tagger."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    OUTSIDE: ClassVar[tuple[str, ...]] = ()
    """Options that name a file or folder outside the run."""

    head: HeadName = Field(
        "softmax", description="softmax: tags apart; crf: tags as a sequence; span: nested entities"
    )
    scheme: SchemeName = Field("BIOES", description="tag scheme the model is trained in")
    class_weights: ClassWeights = Field(
        "none", description="weigh tags in the softmax loss: inverse (frequency) or effective (number)"
    )
    constrained: bool = Field(True, description="never output tag sequences that the scheme forbids")
    span_width: SpanWidth = Field(24, description="words of the widest entity that the span head can find")
    span_dim: Width = Field(150, description="width of the span head's projections")
    span_dropout: Share = Field(0.3, description="dropout on them")
    span_nesting: Literal["auto", "nested", "flat"] = Field(
        "auto", description="whether found entities may lie in one another; auto: as in train"
    )
    max_length: Units = Field(
        1024, description="longest input in words or pieces; longer sentences go through in windows"
    )

    @field_validator("class_weights")
    @classmethod
    def _check_class_weights(cls, kind: ClassWeights, info: ValidationInfo) -> ClassWeights:
        if kind != "none" and info.data.get("head") != "softmax":
            raise ValueError("class weights are of the softmax head alone")
        return kind

    def outside_files(self) -> dict[str, str]:
        """Return the existing files and folders that the options name, by option."""
        named = {name: getattr(self, name) for name in self.OUTSIDE}
        return {name: path for name, path in named.items() if path and Path(path).exists()}

    def portable_options(self) -> dict[str, Any]:
        """Return the options for a bundle: of outside files their names, not the paths on this machine."""
        return self.model_dump() | {name: Path(path).name for name, path in self.outside_files().items()}


@dataclass(frozen=True)
class Rung:
    """A step of the ladder: a name, one line about it, its options with defaults, and its parts.

    Args:
        name: its id.
        summary: a line for `onoma models`.
        config: its options.
        fit_features: (options, sentences of train) to features: collects the vocabularies, loads vectors.
            Raises DataError or ConfigError when a file it names cannot be used.
        build_body: (options, features) to embedder and encoder with fresh weights. Raises ValueError when
            features and options do not fit each other.
        training: settings of the training that differ from the defaults.
        load_pretrained: (options, network): replaces fresh weights by those of a pretrained encoder, before
            training, and says what it read; None where there are none.
        specialise: options, as given, to the rung that they speak of, for a rung that stands on another one;
            raises ConfigError when they name none.
    """

    name: str
    summary: str
    config: type[TaggerConfig]
    fit_features: Callable[[Any, Sequence[Sequence[str]]], Features]
    build_body: Callable[[Any, Any], Body]
    training: Mapping[str, Any] = field(default_factory=dict)
    load_pretrained: Callable[[Any, EncoderNetwork], str] | None = None
    specialise: Callable[[Mapping[str, Any]], Rung] | None = None

    def for_options(self, options: Mapping[str, Any]) -> Rung:
        """Return the rung whose ``config`` takes these options; itself, unless it stands on another one."""
        return self.specialise(options) if self.specialise else self

    def build(
        self,
        config: TaggerConfig,
        features: Features,
        tags: Sequence[str],
        scheme: Scheme,
        document_labels: Sequence[str] = (),
    ) -> TaggerNetwork | JointNetwork:
        """Make the network with fresh weights (seed torch first).

        Args:
            config: its options.
            features: its inputs.
            tags: all tags of the scheme, in the order of the emissions; the span head scores their labels.
            scheme: of the tags.
            document_labels: for a rung that gives some.

        Raises:
            ValueError: features and configuration do not fit each other.
        """
        from onoma.nn.tagger import TaggerNetwork, state_dim

        body = self.build_body(config, features)
        return TaggerNetwork(body, build_head(config, state_dim(body), tags, scheme))


def build_head(config: TaggerConfig, input_dim: int, tags: Sequence[str], scheme: Scheme) -> Head:
    """Make the head that finds entities, with fresh weights."""
    from onoma.decode.transitions import scheme_transitions
    from onoma.nn.biaffine import BiaffineHead
    from onoma.nn.heads import CRFHead, SoftmaxHead

    if config.head == "span":
        return BiaffineHead(
            input_dim,
            len(labels_of_tags(tags)) + 1,
            config.span_width,
            config.span_dim,
            config.span_dropout,
            nested=config.span_nesting != "flat",
        )
    constraints = scheme_transitions(tags, scheme) if config.constrained else None
    head = CRFHead if config.head == "crf" else SoftmaxHead
    return head(input_dim, len(tags), constraints)


def make_labelling(
    config: TaggerConfig, tags: Sequence[str], scheme: Scheme, on_nested: str = "outermost"
) -> Labelling:
    """Return how entities become targets of the configured head."""
    if config.head == "span":
        return SpanLabelling(labels_of_tags(tags), config.span_width)
    return TagLabelling(tags, scheme, on_nested)
