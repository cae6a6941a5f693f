"""What every model must do, whatever it is made of."""

from pathlib import Path

import numpy as np
import pytest
import torch

from onoma.features.examples import prepare_examples
from onoma.features.labelling import TagLabelling
from onoma.features.vectors import Subwords, WordVectors, save_vectors
from onoma.metrics.exact import entity_scores, match_exact
from onoma.metrics.spans import spans_from_documents
from onoma.models import get_rung, list_rungs
from onoma.nn.network import SentenceBatch
from onoma.nn.soft_targets import SoftTargets
from onoma.runtime.bundle import Bundle, load_bundle, save_bundle
from onoma.runtime.manifest import ModelSettings, settings_of_tasks
from onoma.runtime.torch_backend import TorchBackend, make_tagger, network_from_bundle
from onoma.tags import get_scheme
from onoma.tasks import DocumentTask, EntityTask
from onoma.teachers import TeacherOptions
from onoma.teachers.base import HardTeacher
from onoma.teachers.form import get_form
from onoma.text import document_from_sentences
from onoma.training.config import TrainingConfig
from onoma.training.loop import DevScore, Trainer
from onoma.training.objectives import Objective, Taught
from random_models import tasks_of
from tiny_encoders import write_encoder

SENTENCES = [
    ("John Smith flew to Berlin .", [(0, 2, "PER"), (4, 5, "LOC")]),
    ("The bank in Oslo closed .", [(3, 4, "LOC")]),
    ("Acme Ltd hired Mary .", [(0, 2, "ORG"), (3, 4, "PER")]),
    ("Nothing happened today .", []),
    ("Paris Hilton visited Paris .", [(0, 2, "PER"), (3, 4, "LOC")]),
    ("In 1999 Kofi Annan led the United Nations .", [(2, 4, "PER"), (6, 8, "ORG")]),
    ("Rain", []),
    ("She reads the New York Times in New York", [(3, 6, "ORG"), (7, 9, "LOC")]),
]
DOCUMENTS = [
    document_from_sentences(
        f"d{index}",
        [text.split()],
        [(0, first, end, label) for first, end, label in spans],
        ("place",) if any(span[2] == "LOC" for span in spans) else (),
    )
    for index, (text, spans) in enumerate(SENTENCES)
]
RECURRENT = ("rnn", "lstm", "bilstm", "bilstm-crf", "charcnn-bilstm-crf")
SMALL = {"hidden_dim": 24, "dropout": 0.1, "word_dropout": 0.0}
TRANSFORMER = {**SMALL, "num_heads": 2, "feedforward_dim": 32, "lstm_dim": 16, "input_dropout": 0.1}
TRANSFORMER |= {"lstm_dropout": 0.1}
PIECES = {"units": "pieces", "vocabulary_size": 150, "piece_dim": 16}
VARIANTS = {
    f"{name}+{head}": (name, {**SMALL, "word_dim": 16, "head": head})
    for name in RECURRENT
    for head in ("softmax", "crf")
}
VARIANTS |= {
    "bilstm+frozen": ("bilstm", {**SMALL, "word_dim": 16, "vectors": "file"}),
    "charcnn-bilstm-crf+tuned": (
        "charcnn-bilstm-crf",
        {**SMALL, "word_dim": 0, "vectors": "file", "vectors_mode": "tuned"},
    ),
    "transformer+words": ("transformer", {**TRANSFORMER, "word_dim": 16}),
    "transformer+vectors": ("transformer", {**TRANSFORMER, "word_dim": 16, "vectors": "file"}),
    "transformer+pieces": ("transformer", {**TRANSFORMER, **PIECES, "word_dim": 0, "head": "softmax"}),
    "transformer+mean": (
        "transformer",
        {**TRANSFORMER, **PIECES, "word_dim": 8, "pooling": "mean", "norm": "post"},
    ),
    "transformer-lstm+words": ("transformer-lstm", {**TRANSFORMER, "word_dim": 16, "positions": "learned"}),
    "transformer-lstm+pieces": (
        "transformer-lstm",
        {**TRANSFORMER, **PIECES, "word_dim": 0, "casing_dim": 0, "char_dim": 0, "positions": "sinusoidal"}
        | {"scaled": True, "norm": "post", "lstm_bidirectional": False, "head": "softmax"}
        | {"specials": True, "activation": "relu"},
    ),
}


VARIANTS |= {
    "bert+bert": ("bert", {"encoder": "bert", "head": "softmax"}),
    "bert+roberta": ("bert", {"encoder": "roberta", "head": "crf", "pooling": "mean", "casing_dim": 4}),
    "bert+distilbert": ("bert", {"encoder": "distilbert", "casing_dim": 4, "char_dim": 6, "char_filters": 6}),
    "bert+electra": ("bert", {"encoder": "electra", "head": "crf", "gradient_checkpointing": True}),
    "bert+deberta": ("bert", {"encoder": "deberta-v2", "pooling": "mean"}),
}
BASE = {"base": "bilstm", **SMALL, "word_dim": 16}
VARIANTS |= {
    "span+bilstm": ("span", {**BASE, "span_dim": 20, "span_dropout": 0.1}),
    "span+bert": ("span", {"base": "bert", "encoder": "bert", "span_dim": 20}),
    "joint+bilstm": ("joint", {**BASE, "head": "crf", "document_dim": 8}),
    "joint+span": (
        "joint",
        {**BASE, "head": "span", "span_dim": 20, "document_dim": 8, "weighting": "fixed"},
    ),
    "joint+pieces": (
        "joint",
        {"base": "transformer", **TRANSFORMER, **PIECES, "word_dim": 0, "document_dim": 8, "casing_dim": 0}
        | {"char_dim": 0, "head": "softmax"},
    ),
    "joint+bert": ("joint", {"base": "bert", "encoder": "bert", "document_dim": 8, "head": "crf"}),
    "joint+entities": ("joint", {**BASE, "tasks": "entities"}),
    "joint+documents": ("joint", {**BASE, "tasks": "documents", "document_dim": 8}),
}
LABELS = ("place",)


def test_every_rung_is_under_contract() -> None:
    assert {rung.name for rung in list_rungs()} == {name for name, _ in VARIANTS.values()}


@pytest.fixture(scope="module")
def vectors_file(tmp_path_factory):
    """Vectors, with subwords, of some of the words."""
    rng = np.random.default_rng(3)
    words = ["John", "in", "oslo", "the", "closed", "Elsewhere"]
    rows, buckets = (rng.normal(size=(size, 12)).astype(np.float32) for size in (len(words), 200))
    path = tmp_path_factory.mktemp("vectors") / "vectors"
    save_vectors(path, WordVectors(words, rows, Subwords(3, 4, buckets)))
    return path


@pytest.fixture(params=VARIANTS)
def parts(request, vectors_file, tmp_path):
    torch.set_num_threads(1)
    name, options = VARIANTS[request.param]
    rung = get_rung(name).for_options(options)
    if "vectors" in options:
        options = {**options, "vectors": str(vectors_file)}
    if "encoder" in options:
        options = {**options, "encoder": str(write_encoder(tmp_path / "encoder", options["encoder"]))}
    config = rung.config(**options)
    features = rung.fit_features(config, [document.words for document in DOCUMENTS])
    tasks = tasks_of(config, ("LOC", "ORG", "PER"), LABELS)
    torch.manual_seed(5)
    network = rung.build(config, features, tasks)
    return rung, config, features, tasks, network


def make_objective(parts, training: TrainingConfig) -> Objective:
    _, config, features, tasks, network = parts
    nothing = TagLabelling(("O",), get_scheme(config.scheme))
    labelling = next((task.labelling() for task in tasks if isinstance(task, EntityTask)), nothing)
    taught = Taught(
        prepare_examples(DOCUMENTS, features, labelling),
        {task.role: task.targets(DOCUMENTS) for task in tasks if isinstance(task, DocumentTask)},
    )
    return Objective(network, features, tasks, taught, taught, training, precision="fp32")


def test_overfits_eight_sentences(parts) -> None:
    rung, options, features, tasks, network = parts
    kinds = (getattr(options, "base", ""), rung.name.partition("-")[0], options.head)
    slow = "transformer" in kinds or "span" in kinds or rung.name == "joint"
    epochs, rate = (160 if options.head == "span" else 120, 6e-3) if slow else (60, 1e-2)
    config = TrainingConfig(epochs=epochs, batch_size=4, learning_rate=rate, average=0.0, precision="fp32")
    objective = make_objective(parts, config)
    trainer = Trainer(network, objective, lambda: DevScore(0.0, 0.0, 0.0), config)  # keeps the last
    for _ in trainer.epochs():
        pass
    predicted = make_tagger(TorchBackend(network), features, tasks).tag(DOCUMENTS)
    match = match_exact(spans_from_documents(DOCUMENTS), spans_from_documents(predicted))
    # A left-to-right network cannot know at "Paris" whether "Hilton" follows.
    needed = 1.0 if getattr(network.encoder, "bidirectional", True) else 0.7
    if "entities" in network.heads:
        assert entity_scores(match).micro.f1 >= needed
    if "documents" in network.heads:
        assert [one.labels for one in predicted] == [one.labels for one in DOCUMENTS]


def test_every_parameter_gets_a_gradient(parts) -> None:
    network = parts[-1]
    objective = make_objective(parts, TrainingConfig(batch_size=100, precision="fp32"))
    network.eval()
    for batch in objective.batches(1):
        objective.backward(batch, 1)
    silent = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not torch.isfinite(parameter.grad).all() or not parameter.grad.any()
    ]
    assert silent == []


def test_batch_equals_single(parts) -> None:
    _, _, features, _, network = parts
    backend = TorchBackend(network)
    rows = [features.rows(document.words) for document in DOCUMENTS]
    together = backend.outputs(features.batch(rows))
    for index, row in enumerate(rows):
        for name, alone in backend.outputs(features.batch([row])).items():
            for token in range(len(row)):  # of the spans from a token, those that end in the sentence
                place = (token, slice(0, len(row) - token)) if alone.ndim == 4 else (token,)
                np.testing.assert_allclose(together[name][index][place], alone[0][place], atol=1e-5)


def test_tags_do_not_depend_on_neighbours(parts) -> None:
    _, _, features, tasks, network = parts
    tagger = make_tagger(TorchBackend(network), features, tasks)
    together = tagger.tag(DOCUMENTS)
    for document, whole in zip(DOCUMENTS, together, strict=True):
        alone = tagger(document)
        assert [span.key for span in alone.entities] == [span.key for span in whole.entities]
        assert alone.labels == whole.labels
        assert [span.score for span in alone.entities] == pytest.approx(
            [span.score for span in whole.entities], abs=1e-4
        )
    streamed = list(tagger.pipe(iter(DOCUMENTS), chunk_tokens=5))
    assert [[span.key for span in document.entities] for document in streamed] == [
        [span.key for span in document.entities] for document in together
    ]


def test_saved_and_loaded_is_equal(parts, tmp_path: Path) -> None:
    rung, config, features, tasks, network = parts
    settings = {"model": rung.name, "options": config.model_dump(), "tags": ["O"], "scheme": config.scheme}
    settings |= settings_of_tasks(tasks)
    tensors = {name: value.numpy() for name, value in network.state_dict().items()}
    save_bundle(
        tmp_path / "bundle", Bundle(ModelSettings(**settings), features.state(), tensors, features.arrays())
    )
    again, parts = network_from_bundle(load_bundle(tmp_path / "bundle"), tmp_path)
    rows, rows_again = (
        [each.rows(document.words) for document in DOCUMENTS] for each in (features, parts.features)
    )
    before = TorchBackend(network).outputs(features.batch(rows))
    after = TorchBackend(again).outputs(parts.features.batch(rows_again))
    assert before.keys() == after.keys()
    for index, length in enumerate(len(row) for row in rows):
        for name in before:
            assert np.array_equal(before[name][index, :length], after[name][index, :length])
    one, other = (
        [document.entities for document in make_tagger(TorchBackend(net), each, tasks).tag(DOCUMENTS)]
        for net, each in ((network, features), (again, parts.features))
    )
    assert one == other


class Gold(HardTeacher):
    """A teacher that knows the entities, and is sure of them."""

    def find(self, documents):
        return [list(document.entities) for document in documents]

    @property
    def digest(self) -> str:
        return ""


def test_a_sure_teacher_teaches_as_gold_does(parts) -> None:
    _, config, features, tasks, network = parts
    task = next((task for task in tasks if isinstance(task, EntityTask)), None)
    if task is None:
        return  # teachers teach entities
    form = get_form(task.taught_by(config))
    table = form.ask(
        [Gold("gold", ("LOC", "ORG", "PER"), TeacherOptions())], DOCUMENTS, ("LOC", "ORG", "PER")
    )
    examples = prepare_examples(DOCUMENTS, features, task.labelling())
    lengths = np.array([len(document.words) for document in DOCUMENTS])
    said = form.batch(table, lengths, ("LOC", "ORG", "PER"))
    expected = task.soft_labelling(("LOC", "ORG", "PER"))(said, lengths, 1.0)
    soft = SoftTargets(tuple(map(torch.from_numpy, expected)))
    everything = np.arange(len(DOCUMENTS))
    gold = torch.from_numpy(examples.target_batch(everything))
    arrays, _ = examples.input_batch(features, everything)
    batch = [SentenceBatch({name: torch.from_numpy(array) for name, array in arrays.items()})]
    others = {one.role: one.batch(one.targets(DOCUMENTS), everything) for one in tasks if one is not task}
    others = {name: tuple(map(torch.from_numpy, arrays)) for name, arrays in others.items()}
    if others:
        batch = [SentenceBatch(batch[0].inputs, torch.from_numpy(everything))]
    network.eval()
    losses = [network(batch, {task.role: [given], **others})[task.role] for given in (gold, soft)]
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=1e-4)


def test_predicting_leaves_gold_alone(parts) -> None:
    _, _, features, tasks, network = parts
    before = [document.entities for document in DOCUMENTS]
    predicted = make_tagger(TorchBackend(network), features, tasks).tag(DOCUMENTS)
    assert [document.entities for document in DOCUMENTS] == before
    for document in predicted:
        for span in document.entities:
            assert document.text[span.start : span.end] == span.text
            assert span.score is not None
            assert -1e-9 <= span.score <= 1 + 1e-6
