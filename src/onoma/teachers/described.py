"""Labels with definitions and examples, for teachers that find what is described to them.

[endpoint]                        # or [gliner]
...                               # of the kind

[labels.PER]
definition = "a person's name, without titles"
examples = ["John Smith", "Anna"]

[[examples]]
text = "Anna flew to Oslo."
entities = [{ text = "Anna", label = "PER" }, { text = "Oslo", label = "LOC" }]
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from onoma.errors import ConfigError, did_you_mean, first_fault
from onoma.files.toml import read_toml


class Described(BaseModel):
    """What an entity of a label is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    definition: str = Field("", max_length=2000)
    examples: tuple[str, ...] = ()


class Mention(BaseModel):
    """An entity in an example, by its text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(min_length=1)
    label: str


class Example(BaseModel):
    """A text and all its entities."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    entities: tuple[Mention, ...] = ()


class Description(BaseModel):
    """The labels of a described teacher, and texts as examples."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: Annotated[dict[str, Described], Field(min_length=1)]
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _check_examples(self) -> Description:
        for example in self.examples:
            for mention in example.entities:
                if mention.label not in self.labels:
                    raise ValueError(f"an example has the label '{mention.label}', which is not described")
                if mention.text not in example.text:
                    raise ValueError(f"'{mention.text}' is not in the text of its example")
        return self


Settings = TypeVar("Settings", bound=BaseModel)


def read_description(path: Path, table: str, settings: type[Settings]) -> tuple[Settings, Description]:
    """Read a file of described labels.

    Args:
        path: a TOML file.
        table: of the kind's own settings.
        settings: their schema.

    Raises:
        ConfigError: it cannot be read, or something in it is unknown or does not fit.
    """
    content = read_toml(path, "description")
    own = content.pop(table, {})
    if unknown := sorted(set(own) - set(settings.model_fields)):
        raise ConfigError(
            f"{path}: unknown setting '{table}.{unknown[0]}'{did_you_mean(unknown[0], settings.model_fields)}"
        )
    try:
        return settings(**own), Description(**content)
    except ValidationError as error:
        key, message, _ = first_fault(error)
        raise ConfigError(f"{path}: {key or table}: {message}") from None


def has_table(path: Path, table: str) -> bool:
    """Whether a path is a TOML file with such a table."""
    if path.suffix != ".toml" or not path.is_file():
        return False
    try:
        return isinstance(read_toml(path, "description").get(table), Mapping)
    except ConfigError:
        return False
