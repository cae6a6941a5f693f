import pytest

from onoma.training.objectives import automatic_batch_size


@pytest.mark.parametrize(("sentences", "size"), [(1, 8), (451, 8), (1024, 16), (2048, 32), (14_041, 32)])
def test_small_corpora_get_small_batches(sentences, size) -> None:
    assert automatic_batch_size(sentences) == size
