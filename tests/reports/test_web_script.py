"""What the page's script makes of texts, words and scores is what Python makes of them."""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Iterator

import numpy as np
import pytest
from hostile_texts import KNOWN, made_texts
from hypothesis import given
from hypothesis import strategies as st
from node import Node, find_node

from onoma.decode.tags import TagDecoder
from onoma.decode.transitions import Transitions, add_transitions, scheme_transitions, zero_transitions
from onoma.features.casing import casing_id
from onoma.features.vectors.eight_bits import restore_vectors
from onoma.features.vectors.subwords import Subwords, subword_ids
from onoma.features.vectors.table import WordVectors
from onoma.features.windows import OVERLAP, split_windows
from onoma.features.words import WordFeatures
from onoma.tags.scheme import SCHEMES, get_scheme
from onoma.tokenize import get_tokenizer

pytestmark = pytest.mark.skipif(find_node() is None, reason="node is not installed: no JavaScript can be run")

FUNCTIONS = """
  tokenize(text) { const { words, starts, sentences } = tokenize(text); return [words, starts, sentences]; },
  cases(texts) { return texts.map((text) => [toLower(text), toUpper(text)]); },
  casings(words) { return words.map((word) => CASINGS.indexOf(casing(word))); },
  subwords(word, ...rest) { return subwordIds(word, ...rest); },
  windows(...given) { return splitWindows(...given).map((w) => [w.start, w.end, w.keepStart, w.keepEnd]); },
  half(values) { return values.map(roundToHalf); },
  decode(settings, arrays, emissions) {
    const named = Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, { values }]));
    const decoder = new Decoder(settings, named);
    return decoder.decode(Float32Array.from(emissions)).map((e) => [e.start, e.end, e.label, e.score]);
  },
  batch(state, tensors, words) {
    const features = new Features(state, readTensors(Uint8Array.from(Buffer.from(tensors, "hex"))));
    return Object.fromEntries(Object.entries(features.batch(words)).map(
      ([name, { values, shape }]) => [name, [Array.from(values, Number), shape]]));
  },
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    process = Node(tmp_path_factory.mktemp("node"), FUNCTIONS)
    yield process
    process.close()


def cut(text: str) -> list[object]:
    tokenizer = get_tokenizer("onoma@1")
    tokens = list(tokenizer.tokenize(text))
    sentences = [list(one) for one in tokenizer.sentences(text, tokens)]
    return [[token.text for token in tokens], [token.start for token in tokens], sentences]


@pytest.mark.parametrize("text", KNOWN)
def test_known_texts_are_cut_alike(node: Node, text: str) -> None:
    assert node.ask("tokenize", text) == cut(text)


def test_made_texts_are_cut_alike(node: Node) -> None:
    for text in made_texts(1_500):
        assert node.ask("tokenize", text) == cut(text), repr(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_any_text_is_cut_alike(node: Node, text: str) -> None:
    assert node.ask("tokenize", text) == cut(text)


def test_every_character_is_what_python_says(node: Node) -> None:
    # Alone, and beside a letter, a digit, a stop: in lines of some thousand, so that it does not take long.
    chars = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    kept = [char for char in chars if unicodedata.category(char) not in ("Co", "Cn")]
    for first in range(0, len(kept), 20_000):
        text = " ".join(f"{char} a{char}1 {char}. {char}'s" for char in kept[first : first + 20_000 : 7])
        assert node.ask("tokenize", text) == cut(text)
    # All of them: the browser's Unicode may be of another year, and know another case of a letter.
    words = [word for char in kept for word in (char, f"A{char}1")]
    found = node.ask("casings", words)
    differing = [word for word, one in zip(words, found, strict=True) if one != casing_id(word)]
    assert differing == []


def test_every_character_has_the_case_that_python_gives_it(node: Node) -> None:
    planes = (*range(0xD800), *range(0xE000, 0x20000), *range(0x20000, sys.maxunicode, 97))
    texts = [chr(code) for code in planes]
    texts += [f"a{char}Σ{char}" for char in texts[::5]]
    assert node.ask("cases", texts) == [[text.lower(), text.upper()] for text in texts]


@given(st.text(st.sampled_from("aΣσßİ.'’\u0301\u00ad ʰ1ǆ"), max_size=8))
def test_a_sigma_is_final_where_python_says(node: Node, text: str) -> None:
    assert node.ask("cases", [text]) == [[text.lower(), text.upper()]]


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(1, 500),
)
def test_subwords_fall_into_the_same_buckets(
    node: Node, word: str, least: int, more: int, buckets: int
) -> None:
    ours = subword_ids(word, least, least + more, buckets)
    assert node.ask("subwords", word, least, least + more, buckets) == list(ours)


@given(st.integers(1, 4_000), st.integers(16, 1_100))
def test_windows_lie_where_they_lie(node: Node, length: int, limit: int) -> None:
    theirs = split_windows(np.ones(length, np.int64), limit, min(OVERLAP, limit // 4))
    assert node.ask("windows", length, limit) == [list(window) for window in theirs]


@given(st.lists(st.floats(-60_000, 60_000, width=32)))
def test_halves_are_rounded_alike(node: Node, values: list[float]) -> None:
    expected = np.array(values, np.float32).astype(np.float16).astype(float)
    assert np.array_equal(np.array(node.ask("half", values), float), expected)


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
@pytest.mark.parametrize("head", ["crf", "softmax"])
@pytest.mark.parametrize("constrained", [True, False])
def test_entities_and_their_probabilities_are_the_same(
    node: Node, scheme: str, head: str, constrained: bool
) -> None:
    tags = tuple(get_scheme(scheme).tags(["LOC", "B-X", "PER"]))
    rng = np.random.default_rng(len(tags) + constrained)
    size = len(tags)
    found = 0
    for length in (1, 2, 3, 7, 30, 200):
        shapes = ((size,), (size, size), (size,))
        scores = Transitions(*(rng.normal(0, 2, shape).astype(np.float32) for shape in shapes))
        transitions = scores if head == "crf" else zero_transitions(size)
        if constrained:
            transitions = add_transitions(transitions, scheme_transitions(tags, get_scheme(scheme)))
        decoder = TagDecoder(tags, get_scheme(scheme), transitions, temperature=1.3)
        emissions = rng.normal(0, 2, (1, length, size)).astype(np.float32)
        names = ("transitions.start", "transitions.matrix", "transitions.end")
        arrays = {name: array.ravel().tolist() for name, array in zip(names, scores, strict=True)}
        settings = {"tags": tags, "scheme": scheme, "constrained": constrained, "temperature": 1.3}
        ours = node.ask("decode", settings, arrays if head == "crf" else {}, emissions.ravel().tolist())
        theirs = [one[1:] for one in decoder.decode(emissions, np.array([length]))]
        assert [tuple(one[:3]) for one in ours] == [tuple(one[:3]) for one in theirs]
        assert [one[3] for one in ours] == pytest.approx([one[3] for one in theirs], abs=1e-5)
        found += len(ours)
    assert found > 20


@pytest.mark.parametrize("kind", ["none", "half", "single", "eight"])
def test_the_network_is_given_the_same(node: Node, kind: str) -> None:
    from safetensors.numpy import save

    rng = random.Random(3)
    known = ["The", "the", "Berlin", "UNO", "straße", "слово", "x" * 40, "東京"]
    strange = [
        "berlin",
        "BERLIN",
        "uno",
        "Слово",
        "nowhere",
        "😀",
        "½",
        "3-D",
        "iPhone",
        "A",
        "'",
        "y" * 33,
        "É1",
    ]
    tensors = {} if kind == "none" else _vectors(known, kind)
    vectors = WordVectors.from_arrays(restore_vectors(tensors)) if tensors else None
    features = WordFeatures.fit([known * 3], lowercase=True, min_count=1, characters=True, vectors=vectors)
    for _ in range(20):
        words = rng.choices(known + strange, k=rng.randint(1, 30))
        ours = node.ask("batch", features.state(), save(tensors).hex(), words)
        theirs = features.batch([features.rows(words)])
        assert ours.keys() == theirs.keys()
        for name in ("words", "casing", "lengths"):
            assert ours[name] == [theirs[name].ravel().tolist(), list(theirs[name].shape)]
        for name in ours.keys() & {"characters", "vectors"}:  # rows may be in another order
            table = np.array(ours[name][0]).reshape(ours[name][1])
            assert np.allclose(table[ours["types"][0]], theirs[name][theirs["types"][0]], atol=1e-6)


def _vectors(words: list[str], kind: str) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    rows, buckets = (rng.normal(size=(count, 5)).astype(np.float32) for count in (len(words), 50))
    if kind != "eight":
        exact = np.float16 if kind == "half" else np.float32
        return WordVectors(words, rows.astype(exact), Subwords(3, 5, buckets.astype(exact))).arrays()
    arrays = WordVectors(words, rows, Subwords(3, 5, buckets)).arrays()
    for name in ("vectors.rows", "vectors.buckets"):
        scales = np.abs(arrays[name]).max(axis=1, keepdims=True).astype(np.float32) / 127
        arrays[f"{name}.scales"] = scales
        arrays[name] = np.round(arrays[name] / scales).astype(np.int8)
    return arrays
