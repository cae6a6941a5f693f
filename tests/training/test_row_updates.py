"""Tables whose rows are updated when they are used, against torch's optimisers, which update all of them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from onoma.training import idle, tables
from onoma.training.config import TrainingConfig
from onoma.training.optim import WeightAverage, clip_gradients, make_optimizer, make_schedule
from onoma.training.tables import lazy_tables


class Model(nn.Module):
    """A table and a vector whose gradients are drawn, and depend on no weights: rounding stays small."""

    def __init__(self, rows: int, dim: int = 6) -> None:
        super().__init__()
        self.table = nn.Embedding(rows, dim, padding_idx=0)
        self.above = nn.Parameter(torch.randn(dim))
        self.generator = torch.Generator().manual_seed(7)

    def tables(self):
        yield self.table

    def forward(self, ids: Tensor) -> Tensor:
        found = self.table(ids)
        return (found * torch.randn(found.shape, generator=self.generator) + self.above).sum()


class Training:
    """Updates as `Trainer` makes them, with lazy tables or without."""

    def __init__(self, rows: int, config: TrainingConfig, *, lazy: bool, steps: int = 100) -> None:
        torch.manual_seed(5)
        self.model = Model(rows)
        self.config = config
        self.optimizer = make_optimizer(self.model, config)
        self.schedule = make_schedule(self.optimizer, config, steps)
        self.average = WeightAverage(self.model, config.average) if config.average else None
        self.tables = lazy_tables(self.model, self.optimizer, self.average) if lazy else []

    def step(self, batches: list[Tensor]) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        for ids in batches:
            self.model(ids).backward()
        of_tables = [table.take_gradient() for table in self.tables]
        gradients = [one.grad for one in self.model.parameters()]
        if self.config.clip:
            clip_gradients([one for one in (*gradients, *of_tables) if one is not None], self.config.clip)
        self.optimizer.step()
        keep = self.average.update() if self.average else 1.0
        for table in self.tables:
            table.update(keep)
        self.schedule.step()

    def all_numbers(self) -> dict[str, Tensor]:
        for table in self.tables:
            table.catch_up()
        numbers = {name: value.clone() for name, value in self.model.state_dict().items()}
        for name, value in self.optimizer.state[self.model.table.weight].items():
            if value is not None:
                numbers[name] = value.clone()
        if self.average:
            names = (f"average {name}" for name, _ in self.model.named_parameters())
            numbers |= {name: one.clone() for name, one in zip(names, self.average.average, strict=True)}
        return numbers


@pytest.fixture(autouse=True)
def small_tables_too(monkeypatch) -> None:
    monkeypatch.setattr(tables, "SMALLEST", 1)


def assert_near(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        largest = float(other[name].abs().max())
        torch.testing.assert_close(value, other[name], rtol=2e-4, atol=1e-5 * largest, msg=name)


batches = st.lists(st.lists(st.integers(0, 11), min_size=1, max_size=5), min_size=1, max_size=2)


@given(
    steps=st.lists(st.tuples(batches, st.integers(0, 12)), min_size=1, max_size=12),
    optimizer=st.sampled_from(["adamw", "adam", "sgd"]),
    momentum=st.sampled_from([0.0, 0.9]),
    schedule=st.sampled_from(["constant", "linear", "cosine"]),
    clip=st.sampled_from([0.0, 0.5]),
    average=st.sampled_from([0.0, 0.9, 0.999]),
    room=st.sampled_from([3, 2048]),
)
def test_rows_come_to_what_updating_all_of_them_comes_to(
    steps, optimizer, momentum, schedule, clip, average, room
) -> None:
    config = TrainingConfig(
        optimizer=optimizer,
        momentum=momentum,
        schedule=schedule,
        clip=clip,
        average=average,
        learning_rate=0.02,
    )
    total = sum(1 + gap for _, gap in steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(idle, "MOST", room)
        lazy, dense = (Training(12, config, lazy=one, steps=total) for one in (True, False))
        assert lazy.tables
        assert not dense.tables
        for rows, gap in steps:
            for ids in [rows, *[[[11]]] * gap]:  # the others are idle in the gap
                for training in (lazy, dense):
                    training.step([torch.tensor(one) for one in ids])
        assert_near(lazy.all_numbers(), dense.all_numbers())


def test_a_row_that_no_batch_uses_again_is_caught_up_over_a_thousand_updates() -> None:
    config = TrainingConfig(learning_rate=0.01)
    lazy, dense = (Training(12, config, lazy=one, steps=1500) for one in (True, False))
    for training in (lazy, dense):
        training.step([torch.tensor([1, 2, 3])])
        for _ in range(1200):
            training.step([torch.tensor([4])])
    caught, always = lazy.all_numbers(), dense.all_numbers()
    for name in ("table.weight", "average table.weight"):
        torch.testing.assert_close(caught[name][1:4], always[name][1:4])


class Seen(TorchDispatchMode):
    """Notes what is done with tensors that have as many rows as the table."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.done: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        flat = [one for arg in (*args, found) for one in (arg if isinstance(arg, list | tuple) else [arg])]
        # A gradient that holds rows has the table's shape, too, but not its numbers.
        dense = [one for one in flat if isinstance(one, Tensor) and one.layout is torch.strided]
        if any(one.ndim and one.shape[0] == self.rows for one in dense):
            self.done.add(func.name().split("::")[1].split(".")[0])
        return found


LOOKING_UP = {"embedding", "index", "index_put_", "index_copy_", "detach"}


def test_a_step_does_nothing_with_the_whole_table() -> None:
    training = Training(5003, TrainingConfig(), lazy=True)
    training.step([torch.tensor([1, 2, 3])])
    with Seen(5003) as seen:
        training.step([torch.tensor([3, 4, 0, 4]), torch.tensor([7])])
    assert "index_copy_" in seen.done
    assert seen.done <= LOOKING_UP, seen.done - LOOKING_UP
    dense = Training(5003, TrainingConfig(), lazy=False)
    with Seen(5003) as seen:
        dense.step([torch.tensor([3, 4, 0, 4])])
    assert not seen.done <= LOOKING_UP


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_rows_that_no_batch_uses_keep_their_bits(optimizer) -> None:
    training = Training(50, TrainingConfig(optimizer=optimizer), lazy=True)
    poison = float("nan")
    used = torch.zeros(50, dtype=torch.bool)
    used[[0, 3, 4, 7]] = True
    state = training.optimizer.state[training.model.table.weight]
    for one in (
        training.model.table.weight.data,
        training.average.average[1],
        *(value for value in state.values() if value is not None and value.ndim),
    ):
        one[~used] = poison
    for _ in range(5):
        training.step([torch.tensor([3, 4, 0, 4]), torch.tensor([7])])
    weights = training.model.table.weight.data
    assert weights[~used].isnan().all()
    assert weights[used].isfinite().all()
    assert training.model.above.isfinite().all()


def test_small_tables_and_those_that_do_not_learn_are_left_alone(monkeypatch) -> None:
    model = Model(20)
    optimizer = make_optimizer(model, TrainingConfig())
    monkeypatch.setattr(tables, "SMALLEST", 121)
    assert not lazy_tables(model, optimizer, None)
    monkeypatch.setattr(tables, "SMALLEST", 120)
    assert lazy_tables(model, optimizer, None)
    model.table.weight.requires_grad_(False)
    assert not lazy_tables(model, optimizer, None)


def test_a_table_that_is_used_otherwise_is_an_error() -> None:
    training = Training(12, TrainingConfig(), lazy=True)
    (training.model.table.weight.sum()).backward()
    with pytest.raises(RuntimeError, match="otherwise than by looking rows up"):
        training.tables[0].take_gradient()


def test_a_table_that_is_let_go_is_as_any_other() -> None:
    training = Training(12, TrainingConfig(), lazy=True)
    training.step([torch.tensor([1, 2])])
    for table in training.tables:
        table.catch_up()
        table.release()
    training.model(torch.tensor([1])).backward()
    assert not training.model.table.weight.grad.is_sparse


def test_gradients_are_clipped_as_torch_clips_them() -> None:
    for largest in (0.1, 1e6):
        ours, torchs = (
            [nn.Parameter(torch.zeros(shape)) for shape in ((3, 4), (5,), (7, 2))] for _ in range(2)
        )
        for one, other in zip(ours, torchs, strict=True):
            one.grad = torch.randn_like(one)
            other.grad = one.grad.clone()
        clip_gradients([one.grad for one in ours], largest)
        torch.nn.utils.clip_grad_norm_(torchs, largest)
        assert all(torch.equal(one.grad, other.grad) for one, other in zip(ours, torchs, strict=True))
