"""The spaCy component, in a real spaCy."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import entry_points

import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin

import onoma
from onoma.errors import ConfigError, ModelError
from onoma.integrations.spacy import OnomaComponent, document_from_doc
from onoma.tokenize import get_tokenizer

TEXT = "John Smith flew from  Berlin to Oslo.\n\n The bank of Acme Ltd hired Mary, not Bob! Mary?"
TEXTS = [TEXT, "", "Oslo", " \n ", "Bob flew. Mary flew.", "😀 " + TEXT] * 3


def found(doc: Doc) -> list[tuple[int, int, str, float]]:
    return [(one.start_char, one.end_char, one.label_, one._.score) for one in doc.ents]


def test_spacy_finds_it_by_its_entry_point() -> None:
    (entry,) = entry_points(group="spacy_factories", name="onoma")
    assert entry.load().__module__ == "onoma.integrations.spacy"
    code = "import spacy; assert spacy.blank('en').has_factory('onoma')"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_entities_are_those_of_the_offline_model_on_the_same_tokens(flat, pipeline) -> None:
    nlp, tagger = pipeline(flat), onoma.load(flat)
    doc = nlp(TEXT)
    document = tagger(document_from_doc(nlp.make_doc(TEXT)))
    assert document.words == [token.text for token in doc if not token.is_space]
    assert found(doc) == [(*one[:3], one.score) for one in document.entities]
    assert found(doc)
    assert all(0 < one[3] <= 1 for one in found(doc))


def test_a_stream_gives_what_single_calls_give(flat, pipeline) -> None:
    nlp = pipeline(flat)
    single = [[one[:3] for one in found(nlp(text))] for text in TEXTS]
    for batch_size in (1, 4, 100):
        docs = list(nlp.pipe(TEXTS, batch_size=batch_size))
        assert [doc.text for doc in docs] == TEXTS
        assert [[one[:3] for one in found(doc)] for doc in docs] == single


def test_a_batch_of_one_is_not_kept_waiting(flat, pipeline) -> None:
    asked: list[int] = []
    stream = pipeline(flat).pipe((asked.append(number) or "Oslo" for number in range(9)), batch_size=1)
    next(stream)
    assert len(asked) < 9


def test_nested_entities_and_document_labels(nested, pipeline) -> None:
    doc = pipeline(nested)(TEXT)
    whole = doc.spans["onoma"]
    document = onoma.load(nested)(document_from_doc(doc))
    assert [(one.start_char, one.end_char, one.label_) for one in whole] == [
        one[:3] for one in document.entities
    ]
    assert whole.attrs["scores"].tolist() == pytest.approx([one.score for one in document.entities])
    assert 0 < len(doc.ents) < len(whole)
    for span in whole:
        assert any(one.start <= span.start and span.end <= one.end for one in doc.ents)
    assert set(doc.cats) == {"sport", "war", "trade"}
    assert {label for label, value in doc.cats.items() if value == 1.0} == set(document.labels or ())


def test_scores_survive_bytes_and_docbins(flat, pipeline) -> None:
    nlp = pipeline(flat)
    doc = nlp(TEXT)
    again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    (stored,) = DocBin(docs=[doc], store_user_data=True).get_docs(nlp.vocab)
    assert found(again) == found(stored) == found(doc)
    assert again.spans["onoma"].attrs["scores"].tolist() == doc.spans["onoma"].attrs["scores"].tolist()


def test_sentences_of_other_components_are_respected(flat, pipeline) -> None:
    nlp = pipeline(flat)
    words = [*TEXT.split(), "\n"]
    starts = [index in (0, 3, 5) for index in range(len(words))]
    doc = Doc(nlp.vocab, words=words, sent_starts=starts)
    assert document_from_doc(doc).sentences == ((0, 3), (3, 5), (5, len(words) - 1))
    assert document_from_doc(Doc(nlp.vocab, words=words)).sentences[0] != (0, 3)
    one = replace(get_tokenizer("onoma"), sentences=lambda text, tokens: ((0, len(tokens)),))
    assert document_from_doc(Doc(nlp.vocab, words=words), one).sentences == ((0, len(words) - 1),)
    borders = {3, 5}
    for one in nlp(doc).ents:
        assert not borders & set(range(one.start + 1, one.end))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=4).filter(lambda word: "\x00" not in word), max_size=8), st.data())
def test_any_tokens_fit(flat_component, words, data) -> None:
    words = [word for word in words if word]
    spaces = [data.draw(st.booleans()) for _ in words]
    doc = flat_component(Doc(spacy.blank("en").vocab, words=words, spaces=spaces))
    for one in doc.ents:
        assert one.text.strip()
        assert 0 <= one._.score <= 1


@pytest.fixture(scope="session")
def flat_component(flat) -> OnomaComponent:
    return OnomaComponent(str(flat), 1, 0.0)


def test_min_score_leaves_out_the_unsure(flat, pipeline) -> None:
    scores = sorted(one[3] for one in found(pipeline(flat)(TEXT)))
    middle = scores[len(scores) // 2]
    kept = [one[3] for one in found(pipeline(flat, min_score=middle)(TEXT))]
    assert sorted(kept) == [score for score in scores if score >= middle]


def test_a_saved_pipeline_holds_the_place_of_the_model_only(flat, pipeline, tmp_path) -> None:
    nlp = pipeline(flat)
    nlp.to_disk(tmp_path / "saved")
    files = [path for path in (tmp_path / "saved").rglob("*") if path.is_file()]
    assert not [path for path in files if "onoma" in path.name or path.suffix in (".onnx", ".safetensors")]
    again = spacy.load(tmp_path / "saved")
    assert found(again(TEXT)) == found(nlp(TEXT))
    again.from_bytes(nlp.to_bytes())
    assert found(again(TEXT)) == found(nlp(TEXT))
    component = pickle.loads(pickle.dumps(nlp.get_pipe("onoma")))
    assert component.settings == (str(flat), 1, 0.0, 0.0)
    assert len(pickle.dumps(nlp.get_pipe("onoma"))) < 1000


def test_wrong_use_is_a_clear_error(pipeline, flat, tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"component 'onoma': name a model"):
        spacy.blank("en").add_pipe("onoma")
    with pytest.raises(ModelError, match="no such run or bundle"):
        pipeline(tmp_path / "nothing")
    with pytest.raises(ConfigError, match="min_score must be from 0 to 1"):
        pipeline(flat, min_score=1.5)


def test_importing_onoma_does_not_import_spacy() -> None:
    code = "import sys, onoma; onoma.load; assert not [m for m in sys.modules if m == 'spacy']"
    subprocess.run([sys.executable, "-c", code], check=True)
    blocked = "import sys; sys.modules['spacy'] = None\ntry:\n    import onoma.integrations.spacy\n"
    done = subprocess.run(
        [sys.executable, "-c", blocked + "except Exception as error:\n    print(error)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "needs spaCy: pip install 'onoma[spacy]'\n"


def test_threads_may_share_a_component(flat, pipeline) -> None:
    texts = [
        f"{name}x{number} flew from Berlin to y{number}Z" for number in range(40) for name in ("Bob", "Mary")
    ]
    alone, shared = pipeline(flat), pipeline(flat)
    expected = [[one[:3] for one in found(doc)] for doc in alone.pipe(texts, batch_size=1)]
    assert any(expected)
    component = shared.get_pipe("onoma")
    # Docs are made beforehand: spaCy's own tokeniser and vocabulary are its affair.
    docs = [[shared.make_doc(text) for text in texts] for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            done = [list(pool.map(component, one)) for one in docs[:2]]
            done += pool.map(lambda one: list(component.pipe(one, batch_size=3)), docs[2:])
    finally:
        sys.setswitchinterval(interval)
    assert [[[one[:3] for one in found(doc)] for doc in part] for part in done] == [expected] * 4
