from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.decode.protocol import Floats
from onoma.decode.tags import TagDecoder
from onoma.decode.transitions import Transitions, scheme_transitions
from onoma.features.pieces import PieceFeatures
from onoma.features.tokenizer_training import train_bpe
from onoma.features.vectors.table import WordVectors
from onoma.features.vocabulary import Vocabulary
from onoma.features.windows import DEFAULT_WINDOW, stream_windows
from onoma.features.word_types import Batch
from onoma.features.words import WordFeatures
from onoma.runtime import running
from onoma.runtime.running import Runner
from onoma.runtime.sentences import Place, group_sentences
from onoma.runtime.tagger import Tagger
from onoma.tags import get_scheme
from onoma.text import Document, document_from_sentences

SCHEME = get_scheme("BIOES")
TAGS = SCHEME.tags(["LOC", "PER"])
RULES = scheme_transitions(TAGS, SCHEME)
WORDS = [f"w{number}" for number in range(50)]


class WordwiseBackend:
    """A model without context: each word has its scores. Remembers how much it was given at once."""

    def __init__(self, unit: str = "words") -> None:
        self.table = np.random.default_rng(4).normal(size=(len(WORDS) + 2, len(TAGS))).astype(np.float32) * 3
        self.unit = unit
        self.shapes: list[tuple[int, ...]] = []

    def outputs(self, batch: Batch) -> dict[str, Floats]:
        self.shapes.append(batch[self.unit].shape)
        scores = self.table[batch["words"]]
        scores[batch["words"] == 0] = 1e6  # padding may hold anything
        return {"emissions": scores}


class CentralBackend:
    """Scores say how far a token is from the ends of what the model sees."""

    def outputs(self, batch: Batch) -> dict[str, Floats]:
        lengths = batch["lengths"][:, None]
        places = np.arange(batch["words"].shape[1])
        depth = np.minimum(places, lengths - 1 - places)
        return {"emissions": np.repeat(depth[:, :, None], len(TAGS), axis=2).astype(np.float32)}


def word_features() -> WordFeatures:
    return WordFeatures(Vocabulary(WORDS, [1] * len(WORDS)))


def transitions() -> Transitions:
    rng = np.random.default_rng(2)
    return Transitions(*(part + rng.normal(size=part.shape) for part in RULES))


def text_of(length: int, seed: int = 0) -> Document:
    chosen = np.random.default_rng(seed).choice(WORDS, size=length).tolist()
    return document_from_sentences(f"d{seed}", [chosen])


def tagger(window: int, features=None, backend=None) -> Tagger:
    given = backend or WordwiseBackend(), features or word_features()
    return Tagger(*given, TagDecoder(TAGS, SCHEME, transitions()), window=window)


def check_equal(left: Document, right: Document) -> None:
    assert [span.key for span in left.entities] == [span.key for span in right.entities]
    scores = [[span.score for span in document.entities] for document in (left, right)]
    np.testing.assert_allclose(*scores, rtol=1e-5)


@given(st.integers(1, 300), st.integers(1, 60))
def test_windows_change_nothing_for_a_model_without_context(length, window) -> None:
    document = text_of(length)
    backend = WordwiseBackend()
    check_equal(tagger(window, backend=backend)(document), tagger(10_000)(document))
    assert all(width <= window for _, width in backend.shapes)


def test_a_long_sentence_among_others_keeps_its_place() -> None:
    documents = [text_of(length, seed) for seed, length in enumerate([5, 200, 1, 90, 0, 7])]
    documents.append(document_from_sentences("last", [WORDS[:3], WORDS * 4, WORDS[:2]]))
    whole, windowed = tagger(10_000), tagger(32)
    expected = whole.tag(documents)
    for left, right in zip(windowed.pipe(documents, chunk_tokens=100), expected, strict=True):
        assert left.id == right.id
        check_equal(left, right)


def test_each_token_is_taken_from_where_it_has_the_most_context() -> None:
    subject = tagger(100, backend=CentralBackend())
    runner = Runner(subject.backend, subject.features, subject.window, [text_of(1000)])
    depths = np.zeros(1000)
    for window, scores in runner.windows(Place(0, 0, 1000)):
        kept = slice(window.keep_start - window.start, window.keep_end - window.start)
        depths[window.keep_start : window.keep_end] = scores[kept, 0]
    assert depths[30:-30].min() >= 12  # a quarter of 100 is shared, half of that lies on either side


def test_pieces_are_counted_with_begin_and_end() -> None:
    features = PieceFeatures(word_features(), train_bpe({"w1": 2}, 262, lowercase=False))
    document = text_of(150)
    backend = WordwiseBackend("pieces")
    check_equal(tagger(40, features, backend)(document), tagger(100_000, features)(document))
    assert max(width for _, width in backend.shapes) <= 40
    assert sum(rows for rows, _ in backend.shapes) > 1


def test_a_word_larger_than_the_window_is_tagged() -> None:
    features = PieceFeatures(word_features(), train_bpe({"w1": 2}, 262, lowercase=False))
    document = document_from_sentences("d", [["w1", "ж" * 50, "w2"]])
    check_equal(tagger(16, features)(document), tagger(1000, features)(document))


def test_normal_sentences_go_in_batches_as_they_are() -> None:
    backend = WordwiseBackend()
    tagger(0, backend=backend).tag([text_of(20, seed) for seed in range(64)])
    assert backend.shapes == [(64, 20)]


def test_a_text_of_one_line_is_tagged_to_its_end() -> None:
    backend = WordwiseBackend()
    text = " ".join(np.random.default_rng(1).choice(WORDS, size=20_000).tolist())
    document = tagger(0, backend=backend)(text)
    assert len(document.tokens) == 20_000
    thirds = {span.start * 3 // len(text) for span in document.entities}
    assert thirds == {0, 1, 2}
    assert max(width for _, width in backend.shapes) <= DEFAULT_WINDOW
    assert max(rows * width for rows, width in backend.shapes) <= 4_096
    probabilities = [span.score for span in document.entities]
    assert all(score is not None and 0 <= score <= 1 for score in probabilities)


def test_tagging_makes_no_tokens_that_nobody_asks_for() -> None:
    text = " ".join(WORDS * 2)
    tagged = [tagger(0)(text), *tagger(0).pipe([text, text])]
    for document in tagged:
        assert document.entities
        with pytest.raises(AttributeError):
            vars(Document)["tokens"].__get__(document)
    assert len(tagged[0].tokens) == 2 * len(WORDS)


def test_units_of_parts_are_the_sums_of_their_words() -> None:
    words = word_features()
    for features in (words, PieceFeatures(words, train_bpe({"w1": 2}, 262, lowercase=False))):
        rows = features.rows(WORDS[5:25])
        starts, ends = np.array([0, 3, 3, 19]), np.array([3, 4, 20, 20])
        expected = [features.sizes(rows[start:end]).sum() for start, end in zip(starts, ends, strict=True)]
        assert features.types.units(rows, starts, ends).tolist() == expected


def test_a_sentence_alone_has_the_inputs_that_it_has_beside_others() -> None:
    vectors = WordVectors(WORDS[:9], np.arange(18, dtype=np.float32).reshape(9, 2))
    letters = Vocabulary.fit("".join(WORDS), min_count=1)
    features = WordFeatures(Vocabulary(WORDS, [1] * len(WORDS)), letters, vectors)
    rows = features.rows(["w3", "w12", "w3", "never"])
    alone, among = features.batch([rows]), features.batch([rows, rows[:1]])
    for name, values in alone.items():
        expected = among[name] if name in ("characters", "vectors") else among[name][:1]
        np.testing.assert_array_equal(values, expected)
        assert values.dtype == among[name].dtype


def test_sentences_that_do_not_cover_their_tokens_keep_to_their_document() -> None:
    whole = text_of(6)
    beyond = Document("b", whole.text, whole.tokens, ((1, 2), (4, 9), (6, 8), (3, 3)))
    assert list(group_sentences([beyond, text_of(3, 1)])) == [[(0, 1, 2), (0, 4, 6), (1, 0, 3)]]
    check_equal(tagger(0).tag([beyond, text_of(3, 1)])[1], tagger(0)(text_of(3, 1)))


def test_a_window_without_room_is_refused() -> None:
    features = PieceFeatures(word_features(), train_bpe({"w1": 2}, 262, lowercase=False))
    with pytest.raises(ValueError, match="no room"):
        tagger(2, features)


def test_sentences_in_groups_and_new_tables_change_nothing(monkeypatch) -> None:
    documents = [text_of(length, seed) for seed, length in enumerate([5, 120, 1, 90, 0, 7])]
    documents.append(document_from_sentences("last", [WORDS[:3], WORDS * 4, WORDS[:2]]))
    expected = tagger(32).tag(documents)
    monkeypatch.setattr(running, "group_sentences", partial(group_sentences, most=40))
    monkeypatch.setattr(running, "stream_windows", partial(stream_windows, section=70))
    monkeypatch.setattr(running, "_KEPT_TYPES", 10)
    for left, right in zip(tagger(32).tag(documents), expected, strict=True):
        check_equal(left, right)


def test_a_table_that_others_use_is_left_as_it_is(monkeypatch) -> None:
    monkeypatch.setattr(running, "_KEPT_TYPES", 10)
    monkeypatch.setattr(running, "group_sentences", partial(group_sentences, most=40))
    subject = tagger(64)
    table = subject.features.types
    sentences = [[f"x{number}" for number in range(start, start + 30)] for start in range(0, 300, 30)]
    subject(document_from_sentences("d", sentences))
    assert subject.features.types is table
    assert len(table) < 100


def test_a_place_in_the_second_group_is_asked_in_its_sentence(monkeypatch) -> None:
    documents = [document_from_sentences("d", [WORDS[:30], WORDS[10:40], WORDS[20:50]])]
    spans = [[(2, 4, "PER"), (33, 34, "LOC"), (61, 63, "PER")]]
    expected = tagger(64).span_probabilities(documents, spans)[0]
    monkeypatch.setattr(running, "group_sentences", partial(group_sentences, most=40))
    np.testing.assert_allclose(tagger(64).span_probabilities(documents, spans)[0], expected, rtol=1e-6)
    assert len(set(expected.tolist())) == 3
