"""What is said of errors that are the machine's."""

from __future__ import annotations

import pytest

from onoma.cli import main as entry
from onoma.cli import models
from onoma.cli.failures import describe_failure, wants_memory
from onoma.errors import StoppedError


class PanicException(BaseException):
    """What a library in Rust raises, under this name in a module that cannot be imported."""


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 8 bytes"),
        ImportError("x.so: failed to map segment from shared object"),
        PanicException("PyObject pointer is null"),
    ],
)
def test_refused_memory_is_one_line(error: BaseException) -> None:
    assert wants_memory(error)
    assert (describe_failure(error) or "").startswith("not enough memory")


@pytest.mark.parametrize(
    "error", [RuntimeError("odd"), PanicException("odd"), KeyboardInterrupt(), SystemExit(1)]
)
def test_what_is_a_fault_of_ours_keeps_its_traceback(error: BaseException) -> None:
    assert describe_failure(error) is None


def test_a_stop_in_good_order_is_told_as_it_is_by_any_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped() -> int:
        raise StoppedError("stopped by SIGTERM; go on", 143)

    monkeypatch.setattr(models, "command", stopped)
    assert entry.main(["models"]) == 143
    assert capsys.readouterr().err == "stopped by SIGTERM; go on\n"
