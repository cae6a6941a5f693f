"""Two processes learn what one learns from the same batches: losses, gradients, weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from resuming import documented, settings, write_corpus
from together import SIZE, run_together

from onoma.readers import RawText, ReadOptions, read_documents, write_documents
from onoma.tokenize import get_tokenizer
from onoma.training import tables
from onoma.training.assembly import Assembly
from onoma.training.config import resolve
from onoma.training.data import load_run_data
from onoma.training.distillation.lessons import load_material
from onoma.training.distillation.teaching import Lessons, Teaching
from onoma.training.distillation.texts import Texts
from onoma.training.events import Step
from onoma.training.loop import DevScore, Trainer
from onoma.training.pretraining.config import PretrainingConfig
from onoma.training.pretraining.corpus import Blocks
from onoma.training.pretraining.masking import mask_words
from onoma.training.pretraining.run import Pretraining
from onoma.training.processes.joining import joined
from onoma.training.processes.world import World
from tiny_encoders import write_encoder

CPU = torch.device("cpu")
SENTENCES = 46
"""In batches of 5: the last one is a single sentence, of which the second process has nothing."""

Tables = dict[str, dict[str, Any]]
VARIANTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "softmax": ("bilstm", {"head": "softmax"}, {}),
    "softmax, weighted tags": ("bilstm", {"head": "softmax", "class_weights": "inverse"}, {"accumulate": 2}),
    "softmax, by sentence": ("lstm", {"head": "softmax", "loss_mean": "sentences"}, {}),
    "crf": ("bilstm-crf", {}, {"accumulate": 3}),
    "crf, adamw": ("bilstm-crf", {}, {"optimizer": "adamw", "learning_rate": 0.002}),
    "crf, other forms": ("bilstm-crf", {}, {"case_augmentation": 0.3, "mention_replacement": 0.5}),
    "crf, taught": ("bilstm-crf", {}, {}),
    "characters": ("charcnn-bilstm-crf", {}, {}),
    "rnn": ("rnn", {}, {}),
    "pieces": ("transformer", {}, {}),
    "transformer and lstm": ("transformer-lstm", {}, {}),
    "span": ("span", {"boundary_smoothing": 0.1}, {}),
    "span, taught": ("span", {}, {"accumulate": 2}),
    "joint": ("joint", {}, {"accumulate": 2}),
    "joint, weighted tags": ("joint", {"head": "softmax", "class_weights": "inverse"}, {"batch_size": 40}),
    "joint, taught": ("joint", {}, {"accumulate": 2}),
    "joint, span": ("joint", {"head": "span", "weighting": "fixed"}, {}),
    "bert": ("bert", {"head": "softmax"}, {}),
    "bert, crf": ("bert", {"head": "crf"}, {}),
    "bert, context": ("bert", {"context": 5, "max_length": 80}, {"batch_size": 11, "accumulate": 2}),
    "bert, context, other forms": (
        "bert",
        {"context": 5, "max_length": 80},
        {"case_augmentation": 0.3, "mention_replacement": 0.5},
    ),
}


def variant(corpus: Path, name: str) -> Tables:
    """Return the settings of a variant, without any dropout."""
    rung, options, training = VARIANTS[name]
    given = settings(corpus, rung, **{"batch_size": 5, "epochs": 2, "optimizer": "sgd", **training})
    given["model"] |= options
    if "context" in options:
        given["data"] |= {
            split: str(corpus / "documents" / f"{split}.txt") for split in ("train", "dev", "test")
        }
    if name.endswith("taught"):
        targets = corpus / ("spans" if rung == "span" else "parts")
        given["data"] |= {"targets": str(targets), "targets_share": 0.6, "targets_min_count": 1}
    resolved = resolve(None, given)
    drops = [field for field in type(resolved.model).model_fields if field.endswith("dropout")]
    given["model"] |= dict.fromkeys(drops, 0.0)
    return given


def learn(given: Tables, world: World) -> dict[str, Any]:
    """Train; return the first gradients, the losses of all steps, and the weights in the end."""
    config = resolve(None, given)
    splits = load_run_data(config.data, 13).splits
    model = Assembly(config, splits, CPU, pretrained=True, material=load_material(config.data))
    objective = model.objective("fp32", world)
    model.network.train()
    value = world.merge(model.network.parameters(), objective.backward(objective.batches(1)[0], 1))
    gradients = {name: one.grad for name, one in model.network.named_parameters() if one.grad is not None}
    model.network.zero_grad()
    scored = iter(range(1, 10))

    def score() -> DevScore:
        assert world.leads
        return DevScore(0.0, 0.0, f1=next(scored) / 10, loss=1.0)

    trainer = Trainer(model.network, objective, score, config.training, world=world)
    losses = [event.loss for event in trainer.epochs() if isinstance(event, Step)]
    weights = {name: one.detach() for name, one in model.network.state_dict().items()}
    return {"value": value, "gradients": gradients, "losses": losses, "weights": weights}


def pretrain(corpus: Path, folder: Path, world: World) -> dict[str, torch.Tensor]:
    """Pretrain an encoder; return its weights."""
    given = {"size": "tiny", "pieces": 150, "block": 16, "batch_size": 5, "steps": 6, "threads": 1}
    config = PretrainingConfig(**given, held_out=0.1, evaluations=2, precision="fp32", begin="random")
    job = Pretraining(RawText((str(corpus / "text.txt"),)), config, folder, world=world)
    for _ in job.execute():
        pass
    return {name: one.detach() for name, one in job.trainer.network.state_dict().items()}


def learn_all(corpus: Path, folder: Path) -> int:
    """Be one of the processes: train all variants, and keep what came of it."""
    torch.set_num_threads(1)
    tables.SMALLEST = 1
    with joined() as world:
        found: dict[str, Any] = {name: learn(variant(corpus, name), world) for name in VARIANTS}
        found["pretraining"] = pretrain(corpus, folder / "encoder", world)
        torch.save(found, folder / f"{world.rank}.pt")
    return 0


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_corpus(tmp_path_factory.mktemp("corpus") / "data", sentences=SENTENCES)
    documented(write_corpus(folder / "documents", sentences=SENTENCES))
    # Where `settings` looks for one; its own would have dropout.
    write_encoder(folder.parent / "encoder", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    words = [line.split()[0] for line in (folder / "train.txt").read_text().splitlines() if line]
    (folder / "text.txt").write_text(" ".join(words).replace(" . ", " .\n") + "\n", encoding="utf-8")
    theirs = write_corpus(folder / "others", sentences=30, seed=8) / "theirs.jsonl"
    write_documents(theirs, read_documents(folder / "others" / "train.txt"), format="spans-jsonl")
    texts = Texts((str(theirs),), ReadOptions(), get_tokenizer("onoma"))
    for form in ("parts", "spans"):
        lessons = Lessons((f"predictions:{theirs}",), texts, confidence=0.9, form=form)
        for _ in Teaching(lessons, folder / form).execute():
            pass
    return folder


@pytest.fixture(scope="module")
def together(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each of two processes has found."""
    folder = tmp_path_factory.mktemp("together")
    done = run_together(learn_all, [(corpus, folder)] * SIZE, folder)
    assert [code for code, _ in done] == [0, 0], done
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(SIZE)]


@pytest.mark.parametrize("name", VARIANTS)
def test_as_one_process(
    corpus: Path, together: list[dict[str, Any]], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "SMALLEST", 1)
    alone = learn(variant(corpus, name), World())
    for found in (one[name] for one in together):
        assert found["value"] == pytest.approx(alone["value"], rel=1e-5)
        assert found["gradients"].keys() == alone["gradients"].keys()
        torch.testing.assert_close(found["gradients"], alone["gradients"], rtol=1e-4, atol=1e-6)
        assert found["losses"] == pytest.approx(alone["losses"], rel=1e-3)
        # What has no gradient but rounding errors goes anywhere with Adam.
        loose = 2e-3 if name.endswith("adamw") else 1e-4
        torch.testing.assert_close(found["weights"], alone["weights"], rtol=1e-3, atol=loose)


@pytest.mark.parametrize("name", [*VARIANTS, "pretraining"])
def test_all_end_in_the_same_bits(together: list[dict[str, Any]], name: str) -> None:
    first, second = (one[name] if name == "pretraining" else one[name]["weights"] for one in together)
    assert first.keys() == second.keys()
    assert all(torch.equal(value, second[key]) for key, value in first.items())


def test_pretraining_as_one_process(corpus: Path, together: list[dict[str, Any]], tmp_path: Path) -> None:
    alone = pretrain(corpus, tmp_path / "encoder", World())
    torch.testing.assert_close(together[0]["pretraining"], alone, rtol=1e-2, atol=2e-3)


def draw(folder: Path) -> int:
    """Be one of the processes: draw numbers as dropout does, of two steps, and of the first one again."""
    with joined() as world:
        torch.manual_seed(5)
        numbers = []
        for step in (0, 1, 0):
            world.begin_step(13, 1, step)
            numbers.append(torch.rand(4))
        torch.save(numbers, folder / f"{world.rank}.pt")
    return 0


def test_dropout_draws_numbers_of_its_own_in_each_process(tmp_path: Path) -> None:
    assert [code for code, _ in run_together(draw, [(tmp_path,)] * SIZE, tmp_path)] == [0, 0]
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(SIZE))
    torch.manual_seed(5)
    assert torch.equal(torch.stack(first), torch.rand(12).view(3, 4))  # as if it were alone
    assert torch.equal(second[0], second[2])
    assert not any(torch.equal(one, other) for one in second[:2] for other in first)
    assert not torch.equal(second[0], second[1])


@given(st.integers(0, 30), st.integers(1, 5))
def test_shares_are_a_whole_batch(count: int, size: int) -> None:
    batch = np.arange(count) * 3
    shares = []
    for rank in range(size):
        world = World()
        world.rank, world.size = rank, size
        shares.append(world.own(batch))
    assert sorted(np.concatenate(shares).tolist()) == batch.tolist()
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@given(st.integers(1, 6), st.integers(1, 4), st.floats(0.05, 0.9))
def test_hidden_pieces_of_shares_are_those_of_the_batch(count: int, size: int, share: float) -> None:
    rng = np.random.default_rng(count)
    pieces = rng.integers(5, 40, (count, 12)).astype(np.int32)
    blocks = Blocks(pieces, np.ones((count, 12), dtype=np.bool_), (1, 2))
    whole = mask_words(blocks, np.arange(count), share, 3, 40, (7,))
    seen = 0
    for rank in range(size):
        rows = np.arange(count)[rank::size]
        part = whole.part(rows, 12)
        assert (part.inputs == whole.inputs[rows]).all()
        assert (pieces[rows].ravel()[part.places] == part.targets).all()
        seen += len(part.places)
    assert seen == len(whole.places)
