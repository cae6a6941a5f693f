"""A whole training run: from configuration to a folder with model, scores and evidence."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import onoma
from onoma.errors import StoppedError
from onoma.files import write_json, write_text
from onoma.files.locks import FolderLock
from onoma.metrics.calibration import Calibration, bin_scores
from onoma.metrics.report import Evaluation, evaluate
from onoma.metrics.seen import train_mentions
from onoma.readers import write_documents
from onoma.runtime.bundle import Bundle, bundle_size, load_bundle, save_bundle
from onoma.runtime.calibrating import find_outcomes
from onoma.runtime.loading import find_bundle
from onoma.runtime.memory import peak_memory_mb
from onoma.runtime.precision import Precision
from onoma.runtime.tagger import Tagger
from onoma.text import Corpus, Document
from onoma.training.assembly import Assembly
from onoma.training.classes import count_classes
from onoma.training.config import RunConfig
from onoma.training.data import RunData, load_run_data
from onoma.training.denormals import denormals_flushed
from onoma.training.distillation.lessons import load_material
from onoma.training.environment import describe_environment, given_arguments
from onoma.training.events import Epoch, Finished, Step, Stopped
from onoma.training.fingerprints import fingerprint_inputs
from onoma.training.folder import (
    CHECKPOINTS,
    CONFIG,
    COUNTS,
    METRICS,
    claim_folder,
    is_begun,
    remove_checkpoints,
)
from onoma.training.history_log import HistoryLog, NoLog
from onoma.training.jobs.checkpoints import Cadence, CheckpointStore, State
from onoma.training.jobs.job import Job
from onoma.training.loop import Trainer
from onoma.training.overfitting import describe_overfitting
from onoma.training.precision import check_precision, pick_device, set_threads
from onoma.training.precision_choice import PrecisionChoice, known_precision, measure_precision
from onoma.training.processes.world import World
from onoma.training.resume import (
    check_past,
    checked_part,
    circumstances,
)
from onoma.training.rising import describe_nothing_found, describe_rising
from onoma.training.scoring import EpochScorer
from onoma.training.trackers.tracker import RunLogs, TrackedRun, check_trackers
from onoma.training.warm_start import describe_labels, describe_parts, take_over, tell_tokenizer

_LOG = logging.getLogger(__name__)

Event = Step | Epoch


class Run(Job[Event, Finished]):
    """A training run in preparation; what it has to say it logs.

    Args:
        config: the resolved configuration.
        folder: where everything goes; must not hold a run already, unless it is to be resumed.
        resume: go on from the folder's newest usable checkpoint, or begin where there is none.
        world: the processes that train together, all with such a run; the first one's has the folder.

    Raises:
        OutputError: the folder is in use or cannot be written.
        ProcessError: another process has ended, or has other data.
        DataError: the data cannot be read, or is no longer what the run was started with.
        ConfigError: the configuration is not what the run was started with.
        ModelError: the model to start from is missing or does not fit.
    """

    def __init__(
        self, config: RunConfig, folder: Path, *, resume: bool = False, world: World | None = None
    ) -> None:
        self.config = config
        self.resume = resume
        self.world = world or World()
        self._begins = False
        super().__init__(folder)

    def _claim(self) -> FolderLock | None:
        return claim_folder(self.folder, resume=self.resume) if self.world.leads else None

    def _prepare(self) -> None:
        config = self.config
        check_trackers(config.training.trackers)
        self._begins = self.world.leads and not is_begun(self.folder)
        if self._begins:
            # Before anything that takes long, so that a run killed at any moment knows what it was.
            write_text(self.folder / CONFIG, config.as_toml())
        self.threads = set_threads(config.training, self.world)
        self.device = pick_device(config.training, self.world)
        check_precision(config.training, self.device)
        self.inputs = fingerprint_inputs(config, begun=self.resume)
        self.world.agree({"version": onoma.__version__, "configuration": config.as_dict(), **self.inputs})
        self._checkpoints = CheckpointStore(self.folder / CHECKPOINTS)
        self._saved = self.world.lead(self._find_checkpoint) if self.resume else None
        self._past = checked_part(self._saved, "run") if self._saved else {}
        known = known_precision(config.training, self.device, self._past)
        if self._past and known is not None:
            now = circumstances(self.threads, self.device, known.precision, self.world.size)
            check_past(self._past, config, self.inputs, now)
            self.inputs = {**checked_part(self._past, "inputs"), **self.inputs}
        init_from = config.training.init_from if not self._saved else None
        source = load_bundle(find_bundle(init_from)) if init_from else None
        self.data: RunData = load_run_data(config.data, config.training.seed, self.folder)
        for note in config.idle_notes():
            _LOG.warning(note)
        self.model = Assembly(
            config,
            self.data.splits,
            self.device,
            pretrained=self._saved is None,
            material=load_material(config.data),
            folder=self.folder,
        )
        self.init_from: dict[str, Any] | None = self._past.get("init_from")
        if source is not None:
            self._start_from(source, str(init_from))
        self._choice = known or self.world.lead(self._measure_precision)
        self.circumstances = circumstances(self.threads, self.device, self.precision, self.world.size)

    def _measure_precision(self) -> PrecisionChoice:
        return measure_precision(self.model.objective("fp32"), self.model.network, self.world)

    @property
    def precision(self) -> Precision:
        """In which it trains."""
        return self._choice.precision

    def _undo(self, error: BaseException) -> None:
        # After SIGTERM, a job script's next turn goes on with what has begun.
        if self._begins and isinstance(error, Exception | KeyboardInterrupt):
            (self.folder / CONFIG).unlink(missing_ok=True)

    def _start_from(self, source: Bundle, place: str) -> None:
        parts = take_over(self.model.network, self.model.features, self.model.tasks, source)
        self.init_from = describe_parts(parts, place, source)
        tell_tokenizer(source, self.config.data.tokenizer)
        labels = self.data.splits["train"].entity_labels
        self.init_from |= describe_labels(labels, self.model.document_labels, source)

    def _find_checkpoint(self) -> State | None:
        saved = self._checkpoints.newest()
        if saved is None:
            _LOG.warning(f"{self.folder}: no usable checkpoint, so the run starts from the beginning")
            return None
        return saved

    def _work(self) -> Iterator[Event | Finished | Stopped]:
        """Train, evaluate and write.

        The scores are written when the iterator is asked for more after `Finished`, so that a run counts as
        complete only when its caller is done with it, too.
        """
        with closing(RunLogs(self.config.training.trackers if self.world.leads else ())) as logs:
            with denormals_flushed(), self._saving_on_stop():
                started = time.perf_counter() - self._past.get("seconds", 0.0)
                trainer = self._trainer()
                try:
                    yield from self._train(trainer, logs, started)
                except StoppedError:
                    self._save(trainer, started)
            if self.world.stops(self.stopping):
                yield Stopped()
                return
            finished = self.world.lead(lambda: self._finish(trainer, time.perf_counter() - started))
            logs.finish(finished)
        yield finished
        self.world.lead(lambda: self._complete(finished))

    def _complete(self, finished: Finished) -> None:
        write_json(self.folder / METRICS, finished.metrics)
        remove_checkpoints(self.folder / CHECKPOINTS)

    def _trainer(self) -> Trainer:
        objective = self.model.objective(self.precision, self.world)
        training = self.config.training
        score = EpochScorer(
            self.model,
            objective,
            self.data.splits,
            training.train_sample,
            training.seed,
            lambda: self._tagger(with_scores=False),
        )
        trainer = Trainer(
            self.model.network,
            objective,
            score,
            training,
            lambda: self.stopping,
            self.world,
        )
        if self._saved:
            trainer.load_state(checked_part(self._saved, "trainer"))
            self._saved = None  # as large as the network some five times over
            place = trainer.position
            _LOG.info(f"resuming in epoch {place.epoch} after step {place.step}")
        return trainer

    def _train(self, trainer: Trainer, logs: RunLogs, started: float) -> Iterator[Step | Epoch]:
        """Train to the end or until a stop is asked for, logging and saving."""
        cadence = Cadence(self.config.training.checkpoint_minutes, self.config.training.checkpoint_steps)
        if not self._past:
            self._save(trainer, started)
        resumed_in = trainer.position.epoch if self.resume else None
        logs.open(TrackedRun(self.folder, self.config.as_dict(), resumed_in))
        with closing(HistoryLog(self.folder, trainer.history) if self.world.leads else NoLog()) as history:
            for event in trainer.epochs():
                ended = isinstance(event, Epoch)
                if isinstance(event, Epoch):
                    logs.add(event)
                    history.add(event)
                yield event
                due = cadence.due(trainer.position.step, epoch_ended=ended, finished=trainer.finished)
                stops = self.world.stops(self.stopping)
                if due or stops:
                    with cadence.saving():
                        self._save(trainer, started)
                if stops:
                    return

    def _save(self, trainer: Trainer, started: float) -> None:
        if not self.world.leads:
            return  # its state is that of the first process, but for random numbers, which it begins anew
        run = {
            "config": self.config.as_dict(),
            "inputs": self.inputs,
            "circumstances": self.circumstances,
            "precision": self._choice.as_dict(),
            "init_from": self.init_from,
            "seconds": time.perf_counter() - started,
            "resumed": self._num_resumed,
            "arguments": self._arguments,
        }
        place = trainer.position
        self._checkpoints.save(place.epoch, place.step, {"run": run, "trainer": trainer.state()})

    @property
    def _num_resumed(self) -> int:
        """How often the run was taken up from a checkpoint."""
        return int(self._past["resumed"]) + 1 if self._past else 0

    @property
    def _arguments(self) -> list[str]:
        """The command that began the run, however often it was taken up."""
        return list((self._past or {}).get("arguments", given_arguments()))

    def _tagger(self, *, with_scores: bool = True) -> Tagger:
        return self.model.tagger(lambda: self._stoppable and self.stopping, with_scores=with_scores)

    def _finish(self, trainer: Trainer, seconds: float) -> Finished:
        history = trainer.history
        self.model.choose_thresholds()
        uncalibrated = self._calibrate()
        save_bundle(self.folder / "bundle", self.model.bundle())
        metrics: dict[str, Any] = {
            "model": self.config.rung.name,
            "seed": self.config.training.seed,
            "parameters": self.model.num_parameters,
            "epochs": len(history),
            "best_epoch": trainer.kept.epoch,  # named when it was that of the highest score
            "train_seconds": seconds,
            "train_tokens_per_second": _mean([epoch.tokens_per_second for epoch in history]),
            "bundle_bytes": bundle_size(self.folder / "bundle"),
        }
        looks = (describe_overfitting, describe_rising, describe_nothing_found)
        if notes := [note for look in looks if (note := look(history))]:
            metrics["notes"] = notes
            for note in notes:
                _LOG.info(note)
        if self.init_from:
            metrics["init_from"] = self.init_from
        if self.model.vectors:
            metrics["vectors"] = self.model.vectors
        evaluations: dict[str, Evaluation] = {}
        (self.folder / "predictions").mkdir(exist_ok=True)
        for name in ("dev", "test"):
            corpus = self.data.splits.get(name)
            if corpus is not None:
                reading = self.data.reading.get(name)
                num_unread = reading.num_unread if reading else 0
                evaluations[name], predicted = self.evaluate(corpus, num_unread)
                metrics[name] = evaluations[name].as_dict()
                if name == "dev":
                    scores = self.model.dev_scores(predicted, num_unread)
                    metrics["dev_choice"] = (
                        _mean([score for score, _ in scores]) if scores else evaluations[name].entity.micro.f1
                    )
                if before := uncalibrated.get(name):
                    temperature = self.model.confidence.temperature
                    metrics[name]["calibration"] |= {
                        "uncalibrated_ece": before.ece,
                        "temperature": temperature,
                    }
                write_documents(self.folder / "predictions" / f"{name}.jsonl", predicted)
        by_document = {name: one.document_counts_as_dict() for name, one in evaluations.items()}
        write_json(self.folder / COUNTS, by_document)
        metrics["peak_memory_mb"] = peak_memory_mb()
        write_json(self.folder / "ledger.json", self._ledgers())
        facts: dict[str, Any] = {"processes": self.world.size, "threads": self.threads}
        facts |= {"device": str(self.device), **self._choice.as_dict()}
        began = {"arguments": self._arguments, "resumed": self._num_resumed}
        environment = describe_environment(**facts, **began, inputs=self.inputs)
        write_json(self.folder / "environment.json", environment)
        counts = count_classes(self.data.splits, self.model.examples)
        return Finished(metrics, history, evaluations, counts, uncalibrated)

    def _calibrate(self) -> dict[str, Calibration]:
        """Fit the temperature on dev; return how the scores were calibrated before it, by split."""
        dev = self.model.calibrate(self.data.num_unread("dev"))
        if dev is None:
            return {}
        _LOG.info(f"temperature of entity scores, fitted on dev: {self.model.confidence.temperature:.2f}")
        before = {"dev": dev}
        if (test := self.data.splits.get("test")) is not None:
            outcomes = find_outcomes(self._tagger(), test.documents, [1.0])
            if (calibration := bin_scores(outcomes.scores[0], outcomes.correct)) is not None:
                before["test"] = calibration
        return before

    def evaluate(self, corpus: Corpus, num_unread: int) -> tuple[Evaluation, list[Document]]:
        """Score the network on a split; all gold entities of the file count, the unread ones as missed."""
        predicted = self._tagger().tag(corpus.documents)
        mentions = train_mentions(self.data.splits["train"].documents)
        evaluation = evaluate(
            corpus.documents,
            predicted,
            train_mentions=mentions,
            num_unread=num_unread,
        )
        return evaluation, predicted

    def _ledgers(self) -> dict[str, Any]:
        return {
            "reading": {name: ledger.as_dict() for name, ledger in self.data.reading.items()},
            "labels": self.data.labels,
            "tagging": {name: examples.ledger.as_dict() for name, examples in self.model.examples.items()},
        }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))
