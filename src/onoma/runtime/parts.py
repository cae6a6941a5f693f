"""What a bundle holds beside its network, checked: the same for a network of either kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from onoma.decode.protocol import LARGEST_SCORE, Decoder, DocumentsDecoder, are_scores
from onoma.errors import BundleError, ConfigError, ModelError, excerpt
from onoma.features.protocol import Features
from onoma.features.states import features_from_state
from onoma.features.vectors.table import ARRAY_NAMES
from onoma.models import get_rung
from onoma.models.base import Rung, TaggerConfig, restore_tasks
from onoma.runtime.bundle import Bundle
from onoma.runtime.manifest import ModelSettings, check_options
from onoma.tasks import Arrays, DocumentTask, EntityTask, Task


class ConfigParts(NamedTuple):
    """A bundle's settings, and what they name."""

    settings: ModelSettings
    rung: Rung
    options: TaggerConfig
    tasks: tuple[Task, ...]


class BundleParts(NamedTuple):
    """What a bundle holds beside its network."""

    settings: ModelSettings
    rung: Rung
    options: TaggerConfig
    tasks: tuple[Task, ...]
    features: Features


def parts_of_config(settings: ModelSettings, place: Path) -> ConfigParts:
    """Return what a bundle's configuration names.

    Raises:
        BundleError: it does not fit a rung's options, or a task cannot be made of it.
    """
    try:
        rung = get_rung(settings.model).for_options(settings.options)
    except (ValueError, ConfigError) as error:
        raise BundleError(f"{place}: its parts cannot be used: {error}") from None
    options = check_options(rung.config, settings.options, place)
    try:
        tasks = restore_tasks(options, settings.for_tasks())
    except (ValueError, KeyError, TypeError, ConfigError) as error:
        raise BundleError(f"{place}: a task of it cannot be used: {excerpt(str(error), 200)}") from None
    return ConfigParts(settings, rung, options, tasks)


def parts_of_bundle(bundle: Bundle, folder: Path) -> BundleParts:
    """Return what a bundle holds beside its network.

    Raises:
        BundleError: the bundle's parts do not fit each other.
    """
    parts = parts_of_config(bundle.config, folder)
    for name in bundle.feature_tensors.keys() - set(ARRAY_NAMES):
        raise BundleError(f"{folder}: holds the unknown feature array '{excerpt(name)}'")
    try:
        features = features_from_state(bundle.vocabulary, bundle.feature_tensors)
    except (ValueError, ConfigError) as error:
        raise BundleError(f"{folder}: its parts cannot be used: {error}") from None
    context = getattr(parts.options, "context", 0)  # of rungs that can read some
    if features.context != context:
        raise BundleError(
            f"{folder}: its parts cannot be used: the option 'context' is {context}, and the features have "
            f"{features.context}"
        )
    return BundleParts(*parts, features)


def make_decoders(
    tasks: Sequence[Task], arrays: Arrays, *, with_scores: bool = True
) -> tuple[Decoder | None, tuple[DocumentsDecoder, ...]]:
    """Return what turns outputs into entities (None where no task finds them), and for documents.

    Raises:
        ModelError: an array holds a number with which sums would leave the floats.
    """
    for name, array in arrays.items():
        if not are_scores(array):
            raise ModelError(
                f"the model's scores are not finite, or beyond {LARGEST_SCORE:g}, in '{excerpt(name)}': "
                "its weights are damaged or have diverged"
            )
    entities = None
    documents = []
    for task in tasks:
        if isinstance(task, EntityTask):
            entities = task.decoder(arrays, with_scores=with_scores)
        elif isinstance(task, DocumentTask):
            documents.append(task.decoder(arrays))
    return entities, tuple(documents)


def check_arrays(arrays: Arrays, tasks: Sequence[Task], place: Path) -> None:
    """Compare names, shapes and number types of what decoders need exactly.

    Raises:
        BundleError: an array is missing, extra, or of another shape or number type.
    """
    shapes = {name: shape for task in tasks for name, shape in task.array_shapes().items()}
    for name in sorted(shapes.keys() ^ arrays.keys()):
        fault = "misses the array" if name in shapes else "holds the unknown array"
        raise BundleError(f"{place}: {fault} '{excerpt(name)}'")
    for name, shape in shapes.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != np.float32:
            raise BundleError(
                f"{place}: array '{name}' holds {array.dtype} {list(array.shape)}, "
                f"expected float32 {list(shape)}"
            )
        if not are_scores(array):
            raise BundleError(f"{place}: array '{name}' holds a number beyond {LARGEST_SCORE:g}")
