"""What a network reaches after an epoch: on dev, and on a part of train that is the same in every epoch.

Both are tagged as everything is, by a `Tagger`; nothing that training depends on is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from onoma.metrics.documents import document_scores
from onoma.metrics.exact import entity_scores, match_exact
from onoma.metrics.spans import spans_from_documents
from onoma.metrics.tagging import tag_ids_of_spans, tokens_of_documents
from onoma.metrics.tokens import token_accuracy
from onoma.runtime.tagger import Tagger
from onoma.tags import get_scheme
from onoma.text import Corpus, Document
from onoma.training.assembly import Assembly
from onoma.training.loop import DevScore
from onoma.training.objectives import Objective

_SCHEME = "BIO"
"""Of token accuracy, as in `onoma.metrics.report`, whatever scheme a model has."""

_STREAM = 4
"""Of the random numbers of a seed."""


class Reached(NamedTuple):
    """Entities by exact match, and the share of tokens with the right tag."""

    precision: float
    recall: float
    f1: float
    accuracy: float


class Gold:
    """Documents with gold, that predictions for them are compared with again and again."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = documents
        self._spans = spans_from_documents(documents)
        self._tokens = tokens_of_documents(documents)

    def score(self, predicted: Sequence[Document]) -> Reached:
        """Compare the same documents as tagged."""
        match = match_exact(self._spans, spans_from_documents(predicted))
        micro = entity_scores(match).micro
        scheme = get_scheme(_SCHEME)
        tags = (tag_ids_of_spans(spans, self._tokens, scheme) for spans in (match.gold, match.predicted))
        return Reached(micro.precision, micro.recall, micro.f1, token_accuracy(*tags))


class EpochScorer:
    """Scores a network as it stands.

    Args:
        model: whose it is.
        objective: has the dev loss made of the pass that tags dev, where it can be.
        splits: ``train`` and ``dev`` among them.
        sample: sentences of train that are scored, too; at most as many as dev has.
        seed: draws their documents.
        tagger: the network, ready to tag.
    """

    def __init__(
        self,
        model: Assembly,
        objective: Objective,
        splits: Mapping[str, Corpus],
        sample: int,
        seed: int,
        tagger: Callable[[], Tagger],
    ) -> None:
        self._model, self._objective, self._tagger = model, objective, tagger
        dev, train = splits["dev"].documents, splits["train"].documents
        self._dev = Gold(dev)
        most = min(sample, sum(len(document.sentences) for document in dev))
        self._train = Gold(draw_documents(train, most, seed))

    def __call__(self) -> DevScore:
        """Tag and compare.

        Raises:
            StoppedError: a stop has been asked for.
        """
        seen = self._objective.watch_dev()
        tagger = self._tagger()
        documents = self._dev.documents
        predicted = tagger.tag(documents, watch=seen.see if seen else None)
        reached = self._dev.score(predicted)
        labels = document_scores(documents, predicted)
        on_train = None
        if tagger.decoder is not None and self._train.documents:
            on_train = self._train.score(tagger.tag(self._train.documents))
        return DevScore(
            *reached[:3],
            documents=None if labels is None else labels.micro.f1,
            scores=self._model.dev_scores(predicted),
            loss=None if seen is None else seen.mean,
            accuracy=None if tagger.decoder is None else reached.accuracy,
            train_f1=None if on_train is None else on_train.f1,
            train_accuracy=None if on_train is None else on_train.accuracy,
        )


def draw_documents(documents: Sequence[Document], sentences: int, seed: int) -> list[Document]:
    """Return documents at random, in the old order, with at most so many sentences in all.

    Whole ones, since what is found in a sentence may depend on its document. Where all are longer than that
    it is the shortest one.
    """
    if sentences < 1:
        return []
    counts = np.array([len(document.sentences) for document in documents], dtype=np.int64)
    chosen: list[int] = []
    left = sentences
    for index in np.random.default_rng((seed, _STREAM)).permutation(np.flatnonzero(counts)).tolist():
        if counts[index] <= left:
            chosen.append(index)
            left -= int(counts[index])
    if not chosen and counts.any():
        chosen = [int(np.where(counts, counts, counts.max() + 1).argmin())]
    return [documents[index] for index in sorted(chosen)]
