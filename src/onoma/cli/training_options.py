"""How a model is trained: options declared once, and given to every command that trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from onoma.cli.completing import rungs
from onoma.cli.option_groups import OptionGroup, option
from onoma.cli.reading import Reading
from onoma.threads import MOST_THREADS

if TYPE_CHECKING:
    from onoma.training.config import RunConfig


@dataclass(frozen=True)
class Computing(OptionGroup):
    """How any training computes. A field has the name of its setting; None is "not given"."""

    seed: Annotated[int | None, option("--seed", min=0, help="Seed of weights, batches, dropout.")] = None
    threads: Annotated[
        int | None,
        option(
            "--threads",
            min=0,
            max=MOST_THREADS,
            help="Threads of the encoder; 0, by default, for all cores.",
        ),
    ] = None
    precision: Annotated[
        Literal["auto", "fp32", "bf16", "fp16"] | None,
        option(
            "--precision",
            metavar="auto|fp32|bf16|fp16",
            help="Number format of the training; auto, when not given: bf16 where the hardware has it and a "
            "step is faster with it. fp16 is for GPUs.",
        ),
    ] = None
    device: Annotated[str | None, option("--device", help="auto (when not given), cpu, cuda or cuda:N.")] = (
        None
    )

    def settings(self) -> dict[str, Any]:
        """Return the given options by the names of their settings."""
        return _given(self)


@dataclass(frozen=True)
class Learning(OptionGroup):
    """What and how a recogniser learns. A field has the name of its setting, but for `SETTING_NAMES`."""

    head: Annotated[
        str | None, option("--head", help="softmax, crf, or span for entities within entities.")
    ] = None
    epochs: Annotated[int | None, option("--epochs", min=1, help="Passes over the data.")] = None
    init_from: Annotated[
        Path | None, option("--init-from", help="Run or bundle whose weights to start from.")
    ] = None
    vectors: Annotated[
        Path | None, option("--vectors", help="File of pretrained word vectors for a word-based model.")
    ] = None
    on_nested: Annotated[
        str | None, option("--on-nested", help="Of nested entities, learn the outermost or the innermost.")
    ] = None
    tokenizer: Annotated[
        str | None,
        option(
            "--tokenizer",
            metavar="NAME",
            help="What cuts raw text into tokens: onoma (words, the default), whitespace, or characters "
            "(Chinese, Thai).",
        ),
    ] = None

    def settings(self) -> dict[str, Any]:
        """Return the given options by the names of their settings; paths are absolute."""
        return {
            SETTING_NAMES.get(name, name): str(value.resolve()) if isinstance(value, Path) else value
            for name, value in _given(self).items()
        }


SETTING_NAMES = {"tokenizer": "data.tokenizer"}
"""Fields of `Learning` that have another name among the settings of a run."""


@dataclass(frozen=True)
class TrainingOptions(OptionGroup):
    """The options as they were given; None is "not given".

    A command that has a parameter of this type, and is decorated with ``takes(TrainingOptions)``, gets one.
    """

    model: Annotated[
        str | None, option("--model", help="Which rung; see `onoma models`.", autocompletion=rungs)
    ] = None
    data: Annotated[
        str | None,
        option("--data", help="Folder with train, dev (or valid) and test files; en or ru: bundled ones."),
    ] = None
    train: Annotated[Path | None, option("--train", help="Training file.")] = None
    dev: Annotated[Path | None, option("--dev", help="Development file.")] = None
    test: Annotated[Path | None, option("--test", help="Test file.")] = None
    config: Annotated[Path | None, option("--config", help="TOML file with settings.")] = None
    assignments: Annotated[
        list[str] | None, option("--set", help="key=value, such as dropout=0.3; may be repeated.")
    ] = None
    learning: Learning = field(default_factory=Learning)
    computing: Computing = field(default_factory=Computing)

    def given(self, reading: Reading) -> dict[str, Any]:
        """Return the settings that were given one by one, those of reading the data included.

        Raises:
            ConfigError: ``--set`` without ``=``, or a map or file of names that cannot be read.
        """
        from onoma.training.settings import read_assignments

        options = {**self.learning.settings(), **reading.settings(), **self.computing.settings()}
        told = {name: value for name, value in options.items() if value is not None}
        return read_assignments(self.assignments or []) | told

    def resolve(
        self, given: Mapping[str, Any], tell: Callable[[str], None], *, stored: RunConfig | None = None
    ) -> RunConfig:
        """Return the configuration that the options mean.

        Args:
            given: by `given`.
            tell: is told which files of a data folder are passed over.
            stored: configuration of the run to be resumed.

        Raises:
            ConfigError: something unknown, no training data named, or a setting that the run does not have.
            DataError: the folder has no training file.
        """
        from onoma.cli.accounts import tell_passed_over
        from onoma.resources import data_folder
        from onoma.training.settings import gather_settings

        files = {"train": self.train, "dev": self.dev, "test": self.test}
        resolved = gather_settings(
            self.model, given, config=self.config, data=self.data, files=files, stored=stored
        )
        if self.data is not None:
            taken = [path for path in (resolved.data.train, resolved.data.dev, resolved.data.test) if path]
            tell_passed_over(data_folder(self.data), taken, tell)
        return resolved


def _given(group: OptionGroup) -> dict[str, Any]:
    values = {one.name: getattr(group, one.name) for one in fields(group)}
    return {name: value for name, value in values.items() if value is not None}
