"""Whether ``onoma serve`` lasts: memory under words that are ever new, and a flood of idle connections.

    python benchmarks/serve_soak.py MODEL [--minutes 10] [--clients 64] [--workers 1]
                                          [--flood 1300] [--open-files 1024]

Two parts, each on a server in a process of its own:

- memory: each client sends texts whose words nobody has sent before. The resident memory of the server, or
  of all its workers together, is read every second; after a tenth of the time (a minute of ten) it must stay
  within 5 % of what it was then, at every moment.
- flood: a server that may open so many files gets more idle connections than that, each renewed when it is
  closed, for half a minute, while one client keeps asking on connections of its own. Every answer must be
  right; answers, the slowest one, and what the server has logged are told.

Exits with 1 where either fails.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

JSON = {"Content-Type": "application/json"}
ALLOWED_GROWTH = 0.05
FLOOD_SECONDS = 30.0
SYLLABLES = [c + v + e for c in "bdfgklmnprstvz" for v in "aeiou" for e in ("", "n", "r", "st")]


class Server:
    """A server that has begun to serve; what it writes goes to a file."""

    def __init__(self, model: str, *options: str, open_files: int | None = None) -> None:
        def limit() -> None:
            if open_files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))

        self.log = Path(tempfile.mkdtemp()) / "log"
        command = [
            sys.executable,
            "-m",
            "onoma",
            "serve",
            f"m={model}",
            "--port",
            "0",
            "--watch",
            "0",
            *options,
        ]
        with self.log.open("w") as written:
            self.process = subprocess.Popen(command, stderr=written, preexec_fn=limit)
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text())):
            if self.process.poll() is not None:
                raise SystemExit(self.log.read_text())
            time.sleep(0.05)
        self.port = int(found[1])

    def memory_mb(self) -> float:
        return self.figure("process_resident_memory_bytes") / 2**20

    def figure(self, name: str) -> float:
        lines = self.ask("GET", "/metrics")[1].decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, None if body is None else json.dumps(body), JSON)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait()


def new_word(number: int) -> str:
    """Return a capitalised word for each number, of syllables, other than that of any other number."""
    parts = []
    while number:
        number, place = divmod(number, len(SYLLABLES))
        parts.append(SYLLABLES[place])
    return "".join(parts).capitalize() or "A"


def new_texts(client: int, clients: int) -> Callable[[], str]:
    """Return what makes a client's next text: 20 words, all of them new."""
    numbers = count(client, clients)

    def text() -> str:
        words = [new_word(next(numbers)) for _ in range(20)]
        return f"{words[0]} met {words[1]} in {words[2]}: {' '.join(words[3:])}."

    return text


def ask_on(port: int, client: int, clients: int, until: float) -> tuple[int, int]:
    """Ask until the time is over; returns how many answers were right, and how many refused or lost."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    make, good, bad = new_texts(client, clients), 0, 0
    while time.monotonic() < until:
        connection.request("POST", "/v1/tag", json.dumps({"text": make()}), JSON)
        answer = connection.getresponse()
        answer.read()
        good, bad = (good + 1, bad) if answer.status == 200 else (good, bad + 1)
    connection.close()
    return good, bad


def run_clients(port: int, clients: int, seconds: float) -> None:
    """Be the process of the clients: print how many answers were right and how many were not."""
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(clients) as pool:
        done = list(pool.map(lambda number: ask_on(port, number, clients, until), range(clients)))
    print(json.dumps([sum(good for good, _ in done), sum(bad for _, bad in done)]))


def soak(model: str, workers: int, clients: int, minutes: float) -> bool:
    """Send new words; returns whether memory stayed flat and all was answered."""
    server = Server(model, "--workers", str(workers), "--queue", str(2 * clients))
    began, rows = time.monotonic(), []
    command = [sys.executable, __file__, "-", "--clients", str(clients), "--minutes", str(minutes)]
    with subprocess.Popen([*command, "--port", str(server.port)], stdout=subprocess.PIPE) as asking:
        while asking.poll() is None:
            rows.append((time.monotonic() - began, server.memory_mb()))
            time.sleep(1)
        assert asking.stdout
        good, bad = json.loads(asking.stdout.read())
    tokens = server.figure("onoma_tokens_total")
    code = server.stop()
    settled = [memory for seconds, memory in rows if 6 * minutes <= seconds <= 60 * minutes]
    low, high = min(settled), max(settled)
    growth = max(high / settled[0] - 1, 1 - low / settled[0])
    flat = growth <= ALLOWED_GROWTH
    print(
        f"memory    {clients} clients, {workers} workers, {minutes:g} minutes, {good} answers, {bad} others"
    )
    print(f"          {tokens:,.0f} tokens, most of them new words; exit code {code}")
    print(
        f"          {rows[0][1]:.0f} MB at first, {settled[0]:.0f} MB warm, then {low:.0f} to {high:.0f} MB:"
    )
    print(f"          {100 * growth:.1f} % off, {'flat' if flat else 'NOT FLAT'}")
    for seconds, memory in rows[:: max(1, len(rows) // 10)]:
        print(f"          {seconds:5.0f} s {memory:6.1f} MB")
    return flat and not bad and code == 0


def flood(model: str, connections: int, open_files: int) -> bool:
    """Hold idle connections; returns whether everybody else was answered."""
    server = Server(model, open_files=open_files)
    before = server.log.stat().st_size
    began, times, wrong, opened = time.monotonic(), [], 0, 0
    watched = selectors.DefaultSelector()

    def dial() -> None:
        nonlocal opened
        idle = socket.create_connection(("127.0.0.1", server.port))
        watched.register(idle, selectors.EVENT_READ)
        opened += 1

    while time.monotonic() - began < FLOOD_SECONDS:
        for _ in range(min(100, connections - len(watched.get_map()))):
            dial()
        for key, _ in watched.select(0):
            watched.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[union-attr]
        asked = time.monotonic()
        status, _ = server.ask("POST", "/v1/tag", {"text": "Anna met Peter in Paris."})
        times.append(time.monotonic() - asked)
        wrong += status != 200
    files = server.figure("process_open_fds")
    for key in list(watched.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    code = server.stop()
    logged = server.log.stat().st_size - before
    print(
        f"flood     {connections} idle connections, renewed ({opened} in all), {open_files} files may be open"
    )
    print(f"          {len(times)} answers beside them, {wrong} wrong, the slowest after {max(times):.2f} s")
    print(
        f"          {files:.0f} files open, {logged} bytes logged in {FLOOD_SECONDS:.0f} s; exit code {code}"
    )
    return not wrong and logged < 1_000 and code == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--flood", type=int, default=1_300, help="idle connections, 0 for no flood")
    parser.add_argument("--open-files", type=int, default=1_024)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.port:
        run_clients(arguments.port, arguments.clients, 60 * arguments.minutes)
        return 0
    survived = not arguments.flood or flood(arguments.model, arguments.flood, arguments.open_files)
    flat = not arguments.minutes or soak(
        arguments.model, arguments.workers, arguments.clients, arguments.minutes
    )
    return 0 if survived and flat else 1


if __name__ == "__main__":
    sys.exit(main())
