"""Sentences of train in other forms: what they are, what they depend on, and resumed training with them."""

from __future__ import annotations

from collections import Counter
from functools import partialmethod
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from resuming import settings, write_corpus

from onoma.features.examples import Examples, prepare_examples
from onoma.features.labelling import SpanLabelling, TagLabelling
from onoma.features.pieces import PieceFeatures
from onoma.features.words import WordFeatures
from onoma.readers import read_corpus
from onoma.runtime.bundle import load_bundle
from onoma.tags import get_scheme
from onoma.text import Corpus, document_from_sentences
from onoma.training.assembly import Assembly
from onoma.training.augmentation.case import FORMS, CaseChange, LessonCaseChange
from onoma.training.augmentation.mentions import MentionReplacement, apart, put_in
from onoma.training.config import resolve
from onoma.training.events import Epoch, Stopped
from onoma.training.run import Run

LABELS = ("LOC", "PER")
TAGGED = [
    ("John Smith flew to Berlin .", [(0, 2, "PER"), (4, 5, "LOC")]),
    ("Mary met O'Neill in New York City today .", [(0, 1, "PER"), (2, 3, "PER"), (4, 7, "LOC")]),
    ("nothing happened", []),
    ("Oslo", [(0, 1, "LOC")]),
] * 50
SCHEMES = ["BIO", "BIOES", "IOB1", "IO"]


def examples_of(labelling: Any, tagged: Any = TAGGED, context: int = 0) -> tuple[Examples, WordFeatures]:
    documents = [
        document_from_sentences(f"d{n}", [text.split()], [(0, *span) for span in spans])
        for n, (text, spans) in enumerate(tagged)
    ]
    words = [text.split() for text, _ in tagged]
    features = WordFeatures.fit(words, lowercase=True, min_count=1, characters=True)
    return prepare_examples(documents, features, labelling), features


def tag_labelling(scheme: str = "BIOES") -> TagLabelling:
    return TagLabelling(get_scheme(scheme).tags(LABELS), get_scheme(scheme))


def words_of(examples: Examples, features: WordFeatures) -> list[str]:
    spellings = features.types.spellings()
    return [" ".join(spellings[row] for row in rows.tolist()) for rows in examples.rows]


def all_of(examples: Examples) -> np.ndarray:
    return np.arange(len(examples.rows))


def is_one(rows: np.ndarray, others: np.ndarray) -> bool:
    """Whether both are the very same rows, and no copy."""
    return np.shares_memory(rows, others) and len(rows) == len(others)


def test_a_share_of_the_sentences_has_another_case_and_nothing_else() -> None:
    examples, features = examples_of(tag_labelling())
    change = CaseChange(0.6, 13, examples, features, 1_000)
    found = words_of(change(examples, all_of(examples), 1), features)
    given = words_of(examples, features)
    kinds: Counter[str] = Counter()
    for before, after in zip(given, found, strict=True):
        forms = [" ".join(map(form, before.split())) for form in FORMS]
        assert after in (before, *forms)
        if before == given[0]:
            kinds[["kept", "upper", "lower", "title"][(before, *forms).index(after)]] += 1
    # "John Smith flew to Berlin ." has four different forms.
    assert kinds["kept"] < 35
    assert min(kinds.values()) >= 4
    turned = change(examples, all_of(examples), 1)
    assert turned.targets == examples.targets
    assert turned.lengths is examples.lengths
    every = CaseChange(1.0, 13, examples, features, 1_000)(examples, all_of(examples), 1)
    assert sum(one == given[0] for one in words_of(every, features)) == 0


@pytest.mark.parametrize("kind", [CaseChange, MentionReplacement])
def test_it_is_a_function_of_seed_epoch_and_sentence(kind: Any) -> None:
    examples, features = examples_of(tag_labelling())
    rows = [row.copy() for row in examples.rows]

    def made(seed: int, epoch: int, indices: np.ndarray) -> list[str]:
        change = kind(0.5, seed, examples, features, 1_000)
        change(examples.take(indices[:3]), indices[:3], epoch + 5)  # what was asked before has no part in it
        return words_of(change(examples.take(indices), indices, epoch), features)

    whole = made(13, 2, all_of(examples))
    assert made(13, 2, all_of(examples)) == whole
    some = np.array([150, 3, 77, 3])
    assert made(13, 2, some) == [whole[index] for index in some]
    assert made(13, 3, all_of(examples)) != whole
    assert made(14, 2, all_of(examples)) != whole
    assert all(np.array_equal(one, row) for one, row in zip(examples.rows, rows, strict=True))


def test_lessons_are_turned_as_train_is() -> None:
    examples, features = examples_of(tag_labelling())
    change = LessonCaseChange(0.5, 13, examples.rows, features, 1_000)
    expected = CaseChange(0.5, 13, examples, features, 1_000)(examples, all_of(examples), 3).rows
    some = all_of(examples)[::-1]
    found = change(some, 3)
    assert all(np.array_equal(one, expected[index]) for one, index in zip(found, some, strict=True))
    assert any(not np.array_equal(one, examples.rows[index]) for one, index in zip(found, some, strict=True))
    every = LessonCaseChange(1.0, 13, examples.rows, features, 4)  # two of four are too long
    pairs = zip(every(all_of(examples), 1), examples.rows, strict=True)
    assert [np.array_equal(one, row) for one, row in pairs][:4] == [True, True, False, False]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_mentions_are_replaced_by_others_of_their_label(scheme: str) -> None:
    labelling = tag_labelling(scheme)
    examples, features = examples_of(labelling)
    change = MentionReplacement(0.7, 13, examples, features, 1_000)
    made = change(examples, all_of(examples), 1)
    known = {"PER": {"John Smith", "Mary", "O'Neill"}, "LOC": {"Berlin", "New York City", "Oslo"}}
    seen: Counter[str] = Counter()
    texts = words_of(made, features)
    for text, target, length, (_, spans) in zip(texts, made.targets, made.lengths, TAGGED, strict=True):
        words = text.split()
        assert len(words) == len(target) == length
        found = labelling.decode(target)
        assert [label for _, _, label in found] == [label for _, _, label in spans]
        for start, end, label in found:
            assert " ".join(words[start:end]) in known[label]
            seen[" ".join(words[start:end])] += 1
    outside = [word for text in texts for word in text.split() if word in ("flew", "met", "happened")]
    assert len(outside) == 150
    assert min(seen[name] for names in known.values() for name in names) > 20
    assert texts.count(" ".join(TAGGED[0][0].split())) < 30
    unchanged = change(examples.take(np.array([2])), np.array([2]), 1).rows[0]
    assert is_one(unchanged, examples.rows[2])


def test_nested_entities_stay_and_move() -> None:
    tagged = [
        ("John of the Bank of Rome saw Oslo", [(0, 1, "PER"), (3, 6, "PER"), (5, 6, "LOC"), (7, 8, "LOC")]),
        ("Mary Jane Fox", [(0, 3, "PER")]),
    ]
    labelling = SpanLabelling(LABELS, 8)
    examples, features = examples_of(labelling, tagged)
    change = MentionReplacement(1.0, 1, examples, features, 1_000)
    lengths = set()
    for epoch in range(1, 20):
        made = change(examples, all_of(examples), epoch)
        words = words_of(made, features)[0].split()
        lengths.add(len(words))
        spans = {
            (label, " ".join(words[start:end])) for start, end, label in labelling.decode(made.targets[0])
        }
        assert ("PER", "Bank of Rome") in spans
        assert ("LOC", "Rome") in spans
    assert lengths >= {8, 10}


SPANS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4)), max_size=5, unique=True)


@given(SPANS, st.data())
def test_spans_are_found_again_wherever_they_move(drawn, data) -> None:
    spans = [(first, min(first + width, 12), str(number)) for number, (first, width) in enumerate(drawn)]
    rows = np.arange(12, dtype=np.int32)
    free = apart(spans)
    for number in free:
        others = [set(range(*spans[other][:2])) for other in range(len(spans)) if other != number]
        assert all(not set(range(*spans[number][:2])) & other for other in others)
    chosen = {
        number: np.full(data.draw(st.integers(1, 5)), 100 + number, dtype=np.int32)
        for number in free
        if data.draw(st.booleans())
    }
    made, moved = put_in(rows, spans, chosen)
    for number, (old, new) in enumerate(zip(spans, moved, strict=True)):
        expected = chosen.get(number, rows[old[0] : old[1]])
        assert np.array_equal(made[new[0] : new[1]], expected)
    kept = [row for row in made.tolist() if row < 100]
    gone = {place for number in chosen for place in range(*spans[number][:2])}
    assert kept == [row for row in rows.tolist() if row not in gone]


def test_what_would_be_longer_than_the_model_sees_stays(tmp_path) -> None:
    examples, features = examples_of(tag_labelling())
    for kind in (CaseChange, MentionReplacement):
        made = kind(1.0, 13, examples, features, 6)(examples, all_of(examples), 1)
        too_long = [index for index, (text, _) in enumerate(TAGGED) if len(text.split()) > 6]
        assert all(is_one(made.rows[index], examples.rows[index]) for index in too_long)
        assert made.lengths.max() == examples.lengths.max()


@pytest.mark.parametrize("together", [True, False])
def test_what_is_read_around_a_sentence_has_its_case(tmp_path, monkeypatch, together) -> None:
    monkeypatch.setattr(PieceFeatures, "__init__", partialmethod(PieceFeatures.__init__, together=together))
    given = settings(write_corpus(tmp_path / "corpus"), "bert", case_augmentation=1.0)
    given["model"] |= {"context": 4}
    document = document_from_sentences(
        "d", [["Ada", "met", "Bob"], ["He", "left"], ["Rain"]], [(0, 0, 1, "PER")]
    )
    corpus = Corpus((document,), read_corpus(tmp_path / "corpus" / "dev.txt").ledger)
    splits = {"train": corpus, "dev": corpus}
    model = Assembly(resolve(None, given), splits, torch.device("cpu"), pretrained=False)
    examples = model.examples["train"]
    spellings = model.features.types.spellings()
    forms = set()
    read = np.arange(len(examples.lengths)) if together else np.array([1])
    for epoch in range(1, 9):
        made = model._augment(examples.take(read), read, epoch)
        before, after = made.passages.around[0]
        words = [spellings[row] for part in (before, *made.rows, after) for row in part.tolist()]
        forms.add(" ".join(words))
        batch, _ = made.input_batch(model.features, np.array([0]))
        assert batch["piece_lengths"][0] == made.sizes[0]
    assert forms == {"ADA MET BOB HE LEFT RAIN", "ada met bob he left rain", "Ada Met Bob He Left Rain"}


def weights(folder: Any) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in load_bundle(folder / "bundle").tensors.items()}


@pytest.mark.parametrize("rung", ["charcnn-bilstm-crf", "span", "joint"])
def test_training_with_both_goes_on_to_the_same_weights(tmp_path, rung: str) -> None:
    given = settings(write_corpus(tmp_path / "corpus"), rung, epochs=2)
    plain = resolve(None, given)
    given["training"] |= {"case_augmentation": 0.4, "mention_replacement": 0.4}
    config = resolve(None, given)
    events = list(Run(config, tmp_path / "whole").execute())
    run = Run(config, tmp_path / "parts")
    for number, event in enumerate(run.execute()):
        if number == 16:
            run.stop()
        last = event
    assert isinstance(last, Stopped)
    list(Run(config, tmp_path / "parts", resume=True).execute())
    assert weights(tmp_path / "parts") == weights(tmp_path / "whole")
    losses = [event.train_loss for event in events if isinstance(event, Epoch)]
    without = [one.train_loss for one in Run(plain, tmp_path / "plain").execute() if isinstance(one, Epoch)]
    assert losses != without


def test_dev_is_measured_as_it_is(tmp_path) -> None:
    given = settings(write_corpus(tmp_path / "corpus"), "lstm", case_augmentation=1.0)
    run = Run(resolve(None, given), tmp_path / "run")
    objective = run.model.objective("fp32")
    run.model.network.eval()
    before = objective.dev_loss(lambda: False)
    objective._augment = None
    assert objective.dev_loss(lambda: False) == before


def test_nothing_is_done_where_nothing_is_asked_for(tmp_path) -> None:
    run = Run(resolve(None, settings(write_corpus(tmp_path / "corpus"), "lstm")), tmp_path / "run")
    assert run.model._augment is None
