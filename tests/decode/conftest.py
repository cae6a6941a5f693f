"""All of decoding is tested twice: compiled, and in numpy."""

from collections.abc import Iterator

import pytest

from kernels import KERNELS, computed_by


@pytest.fixture(scope="module", params=KERNELS, autouse=True)
def kernel(request) -> Iterator[str]:
    with computed_by(request.param):
        yield request.param
