"""Models on the Hugging Face Hub, called ``hf://OWNER/NAME`` or ``hf://OWNER/NAME@REVISION``."""

from __future__ import annotations

import re
from pathlib import Path

from onoma.errors import ConfigError, ModelError, excerpt
from onoma.models.hub import download
from onoma.runtime.bundle import FILES, is_bundle

PREFIX = "hf://"
BUNDLE = "bundle"
"""The bundle's folder in a repository: what the Hub and its clients add lies beside it."""

_PART = r"\w[\w.-]{0,95}"
_MODEL = re.compile(rf"{PREFIX}(?P<name>{_PART}/{_PART})(@(?P<revision>[\w./-]{{1,200}}))?")


def find_on_hub(model: str, revision: str | None = None) -> Path:
    """Return the bundle folder of a model on the Hub, downloaded into the Hub's cache unless it is there.

    Only the files of a bundle are fetched, and read like those of any other stranger.

    Args:
        model: begins with `PREFIX`.
        revision: branch, tag or commit, unless ``model`` names one.

    Raises:
        ModelError: it is no such name, there is no such model, or the Hub cannot be reached.
        ConfigError: two revisions are named.
        MissingExtraError: huggingface_hub is not installed.
    """
    parts = _MODEL.fullmatch(model)
    if parts is None:
        raise ModelError(f"{excerpt(model)}: not a model on the Hub: write {PREFIX}OWNER/NAME[@REVISION]")
    if revision and parts["revision"]:
        raise ConfigError(f"{model}: names a revision already; revision='{revision}' is one too many")
    revision = revision or parts["revision"]
    pinned = f" --revision {revision}" if revision else ""
    advice = (
        f"on a machine that can: hf download {parts['name']}{pinned} --local-dir FOLDER; "
        "then name FOLDER as the model"
    )
    files = [f"{BUNDLE}/{name}" for name in FILES]
    needs = ("huggingface_hub", "hub")
    folder = download(parts["name"], files, revision=revision, needs=needs, advice=advice) / BUNDLE
    if not is_bundle(folder):
        raise ModelError(f"{model}: holds no model of Onoma: it has no {BUNDLE}/manifest.json")
    return folder
