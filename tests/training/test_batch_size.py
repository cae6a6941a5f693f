from pathlib import Path

import numpy as np
import pytest
import torch
from resuming import settings, write_corpus

from onoma.training.assembly import Assembly
from onoma.training.config import TrainingConfig, resolve
from onoma.training.data import load_run_data
from onoma.training.objectives import automatic_batch_size, passes_an_epoch


@pytest.mark.parametrize(("sentences", "size"), [(1, 8), (451, 8), (1024, 16), (2048, 32), (14_041, 32)])
def test_small_corpora_get_small_batches(sentences, size) -> None:
    assert automatic_batch_size(sentences) == size


@pytest.mark.parametrize(
    ("given", "batches", "passes"),
    [
        ({}, 7, 9),  # 50 sentences, eight at a time
        ({}, 57, 1),
        ({}, 439, 1),
        ({"batch_size": 16}, 4, 1),  # who sets it means it
        ({"batch_size": 16, "epoch_updates": 64}, 4, 16),
        ({"epoch_updates": 200}, 57, 3),
    ],
)
def test_an_epoch_goes_through_small_data_several_times(given, batches, passes) -> None:
    assert passes_an_epoch(TrainingConfig(**given), batches) == passes


def test_passes_are_shuffled_each_in_its_own_way(tmp_path: Path) -> None:
    values = settings(write_corpus(tmp_path / "data"), "lstm", batch_size=0, epoch_updates=0)
    config = resolve(None, values)
    made = Assembly(
        config, load_run_data(config.data, 13).splits, torch.device("cpu"), pretrained=False
    ).objective("fp32")
    assert made.num_batches == 6 * 10  # of 48 sentences
    first, second = made.batches(1), made.batches(2)
    passes = [
        np.concatenate(epoch[start : start + 6]).tolist()
        for epoch in (first, second)
        for start in range(0, 60, 6)
    ]
    assert all(sorted(one) == list(range(48)) for one in passes)
    assert len({tuple(one) for one in passes}) == 20
    assert all((one == other).all() for one, other in zip(first, made.batches(1), strict=True))
