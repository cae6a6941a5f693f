"""Teachers of other makers: found by what lies there, read for what they say."""

from __future__ import annotations

import json
import sys
import types
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onoma.errors import ConfigError, DataError, MissingExtraError, ModelError
from onoma.readers.label_map import LabelMap
from onoma.teachers import Teacher, TeacherOptions, list_teachers, open_teacher
from onoma.teachers.marginals import best_spans, from_spans
from onoma.teachers.spans import entities_of_spans
from onoma.text import Document
from onoma.tokenize import tokenize_document
from tiny_encoders import encoder_config, write_encoder

TEXTS = ["Anna Berg flew to Oslo.", "Rain."]


def documents(texts: list[str] = TEXTS) -> list[Document]:
    return [tokenize_document(Document(str(place), text)) for place, text in enumerate(texts)]


def spans_of(teacher: Any, texts: list[str] = TEXTS) -> list[list[tuple[int, int, str]]]:
    found = []
    for document, marginals in zip(documents(texts), teacher.teach(documents(texts)), strict=True):
        assert marginals.shape == (len(document.tokens), 1 + 4 * len(teacher.labels))
        np.testing.assert_allclose(marginals.sum(axis=1), 1, atol=1e-5)
        found.append([span[:3] for span in best_spans(marginals, teacher.labels)])
    return found


def nested_of(teacher: Any, texts: list[str] = TEXTS) -> list[list[tuple[int, int, str, float]]]:
    """Return what a teacher says of spans, which has to be probabilities."""
    found = teacher.teach_spans(documents(texts))
    for document, spans in zip(documents(texts), found, strict=True):
        whole: dict[tuple[int, int], float] = {}
        for first, end, label, value in spans:
            assert any(base <= first < end <= last for base, last in document.sentences)
            assert label in teacher.labels
            assert value > 0
            whole[first, end] = whole.get((first, end), 0) + value
        assert max(whole.values(), default=0) <= 1 + 1e-6
        assert len({span[:3] for span in spans}) == len(spans)
    return found


def test_kinds_are_listed() -> None:
    assert [kind.name for kind in list_teachers()] == [
        "endpoint", "gliner", "hf", "onoma", "predictions", "spacy",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "error", "said"),
    [
        ("nowhere", ModelError, "nowhere"),
        ("spacyy:x", ConfigError, "did you mean 'spacy'"),
        ("spacy:", ConfigError, "names no teacher"),
        ("spacy:no_such_pipeline", ModelError, "spaCy cannot load it"),
    ],
)
def test_what_is_none(place: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        open_teacher(place, TeacherOptions())
    assert "\n" not in str(caught.value)


def test_a_shipped_model_is_soft() -> None:
    teacher = open_teacher("en", TeacherOptions(labels=LabelMap({"per": "PER", "tim": ""})))
    assert "PER" in teacher.labels
    assert not {"per", "tim"} & set(teacher.labels)
    text = ["Anna Berg flew to Oslo on Sunday."]
    assert ("PER") in {label for _, _, label in spans_of(teacher, text)[0]}
    # Of a name as plain as that a small model is sure; of what may be a place, a person or a team none is.
    (marginals,) = teacher.teach(documents(["Paris beat Lyon Jordan in Chelsea Park."]))
    assert ((marginals > 0.001) & (marginals < 0.999)).any()


def test_a_model_of_tags_says_how_probable_spans_are() -> None:
    import onoma

    text = ["It rained.", "Paris beat Lyon Jordan in Chelsea Park."]
    teacher = open_teacher("en", TeacherOptions())
    found = nested_of(teacher, text)
    asked = [[span[:3] for span in spans] for spans in found]
    assert len(asked[1]) > len(spans_of(teacher, text)[1]), "more than the best row"
    wanted = onoma.load("en").span_probabilities(documents(text), asked)
    for spans, values in zip(found, wanted, strict=True):
        assert [span[3] for span in spans] == pytest.approx(values.tolist(), abs=1e-5)
    assert not teacher.nested


def test_labels_of_spans_are_mapped() -> None:
    text = ["Paris beat Lyon Jordan in Chelsea Park."]
    plain = nested_of(open_teacher("en", TeacherOptions()), text)[0]
    every = {span[2] for span in plain}
    (merged,) = nested_of(
        open_teacher("en", TeacherOptions(labels=LabelMap(dict.fromkeys(every, "X")))), text
    )
    whole: dict[tuple[int, int], float] = {}
    for first, end, _, value in plain:
        whole[first, end] = whole.get((first, end), 0) + value
    assert {span[:2]: span[3] for span in merged} == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize("nesting", ["nested", "flat"])
def test_a_model_of_spans_says_how_probable_all_are(tmp_path: Path, nesting: str) -> None:
    from onoma.runtime.bundle import save_bundle
    from onoma.runtime.loading import load
    from random_models import random_bundle

    options = {"base": "bilstm", "word_dim": 8, "hidden_dim": 8, "span_dim": 6, "span_width": 3}
    options["span_nesting"] = nesting
    words = [document.words for document in documents()]
    save_bundle(tmp_path / "bundle", random_bundle("span", options, words, (), seed=3, spread=1.0))
    teacher = open_teacher(str(tmp_path / "bundle"), TeacherOptions())
    assert teacher.nested == (nesting == "nested")
    found = nested_of(teacher)
    asked = [[span[:3] for span in spans] for spans in found]
    assert any(first[:2] != other[:2] for first, other in zip(asked[0], asked[0][1:], strict=False))
    tagger = load(str(tmp_path / "bundle"))
    for spans, values in zip(found, tagger.span_probabilities(documents(), asked), strict=True):
        assert [span[3] for span in spans] == pytest.approx(values.tolist(), abs=1e-5)
    # Its entities are what those probabilities mean.
    tagged = [[(one.start, one.end, one.label) for one in each.entities] for each in tagger.tag(documents())]
    read = [
        [document.span_of_tokens(first, end, label)[:3] for first, end, label, _ in entities_of_spans(
            spans, nested=teacher.nested
        )]
        for document, spans in zip(documents(), found, strict=True)
    ]  # fmt: skip
    assert [sorted(one) for one in read] == [sorted(one) for one in tagged]


def test_predictions_in_one_another(tmp_path: Path) -> None:
    path = tmp_path / "theirs.jsonl"
    entities = [
        {"start": 0, "end": 22, "label": "EVENT", "score": 0.6},
        {"start": 0, "end": 9, "label": "PER", "score": 0.75},
        {"start": 18, "end": 22, "label": "LOC"},
    ]
    lines = [{"text": text, "entities": some} for text, some in zip(TEXTS, (entities, []), strict=True)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    teacher = open_teacher(str(path), TeacherOptions(confidence=0.9))
    assert teacher.nested
    assert nested_of(teacher) == [[(0, 2, "PER", 0.75), (0, 5, "EVENT", 0.6), (4, 5, "LOC", 0.9)], []]
    assert not teacher.notes
    assert spans_of(teacher) == [[(0, 5, "EVENT")], []]
    assert teacher.notes["nested"] == 2


def test_who_only_knows_parts_names_spans_by_them() -> None:
    class Kind(Teacher):
        """As another package may have one."""

        place, labels, notes = "kind", ("PER",), Counter[str]()

        @property
        def digest(self) -> str:
            return ""

        def teach(self, documents: Sequence[Document]) -> list[Any]:
            spans = [[(0, 2, "PER", 0.8)], []]
            return [
                from_spans(some, one.num_tokens, self.labels)
                for some, one in zip(spans, documents, strict=True)
            ]

    assert nested_of(Kind()) == [[(0, 2, "PER", pytest.approx(0.8))], []]


def test_predictions_by_their_text(tmp_path: Path) -> None:
    path = tmp_path / "theirs.jsonl"
    entities = [
        {"start": 0, "end": 9, "label": "PER", "score": 0.75},
        {"start": 18, "end": 22, "label": "LOC"},
    ]
    lines = [{"text": TEXTS[1], "entities": []}, {"text": TEXTS[0], "entities": entities}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    teacher = open_teacher(str(path), TeacherOptions(confidence=0.9))
    assert spans_of(teacher) == [[(0, 2, "PER"), (4, 5, "LOC")], []]
    marginals = teacher.teach(documents())[0]
    assert marginals[0].max() == pytest.approx(0.75)
    assert marginals[4].max() == pytest.approx(0.9)
    with pytest.raises(DataError, match="holds no predictions for a text"):
        teacher.teach(documents(["Another text."]))


@pytest.fixture(scope="module")
def hugging_face(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import AutoModelForTokenClassification

    folder = tmp_path_factory.mktemp("hf") / "model"
    write_encoder(folder)
    pieces = json.loads((folder / "config.json").read_text())["vocab_size"]
    tags = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    config = encoder_config("bert", pieces, id2label=dict(enumerate(tags)), num_labels=5)
    torch.manual_seed(2)
    model = AutoModelForTokenClassification.from_config(config)
    model.save_pretrained(folder)
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]"})
    )
    return folder


def test_a_hugging_face_folder(hugging_face: Path) -> None:
    teacher = open_teacher(str(hugging_face), TeacherOptions())
    assert teacher.labels == ("LOC", "PER")
    one, two = teacher.teach(documents())
    spans_of(teacher)
    alone = teacher.teach(documents()[:1])[0]
    np.testing.assert_allclose(alone, one, atol=1e-5, err_msg="it depends on the batch")
    assert len(two) == len(documents()[1].tokens)
    # Of entities of one token: of two at most, so that all begin or are one word.
    spans = nested_of(teacher)
    best = {span[:3] for span in spans_of(teacher)[0]}
    assert best <= {span[:3] for span in spans[0]}
    for first, end, label, value in spans[0]:
        begins = one[first, 1 + 4 * teacher.labels.index(label) :][[0, 3]].sum()
        assert value <= begins + 1e-5, (first, end)
    # The probability of O is the network's own, whatever the scheme.
    import torch

    given = teacher._tokenizer(["Rain", "."], is_split_into_words=True, return_tensors="pt")
    with torch.inference_mode():
        scores = teacher._network(**given).logits.softmax(dim=-1)[0]
    first = given.word_ids(0).index(0)
    assert two[0, 0] == pytest.approx(float(scores[first, 0]), abs=1e-4)


def test_a_long_sentence_is_cut_and_counted(hugging_face: Path) -> None:
    teacher = open_teacher(str(hugging_face), TeacherOptions())
    text = "Anna flew to Oslo " * 300
    (marginals,) = teacher.teach(documents([text]))
    np.testing.assert_allclose(marginals.sum(axis=1), 1, atol=1e-5)
    assert teacher.notes["sentence cut in parts"] >= 1
    assert teacher.notes["word without pieces"] == 0


def test_pickles_are_refused(hugging_face: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    folder.mkdir()
    (folder / "config.json").write_bytes((hugging_face / "config.json").read_bytes())
    (folder / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ModelError, match="pickle"):
        open_teacher(str(folder), TeacherOptions())


@pytest.mark.parametrize(
    ("names", "tags", "scheme"),
    [
        (["O", "B-A", "I-A"], ["O", "B-A", "I-A"], "BIO"),
        (["O", "PER", "LOC"], ["O", "I-PER", "I-LOC"], "IO"),
        (["O", "B_A", "I_A"], ["O", "B-A", "I-A"], "BIO"),
        (["S-A", "B-A", "I-A", "E-A", "O"], ["S-A", "B-A", "I-A", "E-A", "O"], "BIOES"),
    ],
)
def test_tags_of_other_models(names: list[str], tags: list[str], scheme: str) -> None:
    from onoma.teachers.kinds.hugging_face import scheme_of, tags_of

    found = tags_of(dict(enumerate(names)), Path("m"))
    assert found == tags
    assert scheme_of(found).name == scheme


def test_labels_of_something_else_are_refused() -> None:
    from onoma.teachers.kinds.hugging_face import tags_of

    with pytest.raises(ModelError, match="no tag O"):
        tags_of({0: "LABEL_0", 1: "LABEL_1"}, Path("m"))


@pytest.mark.filterwarnings("ignore")
def test_a_spacy_pipeline(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Anna Berg"}, {"label": "GPE", "pattern": "Oslo"}])
    nlp.to_disk(tmp_path / "pipeline")
    teacher = open_teacher(str(tmp_path / "pipeline"), TeacherOptions(labels=LabelMap({"PERSON": "PER"})))
    assert teacher.labels == ("GPE", "PER")
    assert spans_of(teacher) == [[(0, 2, "PER"), (4, 5, "GPE")], []]
    assert nested_of(teacher) == [[(0, 2, "PER", 1.0), (4, 5, "GPE", 1.0)], []]
    spacy.blank("en").to_disk(tmp_path / "empty")
    with pytest.raises(ModelError, match="finds entities"):
        open_teacher(str(tmp_path / "empty"), TeacherOptions())


class FakeGliner:
    """Stands for the library: it is not installed where these tests run."""

    calls: list[tuple[list[str], list[str], float]] = []  # noqa: RUF012

    @classmethod
    def from_pretrained(cls, folder: str, local_files_only: bool = False) -> FakeGliner:
        assert local_files_only
        return cls()

    def inference(
        self, texts: list[str], labels: list[str], flat_ner: bool = False, threshold: float = 0.0
    ) -> list[list[dict[str, Any]]]:
        self.calls.append((texts, labels, threshold))
        found: list[list[dict[str, Any]]] = []
        for text in texts:
            start = text.find("Anna")
            places = () if start < 0 else ((start, start + 9, 0.8), (start, start + 4, 0.6))
            several = [{"start": first, "end": end, "label": "a person", "score": score}
                       for first, end, score in places]  # fmt: skip
            found.append(several[:1] if flat_ner else several)
        return found


@pytest.fixture
def gliner(tmp_path: Path) -> str:
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("gliner_config.json", "model.safetensors"):
        (folder / name).write_text("{}")
    path = tmp_path / "teacher.toml"
    path.write_text('[gliner]\nfolder = "model"\n[labels.PER]\ndefinition = "a person"\n[labels.LOC]\n')
    return str(path)


def test_gliner(gliner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("gliner")
    module.GLiNER = FakeGliner  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gliner", module)
    teacher = open_teacher(gliner, TeacherOptions())
    assert teacher.labels == ("LOC", "PER")
    assert spans_of(teacher, ["Rain. So Anna Berg left."]) == [[(3, 5, "PER")]]
    (found,) = nested_of(teacher, ["Rain. So Anna Berg left."])
    assert found == [(3, 4, "PER", 0.6), (3, 5, "PER", 0.8)]
    assert FakeGliner.calls[-1] == (["Rain.", "So Anna Berg left."], ["a person", "LOC"], 0.5)
    spans_of(teacher, ["Anna Berg and so on " * 90])
    assert max(len(text.split()) for texts, _, _ in FakeGliner.calls for text in texts) <= 200


def test_gliner_says_what_it_needs(gliner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gliner", None)
    with pytest.raises(MissingExtraError, match=r"onoma\[gliner\]"):
        open_teacher(gliner, TeacherOptions())
    with pytest.raises(ConfigError, match="TOML"):
        open_teacher(str(tmp_path / "model"), TeacherOptions())
    (tmp_path / "model" / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="pickles"):
        open_teacher(gliner, TeacherOptions())
