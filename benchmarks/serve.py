"""What ``onoma serve`` does under load, checked answer by answer.

    python benchmarks/serve.py MODEL --data FILE [--clients 64] [--seconds 20] [--threads 1]

Three parts, one after the other, on one server in a process of its own and clients in another:

- load: each client sends texts of 1 to 20 sentences, one after the other, and compares every answer with the
  offline prediction. Requests a second, median and 99th percentile of the time to the answer, tokens a second
  by the server's own count, and the server's memory before and after.
- bulk: the same texts through `Tagger.pipe`, without a server: the most that this model can do. CPU seconds
  are compared, since clients and other programs take their part of the clock's.
- overload: a second server with a queue of 4 and the same clients: how many are refused by 429, and how soon.

Scores may differ by rounding from those offline: batches are different ones. Entities may not.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import onoma
from onoma.readers import read_documents
from onoma.text import Document

JSON = {"Content-Type": "application/json"}

Expected = list[tuple[str, list[list[Any]]]]
"""Texts with their entities: start, end, label."""

Row = tuple[int, float]
"""Status of an answer (0: it is wrong), and seconds it took."""


def make_texts(data: str, number: int) -> list[str]:
    """Texts of 1 to 20 sentences in turn, as many as asked for."""
    sentences = [
        " ".join(words) for document in read_documents(data) for words in document.sentence_words() if words
    ]
    texts, place = [], 0
    for index in range(number):
        size = 1 + index * 7 % 20
        texts.append(" ".join(sentences[(place + step) % len(sentences)] for step in range(size)))
        place += size
    return texts


def entities(document: Document) -> list[list[Any]]:
    return [[span.start, span.end, span.label] for span in document.entities]


class Server:
    def __init__(self, model: str, *options: str) -> None:
        command = [sys.executable, "-m", "onoma", "serve", f"m={model}", "--port", "0", "--watch", "0"]
        self.process = subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True)
        assert self.process.stderr
        found = re.search(r":(\d+)$", self.process.stderr.readline().strip())
        assert found, self.process.stderr.read()
        self.port = int(found[1])

    def memory_mb(self) -> float:
        with Path(f"/proc/{self.process.pid}/status").open() as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def figure(self, name: str) -> float:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    def totals(self) -> tuple[float, ...]:
        """Tokens, CPU seconds, batches and their requests so far."""
        names = ("onoma_tokens_total", "process_cpu_seconds_total")
        return tuple(map(self.figure, (*names, "onoma_batch_requests_count", "onoma_batch_requests_sum")))

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait()


def client(port: int, number: int, expected: Expected, until: float, rows: list[Row]) -> None:
    """Ask until the time is over; a row is status (0: a wrong answer) and seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    index = number * 31
    while time.monotonic() < until:
        text, wanted = expected[index % len(expected)]
        index += 1
        began = time.perf_counter()
        connection.request("POST", "/v1/tag", json.dumps({"text": text}), JSON)
        answer = connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - began
        status = answer.status
        if status == 200:
            found = json.loads(body)["results"][0]["entities"]
            if [[one["start"], one["end"], one["label"]] for one in found] != wanted:
                status = 0
        elif status == 429:
            assert int(answer.headers["Retry-After"]) >= 1
            time.sleep(0.05)
        rows.append((status, seconds))
    connection.close()


def run_clients(port: int, clients: int, seconds: float, expected_file: str) -> None:
    """Be the process of the clients: print all rows as JSON."""
    expected: Expected = json.loads(Path(expected_file).read_text(encoding="utf-8"))
    rows: list[Row] = []
    began = time.monotonic()
    until = began + seconds
    with ThreadPoolExecutor(clients) as pool:
        for job in [pool.submit(client, port, n, expected, until, rows) for n in range(clients)]:
            job.result()
    print(json.dumps({"rows": rows, "seconds": time.monotonic() - began}))


def load(server: Server, clients: int, seconds: float, expected_file: Path) -> tuple[list[Row], float]:
    options = ["--port", str(server.port), "--clients", str(clients), "--seconds", str(seconds)]
    command = [sys.executable, __file__, "-", "--data", str(expected_file), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    result = json.loads(done.stdout)
    return [(status, took) for status, took in result["rows"]], result["seconds"]


def quantiles(rows: Sequence[Row], status: int) -> str:
    """Return median and 99th percentile of the time to answers of a status, in ms."""
    times = [1000 * seconds for found, seconds in rows if found == status]
    if len(times) < 2:
        return f"{len(times)} answers"
    cuts = statistics.quantiles(times, n=100)
    return f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--data", required=True)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--texts", type=int, default=120)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.port:
        run_clients(arguments.port, arguments.clients, arguments.seconds, arguments.data)
        return
    texts = make_texts(arguments.data, arguments.texts)
    tagger = onoma.load(arguments.model, threads=arguments.threads)
    expected = [(text, entities(document)) for text, document in zip(texts, map(tagger, texts), strict=True)]
    expected_file = Path(tempfile.mkdtemp()) / "expected.json"
    expected_file.write_text(json.dumps(expected), encoding="utf-8")

    threads = ("--threads", str(arguments.threads))
    server = Server(arguments.model, *threads)
    load(server, 4, 2.0, expected_file)  # warm
    before, start = server.memory_mb(), server.totals()
    rows, took = load(server, arguments.clients, arguments.seconds, expected_file)
    tokens, cpu, batches, requests = (a - b for a, b in zip(server.totals(), start, strict=True))
    after = server.memory_mb()
    code = server.stop()
    good = sum(status == 200 for status, _ in rows)
    print(
        f"load      {arguments.clients} clients, {took:.0f} s, {len(rows)} answers, {len(rows) - good} wrong"
    )
    print(f"          {good / took:.1f} requests/s, {quantiles(rows, 200)}")
    print(f"          {tokens / took:,.0f} tokens/s, {tokens / cpu:,.0f} a CPU second of the server")
    print(f"          {requests / batches:.1f} requests a batch; exit code {code}")
    print(f"          memory {before:.0f} -> {after:.0f} MB")

    began, busy = time.perf_counter(), time.process_time()
    total = sum(len(document.tokens) + 1 for document in tagger.pipe(texts))
    bulk, of_cpu = total / (time.perf_counter() - began), total / (time.process_time() - busy)
    print(f"bulk      {bulk:,.0f} tokens/s by Tagger.pipe, {of_cpu:,.0f} a CPU second")
    print(f"          served {100 * tokens / cpu / of_cpu:.0f} % of it by CPU second")

    server = Server(arguments.model, *threads, "--queue", "4")
    rows, _ = load(server, arguments.clients, min(arguments.seconds, 10), expected_file)
    refused = sum(status == 429 for status, _ in rows)
    wrong = sum(status not in (200, 429) for status, _ in rows)
    print(f"overload  {refused} of {len(rows)} refused by 429: {quantiles(rows, 429)}; {wrong} wrong")
    print(f"          answered: {quantiles(rows, 200)}; exit code {server.stop()}")


if __name__ == "__main__":
    main()
