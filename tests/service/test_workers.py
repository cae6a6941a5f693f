"""Several processes behind one address: what happens when one of them, or the one above them, ends."""

import contextlib
import fcntl
import http.client
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest
from live_server import LiveServer, running

from onoma.runtime.loading import find_bundle

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes in /proc")
HERE = Path(__file__).parent
TEXT = {"text": "Anna met Peter in Paris."}


def children(server: LiveServer) -> list[int]:
    """Return the workers' processes, the first started first."""
    process = server.process.pid
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(child) for child in listed if b"spawn_main" in command_line(int(child))]


def command_line(process: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""  # it has ended; what is only not reaped yet has none either


def wait_for_line(server: LiveServer, *parts: str) -> None:
    while not any(all(part in line for part in parts) for line in server.log):
        sleep(0.01)


class Load:
    """Clients that ask one request after the other until the end; counts answers by status, None for none."""

    def __init__(self, server: LiveServer, clients: int) -> None:
        self.server = server
        self.answers: Counter[int | None] = Counter()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._clients = [threading.Thread(target=self._ask) for _ in range(clients)]
        for client in self._clients:
            client.start()

    def _ask(self) -> None:
        while not self._ended.is_set():
            try:
                status = self.server.tag(TEXT).status
            except (OSError, http.client.HTTPException):
                status = None
            with self._lock:
                self.answers[status] += 1

    def wait_for(self, more: int) -> None:
        """Wait until so many more requests were answered."""
        wanted = self.answers[200] + more
        while self.answers[200] < wanted:
            sleep(0.01)

    def end(self) -> Counter[int | None]:
        self._ended.set()
        for client in self._clients:
            client.join()
        return self.answers


def test_a_killed_worker_takes_only_its_own_requests_along_and_comes_back() -> None:
    with running("m=en", "--workers", 2, "--drain", 0) as server:
        assert " by 2 workers of " in server.log[0]
        before = children(server)
        assert len(before) == 2
        load = Load(server, 6)
        load.wait_for(50)
        counted = server.figure('onoma_requests_total{route="/v1/tag",status="200"}')
        os.kill(before[0], signal.SIGKILL)
        load.wait_for(50)
        wait_for_line(server, "worker 0 serves again")
        load.wait_for(50)
        now = children(server)
        answers = load.end()
        assert set(answers) <= {200, None}
        assert answers[None] <= 6  # what the six had asked it
        assert before[0] not in now
        assert before[1] in now
        assert server.figure('onoma_requests_total{route="/v1/tag",status="200"}') >= counted + 50
        # Those of the dead are not in flight; one just answered may be for a moment, by another worker.
        assert any(server.figure("onoma_requests_in_flight") == 1 for _ in range(1_000))
        assert server.figure('onoma_queue_requests{model="m"}') == 0
        # The figures may lack what the dead one answered last, never what the living did.
        assert len(server.log) == 3
        assert "worker 0 was ended by SIGKILL; another one is started" in server.log[1]


def test_sigterm_under_load_loses_nothing_in_flight(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    options = ("m=en", "--workers", 2, "--drain", 0)
    program = (str(HERE / "gated_server.py"),)
    with running(*options, program=program, GATE=str(gate)) as server:
        workers = children(server)
        with ThreadPoolExecutor(12) as clients:
            with gate.open() as held:
                fcntl.flock(held, fcntl.LOCK_EX)
                jobs = [clients.submit(server.tag, TEXT) for _ in range(12)]
                while server.figure("onoma_requests_in_flight") < 13:
                    sleep(0.01)
                for process in (
                    server.process.pid,
                    *workers,
                ):  # as systemd does: each is told, and by us again
                    os.kill(process, signal.SIGTERM)
                while True:
                    try:
                        server.ask("GET", "/readyz")
                    except OSError:
                        break
            assert [job.result().status for job in jobs] == [200] * 12
        assert server.wait() == 0
        assert len(server.log) == 1
    assert not any(map(command_line, workers))


def test_no_worker_outlives_a_killed_supervisor() -> None:
    with running("m=en", "--workers", 2, "--drain", 0) as server:
        workers = children(server)
        assert all(b"spawn_main" in command_line(worker) for worker in workers)
        server.send(signal.SIGKILL)
        while any(b"spawn_main" in command_line(worker) for worker in workers):
            sleep(0.01)


def test_sighup_reaches_all_and_a_broken_bundle_ends_only_a_server_that_has_no_worker_left(
    tmp_path: Path,
) -> None:
    bundle = Path(shutil.copytree(find_bundle("en"), tmp_path / "bundle"))
    with running(f"m={bundle}", "--workers", 2, "--drain", 0, "--watch", 0) as server:
        server.send(signal.SIGHUP)
        while server.figure('onoma_reloads_total{model="m",result="ok"}') < 2:
            sleep(0.01)
        bundle.rename(tmp_path / "away")
        first, second = sorted(children(server))
        os.kill(first, signal.SIGKILL)
        wait_for_line(server, "worker 0", "no such run or bundle", "another one is started in 2 s")
        assert server.tag(TEXT).status == 200
        (tmp_path / "away").rename(bundle)
        wait_for_line(server, "worker 0 serves again")
        bundle.rename(tmp_path / "away")
        for worker in children(server):
            os.kill(worker, signal.SIGKILL)
        assert server.wait() == 2
        assert server.log[-1].startswith("onoma: error: ")
    assert not command_line(second)


@pytest.mark.parametrize("exits", [False, True])
def test_what_cannot_start_is_one_line(tmp_path: Path, exits: bool) -> None:
    program = tmp_path / "ends.py"
    program.write_text(
        "import os, sys\nfrom onoma.cli.main import main\nfrom onoma.service import supervisor\n"
        "def end(*parts, **more):\n    os._exit(7)\n"
        "supervisor.serve_here = end\n"
        "if __name__ == '__main__':\n    sys.exit(main())\n"
    )
    run = [str(program)] if exits else ["-m", "onoma"]
    model = "en" if exits else str(tmp_path)
    command = [sys.executable, *run, "serve", f"m={model}", "--workers", "3", "--port", "0"]
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert line.startswith("onoma: error: ")
    assert (
        "ended with exit code 7 before it served" if exits else "neither a bundle nor a finished run"
    ) in line


@pytest.mark.parametrize(("workers", "reloads"), [(1, 1), (2, 0)])
def test_sighup_while_models_load_waits(workers: int, reloads: int) -> None:
    program = (str(HERE / "hung_up_server.py"),)
    options = ("m=en", "--workers", workers, "--drain", 0, "--watch", 0)
    with running(*options, program=program) as server:
        assert server.tag(TEXT).status == 200
        # What no worker had loaded yet is no reload.
        while server.figure('onoma_reloads_total{model="m",result="ok"}') < reloads:
            sleep(0.01)


def test_a_supervisor_that_is_told_while_workers_load_ends() -> None:
    command = [sys.executable, "-m", "onoma", "serve", "m=en", "--workers", "2", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        listing = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while b"spawn_main" not in b"".join(
            command_line(int(child)) for child in listing.read_text().split()
        ):
            sleep(0.01)
        process.terminate()
        assert process.wait() == 0
        assert process.stderr.read() == ""
