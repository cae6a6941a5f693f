"""What a bundle holds beside its network, checked: the same for a network of either kind."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from onoma.errors import BundleError, ConfigError, excerpt
from onoma.features.protocol import Features
from onoma.features.states import features_from_state
from onoma.features.vectors.table import ARRAY_NAMES
from onoma.models import get_rung
from onoma.models.base import Rung, TaggerConfig
from onoma.runtime.bundle import Bundle
from onoma.runtime.manifest import ModelSettings, check_options, check_settings
from onoma.tags import Scheme, get_scheme


class Parts(NamedTuple):
    """A bundle's settings, and what they name."""

    settings: ModelSettings
    rung: Rung
    options: TaggerConfig
    scheme: Scheme
    features: Features


def parts_of_bundle(bundle: Bundle, folder: Path) -> Parts:
    """Return what a bundle holds beside its network.

    Raises:
        BundleError: the bundle's parts do not fit each other.
    """
    settings = check_settings(bundle.config, folder)
    for name in bundle.feature_tensors.keys() - set(ARRAY_NAMES):
        raise BundleError(f"{folder}: holds the unknown feature array '{excerpt(name)}'")
    try:
        rung = get_rung(settings.model).for_options(settings.options)
        scheme = get_scheme(settings.scheme)
        features = features_from_state(bundle.vocabulary, bundle.feature_tensors)
    except (ValueError, ConfigError) as error:
        raise BundleError(f"{folder}: its parts cannot be used: {error}") from None
    return Parts(settings, rung, check_options(rung.config, settings.options, folder), scheme, features)
