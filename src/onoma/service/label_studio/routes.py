"""The routes of Label Studio's ML backend, and ``/label-studio``, which tells what it does.

The contract is that of HumanSignal's label-studio-ml-backend (``label_studio_ml/api.py``). An address or a
token that a request brings along (``hostname``, ``access_token``, ``params``) is not used.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from fastapi import APIRouter, Request, Response

from onoma.readers.label_studio_results import prediction
from onoma.readers.log import ReadLog
from onoma.service.app import Service
from onoma.service.label_studio.annotations import Annotations, StoreFullError
from onoma.service.label_studio.configuration import Labelling, read_labelling
from onoma.service.label_studio.matching import Matched, match_labels
from onoma.service.label_studio.payloads import (
    Event,
    configuration_of,
    project_of,
    read_event,
    read_object,
    tasks_of,
)
from onoma.service.label_studio.retraining import Retrainer
from onoma.service.label_studio.settings import StudioSettings
from onoma.service.problems import ProblemError
from onoma.service.served import ServedModel
from onoma.text import Document

log = logging.getLogger("onoma.service")
Json = dict[str, Any]

_SHOWN = 20
_MOST_PROJECTS = 256


class Studio:
    """What answers Label Studio.

    Args:
        service: whose first model is asked, and whose limits hold.
        settings: of the backend.
        annotations: where webhooks are kept; None for nowhere.
        retrainer: None where nothing is trained.
    """

    guarded = frozenset(("/setup", "/predict", "/webhook", "/versions", "/label-studio"))
    """Paths that need the token; Label Studio sends it as the password of basic authentication."""
    paths = guarded | {"/health"}

    def __init__(
        self,
        service: Service,
        settings: StudioSettings,
        annotations: Annotations | None = None,
        retrainer: Retrainer | None = None,
    ) -> None:
        self.service, self.settings = service, settings
        self.annotations, self.retrainer = annotations, retrainer
        self._configurations: dict[str, str] = {}
        self._told: set[tuple[str, str, tuple[str, ...]]] = set()
        self.router = APIRouter()
        for method, path, answer in (
            ("GET", "/health", self.health),
            ("GET", "/versions", self.versions),
            ("GET", "/label-studio", self.status),
            ("POST", "/setup", self.setup),
            ("POST", "/predict", self.predict),
            ("POST", "/webhook", self.webhook),
        ):
            # Label Studio describes them, not our OpenAPI.
            self.router.add_api_route(path, answer, methods=[method], include_in_schema=False)

    @property
    def model(self) -> ServedModel:
        """The model that projects get."""
        return next(iter(self.service.models.values()))

    @property
    def version(self) -> str:
        """What Label Studio calls the version of the model: changes whenever the bundle does."""
        described = self.model.description
        return f"{described.name}-{described.version}"

    async def health(self) -> Response:
        """Say that the backend is up."""
        return _json({"status": "UP", "model_class": "Onoma", "model_version": self.version})

    async def versions(self) -> Response:
        """List the versions of the model that can be asked: the one that is served."""
        return _json({"versions": [self.version]})

    async def setup(self, request: Request) -> Response:
        """Check a project's labelling configuration, and name the model's version."""
        payload = await read_object(request, self.service.limits)
        project = project_of(payload)
        _, matched = self._match(payload, project)
        return _json(
            {"model_version": self.version, "unknown_labels": matched.unknown, "unmet_labels": matched.unmet}
        )

    async def predict(self, request: Request) -> Response:
        """Suggest entities for tasks, in their order; a task without a text gets an empty suggestion."""
        deadline = monotonic() + self.service.limits.timeout
        payload = await read_object(request, self.service.limits)
        tasks = tasks_of(payload, self.service.limits.max_texts)
        labelling, matched = self._match(payload, project_of(payload))
        texts = [labelling.text_of(task.get("data")) for task in tasks]
        usable = [text for text in texts if text is not None and "\0" not in text]
        if len(usable) < len(tasks):
            log.warning("%d of %d tasks have no text that can be read", len(tasks) - len(usable), len(tasks))
        model, version = self.model, self.version
        documents = await self.service.wait(request, model, usable, deadline) if usable else []
        found = iter(_suggested(documents, version, labelling, matched))
        results = [
            {"model_version": version, "result": []} if text is None or "\0" in text else next(found)
            for text in texts
        ]
        return _json({"results": results, "model_version": version})

    async def webhook(self, request: Request) -> Response:
        """Keep what was annotated, and begin a training where that is asked for or due."""
        event = read_event(await read_object(request, self.service.limits))
        if event is None:
            return _json({"status": "Unknown event"})
        await self._keep(event)
        started = self.retrainer is not None and self.retrainer.consider(event.project, asked=event.starts)
        if event.starts and self.retrainer is None:
            raise ProblemError(
                409, "no-retraining", "this server does not train: start it with --retrain DATA"
            )
        return _json({"status": "ok", "result": {"training": started}}, 201)

    async def status(self) -> Response:
        """Say what was annotated, what is trained now, and how the last trainings ended."""
        kept, trainer = self.annotations, self.retrainer
        last = await asyncio.to_thread(trainer.history.last, _SHOWN) if trainer else []
        return _json(
            {
                "model_version": self.version,
                "annotated_tasks": kept.num_tasks if kept else None,
                "annotated_since_training": kept.num_fresh if kept else None,
                "training": trainer.current if trainer else None,
                "trainings": last,
            }
        )

    async def stop(self) -> None:
        """End the training that runs."""
        if self.retrainer is not None:
            await self.retrainer.stop()

    async def _keep(self, event: Event) -> None:
        if self.annotations is None:
            return
        try:
            await asyncio.to_thread(self.annotations.add, event.records)
        except StoreFullError:
            full = "the file of annotations is full; move it away and restart"
            log.error("%s", full)
            raise ProblemError(507, "store-full", full) from None
        except OSError as error:
            log.error("annotation cannot be kept: %s", error.strerror)
            raise ProblemError(507, "not-kept", "the annotation cannot be written; see the log") from None

    def _match(self, payload: Json, project: str) -> tuple[Labelling, Matched]:
        """Return how a project labels, by what it sends or sent last, and its labels beside the model's."""
        configuration = configuration_of(payload) or self._configurations.get(project)
        if configuration is None and self.annotations is not None:
            configuration = self.annotations.configuration(project)
        if configuration is None:
            raise ProblemError(422, "no-configuration", "the request has no labelling configuration")
        labelling = read_labelling(configuration)
        if project in self._configurations or len(self._configurations) < _MOST_PROJECTS:
            self._configurations[project] = configuration
        labels = self.model.description.entity_labels
        matched = match_labels(labels, labelling.labels, self.settings.label_map, labelling.hints)
        self._tell_unknown(project, matched)
        return labelling, matched

    def _tell_unknown(self, project: str, matched: Matched) -> None:
        told = (project[:20], self.version, matched.unknown)
        if matched.unknown and told not in self._told and len(self._told) < _MOST_PROJECTS:
            self._told.add(told)
            log.warning(
                "a project does not have these labels of the model, so that their entities are not "
                "suggested: %s; name its own with --label-map MODEL=PROJECT",
                ", ".join(matched.unknown),
            )


def _suggested(
    documents: Sequence[Document], version: str, labelling: Labelling, matched: Matched
) -> list[Json]:
    log = ReadLog()
    chosen = (_with_choices(matched.rename(document), labelling) for document in documents)
    return [prediction(document, version, log, labelling.controls) for document in chosen]


def _with_choices(document: Document, labelling: Labelling) -> Document:
    """Leave document labels to projects that can choose them."""
    if document.labels is None:
        return document
    kept = tuple(label for label in document.labels if label in labelling.choice_names)
    return replace(document, labels=kept or None)


def _json(value: Json, status: int = 200) -> Response:
    return Response(json.dumps(value), status, media_type="application/json")
