"""The clients in examples/ where the server is busy, is not there, or breaks off."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parents[2] / "examples" / "clients"
PROGRAMS = {"tag.py": sys.executable, "tag.mjs": shutil.which("node"), "tag.sh": "sh"}
BUSY, DONE = {"error": "queue-full", "message": "m"}, {"results": [{"entities": []}]}


class Scripted:
    """Answers its connections by what it is given, one after the other; None resets."""

    def __init__(self, *answers: bytes | None) -> None:
        self.asked: list[bytes] = []
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._listener:
            for answer in self._answers:
                connection, _ = self._listener.accept()
                with connection:
                    self.asked.append(_read_request(connection))
                    if answer is None:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    else:
                        connection.sendall(answer)


def _read_request(connection: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(1 << 16)
    head, _, body = found.partition(b"\r\n\r\n")
    [length] = [
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    while len(body) < length:
        body += connection.recv(1 << 16)
    return head


def answer(status: str, body: object, *headers: str) -> bytes:
    content = json.dumps(body) if isinstance(body, dict) else str(body)
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", content]).encode()


def ask(client: str, url: str, token: str = "") -> subprocess.CompletedProcess[str]:
    program = PROGRAMS[client]
    if program is None or (client == "tag.sh" and shutil.which("curl") is None):
        pytest.skip(f"what runs {client} is not here")
    env = {**os.environ, "ONOMA_URL": url, "ONOMA_TOKEN": token}
    texts = [] if client == "tag.sh" else ["a"]
    return subprocess.run(
        [program, str(CLIENTS / client), *texts],
        input=json.dumps({"texts": ["a"]}),
        env=env,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address that is taken, and where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.mark.parametrize("client", PROGRAMS)
def test_a_busy_server_is_asked_again_and_only_its_answer_is_printed(client: str) -> None:
    busy = answer("429 Too Many Requests", BUSY, "Retry-After: 1")
    server = Scripted(busy, answer("200 OK", DONE))
    done = ask(client, server.url)
    assert done.returncode == 0
    assert len(server.asked) == 2
    if client == "tag.sh":
        assert json.loads(done.stdout) == DONE
    else:
        assert done.stdout == ""


@pytest.mark.parametrize("client", PROGRAMS)
def test_a_token_is_sent_as_it_is(client: str) -> None:
    token = 'a"b\\n\\"$HOME`id`\'&#c\\'
    server = Scripted(answer("200 OK", DONE))
    assert ask(client, server.url, token).returncode == 0
    sent = {
        line.partition(b":")[0].lower(): line.partition(b": ")[2] for line in server.asked[0].split(b"\r\n")
    }
    assert sent[b"authorization"].decode() == f"Bearer {token}"


@pytest.mark.parametrize("client", PROGRAMS)
def test_where_nobody_is_there_is_one_line(nobody: str, client: str) -> None:
    done = ask(client, nobody)
    assert done.returncode != 0
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("client", ["tag.py", "tag.mjs"])
@pytest.mark.parametrize(
    "given",
    [None, answer("502 Bad Gateway", "<html>"), answer("200 OK", "<html>"), answer("200 OK", "{}"), b""],
)
def test_what_is_no_answer_is_one_line(client: str, given: bytes | None) -> None:
    done = ask(client, Scripted(given).url)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
