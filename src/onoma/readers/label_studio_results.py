"""Label Studio's results: how entities, relations and labels stand in an annotation or a prediction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from onoma.readers.json.lines import JsonObject
from onoma.readers.log import ReadLog
from onoma.readers.surfaces import check_surface
from onoma.text import Document


@dataclass(frozen=True, slots=True)
class Controls:
    """Names of the tags of a labelling configuration.

    Args:
        text: of the Text tag.
        entities: of the Labels tag of each label; ``label`` for those that are not named.
        choices: of the Choices tag.
    """

    text: str = "text"
    entities: Mapping[str, str] = field(default_factory=dict)
    choices: str = "choices"

    def of(self, name: str) -> JsonObject:
        """Return what a result says about the control of a name."""
        return {"from_name": name, "to_name": self.text}


USUAL = Controls()


def write_results(document: Document, log: ReadLog, controls: Controls = USUAL) -> Iterator[JsonObject]:
    """Yield a result for each entity, relation, and for all document labels; offsets are code points.

    Args:
        document: with the entities.
        log: counts them.
        controls: of the project.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    for number, span in enumerate(document.entities, 1):
        check_surface(span, document)
        value = {"start": span.start, "end": span.end, "text": span.text, "labels": [span.label]}
        control = controls.of(controls.entities.get(span.label, "label"))
        region = {"id": span.id or f"region-{number}", "type": "labels", **control, "value": value}
        yield region if span.score is None else region | {"score": span.score}
        log.keep_hull(len(span.fragments))
    for one in document.relations:
        ends = {"from_id": one.head, "to_id": one.tail, "direction": "right"}
        yield {"type": "relation", **ends, "labels": [one.label]}
    if document.labels is not None:
        choices = {"choices": list(document.labels)}
        yield {"id": "choices", "type": "choices", **controls.of(controls.choices), "value": choices}


def prediction(document: Document, model: str, log: ReadLog, controls: Controls = USUAL) -> JsonObject:
    """Return what a model suggests as a prediction; its score is the mean of its entities', if any have one.

    Args:
        document: with the suggested entities.
        model: name and version of the model.
        log: counts the entities.
        controls: of the project.

    Raises:
        DataError: an entity that is not the text at its offsets.
    """
    scores = [span.score for span in document.entities if span.score is not None]
    results = write_results(document, log, controls)
    found: JsonObject = {"model_version": model, "result": list(results)}
    return found | ({"score": sum(scores) / len(scores)} if scores else {})
