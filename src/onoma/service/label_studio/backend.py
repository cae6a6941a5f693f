"""The backend from its settings: its folder, the model that is served, and what answers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from onoma.errors import ConfigError
from onoma.runtime.loading import find_bundle
from onoma.service.app import Service
from onoma.service.label_studio.annotations import Annotations
from onoma.service.label_studio.export import LabelStudio
from onoma.service.label_studio.history import accepted_source
from onoma.service.label_studio.retraining import Retrainer
from onoma.service.label_studio.routes import Studio
from onoma.service.label_studio.settings import StudioSettings
from onoma.service.reload import Reloader
from onoma.service.served import Source

log = logging.getLogger("onoma.service")


class Backend:
    """Holds the folder as long as it is open.

    Args:
        settings: of the backend.
        origin: the first model, as the user named it.

    Raises:
        ConfigError: the environment names a Label Studio by half, or the model cannot be trained on.
        OutputError: the folder cannot be used, or another process is at it.
        ModelError: there is no such model.
    """

    def __init__(self, settings: StudioSettings, origin: Source) -> None:
        self.settings, self.origin, self.source = settings, origin, origin
        self._exports = LabelStudio.from_environment() if settings.retraining else None
        self.annotations = None if settings.folder is None else Annotations(settings.folder)
        try:
            if settings.folder is not None:
                self.source = accepted_source(settings.folder, origin)
            self._check_trainable()
        except BaseException:
            self.close()
            raise

    def studio(self, service: Service, reloader: Reloader) -> Studio:
        """Return what answers."""
        self._tell_mistyped(service.models[self.source.name].description.entity_labels)
        retrainer = None
        if self.settings.retraining is not None and self.annotations is not None:
            model = service.models[self.source.name]
            retrainer = Retrainer(
                self.settings, self.annotations, model, reloader, self.origin, self._exports
            )
        return Studio(service, self.settings, self.annotations, retrainer)

    def close(self) -> None:
        """Let go of the folder."""
        if self.annotations is not None:
            self.annotations.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the folder."""
        self.close()

    def _tell_mistyped(self, labels: Sequence[str]) -> None:
        unknown = [label for label in self.settings.label_map if label not in labels]
        if unknown:
            log.warning(
                "--label-map: the model has no label %s; it has %s",
                ", ".join(unknown),
                ", ".join(labels) or "none",
            )

    def _check_trainable(self) -> None:
        how = self.settings.retraining
        if how is None:
            return
        start = how.init_from or self.source.model
        if (find_bundle(start) / "model.onnx").exists():
            raise ConfigError(
                f"{start}: is exported and cannot be trained on; name the run or bundle that it was made "
                "from with --init-from"
            )
