"""What goes over the wire."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError, to_json

from onoma.text import Document


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("nul", "NUL")
    return text


Text = Annotated[str, AfterValidator(_without_nul), Field(json_schema_extra={"pattern": "^[^\\u0000]*$"})]


class TagRequest(BaseModel):
    """One text, or several. Each is answered by itself; longer texts may hold many sentences."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    text: Text | None = Field(None, description="A text; the answer is in `results[0]`.")
    texts: list[Text] | None = Field(None, min_length=1, description="Texts, in place of `text`.")
    model: str | None = Field(None, description="Name of the model, the first one when not given.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.texts is None):
            raise PydanticCustomError("one_of_both", "give either text or texts")
        return self

    @property
    def all_texts(self) -> list[str]:
        """The texts, however they were given."""
        return self.texts if self.texts is not None else [self.text or ""]


def request_schema(max_texts: int) -> dict[str, Any]:
    """Return the JSON schema of a request, with what the model's validators ask beyond its types."""
    schema = TagRequest.model_json_schema()
    listed = next(kind for kind in schema["properties"]["texts"]["anyOf"] if kind["type"] == "array")
    listed["maxItems"] = max_texts
    null = {"type": "null"}
    schema["oneOf"] = [
        {"required": ["text"], "properties": {"text": {"type": "string"}, "texts": null}},
        {"required": ["texts"], "properties": {"texts": {"type": "array"}, "text": null}},
    ]
    return schema


class Entity(BaseModel):
    """A mention: `text[start:end]`, offsets in Unicode code points, half-open."""

    start: int = Field(description="First code point, counted from 0.")
    end: int = Field(description="Code point after the last.")
    label: str
    text: str
    score: float | None = Field(description="Probability of exactly this span and label, where there is one.")


class TaggedText(BaseModel):
    """What the model found in one text."""

    entities: list[Entity]
    labels: list[str] | None = Field(
        description="Document labels; null where the model has no document labels."
    )


class TagAnswer(BaseModel):
    """The results, in the order of the texts."""

    model: str
    threshold: float = Field(description="Lowest score of an entity that is given.")
    results: list[TaggedText]


class ModelDescription(BaseModel):
    """A model that is served."""

    name: str
    version: str = Field(description="Beginning of the SHA-256 of the bundle's manifest.")
    entity_labels: list[str]
    document_labels: list[str]
    tokenizer: str = Field(description="Name and version of what cuts texts into tokens.")
    threshold: float = Field(description="Lowest score of an entity that is given.")
    min_recall: float | None = Field(
        description="Mean share of a text's entities that is promised to lie within what is given."
    )


class ModelList(BaseModel):
    """The models; the first one answers requests that name none."""

    models: list[ModelDescription]


class Problem(BaseModel):
    """Why a request was refused."""

    error: str = Field(description="A stable kebab-case kind.")
    message: str = Field(description="Never repeats what was sent.")


def as_json(model: ModelDescription, documents: list[Document]) -> bytes:
    """Return a `TagAnswer` as JSON; what we made ourselves needs no check."""
    results = [
        {
            "entities": [
                {"start": one.start, "end": one.end, "label": one.label, "text": one.text, "score": one.score}
                for one in document.entities
            ],
            "labels": document.labels,
        }
        for document in documents
    ]
    return to_json({"model": model.name, "threshold": model.threshold, "results": results})
