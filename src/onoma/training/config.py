"""Everything a run can be told: typed, frozen, and refused with a hint when unknown.

Settings come from defaults, then a TOML file, then ``--set key=value``. A key may be written bare
(``dropout``) or with its table (``model.dropout``). Bare keys are unique across the tables, but for
``tokenizer``: that is the file of word pieces of a model that can have one, and else ``data.tokenizer``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_serializer, field_validator

from onoma.errors import ConfigError, did_you_mean, first_fault
from onoma.files.toml import read_toml
from onoma.models import Rung, TaggerConfig, get_rung
from onoma.readers import ReadOptions
from onoma.readers.bounds import MAX_DOCUMENT_MB
from onoma.readers.label_map import LabelMap, read_label_map
from onoma.readers.options import SETTING_NAMES
from onoma.resources import local_path, portable_path
from onoma.tasks import list_tasks
from onoma.threads import MOST_THREADS
from onoma.tokenize import get_tokenizer
from onoma.tokenize.registry import DEFAULT, FIRST

NumThreads = Annotated[int, Field(ge=0, le=MOST_THREADS)]
Seed = Annotated[int, Field(ge=0, lt=2**64)]
MEMORY_MB = 1_000
"""What the data of a run may take in memory, in 2 ** 20 bytes, before it goes to the disk."""


class TrainingConfig(BaseModel):
    """How a model is trained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int = Field(30, ge=1, description="passes over the training data")
    batch_size: int = Field(
        0, ge=0, description="sentences a step, 0 for 32 (8 to 31 for under 2,048 sentences)"
    )
    epoch_updates: int = Field(
        0,
        ge=0,
        description="an epoch goes through small data several times, to have about so many steps; "
        "0: 64 where batch_size is 0, else once",
    )
    accumulate: int = Field(
        1, ge=1, description="parts that each batch is computed in, one after the other, to save memory"
    )
    optimizer: Literal["adamw", "adam", "sgd"] = Field("adamw", description="update rule")
    learning_rate: float = Field(2e-3, gt=0, description="peak step size")
    head_learning_rate: float = Field(
        0.0, ge=0, description="of what lies outside a pretrained encoder, 0 for the same"
    )
    layer_decay: float = Field(
        1.0, gt=0, le=1, description="factor on the step size for each layer down a pretrained encoder"
    )
    weight_decay: float = Field(
        0.01, ge=0, description="on weight matrices; not on embeddings, biases, CRF; not with adam"
    )
    momentum: float = Field(0.9, ge=0, lt=1, description="for sgd")
    schedule: Literal["constant", "linear", "cosine"] = Field("linear", description="after warm-up")
    warmup: float = Field(0.05, ge=0, lt=1, description="share of all steps with a rising step size")
    clip: float = Field(5.0, ge=0, description="largest gradient norm, 0 for none")
    average: float = Field(
        0.999, ge=0, lt=1, description="decay of the running average of weights, 0 for none"
    )
    case_augmentation: float = Field(
        0.0, ge=0, le=1, description="share of sentences an epoch in capitals, lower case or Title Case"
    )
    mention_replacement: float = Field(
        0.0, ge=0, le=1, description="share of entities an epoch that another of their label stands for"
    )
    patience: int = Field(
        0, ge=0, description="stop after so many epochs without a better dev F1, 0 for never"
    )
    train_sample: int = Field(
        1_000, ge=0, description="sentences of train scored each epoch as dev is, at most as many; 0 for none"
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto",
        description="auto: bf16 where the hardware has it and a step is faster with it; fp16 on GPUs",
    )
    threads: NumThreads = Field(0, description="threads of the encoder, 0 for all cores")
    device: str = Field("auto", description="auto, cpu, cuda or cuda:N")
    seed: Seed = Field(13, description="of initial weights, batches and dropout")
    init_from: str | None = Field(None, description="run or bundle whose weights to start from")
    checkpoint_minutes: float = Field(
        5.0, ge=0, description="save so often within an epoch, besides at its end; 0 for ends only"
    )
    checkpoint_steps: int = Field(0, ge=0, description="save after each so many updates, 0 for never")
    trackers: tuple[str, ...] = Field(
        ("tensorboard",), description="which show the figures elsewhere; mlflow, tensorboard, between commas"
    )

    @field_validator("trackers", mode="before")
    @classmethod
    def _split_names(cls, value: Any) -> Any:
        """Take names between commas, as ``--set`` gives them; an empty text is none."""
        return (
            [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value
        )


class DataConfig(BaseModel):
    """Which data, and how it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: str = Field(description="training file")
    train_share: float | None = Field(
        None,
        gt=0,
        le=1,
        description="share of train's documents to learn from, drawn by seed; all by default",
    )
    dev: str | None = Field(None, description="development file; without one a share of train is held out")
    test: str | None = Field(None, description="test file")
    dev_share: float = Field(
        0.1, gt=0, lt=1, description="share of train's documents held out without a dev file"
    )
    tokenizer: str = Field(
        DEFAULT,
        validate_default=True,
        description="of raw text: onoma, whitespace, characters or another; the newest version, or onoma@1",
    )
    format: str | None = Field(None, description="name of the format, by content when not given")
    tag_scheme: str | None = Field(None, description="tag scheme of column files, by content when not given")
    encoding: str = Field("utf-8", description="of the files")
    on_error: Literal["strict", "skip", "repair"] = Field("strict", description="what a damaged record means")
    offset_unit: Literal["codepoint", "utf16", "utf8"] | None = Field(
        None, description="unit of offsets in files, the format's own when not given"
    )
    tag_column: int | None = Field(None, ge=1, description="tag column of column files, found when not given")
    word_column: int | None = Field(
        None, ge=1, description="word column of column files, found when not given"
    )
    comment: str | None = Field(
        None, description="what comments begin with in column files, the usual forms when not given"
    )
    line_ends: Literal["lf", "crlf"] | None = Field(
        None, description="whether offsets count a line end as one or two, found when not given"
    )
    text_column: str | None = Field(None, description="column or key of the text in tables and JSON")
    label_names: tuple[str, ...] = Field((), description="names of tags that are numbers in the data")
    label_map: tuple[str, ...] = Field((), description="A=B renames the label A, A= drops it")
    max_document_mb: int = Field(
        MAX_DOCUMENT_MB, ge=0, description="largest line or document, in million characters; 0 for no bound"
    )
    allow_empty: bool = Field(False, description="go on where a file holds no document or entity")
    on_misaligned: Literal["error", "expand", "shrink", "drop"] = Field(
        "expand", description="entities that do not end at token edges"
    )
    document_labels: Literal["field", "relations", "entities", "none"] | None = Field(
        None, description="what labels a document, the format's own way when not given"
    )
    on_nested: Literal["outermost", "innermost"] = Field(
        "outermost", description="which of nested entities to learn"
    )
    memory_mb: int = Field(
        MEMORY_MB,
        ge=0,
        description="memory for the documents of a file; more are read from the run's disk, 0 for any",
    )

    targets: str | None = Field(
        None, description="folder of what teachers say of unlabelled text; see onoma distill"
    )
    targets_share: float = Field(
        0.5, gt=0, le=1, description="share of batches that are of these; 1: gold is not learned from"
    )
    targets_temperature: float = Field(
        1.0, ge=0.1, le=20, description="above 1 teachers and student are compared at softer probabilities"
    )
    targets_confidence: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="leave sentences out that have a token, or span, of which teachers are less sure",
    )
    targets_min_count: int = Field(
        3, ge=1, description="rarer words of these texts get no vector of their own, unless train has them"
    )

    @field_validator("label_map", mode="before")
    @classmethod
    def _as_assignments(cls, value: Any) -> Any:
        """Take a dictionary, and a single ``A=B``, too; of files what is in them, which no run needs then."""
        if isinstance(value, Mapping):
            return tuple(LabelMap({old: new or "" for old, new in value.items()}).as_assignments())
        listed = (value,) if isinstance(value, str) else value
        if not isinstance(listed, list | tuple) or not all(isinstance(one, str) for one in listed):
            return value
        return tuple(read_label_map(listed).as_assignments())

    @field_validator("train", "dev", "test")
    @classmethod
    def _find_bundled(cls, value: str | None) -> str | None:
        return None if value is None else local_path(value)

    @field_serializer("train", "dev", "test")
    def _name_bundled(self, value: str | None) -> str | None:
        """Store the name, so that the run can be moved to another machine."""
        return None if value is None else portable_path(value)

    @field_validator("tokenizer")
    @classmethod
    def _resolve_tokenizer(cls, value: str) -> str:
        """Store the version, so that the run stays what it was when there is a newer one."""
        return get_tokenizer(value).id

    def read_options(self) -> ReadOptions:
        """Return what the readers need to know.

        Raises:
            ConfigError: an unknown scheme or encoding.
        """
        values = {option: getattr(self, setting) for option, setting in READING_SETTINGS.items()}
        return ReadOptions(**{**values, "labels": read_label_map(self.label_map)})


READING_SETTINGS: Mapping[str, str] = {
    one.name: SETTING_NAMES.get(one.name, one.name)
    for one in fields(ReadOptions)
    if SETTING_NAMES.get(one.name, one.name) in DataConfig.model_fields
}
"""Settings of the data that say how files are read, by the option that each is."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The resolved configuration of a run, as it is stored with it."""

    rung: Rung
    model: TaggerConfig
    training: TrainingConfig
    data: DataConfig

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Return plain values, one table each for model, training and data."""
        return {
            "model": {"id": self.rung.name, **self.model.model_dump(exclude_none=True)},
            "training": self.training.model_dump(exclude_none=True),
            "data": self.data.model_dump(exclude_none=True),
        }

    def idle_options(self) -> dict[str, str]:
        """Return the options that are about tasks which the model does not have, each with its task."""
        there = self.model.task_names()
        fields_of = {task.name: task.Options.model_fields for task in list_tasks() if task.Options}
        own = {name for task in there for name in fields_of.get(task, ())}
        others = {name: task for task, names in fields_of.items() if task not in there for name in names}
        return {name: task for name, task in others.items() if name not in own and self._is_idle(name)}

    def _is_idle(self, option: str) -> bool:
        """Whether an option of another task is there, and is not what chose the tasks, as ``head`` may be."""
        field = type(self.model).model_fields.get(option)
        if field is None:
            return False
        usual = self.model.model_copy(update={option: field.default})
        return usual.task_names() == self.model.task_names()

    def idle_notes(self) -> Iterator[str]:
        """Say which options were set that change nothing."""
        usual = type(self.model).model_fields
        for name, task in self.idle_options().items():
            if (value := getattr(self.model, name)) != usual[name].default:
                yield f"{name} = {value} changes nothing: it is about the task {task}, which the model lacks"

    def as_toml(self) -> str:
        """Return the configuration as a file that ``--config`` takes."""
        import tomli_w

        return tomli_w.dumps(self.as_dict())


Settings = dict[str, dict[str, Any]]
C = TypeVar("C", bound=BaseModel)


def read_settings(path: Path) -> Settings:
    """Read a TOML file into tables.

    Raises:
        ConfigError: the file is missing, not TOML, or has a table that does not exist.
    """
    settings = read_toml(path, "configuration")
    for table, values in settings.items():
        if table not in TABLES or not isinstance(values, dict):
            raise ConfigError(f"{path}: unknown table '{table}'{did_you_mean(table, TABLES)}")
    return settings


def read_run_settings(path: Path) -> Settings:
    """Read the settings that a run stored; those of older ones get what was done at their time.

    Raises:
        ConfigError: see `read_settings`.
    """
    return as_begun(read_settings(path))


def as_begun(stored: Settings) -> Settings:
    """Return settings of a run, or a study, that was begun at any time, with what it was not asked then.

    A setting that is added later has a default that means what was done before. The tokeniser's is another:
    runs have that of their time; and no sample of train was scored.
    """
    defaults = DataConfig(train="").model_dump(mode="json", exclude_none=True, exclude={"train"})
    return {
        **stored,
        "training": {"train_sample": 0, **stored.get("training", {})},
        "data": {**defaults, "tokenizer": FIRST, **stored.get("data", {})},
    }


TABLES = ("model", "training", "data")
"""Of settings, in the order in which bare names are looked up."""


def resolve(model_id: str | None, settings: Settings) -> RunConfig:
    """Check settings against the schemas and fill in defaults.

    Args:
        model_id: the rung's name; when None, the settings' ``model.id``.
        settings: the tables model, training and data.

    Raises:
        ConfigError: an unknown model or key, or a value that does not fit.
    """
    model = dict(settings.get("model", {}))
    named = model.pop("id", None)
    name = model_id or named
    if name is None:
        raise ConfigError("no model is named: give --model, or id under [model] in the configuration")
    rung = get_rung(name).for_options(model)
    return RunConfig(
        rung,
        validate(rung.config, model, "model"),
        validate(TrainingConfig, {**rung.training, **settings.get("training", {})}, "training"),
        validate(DataConfig, settings.get("data", {}), "data"),
    )


def validate(schema: type[C], values: Mapping[str, Any], table: str) -> C:
    """Build a config, turning pydantic's complaints into one line with a hint.

    Raises:
        ConfigError: an unknown key or a value out of range.
    """
    unknown = sorted(set(values) - set(schema.model_fields))
    if unknown:
        hint = did_you_mean(unknown[0], schema.model_fields)
        raise ConfigError(f"unknown setting '{table}.{unknown[0]}'{hint}")
    for name, value in values.items():
        # pydantic would take them for 1 and 0: a network one unit wide, and no word about it
        if isinstance(value, bool) and not _takes_truth(schema.model_fields[name].annotation):
            raise ConfigError(f"{table}.{name}: must not be true or false (given: {value})")
    try:
        return schema(**values)
    except ValidationError as error:
        fault = first_fault(error, with_value=True)
        raise ConfigError(f"{table}.{fault.key}: {fault.message} (given: {fault.given!r})") from None


def _takes_truth(annotation: Any) -> bool:
    """Whether a type, or one of those that it is made of, is of true and false."""
    return annotation in (bool, Any) or any(map(_takes_truth, get_args(annotation))) or annotation is True
