"""Files from the Hugging Face Hub: plain downloads, no code of anyone's is run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from onoma.errors import MissingExtraError, ModelError, excerpt

_TIMEOUT = 10  # seconds the Hub has for an answer


def download(
    name: str, files: Iterable[str], *, revision: str | None = None, needs: tuple[str, str], advice: str
) -> Path:
    """Return the folder in the Hub's cache that holds those files of a repository which it has.

    Environment variables of the Hub hold: ``HF_HUB_OFFLINE`` for what is in the cache only, ``HF_TOKEN``,
    ``HF_HOME``.

    Args:
        name: ``owner/name``.
        files: names or patterns of those to fetch.
        revision: branch, tag or commit; the main branch when not given.
        needs: what is said to be missing without huggingface_hub, and the extra that brings it.
        advice: what to do where the Hub cannot be reached; ends the message.

    Raises:
        ModelError: there is no such repository or revision, or the Hub cannot be reached.
        MissingExtraError: huggingface_hub is not installed.
    """
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.utils import (
            are_progress_bars_disabled,
            disable_progress_bars,
            enable_progress_bars,
        )
    except ImportError:
        raise MissingExtraError(*needs) from None
    silent = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        return Path(
            snapshot_download(name, revision=revision, allow_patterns=list(files), etag_timeout=_TIMEOUT)
        )
    except Exception as error:  # of the network, of the Hub, of the disk: they share no class
        reason = excerpt(str(error).strip().split("\n")[0], 120)
        raise ModelError(
            f"{name}: cannot be had from the Hub ({type(error).__name__}: {reason}); {advice}"
        ) from None
    finally:
        if not silent:
            enable_progress_bars()
