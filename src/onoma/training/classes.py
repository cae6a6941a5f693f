"""How often each class occurs in the data of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from onoma.features.examples import Examples
from onoma.text import Corpus


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """The class distribution; its splits are in the order train, dev, test.

    Args:
        labels: split -> label -> gold mentions, nested ones too.
        tags: split -> tag -> tokens, or for a span head label -> entities, as they are taught.
    """

    labels: dict[str, dict[str, int]]
    tags: dict[str, dict[str, int]]


def count_classes(splits: Mapping[str, Corpus], examples: Mapping[str, Examples]) -> ClassCounts:
    """Count labels and tags.

    Args:
        splits: the documents by split.
        examples: what was made of them, by split.
    """
    labels, by_tag = {}, {}
    for name in ("train", "dev", "test"):
        if name in splits:
            entities = (span for document in splits[name].documents for span in document.entities)
            labels[name] = dict(Counter(span.label for span in entities))
            by_tag[name] = examples[name].labelling.count(examples[name].targets)
    return ClassCounts(labels, by_tag)
