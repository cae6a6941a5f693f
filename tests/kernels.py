"""Both ways of decoding, so that each test holds for both."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from onoma.decode import compiled

KERNELS = ("compiled", "numpy")


@contextmanager
def computed_by(name: str) -> Iterator[None]:
    """Compute in the compiled kernel, or in numpy, as long as this lasts."""
    if name == "compiled":
        if compiled.kernel_name() == "numpy":
            pytest.skip("no kernel was compiled here")
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "_kernel", None)
        yield
