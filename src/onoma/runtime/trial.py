"""Loading a bundle in another process first: whatever it does there, this process goes on.

The checks of `onoma.runtime.bundle` refuse what is known to do harm. What is not known yet takes the child
down, or runs into its limits: ``python -m onoma.runtime.trial BUNDLE PRECISION TEXT`` loads a model, lets it
tag, and prints the hash of its manifest.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from onoma.errors import ModelError, OnomaError, excerpt

_SECONDS, _SECONDS_A_GIGABYTE = 120, 120
_PATIENCE = 5  # as much time of the wall: others work here, too
_GIGABYTES, _TIMES = 4, 8
"""Memory for libraries and work, and as many times the bundle's size for its weights and their copies."""
_REFUSED = 2
_LONGEST_LINE, _MOST_WRITTEN = 4_096, 1 << 20

_running: set[subprocess.Popen[bytes]] = set()


def try_bundle(
    folder: Path,
    text: str,
    precision: str = "fp32",
    *,
    seconds: float | None = None,
    memory: int | None = None,
) -> str:
    """Load a bundle and tag a text in a process with bounded time and memory.

    Args:
        folder: the bundle.
        text: to tag.
        precision: as `onoma.load` takes it.
        seconds: of one core, and five times as many of the wall clock; by the bundle's size if not given.
        memory: bytes; by the bundle's size if not given.

    Returns:
        The SHA-256 of its manifest.

    Raises:
        ModelError: it is refused, dies, or is not done in time.
    """
    size = _size(folder)
    seconds = seconds or _SECONDS + _SECONDS_A_GIGABYTE * size / 2**30
    memory = memory or _GIGABYTES * 2**30 + _TIMES * size
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    limits = {"ONOMA_TRIAL_SECONDS": str(int(seconds) + 1), "ONOMA_TRIAL_MEMORY": str(memory)}
    command = [sys.executable, "-P", "-m", "onoma.runtime.trial", str(folder.resolve()), precision, text]
    environment = {**os.environ, **threads, **limits, "TOKENIZERS_PARALLELISM": "false"}
    code, said = _converse(folder, command, environment, _PATIENCE * seconds)
    if code == 0:
        return said
    if code == _REFUSED and said:
        raise ModelError(said)
    raise ModelError(f"{folder}: was tried in a process of its own, which {_end(code)}")


def stop_trials() -> None:
    """Kill what is being tried, so that nobody waits for it; the trials fail."""
    for process in list(_running):
        process.kill()


def _converse(
    folder: Path, command: list[str], environment: dict[str, str], seconds: float
) -> tuple[int, str]:
    """Run a trial; return its exit code and the last line that it wrote."""
    with ExitStack() as stack:
        try:  # no pipe: what it writes is bounded in a file, and not held here
            sink = stack.enter_context(tempfile.TemporaryFile())
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=environment
            )
        except OSError as error:
            raise ModelError(f"{folder}: cannot be tried in a process of its own: {error.strerror}") from None
        _running.add(process)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise ModelError(
                f"{folder}: was tried in a process of its own, which is not done in {seconds:.0f} s"
            ) from None
        finally:
            _running.discard(process)
            process.kill()
            process.wait()
        end = sink.seek(0, os.SEEK_END)
        sink.seek(max(0, end - _LONGEST_LINE))
        return code, sink.read(_LONGEST_LINE).decode("utf-8", "replace").strip().split("\n")[-1]


def _size(folder: Path) -> int:
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except OSError:
        return 0  # the child says what is wrong with it


def _end(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"died of {signal.Signals(-code).name}"
    except ValueError:
        return f"died of signal {-code}"


def _set_limits() -> None:
    try:
        import resource
    except ImportError:  # Windows: time alone is bounded, by the parent
        return
    wanted = {
        "RLIMIT_CPU": os.environ.get("ONOMA_TRIAL_SECONDS"),
        "RLIMIT_DATA": os.environ.get("ONOMA_TRIAL_MEMORY"),
    }
    for name, limit in {**wanted, "RLIMIT_CORE": "0", "RLIMIT_FSIZE": str(_MOST_WRITTEN)}.items():
        kind = getattr(resource, name)
        _, most = resource.getrlimit(kind)
        if limit and (most == resource.RLIM_INFINITY or int(limit) < most):
            resource.setrlimit(kind, (int(limit), int(limit)))


def main(folder: str, precision: Any, text: str) -> int:
    """Try a bundle within the limits that the environment names; see the module."""
    _set_limits()
    from onoma.runtime.bundle import manifest_hash
    from onoma.runtime.loading import load

    try:
        manifest = manifest_hash(Path(folder))
        load(folder, threads=1, precision=precision).tag([text, ""])
    except OnomaError as error:
        print(error, file=sys.stderr)
        return _REFUSED
    except MemoryError:
        print(f"{folder}: takes more memory than it is given", file=sys.stderr)
        return _REFUSED
    except Exception as error:  # a fault of ours, or of a library
        print(
            f"{folder}: fails on a probe: {type(error).__name__}: {excerpt(str(error), 200)}", file=sys.stderr
        )
        return _REFUSED
    print(manifest)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
