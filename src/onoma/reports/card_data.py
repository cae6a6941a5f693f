"""What a model learned from, for its card: files, what became of their labels, and the command."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from onoma.comparison.runs import LoadedRun
from onoma.errors import ModelError
from onoma.reports.markdown import code, code_block, plain, table
from onoma.resources import portable_path
from onoma.text import Ledger

_SPLITS = ("train", "dev", "test")
_OWN_PATH = re.compile(r"(?P<before>[^=]*=|)(?P<path>(/|~|\.\.?/|[A-Za-z]:[\\/]).*)", re.DOTALL)


def data_section(run: LoadedRun | None, statement: str | None) -> str:
    """Return the statement of the user, the files and their gold entities, and how it was trained.

    Raises:
        ModelError: the run's ledger is damaged.
    """
    blocks = [
        statement.strip() if statement else "Where the data is from, and under which licence, was not stated."
    ]
    if run is None:
        return "\n\n".join(blocks)
    ledgers = _read_ledgers(run.folder / "ledger.json")
    blocks.append(_files_table(run, ledgers))
    fates = list(_fates(ledgers))
    if fates:
        blocks.append("What became of the labels (no entity vanishes uncounted):")
        blocks.append("\n".join(f"- {fate}" for fate in fates))
    share = run.config.get("data", {}).get("train_share")
    if share is not None:
        blocks.append(f"Only a share of {plain(share)} of the training documents was learned from.")
    epochs = run.metrics.get("epochs")
    blocks.append(
        f"Seed {run.seed}" + (f", {plain(epochs)} epochs" if epochs is not None else "") + _command(run)
    )
    return "\n\n".join(blocks)


def _read_ledgers(path: Path) -> dict[str, dict[str, Ledger]]:
    """Return ledgers by stage (reading, tagging) and split; none where the run has no such file."""
    if not path.is_file():
        return {}
    try:
        stages = json.loads(path.read_text(encoding="utf-8"))
        return {
            stage: {split: Ledger(**values) for split, values in stages[stage].items()}
            for stage in ("reading", "tagging")
            if stage in stages
        }
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: damaged: {error}") from None


def _files_table(run: LoadedRun, ledgers: Mapping[str, Mapping[str, Ledger]]) -> str:
    data = run.config.get("data", {})
    inputs = run.environment.get("inputs")
    hashes = {portable_path(path): one for path, one in inputs.items()} if isinstance(inputs, Mapping) else {}
    rows = []
    for split in _SPLITS:
        path = data.get(split)
        ledger = ledgers.get("reading", {}).get(split)
        if path is None and ledger is None:
            continue
        name = code(_last_parts(str(path))) if path else "held out from train"
        digest = str(hashes.get(portable_path(str(path)), ""))
        rows.append((split, name, code(digest[:16]) if digest else "unknown", _count(ledger)))
    return table(("split", "file", "SHA-256 begins", "gold entities"), rows, numbers_from=3)


def _count(ledger: Ledger | None) -> str:
    return "unknown" if ledger is None else f"{ledger.read:,}"


def _fates(ledgers: Mapping[str, Mapping[str, Ledger]]) -> Iterator[str]:
    for split in _SPLITS:
        for stage, what in (("reading", "as read"), ("tagging", "as the model can say them")):
            ledger = ledgers.get(stage, {}).get(split)
            if ledger is not None and (stage == "reading" or ledger.kept < ledger.read):
                yield f"{split}, {what}: {plain(ledger)}"


def _last_parts(path: str) -> str:
    """The file and its folder: what lies above says nothing of the data, and much of the machine."""
    parts = (PureWindowsPath(path) if "\\" in path else PurePosixPath(path)).parts
    return "/".join(part for part in parts[-2:] if part not in ("/", "."))


_COMMANDS = ("train", "distill", "retrain")
"""Those that make one run, as they were given."""


def _command(run: LoadedRun) -> str:
    arguments = run.environment.get("arguments")
    if not isinstance(arguments, list) or not arguments or arguments[0] not in _COMMANDS:
        return ". The command is unknown: the run was not started as one of its own."
    words = " ".join(shlex.quote(_shortened(str(argument))) for argument in arguments)
    return f", trained by (folders shortened):\n\n{code_block('onoma ' + words)}"


def _shortened(argument: str) -> str:
    found = _OWN_PATH.fullmatch(argument)
    return argument if found is None else f"{found['before']}{PurePosixPath(found['path']).name}"
