"""Form ``parts``: of each token, how probable each part in an entity of each label is (BIOES)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from onoma.decode.transitions import Floats
from onoma.features.soft_targets import SoftTagLabelling
from onoma.teachers.base import Teacher
from onoma.teachers.form import DEFAULT, Form
from onoma.teachers.marginals import average, best_spans
from onoma.teachers.spans import TaughtSpan
from onoma.teachers.tables import Ids, Sparse
from onoma.text import Document

_TOP = 8
"""Probabilities kept of a token, at most."""


class Parts(Form):
    """Rows of probabilities, a token each; of nested entities the outermost is taught."""

    name = DEFAULT
    teaches = "tags"
    heads = "--head softmax or crf"
    kept = {"top": _TOP}  # noqa: RUF012
    table = Sparse

    def width(self, labels: Sequence[str]) -> int:
        """Return the columns of a row."""
        return 1 + 4 * len(labels)

    def ask(
        self, teachers: Sequence[Teacher], documents: Sequence[Document], labels: Sequence[str]
    ) -> Sparse:
        """Return the mean of the teachers' rows."""
        answers = [teacher.teach(documents) for teacher in teachers]
        rows = [average(of_one) for of_one in zip(*answers, strict=True)]
        return Sparse.of(np.concatenate(rows), _TOP)

    def sureness(self, table: Sparse, lengths: Ids) -> npt.NDArray[np.float64]:
        """Return the least probability of a token's best part. [S]"""
        best = table.values[table.offsets[:-1]]  # a row's largest comes first
        found = np.ones(len(lengths))
        np.minimum.at(found, np.repeat(np.arange(len(lengths)), lengths), best)
        return found

    def entities(
        self, table: Sparse, lengths: Ids, labels: Sequence[str], *, nested: bool
    ) -> Iterator[list[TaughtSpan]]:
        """Yield the entities on the best row of parts; they never nest."""
        rows = table.dense(self.width(labels))
        for end, length in zip(np.cumsum(lengths).tolist(), lengths.tolist(), strict=True):
            yield best_spans(rows[end - length : end], labels)

    def learned(self, table: Sparse, labelling: SoftTagLabelling) -> tuple[Sparse, str]:
        """Return the table: every part is a tag, or none."""
        return table, ""

    def batch(self, table: Sparse, lengths: Ids, labels: Sequence[str]) -> Floats:
        """Return the rows in full, 0 beyond the lengths. [B, T, 1 + 4L]"""
        mask = np.arange(lengths.max(initial=0)) < lengths[:, None]  # [B, T]
        parts = np.zeros((*mask.shape, self.width(labels)), np.float32)
        parts[mask] = table.dense(self.width(labels))
        return parts


FORM = Parts()
