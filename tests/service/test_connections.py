"""Clients that let the server wait, and more of them than it can have."""

import asyncio
import contextlib
import fcntl
import json
import resource
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from live_server import LiveServer, running

from onoma.errors import ConfigError
from onoma.service import accepting
from onoma.service.accepting import most_connections
from onoma.service.connections import Pool

HERE = Path(__file__).parent
HEAD = b"POST /v1/tag HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@contextlib.contextmanager
def dial(server: LiveServer, sent: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(sent)
        yield connection


def read_all(connection: socket.socket) -> bytes:
    """Read until the server closes; a connection that it drops has nothing more."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            found += part
    return found


def is_closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


@pytest.fixture(scope="module")
def hasty() -> Iterator[LiveServer]:
    with running("m=en", "--head-timeout", 2, "--timeout", 3, "--drain", 0) as started:
        yield started


def test_a_head_that_does_not_come_is_given_up(hasty: LiveServer) -> None:
    with dial(hasty) as silent, dial(hasty, HEAD) as slow:
        assert read_all(silent) == b""
        answer = read_all(slow)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"] == "slow-head"
    assert hasty.ask("GET", "/livez").status == 200


def test_bytes_that_drip_do_not_prolong_it(hasty: LiveServer) -> None:
    with dial(hasty, HEAD + b"X-A: ") as slow:
        slow.settimeout(0.05)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while True:
                slow.sendall(b"a")
                with contextlib.suppress(TimeoutError):
                    if slow.recv(1 << 16):
                        break
    assert hasty.ask("GET", "/livez").status == 200


def test_a_second_request_on_a_connection_has_the_same_time(hasty: LiveServer) -> None:
    first = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with dial(hasty, first + first + HEAD) as client:
        answers = read_all(client)
    assert answers.count(b"HTTP/1.1 200 ") == 2
    assert answers.count(b"HTTP/1.1 408 ") == 1
    assert answers.count(b"HTTP/1.1 ") == 3


def test_a_body_that_does_not_come_is_given_up(hasty: LiveServer) -> None:
    with dial(hasty, HEAD + b'Content-Length: 99\r\n\r\n{"text"') as slow:
        assert b" 408 " in read_all(slow)
    # Answered before its body: what goes on sending is not listened to for ever.
    unasked = b"POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"
    with dial(hasty, unasked) as slow:
        slow.settimeout(0.05)
        answer = b""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while True:
                slow.sendall(b"a")
                with contextlib.suppress(TimeoutError):
                    part = slow.recv(1 << 16)
                    if not part:
                        break
                    answer += part
        assert answer.startswith(b"HTTP/1.1 404 ")


CLOSES = HEAD + b"Connection: close\r\n"
LARGE = 30 << 20


@pytest.mark.parametrize("head", [HEAD, CLOSES])
@pytest.mark.parametrize("chunked", [False, True])
def test_who_sends_far_too_much_sees_the_refusal(hasty: LiveServer, head: bytes, chunked: bool) -> None:
    body = b"x" * LARGE
    how = b"Content-Length: %d\r\n\r\n" % LARGE
    if chunked:
        how, body = b"Transfer-Encoding: chunked\r\n\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (LARGE, body)
    with dial(hasty, head + how) as client:
        client.sendall(body)  # all of it before the answer is looked for
        client.shutdown(socket.SHUT_WR)
        answer = client.recv(1 << 16)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"] == "too-long"


@pytest.mark.parametrize("head", [HEAD, CLOSES])
def test_what_is_read_after_a_refusal_has_an_end(hasty: LiveServer, head: bytes) -> None:
    endless = head + b"Content-Length: 9999999999\r\n\r\n"
    with contextlib.suppress(BrokenPipeError, ConnectionResetError), dial(hasty, endless) as client:
        while True:
            client.sendall(b"x" * (1 << 20))
    assert hasty.ask("GET", "/livez").status == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"garbage\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * LARGE,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
    ],
)
def test_what_is_no_http_is_refused_as_all_else(hasty: LiveServer, sent: bytes) -> None:
    with dial(hasty, sent) as client:
        client.shutdown(socket.SHUT_WR)
        answer = read_all(client)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"x-content-type-options: nosniff" in head.lower()
    assert json.loads(body)["error"] == "bad-http"
    assert hasty.log[1:] == []


@pytest.mark.parametrize("sent", [b"garbage\r\n\r\n", HEAD + b"Content-Length: 99999999\r\n\r\nxxx"])
def test_the_end_does_not_wait_for_who_was_answered(sent: bytes) -> None:
    waiting = ("--head-timeout", 900, "--timeout", 900, "--drain", 0)
    with running("m=en", *waiting) as server, dial(server, sent) as client:
        assert client.recv(9) == b"HTTP/1.1 "
        server.process.terminate()
        server.wait()  # for less time than the client would be listened to


def test_the_one_that_waited_longest_makes_room() -> None:
    with (
        running("m=en", "--max-connections", 8, "--drain", 0) as server,
        contextlib.ExitStack() as open_ones,
    ):
        idle = [open_ones.enter_context(dial(server)) for _ in range(40)]
        for _ in range(8):  # one more each time, so all of the first ones have to go
            assert server.tag({"text": "Anna met Peter."}).status == 200
        assert read_all(idle[0]) == b""
        assert all(map(is_closed, idle[:24]))
        assert server.log[1:] == []


def test_what_is_at_work_makes_no_room(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    program = (str(HERE / "gated_server.py"),)
    options = ("m=en", "--max-connections", 8, "--drain", 0)
    with running(*options, program=program, GATE=str(gate)) as server, ThreadPoolExecutor(24) as clients:
        with gate.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            jobs = [clients.submit(server.tag, {"text": f"Anna {n}"}) for n in range(7)]
            while server.figure("onoma_requests_in_flight") < 8:  # with the question itself
                pass
            jobs += [clients.submit(server.tag, {"text": f"Anna {n}"}) for n in range(17)]
        assert [job.result().status for job in jobs] == [200] * 24


@pytest.mark.parametrize("unaware", [False, True])
def test_a_flood_of_idle_connections_stops_nobody(unaware: bool) -> None:
    env = {"MAY_OPEN": "110", **({"UNAWARE": "1"} if unaware else {})}
    options = ("m=en", "--head-timeout", 3600, "--drain", 0)
    with running(*options, program=(str(HERE / "limited_server.py"),), **env) as server:
        with contextlib.ExitStack() as open_ones:
            for number in range(300):
                open_ones.enter_context(dial(server))
                if number % 50 == 0:
                    assert server.tag({"text": "Anna met Peter."}).status == 200
            assert server.tag({"text": "Anna met Peter."}).status == 200
            assert server.figure("process_open_fds") <= 110
        assert len(server.log) <= 2
        assert [("no connection can be accepted now" in line) for line in server.log[1:]] in ([], [True])
        assert unaware or len(server.log) == 1


class Client:
    """A connection as the pool sees it."""

    is_made, has_head = True, False

    def __init__(self, *, is_sending: bool = False) -> None:
        self.is_sending = is_sending
        self.end = None

    def drop(self) -> None:
        self.end = "dropped"

    def give_up(self) -> None:
        self.end = "given up"


def test_an_answer_that_is_being_taken_goes_last() -> None:
    pool = Pool(3, 10.0, 10.0)
    pool.grace = 0.0
    sending, old, new, working = Client(is_sending=True), Client(), Client(), Client()
    for one in (working, sending, old, new):
        pool.add(one)
    pool.work(working)
    for expected in (old, new, sending):
        assert pool.has_room()
        pool.make_room()
        assert expected.end == "dropped"
        pool.remove(expected)
    pool.make_room()
    assert working.end is None
    assert pool.has_room()
    for another in (Client(), Client()):
        pool.add(another)
        pool.work(another)
    assert not pool.has_room()
    told = []
    pool.when_room = lambda: told.append(pool.has_room())
    pool.wait(working)
    assert told == [True]
    pool.grace = 3600.0
    assert not pool.has_room()  # it is new, its next request may be on its way


def test_an_answer_that_nobody_takes_is_dropped_and_a_body_is_waited_for() -> None:
    pool = Pool(9, head_timeout=0.01, answer_timeout=0.02)
    sending, silent, body = Client(is_sending=True), Client(), Client()
    body.has_head = True

    async def watch() -> None:
        for one in (sending, silent, body):
            pool.add(one)
        task = asyncio.ensure_future(pool.watch())
        while not (sending.end and silent.end):
            await asyncio.sleep(0)
        task.cancel()

    asyncio.run(watch())
    assert (sending.end, silent.end, body.end) == ("dropped", "given up", None)


def test_what_the_process_may_open_bounds_connections(monkeypatch) -> None:
    limits = {"now": (256, 1_024)}
    monkeypatch.setattr(accepting, "_open_files", lambda: 20)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda kind, pair: limits.update(now=pair))
    kept = 20 + accepting._KEPT_BACK
    assert most_connections(100) == 100
    assert limits["now"] == (256, 1_024)
    assert most_connections(500) == 500
    assert limits["now"] == (500 + kept, 1_024)
    assert most_connections(4_096) == 1_024 - kept
    limits["now"] = (256, resource.RLIM_INFINITY)
    assert most_connections(4_096) == 4_096
    limits["now"] = (64, 64)
    with pytest.raises(ConfigError, match="ulimit -n"):
        most_connections(4_096)
