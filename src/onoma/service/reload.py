"""Taking over new bundles while serving: on SIGHUP, and when a bundle's files have changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from onoma.errors import OnomaError
from onoma.runtime.trial import stop_trials
from onoma.service.metrics import Metrics
from onoma.service.served import ServedModel, Source, Stamp

log = logging.getLogger("onoma.service")


class Reloader:
    """Reloads models, one at a time; one that cannot be used leaves the old one in place.

    Args:
        models: that are served.
        metrics: counts attempts.
    """

    def __init__(self, models: Iterable[ServedModel], metrics: Metrics) -> None:
        self.models = list(models)
        self.metrics = metrics
        self._one = asyncio.Lock()

    async def reload_all(self) -> None:
        """Reload every model."""
        for model in self.models:
            await self._reload(model)

    async def watch(self, seconds: float) -> None:
        """Look after every bundle every so many seconds, for ever.

        A change counts once two looks in a row see the same files: someone may be copying.
        """
        seen: dict[str, Stamp | None] = {}
        while True:
            await asyncio.sleep(seconds)
            for model in self.models:
                stamp = await asyncio.to_thread(model.source.stamp)
                name = model.source.name
                settled = stamp == seen.get(name)
                seen[name] = stamp
                if stamp is not None and settled and stamp != model.stamp:
                    await self._reload(model)

    async def take(self, model: ServedModel, place: str) -> bool:
        """Serve the bundle or run at another place under the same name; returns whether it is served now."""
        return await self._reload(model, Source(model.source.name, place))

    async def _reload(self, model: ServedModel, source: Source | None = None) -> bool:
        async with self._one:
            name = model.source.name
            try:
                await asyncio.to_thread(model.take, source or model.source)
            except asyncio.CancelledError:
                stop_trials()  # nobody waits for a bundle when serving ends
                raise
            except Exception as error:  # whatever it is, the next reload must be possible
                self.metrics.reloads.labels(name, "failed").inc()
                what = error if isinstance(error, OnomaError) else type(error).__name__
                log.error("%s is not reloaded, the old model stays: %s", name, what)
                return False
            else:
                self.metrics.reloads.labels(name, "ok").inc()
                log.warning("%s is reloaded: version %s", name, model.description.version)
                return True
