"""Soft labels of sources without gold."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from onoma.api.distilling import HELD_OUT
from onoma.api.jobs import Watch, make_silver, unwatched
from onoma.errors import ConfigError

if TYPE_CHECKING:
    from onoma.training.distillation.merging import Election
    from onoma.training.events import TargetsMade

_LOG = logging.getLogger(__name__)


def weak(
    rules: str | Path,
    text: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    merge: str = "hmm",
    functions: str | Path | None = None,
    text_format: str | None = None,
    encoding: str = "utf-8",
    tokenizer: str | None = None,
    max_words: int = 0,
    held_out: float = HELD_OUT,
    threads: int = 0,
    resume: bool = False,
    watch: Watch = unwatched,
) -> TargetsMade:
    """Label texts by word lists, patterns, models and functions; what ``onoma weak`` does.

    The folder is one of targets, as `distill` makes them: ``onoma.train(model, data=out, out="run",
    data_options={"targets": out, "targets_share": 1.0})`` trains on it, and gold may stand beside.

    Args:
        rules: a TOML file that names the sources.
        text: files of raw text, a document a line, or documents in any format.
        out: folder for the targets.
        merge: how votes are merged: ``hmm`` or ``majority``.
        functions: a Python file with sources of its own; it is run.
        text_format: format of the texts, found by content when not given; ``text``: a document a line.
        encoding: of the texts.
        tokenizer: cuts the texts; the default one when not given.
        max_words: label so many words only, 0 for all.
        held_out: share of the documents that goes to ``dev.jsonl``, 0 for none.
        threads: of models, 0 to leave the number as it is.
        resume: go on with what is in ``out``.
        watch: sees what happens: objects of `onoma.training.events`.

    Returns:
        The folder, and as ``record`` what its ``targets.json`` holds: counts, sources, conflicts.

    Raises:
        ConfigError: the rules, or an option, cannot be used.
        DataError: the texts cannot be used, or no source finds anything.
        ModelError: a source fails.
        StoppedError: Ctrl-C or SIGTERM; the same call with ``resume=True`` goes on.
        MissingExtraError: what a source needs, or PyTorch, is not installed.
    """
    texts = [text] if isinstance(text, str | Path) else list(text)
    election = plan_election(
        Path(rules),
        [str(one) for one in texts],
        merge=merge,
        functions=None if functions is None else Path(functions),
        text_format=text_format,
        encoding=encoding,
        tokenizer=tokenizer,
        max_words=max_words,
        held_out=held_out,
        threads=threads,
    )
    return make_silver(election, Path(out), resume=resume, watch=watch)


def plan_election(
    rules: Path,
    texts: Sequence[str],
    *,
    merge: str = "hmm",
    functions: Path | None = None,
    text_format: str | None = None,
    encoding: str = "utf-8",
    tokenizer: str | None = None,
    max_words: int = 0,
    held_out: float = HELD_OUT,
    threads: int = 0,
) -> Election:
    """Return who votes about what; see `weak`. A file of functions is run here.

    Raises:
        ConfigError: there is no text, a number out of range, or the functions cannot be used.
    """
    from onoma.extras import require

    require("train")
    from onoma.readers import ReadOptions
    from onoma.tokenize import get_tokenizer
    from onoma.tokenize.registry import DEFAULT
    from onoma.training.distillation.merging import Election
    from onoma.training.distillation.texts import Texts
    from onoma.voting.labeller import installed_labellers, labellers_of
    from onoma.voting.merger import get_merger

    if not texts:
        raise ConfigError("name the texts that are to be labelled")
    if not 0 <= held_out <= 0.5:
        raise ConfigError(f"a held-out share of {held_out:g} is none: give 0 to 0.5")
    get_merger(merge)
    own = {}
    if functions is not None:
        _LOG.warning(f"running {functions}: its code may do all that you may do")
        own = labellers_of(functions)
    options = ReadOptions(format=text_format, encoding=encoding, gold=False)
    return Election(
        rules,
        Texts(tuple(texts), options, get_tokenizer(tokenizer or DEFAULT), max_words),
        merge,
        installed_labellers() | own,
        {name: str(functions) for name in own},
        held_out,
        threads,
    )


def example_rules() -> str:
    """Return a commented rules file to begin with, for English and Russian."""
    from onoma.resources import example_rules

    return example_rules().read_text(encoding="utf-8")
