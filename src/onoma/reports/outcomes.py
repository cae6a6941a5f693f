"""What became of each gold mention and each prediction of one document, as `onoma.metrics` counts it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from onoma.metrics.confusion import count_errors
from onoma.metrics.pairing import pair_spans
from onoma.metrics.spans import SpanTable, spans_from_documents
from onoma.text import Document

CORRECT = "correct"
_KINDS = {  # (same place, same label) of a pair
    (True, True): CORRECT,
    (True, False): "wrong label",
    (False, True): "wrong boundary",
    (False, False): "wrong label and boundary",
}
_Key = tuple[int, int, str]


class Outcomes(NamedTuple):
    """The kind of error of each span by its key, in gold and in predicted, and the counts of the kinds."""

    gold: dict[_Key, str]
    predicted: dict[_Key, str]
    counts: Counter[str]


def find_outcomes(gold: Document, predicted: Document) -> Outcomes:
    """Pair the mentions of a document with its predictions and name the kind of each pair."""
    pairing = pair_spans(spans_from_documents([gold]), spans_from_documents([predicted]))
    gold_keys, predicted_keys = _keys(pairing.gold), _keys(pairing.predicted)
    in_gold = {gold_keys[row]: "missed" for row in pairing.missed.tolist()}
    in_predicted = {predicted_keys[row]: "spurious" for row in pairing.spurious.tolist()}
    pairs = zip(
        pairing.gold_ids.tolist(),
        pairing.predicted_ids.tolist(),
        pairing.same_place.tolist(),
        pairing.same_label.tolist(),
        strict=True,
    )
    for gold_row, predicted_row, same_place, same_label in pairs:
        kind = _KINDS[same_place, same_label]
        in_gold[gold_keys[gold_row]] = kind
        in_predicted[predicted_keys[predicted_row]] = kind
    counts = count_errors(pairing).as_dict()
    return Outcomes(in_gold, in_predicted, Counter({name.replace("_", " "): n for name, n in counts.items()}))


def _keys(table: SpanTable) -> list[_Key]:
    labels = [table.labels[label_id] for label_id in table.label_ids.tolist()]
    return list(zip(table.starts.tolist(), table.ends.tolist(), labels, strict=True))
