"""A worker as a program: ``python -m onoma.annotation.process``.

The first line of standard input says what `Worker` is to be made of, each other one is a shard. Each shard is
answered with a line on standard output: its record, or what is wrong. When standard input ends, whoever gave
orders is dead, and the process ends at once, amid a shard too.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from queue import SimpleQueue
from typing import Any, BinaryIO

from onoma.annotation.plan import Shard
from onoma.annotation.settings import Settings
from onoma.annotation.worker import Worker
from onoma.errors import OnomaError


def main() -> None:
    """Answer until standard input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what others print is no answer
    orders: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, orders), daemon=True).start()
    first = orders.get()
    worker: Worker | None = None
    while True:
        shard = Shard.from_dict(orders.get())
        try:
            worker = worker or Worker(Settings.from_dict(first["settings"]), first["folder"])
            answer = {"record": worker.annotate(shard).to_json()}
        except (OnomaError, OSError, MemoryError) as error:
            answer = {"error": str(error) or type(error).__name__}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _listen(stream: BinaryIO, orders: SimpleQueue[dict[str, Any]]) -> None:
    for line in stream:
        orders.put(json.loads(line))
    os._exit(0)


if __name__ == "__main__":
    main()
