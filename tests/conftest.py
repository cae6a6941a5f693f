"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

# The networks of the tests are so small that a second thread costs more than it saves, in the commands that
# tests start, too. Read by torch when it is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# What a model costs is measured in many tests and looked at in none.
os.environ.setdefault("ONOMA_PROBE_SECONDS", "0.1")
# The seconds of a core that is shared are longer.
os.environ.setdefault("ONOMA_PATIENCE", "4")

# Examples are the same ones everywhere: a clone finds what CI finds, no more and no less. Nothing is taken
# from hypothesis' own profile for CI, nor from what an earlier run left behind. No wall time is asserted
# anywhere, so there is no deadline. `make fuzz` draws others, so many times as many.
FUZZ = int(os.environ.get("ONOMA_FUZZ", "0"))
settings.register_profile(
    "onoma",
    parent=settings.get_profile("default"),
    deadline=None,
    derandomize=not FUZZ,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
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
    if FUZZ:
        _draw_more({item.obj for item in items if isinstance(item, pytest.Function)})


def _draw_more(tests: set[Callable[..., object]]) -> None:
    """Let property tests draw so many times as many examples as they say."""
    for test in filter(is_hypothesis_test, tests):
        told: settings = getattr(test, "_hypothesis_internal_use_settings", settings.default)
        more = settings(told, max_examples=told.max_examples * FUZZ, derandomize=False)
        setattr(test, "_hypothesis_internal_use_settings", more)  # noqa: B010 - hypothesis has no public way


SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real corpora, which are not part of the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the real corpora are not at {SHARED_DATA}")
    return SHARED_DATA
