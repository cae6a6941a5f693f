"""Training an encoder from raw text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.api.jobs import Watch, pretrain_encoder, unwatched

if TYPE_CHECKING:
    from onoma.training.events import Pretrained


def pretrain(
    texts: str | Path | Sequence[str | Path],
    out: str | Path = "encoder",
    *,
    encoding: str = "utf-8",
    max_document_mb: int = 64,
    resume: bool = False,
    watch: Watch = unwatched,
    **settings: Any,
) -> Pretrained:
    """Train a small encoder as a masked language model, or one further; what ``onoma pretrain`` does.

    The folder is one that Hugging Face's libraries load, and ``onoma.train("bert", encoder=OUT)`` fine-tunes.

    Args:
        texts: files of raw text, a paragraph a line.
        out: folder for the encoder.
        encoding: of the texts.
        max_document_mb: longest line, in 2 ** 20 characters; 0 for no bound.
        resume: go on with the pretraining in ``out``.
        watch: sees what happens: objects of `onoma.training.events`.
        settings: fields of `onoma.training.pretraining.config.PretrainingConfig`, such as ``size="tiny"``;
            ``source`` is the encoder to train further.

    Raises:
        ConfigError: a setting does not exist or fit, or differs from that of the pretraining to go on with.
        DataError: a text cannot be read, or is too little.
        StoppedError: Ctrl-C or SIGTERM; the same call with ``resume=True`` goes on.
        MissingExtraError: PyTorch, transformers or gensim is not installed.
    """
    from onoma.readers import RawText
    from onoma.training.config import validate
    from onoma.training.pretraining.config import PretrainingConfig

    files = [texts] if isinstance(texts, str | Path) else texts
    config = validate(PretrainingConfig, settings, "pretraining")
    return pretrain_encoder(
        RawText(tuple(map(str, files)), encoding, max_document_mb),
        config,
        Path(out),
        resume=resume,
        watch=watch,
    )
