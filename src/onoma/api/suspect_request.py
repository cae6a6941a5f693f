"""What may be asked about label suspects: models judge only what they have not seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from onoma.api.data import Data
from onoma.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from onoma.training.config import RunConfig

Split = Literal["out-of-fold", "dev", "test", "train", "all"]
SPLITS: tuple[str, ...] = get_args(Split)
OUT_OF_FOLD = SPLITS[0]
_LEAST = {"folds": 2, "seed": 0, "epochs": 1, "limit": 1}
_SAME_FILES = ("train", "dev", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for.

    Args:
        runs: finished runs of the same data; the first one's settings are those of reading, and of folds.
        data: to judge in place of the run's own, by the name that its suspects get as their split.
        reading: how to read it, fields of `ReadOptions` that were given; the rest is as the run was trained.
        split: of the run's data: one of `SPLITS`; ``out-of-fold`` is dev and test.
        folds: models that train is judged by.
        seed: of the folds.
        epochs: of the folds' models, the run's own when None.
        limit: the most suspects that are listed and written; all when None.
        out: folder for files, and for the folds' runs.
        threads: of the encoder, 0 for all cores.
    """

    runs: Sequence[Path]
    data: Mapping[str, Data] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    split: str = OUT_OF_FOLD
    folds: int = 5
    seed: int = 13
    epochs: int | None = None
    limit: int | None = None
    out: Path | None = None
    threads: int = 0

    @property
    def run(self) -> Path:
        """The first of the runs."""
        return self.runs[0]

    @property
    def by_folds(self) -> bool:
        """Whether models are trained, since train is to be judged, too."""
        return self.split in ("train", "all")


def named_apart(files: Iterable[str | Path]) -> dict[str, str | Path]:
    """Return files by names of their own, which name what is written of each; a file counts once."""
    named: dict[str, str | Path] = {}
    for file in {Path(file).resolve(): file for file in files}.values():
        stem, number = Path(file).stem, 1
        while (name := stem if number == 1 else f"{stem}-{number}") in named:
            number += 1
        named[name] = file
    return named


def check_request(request: Request) -> RunConfig:
    """Return the settings of the first run, if the runs may judge what is asked for.

    Raises:
        ConfigError: a run is not finished, or has seen what it is to judge; an option makes no sense.
    """
    from onoma.training.folder import is_begun

    if not request.runs:
        raise ConfigError("name the run whose model is to judge")
    config = _finished(request.run)
    if request.split not in SPLITS:
        raise ConfigError(f"--split {request.split}: no such split{did_you_mean(request.split, SPLITS)}")
    if request.data and request.split != OUT_OF_FOLD:
        raise ConfigError("--split is of the run's own data; leave it out, or the files")
    if any(isinstance(one, str | Path) and str(one) == "-" for one in request.data.values()):
        raise ConfigError("--suspects reads the data a second time: give a file, not standard input")
    if request.by_folds and request.out is None:
        raise ConfigError("models are trained to judge train: name a folder for them with --out")
    if request.by_folds and len(request.runs) > 1:
        raise ConfigError("train is judged by models of one run's settings: name one run")
    if request.out is not None and is_begun(request.out):
        raise ConfigError(f"{request.out}: is a run's own folder; name another one for the suspects")
    _check_numbers(request)
    if len({run.resolve() for run in request.runs}) < len(request.runs):
        raise ConfigError("a run is named twice, and would agree with itself; name each once")
    for run in request.runs[1:]:
        _check_other(request, config, run)
    return config


def _finished(run: Path) -> RunConfig:
    from onoma.training.folder import is_finished, stored_config

    config = stored_config(run) if is_finished(run) else None
    if config is None:
        raise ConfigError(f"{run}: is no finished run; name the folder that `onoma train --out` has filled")
    return config


def _check_numbers(request: Request) -> None:
    for name, least in _LEAST.items():
        value: Any = getattr(request, name)
        if value is not None and (not isinstance(value, Integral) or value < least):
            raise ConfigError(f"--{name} {value}: is a whole number, and at least {least}")


def _check_other(request: Request, config: RunConfig, run: Path) -> None:
    """Refuse a further run that learned from other data, or from what it is to judge."""
    from onoma.readers.options import MEANINGS
    from onoma.training.config import READING_SETTINGS

    other = _finished(run)
    if any(getattr(other.data, name) != getattr(config.data, name) for name in _SAME_FILES):
        raise ConfigError(
            f"{run}: was trained on other data than {request.run}; their suspects cannot be compared"
        )
    meanings = [READING_SETTINGS[option] for option in ("scheme", *MEANINGS)]
    if any(getattr(other.data, name) != getattr(config.data, name) for name in meanings):
        raise ConfigError(
            f"{run}: read its data in another way than {request.run} ({', '.join(meanings)}); their "
            "suspects cannot be compared"
        )
    drawn = [(one.training.seed, one.data.dev_share) for one in (config, other)]
    if config.data.dev is None and not request.data and request.split != "test" and drawn[0] != drawn[1]:
        raise ConfigError(
            f"{run}: learned from a part of what {request.run} held out of train as dev, since their seeds "
            "differ; judge what neither has seen: --split test, or files"
        )
