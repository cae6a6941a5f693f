"""The real server in a process of its own, and a client that shows everything."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class LiveServer:
    """Waits until it listens; `log` holds the lines it has written."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.log: list[str] = []
        while not (found := re.search(r" on http://127\.0\.0\.1:(\d+)", self._read_line())):
            pass
        self.port = int(found[1])
        self._reader = threading.Thread(target=self._read_on)
        self._reader.start()

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None, **how: Any
    ) -> Answer:
        """Send one request on a connection of its own; a body that is not bytes goes as JSON."""
        if body is not None and not isinstance(body, bytes | Iterator):
            body = json.dumps(body).encode()
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body, headers or {}, **how)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def tag(self, body: object, headers: dict[str, str] | None = None, **how: Any) -> Answer:
        return self.ask(
            "POST", "/v1/tag", body, {"Content-Type": "application/json", **(headers or {})}, **how
        )

    def figure(self, name: str) -> float:
        """Return a figure of /metrics, 0 when it is not there yet."""
        for line in self.ask("GET", "/metrics").body.decode().splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[-1])
        return 0.0

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        code = self.process.wait(60)
        self._reader.join()
        return code

    def _read_line(self) -> str:
        line = self.process.stderr.readline().decode()
        assert line, "".join(self.log)
        self.log.append(line)
        return line

    def _read_on(self) -> None:
        with contextlib.suppress(AssertionError):
            while True:
                self._read_line()


@contextlib.contextmanager
def running(
    *arguments: object, program: tuple[str, ...] = ("-m", "onoma"), **env: str
) -> Iterator[LiveServer]:
    """Serve on a free port; ended by SIGTERM, unless it has ended."""
    command = [sys.executable, *program, "serve", *map(str, arguments), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, **env}) as process:
        try:
            server = LiveServer(process)
            yield server
            process.terminate()
            server.wait()
        finally:
            if process.poll() is None:
                process.kill()


def same(found: dict[str, Any], document: Any) -> bool:
    """Whether a result has exactly the entities of a document; scores may differ by rounding in a batch."""
    one = [(each["start"], each["end"], each["label"], each["text"]) for each in found["entities"]]
    other = [(span.start, span.end, span.label, span.text) for span in document.entities]
    scores = zip(found["entities"], document.entities, strict=False)
    return one == other and all(abs(each["score"] - span.score) < 1e-4 for each, span in scores)
