"""The model of a run: what it reads, what it is taught, the network, and how it tags as it stands."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import torch

from onoma.errors import DataError
from onoma.features.examples import Examples, prepare_examples
from onoma.metrics.calibration import Calibration
from onoma.models.base import learn_entities, learn_tasks
from onoma.runtime.bundle import Bundle
from onoma.runtime.calibrating import fit_confidence
from onoma.runtime.confidence import Confidence
from onoma.runtime.manifest import ModelSettings, check_object, settings_of_tasks
from onoma.runtime.precision import Precision
from onoma.runtime.tagger import Tagger
from onoma.runtime.torch_backend import make_tagger
from onoma.tasks import DocumentTask, EntityTask, Task
from onoma.text import Corpus, Document
from onoma.text.stored import StoredDocuments
from onoma.tokenize import get_tokenizer
from onoma.training.augmentation.making import make_augmentation, make_lesson_augmentation
from onoma.training.config import RunConfig
from onoma.training.distillation.lessons import Material, check_student, make_lessons
from onoma.training.distillation.objective import DistillingObjective
from onoma.training.objectives import Objective, Taught
from onoma.training.processes.world import World
from onoma.training.stopping import StoppableBackend
from onoma.training.vector_coverage import describe_vectors

_LOG = logging.getLogger(__name__)


class Assembly:
    """A model with fresh weights, and its data.

    Args:
        config: of the run.
        splits: documents by split, ``train`` and ``dev`` among them.
        device: where the network lives.
        pretrained: whether weights of a pretrained encoder are to be read, where there are some.
        material: what teachers say of unlabelled text; None where there are none.
        folder: on whose disk examples go of splits whose documents are not in memory.

    Raises:
        DataError: a file that the model needs cannot be used, or the data lacks what it is to learn.
        ConfigError: options do not fit each other.
    """

    def __init__(
        self,
        config: RunConfig,
        splits: Mapping[str, Corpus],
        device: torch.device,
        *,
        pretrained: bool,
        material: Material | None = None,
        folder: Path | None = None,
    ) -> None:
        self.config = config
        self._folder = folder
        self.device = device
        train = splits["train"].documents
        self.tasks = _learn(config, train)
        self._entities = next((task for task in self.tasks if isinstance(task, EntityTask)), None)
        # Sentences are cut, and entities accounted for, also for a model that is to find none.
        self._labels = self._entities or learn_entities(config.model, train)
        student = None
        if material is not None:
            gold = config.data.targets_share < 1
            student = check_student(self.tasks, config.model, material, with_gold=gold)
        self._read(splits, material)
        self._lessons = None
        if material is not None and student is not None:
            window, temperature = config.model.max_length, config.data.targets_temperature
            self._lessons = make_lessons(material, student, self.features, window, temperature)
        self._augment = make_augmentation(
            config.training, self.examples["train"], self.features, config.model.max_length
        )
        lessons = () if self._lessons is None else self._lessons.rows
        self._augment_lessons = make_lesson_augmentation(
            config.training, lessons, self.features, config.model.max_length
        )
        self._settle()
        self._build(pretrained=pretrained)
        self.taught = {
            name: Taught(
                self.examples[name],
                {task.role: task.targets(corpus.documents) for task in self._of_documents},
            )
            for name, corpus in splits.items()
        }
        self._tell()
        self._dev = splits["dev"].documents
        self._told: set[str] = set()  # of which tasks dev has no gold
        self.confidence = Confidence()

    def _read(self, splits: Mapping[str, Corpus], material: Material | None) -> None:
        config = self.config
        if vectors := getattr(config.model, "vectors", None):
            _LOG.info(f"loading word vectors from {vectors}")
        own = material is None or config.data.targets_share < 1
        sentences = _Sentences(splits["train"].documents if own else (), material)
        self.features = config.rung.fit_features(config.model, sentences)
        self.vectors = describe_vectors(self.features, splits)
        if self.features.context:
            _tell_context(self.features.context, splits["train"], taught=material is not None)
        labelling = self._labels.labelling(config.data.on_nested)
        self.examples: dict[str, Examples] = {
            name: prepare_examples(
                corpus.documents,
                self.features,
                labelling,
                on_misaligned=config.data.on_misaligned,
                window=config.model.max_length,
                folder=self._folder if isinstance(corpus.documents, StoredDocuments) else None,
            )
            for name, corpus in splits.items()
        }
        for name, examples in self.examples.items():
            if examples.ledger.kept != examples.ledger.read:
                _LOG.info(f"{name}, as taught: {examples.ledger}")

    def _build(self, *, pretrained: bool) -> None:
        config = self.config
        torch.manual_seed(config.training.seed)
        network = config.rung.build(config.model, self.features, self.tasks)
        self.network = network.to(self.device)
        if config.rung.load_pretrained is not None and pretrained:
            _LOG.info(config.rung.load_pretrained(config.model, self.network))
        self.num_parameters = sum(parameter.numel() for parameter in self.network.parameters())
        also = f", {len(self.document_labels)} document labels" if self.document_labels else ""
        _LOG.info(f"{config.rung.name}: {self.num_parameters:,} parameters, {len(self.tags)} tags{also}")

    def _settle(self) -> None:
        """Let the task of entities see the targets of train."""
        if self._entities is not None:
            settled = self._entities.settled(self.examples["train"].targets)
            self.tasks = tuple(settled if task is self._entities else task for task in self.tasks)
            self._entities = settled

    def _tell(self) -> None:
        """Tell the heads what the training data says about them."""
        heads, train = self.network.heads, self.taught["train"]
        for task in self.tasks:
            if isinstance(task, EntityTask):
                task.tell(heads[task.role], train.examples.targets)
            elif isinstance(task, DocumentTask):
                task.tell(heads[task.role], train.of_documents[task.role])

    @property
    def tags(self) -> list[str]:
        """All tags of the scheme for the labels of train."""
        return list(self._labels.settings()["tags"])

    @property
    def document_labels(self) -> tuple[str, ...]:
        """Document labels that are learned; none where there are none."""
        return tuple(label for task in self.tasks for label in task.settings().get("document_labels", ()))

    @property
    def _of_documents(self) -> list[DocumentTask]:
        return [task for task in self.tasks if isinstance(task, DocumentTask)]

    def objective(self, precision: Precision, world: World | None = None) -> Objective:
        """Return what the network learns, in which number format, and with which other processes."""
        train, dev = self.taught["train"], self.taught["dev"]
        if self._lessons is not None:
            return DistillingObjective(
                self.network,
                self.features,
                self.tasks,
                train,
                dev,
                self.config.training,
                self._lessons,
                self.config.data.targets_share,
                precision=precision,
                augment=self._augment,
                augment_lessons=self._augment_lessons,
                world=world,
            )
        return Objective(
            self.network,
            self.features,
            self.tasks,
            train,
            dev,
            self.config.training,
            precision=precision,
            by_document=self.config.model.BY_DOCUMENT,
            augment=self._augment,
            world=world,
        )

    def tagger(self, stopping: Callable[[], bool] = lambda: False, *, with_scores: bool = True) -> Tagger:
        """Return the network as it stands, ready to tag."""
        return make_tagger(
            StoppableBackend(self.network, self.device, stopping),
            self.features,
            self.tasks,
            window=self.config.model.max_length,
            with_scores=with_scores,
            confidence=self.confidence,
            tokenizer=get_tokenizer(self.config.data.tokenizer),
        )

    def dev_scores(self, predicted: Sequence[Document], num_unread: int = 0) -> tuple[tuple[float, int], ...]:
        """Return what each task makes of the dev documents as tagged, and of how many things that is a share;
        tasks without gold in dev are left out.

        Args:
            predicted: the documents as tagged.
            num_unread: gold entities of dev that were lost on reading, to count as missed.
        """
        scores = {task.name: task.dev_score(self._dev, predicted, num_unread) for task in self.tasks}
        missing = {name for name, score in scores.items() if score is None} - self._told
        for name in sorted(missing):
            _LOG.warning(
                f"warning: dev has no gold for {name}: neither epoch nor thresholds are chosen by that"
            )
        self._told |= missing
        return tuple(
            (score, task.dev_gold(self._dev))
            for task, score in zip(self.tasks, scores.values(), strict=True)
            if score is not None
        )

    def calibrate(self, num_unread: int) -> Calibration | None:
        """Fit temperature and thresholds of entity scores on dev.

        Args:
            num_unread: gold entities of dev that were lost on reading.

        Returns:
            The calibration before; None where the model has found nothing.
        """
        if self._entities is None:
            return None
        self.confidence, calibrations = fit_confidence(self.tagger(), self._dev, num_unread)
        return calibrations[0] if calibrations else None

    def choose_thresholds(self) -> None:
        """Choose on dev what the tasks about documents decide by."""
        if not self._of_documents:
            return
        found = self.tagger().document_probabilities(self._dev)
        for task, probabilities in zip(self._of_documents, found, strict=True):
            head = self.network.heads[task.role]
            task.choose(head, probabilities, self.taught["dev"].of_documents[task.role])

    def bundle(self) -> Bundle:
        """Return the model as it is stored.

        Raises:
            BundleError: a task keeps what could not be loaded.
        """
        options = self.config.model.portable_options()
        for task in self.tasks:
            options |= task.settled_options()
        config: dict[str, Any] = {
            "model": self.config.rung.name,
            "options": options,
            **settings_of_tasks((self._labels, *self.tasks)),
            "tokenizer": self.config.data.tokenizer,
        }
        if self.confidence.thresholds:
            config["confidence"] = self.confidence.as_dict()
        tensors = {name: value.detach().cpu().numpy() for name, value in self.network.state_dict().items()}
        settings = check_object(ModelSettings, config, Path("config.json"))
        return Bundle(settings, self.features.state(), tensors, self.features.arrays())


class _Sentences:
    """The words of each sentence that features are fitted to; gone through as often as they like.

    Args:
        documents: of train.
        material: texts of teachers.
    """

    def __init__(self, documents: Sequence[Document], material: Material | None) -> None:
        self._documents, self._material = documents, material

    def __iter__(self) -> Iterator[Sequence[str]]:
        own = (words for document in self._documents for words in document.sentence_words())
        return own if self._material is None else chain(own, self._material.frequent_words())


def _tell_context(context: int, train: Corpus, *, taught: bool) -> None:
    """Log where a model that reads context finds none."""
    if all(len(document.sentences) < 2 for document in train.documents):
        _LOG.warning(
            f"warning: model.context = {context} has nothing to read: every document of train is one "
            "sentence (column files tell documents apart by -DOCSTART- lines)"
        )
    if taught:
        _LOG.info("sentences of teachers are learned without context")


def _learn(config: RunConfig, train: Sequence[Document]) -> tuple[Task, ...]:
    try:
        tasks = learn_tasks(config.model, train)
    except DataError as error:
        raise DataError(error.message, code=error.code, path=config.data.train) from None
    if any(isinstance(task, EntityTask) and not task.labels for task in tasks):
        raise DataError("holds no entity to learn from", code="no-entities", path=config.data.train)
    return tasks
