"""Training flushes denormal numbers to zero in all threads that compute, and leaves no trace of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
import torch
from resuming import settings, write_corpus

from onoma.training.config import resolve
from onoma.training.denormals import denormals_flushed, flushes_denormals
from onoma.training.events import Epoch, Step
from onoma.training.run import Run

THREADS = 4
CAN_FLUSH = torch.set_flush_denormal(False)
pytestmark = pytest.mark.skipif(not CAN_FLUSH, reason="this processor cannot flush denormal numbers")


@pytest.fixture(autouse=True)
def several_threads() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    yield
    torch.set_num_threads(threads)


def _sum() -> torch.Tensor:
    """Divided among threads by torch."""
    return torch.full((1 << 20,), 1e-30) * 1e-10


def _product() -> torch.Tensor:
    """Divided by MKL."""
    return torch.full((4096, 64), 1e-30) @ torch.full((64, 256), 1e-10)


def _convolution() -> torch.Tensor:
    """Divided by oneDNN."""
    with torch.inference_mode():
        return torch.conv1d(torch.full((256, 16, 64), 1e-30), torch.full((64, 16, 3), 1e-10), padding=1)


def _zeros_by_part(compute: Callable[[], torch.Tensor]) -> list[bool]:
    """Whether each of some equal parts, of different threads, is all zeros."""
    bits = compute().contiguous().view(torch.int32).reshape(THREADS, -1).numpy()
    return [not part.any() for part in bits]


@pytest.mark.parametrize("compute", [_sum, _product, _convolution])
def test_all_threads_flush_inside_and_none_outside(compute) -> None:
    assert not any(_zeros_by_part(compute))  # now the threads are there
    with denormals_flushed():
        assert all(_zeros_by_part(compute))
    assert not any(_zeros_by_part(compute))


def test_the_gradient_is_computed_where_it_is_asked_for() -> None:
    seen = []

    class Witness(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1.0

        @staticmethod
        def backward(ctx, gradient):
            seen.append((threading.get_native_id(), flushes_denormals()))
            return gradient

    with denormals_flushed():
        Witness.apply(torch.ones(3, requires_grad=True)).sum().backward()
    assert seen == [(threading.get_native_id(), True)]


def test_what_the_user_had_chosen_comes_back() -> None:
    torch.set_flush_denormal(True)
    try:
        with denormals_flushed():
            pass
        assert flushes_denormals()
    finally:
        torch.set_flush_denormal(False)
    with pytest.raises(ValueError, match="inside"), denormals_flushed():
        raise ValueError("inside")
    assert not flushes_denormals()


def test_a_processor_that_cannot_is_no_fault(monkeypatch) -> None:
    monkeypatch.setattr(torch, "set_flush_denormal", lambda on: False)
    with denormals_flushed():
        assert not flushes_denormals()


def test_a_run_flushes_from_its_first_step_to_its_end(tmp_path) -> None:
    data = write_corpus(tmp_path / "corpus", sentences=12)
    run = Run(resolve(None, settings(data, epochs=1)), tmp_path / "run")
    assert not flushes_denormals()
    for event in run.execute():
        assert flushes_denormals() or not isinstance(event, Step | Epoch)
    assert not flushes_denormals()
