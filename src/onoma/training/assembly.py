"""The model of a run: what it reads, what it is taught, the network, and how it tags as it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from onoma.errors import DataError
from onoma.features.class_weights import class_weights, count_tags
from onoma.features.document_labels import (
    DocumentTargets,
    document_targets,
    list_document_labels,
    positive_weights,
)
from onoma.features.examples import Examples, prepare_examples
from onoma.metrics.calibration import Calibration
from onoma.models.base import make_labelling
from onoma.models.joint import JointConfig
from onoma.nn.biaffine import BiaffineHead
from onoma.nn.heads import SoftmaxHead
from onoma.nn.joint import JointNetwork
from onoma.runtime.bundle import Bundle
from onoma.runtime.calibrating import fit_confidence
from onoma.runtime.confidence import Confidence
from onoma.runtime.tagger import Tagger
from onoma.runtime.torch_backend import make_tagger
from onoma.tags import get_scheme
from onoma.text import Corpus
from onoma.training.config import RunConfig
from onoma.training.objectives import JointObjective, Objective, TaggingObjective
from onoma.training.stopping import StoppableBackend
from onoma.training.thresholds import choose_thresholds
from onoma.training.vector_coverage import describe_vectors


class Assembly:
    """A model with fresh weights, and its data.

    Args:
        config: of the run.
        splits: documents by split, ``train`` and ``dev`` among them.
        device: where the network lives.
        say: is told what was made, in lines.
        pretrained: whether weights of a pretrained encoder are to be read, where there are some.

    Raises:
        DataError: a file that the model needs cannot be used, or the data lacks what it is to learn.
        ConfigError: options do not fit each other.
    """

    def __init__(
        self,
        config: RunConfig,
        splits: Mapping[str, Corpus],
        device: torch.device,
        say: Callable[[str], None],
        *,
        pretrained: bool,
    ) -> None:
        self.config = config
        self.device = device
        self.scheme = get_scheme(config.model.scheme)
        self.tags = self.scheme.tags(splits["train"].entity_labels)
        self.document_labels = _document_labels(config, splits["train"])
        self._read(splits, say)
        self._build(say, pretrained=pretrained)
        self.documents: dict[str, DocumentTargets] = {
            name: document_targets(corpus.documents, self.document_labels) for name, corpus in splits.items()
        }
        self._set_weights()
        self._dev = splits["dev"].documents
        self.confidence = Confidence()

    def _read(self, splits: Mapping[str, Corpus], say: Callable[[str], None]) -> None:
        config = self.config
        if vectors := getattr(config.model, "vectors", None):
            say(f"loading word vectors from {vectors}")
        sentences = [words for document in splits["train"].documents for words in document.sentence_words()]
        self.features = config.rung.fit_features(config.model, sentences)
        self.vectors = describe_vectors(self.features, splits, say)
        labelling = make_labelling(config.model, self.tags, self.scheme, config.data.on_nested)
        self.examples: dict[str, Examples] = {
            name: prepare_examples(
                corpus.documents,
                self.features,
                labelling,
                on_misaligned=config.data.on_misaligned,
                window=config.model.max_length,
            )
            for name, corpus in splits.items()
        }
        for name, examples in self.examples.items():
            if examples.ledger.kept != examples.ledger.read:
                say(f"{name}, as taught: {examples.ledger}")

    def _build(self, say: Callable[[str], None], *, pretrained: bool) -> None:
        config = self.config
        torch.manual_seed(config.training.seed)
        network = config.rung.build(config.model, self.features, self.tags, self.scheme, self.document_labels)
        self.network = network.to(self.device)
        if config.rung.load_pretrained is not None and pretrained:
            say(config.rung.load_pretrained(config.model, self.network))
        self.num_parameters = sum(parameter.numel() for parameter in self.network.parameters())
        also = f", {len(self.document_labels)} document labels" if self.document_labels else ""
        say(f"{config.rung.name}: {self.num_parameters:,} parameters, {len(self.tags)} tags{also}")

    def _set_weights(self) -> None:
        """Tell the heads what the training data says about them."""
        options, head = self.config.model, self.network.head
        if isinstance(head, SoftmaxHead) and options.class_weights != "none":
            counts = count_tags(self.examples["train"].targets, len(self.tags))
            weights = torch.from_numpy(class_weights(counts, options.class_weights))
            head.class_weights = weights.to(self.device)
        if isinstance(head, BiaffineHead) and options.span_nesting == "auto":
            head.nested = _overlaps(self.examples["train"])
        if isinstance(self.network, JointNetwork) and self.network.documents is not None:
            assert isinstance(options, JointConfig), "a joint network is built from joint options"
            by_label = positive_weights(self.documents["train"], options.label_weights)
            self.network.documents.positive_weights = torch.from_numpy(by_label).to(self.device)

    def objective(self) -> Objective:
        """Return what the network learns."""
        train, dev, config = self.examples["train"], self.examples["dev"], self.config.training
        if isinstance(self.network, JointNetwork):
            labelled = (train, self.documents["train"]), (dev, self.documents["dev"])
            return JointObjective(self.network, self.features, *labelled, config)
        return TaggingObjective(self.network, self.features, train, dev, config)

    def tagger(self, stopping: Callable[[], bool] = lambda: False, *, with_scores: bool = True) -> Tagger:
        """Return the network as it stands, ready to tag."""
        return make_tagger(
            StoppableBackend(self.network, self.device, stopping),
            self.features,
            self.tags,
            self.scheme,
            self.document_labels,
            window=self.config.model.max_length,
            with_scores=with_scores,
            confidence=self.confidence,
        )

    def calibrate(self, num_unread: int) -> Calibration | None:
        """Fit temperature and thresholds of entity scores on dev.

        Args:
            num_unread: gold entities of dev that were lost on reading.

        Returns:
            The calibration before; None where the model has found nothing.
        """
        if self.network.head is None:
            return None
        self.confidence, calibrations = fit_confidence(self.tagger(), self._dev, num_unread)
        return calibrations[0] if calibrations else None

    def choose_thresholds(self) -> None:
        """Choose on dev from which probability on document labels are given."""
        if isinstance(self.network, JointNetwork) and self.network.documents is not None:
            thresholds = choose_thresholds(self.tagger(), self._dev, self.documents["dev"])
            if thresholds is not None:
                self.network.documents.thresholds.copy_(torch.from_numpy(thresholds))

    def bundle(self) -> Bundle:
        """Return the model as it is stored."""
        options = self.config.model.portable_options()
        if isinstance(self.network.head, BiaffineHead):
            options["span_nesting"] = "nested" if self.network.head.nested else "flat"
        config: dict[str, Any] = {
            "model": self.config.rung.name,
            "options": options,
            "tags": self.tags,
            "scheme": self.scheme.name,
        }
        if self.document_labels:
            config["document_labels"] = list(self.document_labels)
        if self.confidence.thresholds:
            config["confidence"] = self.confidence.model_dump()
        tensors = {name: value.detach().cpu().numpy() for name, value in self.network.state_dict().items()}
        return Bundle(config, self.features.state(), tensors, self.features.arrays())


def _document_labels(config: RunConfig, train: Corpus) -> tuple[str, ...]:
    """The document labels that are to be learned."""
    if not isinstance(config.model, JointConfig) or config.model.tasks == "entities":
        return ()
    labels = list_document_labels(train.documents)
    if not labels:
        raise DataError(
            "train has no document labels: choose where they come from with --document-labels, "
            "or --set tasks=entities",
            code="no-document-labels",
            path=config.data.train,
        )
    return labels


def _overlaps(examples: Examples) -> bool:
    """Whether two entities that are taught share a token; targets are those of spans."""
    for target in examples.targets:
        starts, ends = target[:, 0], target[:, 0] + target[:, 1] + 1
        order = np.argsort(starts, kind="stable")
        if (np.maximum.accumulate(ends[order])[:-1] > starts[order][1:]).any():
            return True
    return False
