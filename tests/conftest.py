"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The networks of the tests are so small that a second thread costs more than it saves, in the commands that
# tests start, too. Read by torch when it is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# No wall time is asserted anywhere, so there is no deadline; CI draws the same examples every time.
settings.register_profile("onoma", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("onoma")

_LONGEST = (
    "test_notebook",
    "test_resume_killed",
    "test_compare_command",
    "test_inspect_suspects",
    "test_tune_command",
    "test_joint_road",
    "test_contract",
    "test_resume_loop",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no core is left alone with one at the end."""
    items.sort(key=lambda item: item.path.stem not in _LONGEST)


SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real corpora, which are not part of the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the real corpora are not at {SHARED_DATA}")
    return SHARED_DATA
