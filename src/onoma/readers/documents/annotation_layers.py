"""Which of the layers of an annotation tool (WebAnno, INCEpTION, UIMA) are the entities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from onoma.errors import DataError

LABEL_FEATURES = ("value", "label")
_BUILT_IN = ("de.tudarmstadt.ukp.", "de.tudarmstadt.lt.", "org.dkpro.", "org.apache.", "uima.")


class Layer(NamedTuple):
    """A layer of spans.

    Args:
        name: of its type, with the namespace.
        features: their names, without what all annotations have.
    """

    name: str
    features: tuple[str, ...]

    @property
    def is_named_entity(self) -> bool:
        """Whether its type is called NamedEntity, whoever made it."""
        return self.name.rpartition(".")[2] == "NamedEntity"

    @property
    def is_custom(self) -> bool:
        """Whether a user made it: lemmas and the like, which have a value, too, are built in."""
        return not self.name.startswith(_BUILT_IN)


class Choice(NamedTuple):
    """The layer that is read, and the feature that is the label."""

    layer: Layer
    feature: str


def choose_layer(layers: Sequence[Layer], hint: str = "") -> Choice | None:
    """Return the layer of the entities: the one called NamedEntity, else the user's only one with a label.

    Args:
        layers: in the order of the file.
        hint: what to do where it is unclear, for the error.

    Returns:
        None where all layers are of the tool itself, and none are entities.

    Raises:
        DataError: without path: several may be meant, or none; code ``unclear-layer``.
    """
    named = [layer for layer in layers if layer.is_named_entity]
    custom = [layer for layer in layers if layer.is_custom]
    candidates = [choice for layer in named or custom if (choice := _label_of(layer)) is not None]
    if len(candidates) == 1:
        return candidates[0]
    if not named and not custom:
        return None
    listed = ", ".join(
        f"{layer.name} ({', '.join(layer.features) or 'no feature'})" for layer in named or custom
    )
    why = "several layers may be the entities" if candidates else "no layer has a label for entities"
    raise DataError(f"{why}: {listed}{hint}", code="unclear-layer")


def _label_of(layer: Layer) -> Choice | None:
    by_name = {feature.casefold(): feature for feature in layer.features}
    feature = next((by_name[name] for name in LABEL_FEATURES if name in by_name), None)
    if feature is None and len(layer.features) == 1:
        feature = layer.features[0]
    return None if feature is None else Choice(layer, feature)
