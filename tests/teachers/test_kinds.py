"""Teachers of other makers: found by what lies there, read for what they say."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onoma.errors import ConfigError, DataError, MissingExtraError, ModelError
from onoma.readers.label_map import LabelMap
from onoma.teachers import TeacherOptions, list_teachers, open_teacher
from onoma.teachers.marginals import best_spans
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
        assert flat_ner
        self.calls.append((texts, labels, threshold))
        return [
            [{"start": text.index("Anna"), "end": text.index("Anna") + 9, "label": "a person", "score": 0.8}]
            if "Anna" in text
            else []
            for text in texts
        ]


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
