"""The folder of an annotation in an object store, by fsspec.

What is written is there as a whole or not at all, and that is all that is asked of a store: a part is made on
the worker's disk and then put, and after it its record, an object of its own. A kill between the two leaves a
part without a record, which is put again, with the same bytes. There are no locks: a lease (`Lease`) keeps a
second driver out, and where it fails, both write the same.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from onoma.annotation.folders import PARTS, Place
from onoma.errors import OutputError, excerpt
from onoma.readers.remote import file_system

RECORDS, LEASE = "ledger", "lease.json"
LEASE_SECONDS, _RENEWED_SECONDS = 120.0, 20.0
"""A lease that was not renewed for so long is nobody's."""
_AT_ONCE = 1_000
_WITH_FOLDERS = ("file", "local", "hdfs", "webhdfs", "sftp", "ssh", "smb", "ftp")
"""Where a folder has to be made before something is put in it; elsewhere that might make a bucket."""


class CloudFolder:
    """A folder of an object store.

    Args:
        url: with the scheme of a file system that fsspec knows.

    Raises:
        ConfigError: there is no driver for the scheme, or it cannot connect.
        MissingExtraError: fsspec is not installed.
    """

    def __init__(self, url: str) -> None:
        self.place: Place = url.rstrip("/")
        self._system, self._root = file_system(str(self.place))
        self._lease: Lease | None = None
        self._records: dict[str, bytes] | None = None

    def __str__(self) -> str:
        return str(self.place)

    def claim(self, check: Callable[[], None]) -> Lease:
        """Take the lease of the folder."""
        if str(self.place).split("://")[0] in _WITH_FOLDERS:
            with self._faults():
                for name in (PARTS, RECORDS):
                    self._system.makedirs(self.at(name), exist_ok=True)
        lease = Lease(self)
        try:
            check()
        except BaseException:
            lease.release()
            raise
        self._lease = lease
        return lease

    def sizes(self, below: str = "") -> dict[str, int]:
        """Return the objects by their names in the folder; the lease is none of them."""
        root = self.at(below).rstrip("/")
        try:
            with self._faults():
                self._system.invalidate_cache()
                found = self._system.find(root, detail=True)
        except FileNotFoundError:  # some stores have no empty folders
            return {}
        sizes = {path[len(root) + 1 :]: int(facts["size"] or 0) for path, facts in found.items()}
        return {name: size for name, size in sizes.items() if name != LEASE}

    def read(self, name: str) -> str | None:
        """Return a text; None where there is none."""
        try:
            with self._faults():
                return bytes(self._system.cat_file(self.at(name))).decode("utf-8")
        except FileNotFoundError:
            return None

    def write(self, name: str, text: str, *, new: bool = False) -> None:
        """Put a text.

        Args:
            name: of the object.
            text: it is to hold.
            new: there may be none of this name, as far as the store can tell.

        Raises:
            FileExistsError: there is one.
        """
        data = text.encode("utf-8")
        with self._faults():
            if new:
                try:
                    self._system.pipe_file(self.at(name), data, mode="create")
                    return
                except (TypeError, NotImplementedError, ValueError):
                    pass  # a driver that cannot: the lease is looked at again
            self._system.pipe_file(self.at(name), data)

    @contextmanager
    def part(self, name: str) -> Iterator[Path]:
        """Give a path on this machine's disk, and put what is written there."""
        with tempfile.TemporaryDirectory(prefix="onoma-") as folder:
            path = Path(folder) / PurePosixPath(name).name
            yield path
            with self._faults():
                self._system.put_file(str(path), self.at(name))

    def records(self) -> Iterator[tuple[str, bytes]]:
        """Yield the records; they are fetched once, since nobody else adds any."""
        if self._records is None:
            self._records = self._fetch()
        for name, data in list(self._records.items()):
            yield f"{self.place}/{RECORDS}/{name}", data

    def _fetch(self) -> dict[str, bytes]:
        names = sorted(self.sizes(RECORDS))
        found: dict[str, bytes] = {}
        for first in range(0, len(names), _AT_ONCE):
            some = names[first : first + _AT_ONCE]
            with self._faults():
                data = self._all([self.at(f"{RECORDS}/{name}") for name in some])
            found.update(zip(some, data, strict=True))
        return found

    def _all(self, paths: list[str]) -> list[bytes]:
        found: Any = self._system.cat(paths)
        if isinstance(found, dict):
            return [bytes(found[path]) for path in paths]
        return [bytes(found)]  # a list of one gives its bytes

    def add_record(self, shard: int, line: bytes) -> None:
        """Put a record, in the place of an older one of its shard."""
        if self._lease is not None:
            self._lease.check()
        name = f"{shard:06d}.json"
        self.write(f"{RECORDS}/{name}", line.decode("utf-8"))
        if self._records is not None:
            self._records[name] = line

    def tidy(self) -> None:
        """Do nothing: what was not put whole is not there."""

    def remove(self, name: str) -> None:
        """Remove an object."""
        with self._faults():
            self._system.rm_file(self.at(name))

    def at(self, name: str) -> str:
        """Return the store's own path of a name."""
        return f"{self._root.rstrip('/')}/{name}" if name else self._root

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn what a driver raises into one error; what is missing or there already is the caller's."""
        try:
            yield
        except (FileNotFoundError, FileExistsError):
            raise
        except Exception as error:  # each driver has errors of its own
            what = f"{type(error).__name__}: {excerpt(str(error), 200)}"
            raise OutputError(f"{self.place}: cannot write or read here: {what}") from None


class Lease:
    """Says in the store who writes there, renewed until it is released; in the place of a lock.

    A driver that dies leaves its lease, which is over `LEASE_SECONDS` after the last renewal. One that finds
    another's in the place of its own ends. Clocks are taken to agree by much less than that, and stores to
    show what was put; where they do not, two drivers may work at once, which costs time and nothing else:
    they put the same.

    Raises:
        OutputError: another driver has it.
    """

    def __init__(self, folder: CloudFolder) -> None:
        self._folder = folder
        self._token = secrets.token_hex(8)
        self._lost = ""
        self._ended = threading.Event()
        self._take()
        self._renewed = time.monotonic()
        self._thread = threading.Thread(target=self._renew, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Refuse to go on without the lease.

        Raises:
            OutputError: another driver has it, or it could not be renewed in time.
        """
        if self._lost:
            raise OutputError(f"{self._folder}: {self._lost}")
        if time.monotonic() - self._renewed > LEASE_SECONDS:
            raise OutputError(f"{self._folder}: the lease could not be renewed; go on with --resume")

    def release(self) -> None:
        """Give the lease back, if it is still ours."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._thread.join()
        try:
            if self._owner().get("token") == self._token:
                self._folder.remove(LEASE)
        except (OSError, OutputError):
            pass  # it ends by itself

    def _take(self) -> None:
        text = self._folder.read(LEASE)
        owner = _owner(text)
        age = time.time() - float(owner.get("time", 0))
        if owner and age < LEASE_SECONDS:
            raise OutputError(self._taken(owner, age))
        try:
            self._folder.write(LEASE, self._text(), new=text is None)
        except FileExistsError:
            raise OutputError(self._taken(self._owner(), 0.0)) from None
        if (owner := self._owner()).get("token") != self._token:
            raise OutputError(self._taken(owner, 0.0))

    def _taken(self, owner: dict[str, Any], age: float) -> str:
        who = excerpt(f"{owner.get('host')}, process {owner.get('pid')}", 100)
        return (
            f"{self._folder}: another annotation is at work here ({who}, seen {max(0, age):.0f} s ago); "
            f"if that is dead, wait {LEASE_SECONDS:.0f} s, or delete {LEASE}"
        )

    def _owner(self) -> dict[str, Any]:
        return _owner(self._folder.read(LEASE))

    def _text(self) -> str:
        owner = {"token": self._token, "host": socket.gethostname(), "pid": os.getpid(), "time": time.time()}
        return json.dumps(owner) + "\n"

    def _renew(self) -> None:
        while not self._ended.wait(_RENEWED_SECONDS):
            try:
                owner = self._owner()
                if owner and owner.get("token") != self._token:
                    self._lost = self._taken(owner, 0.0)
                    return
                self._folder.write(LEASE, self._text())
                self._renewed = time.monotonic()
            except (OSError, OutputError):
                continue  # tried again; `check` knows for how long it has failed


def _owner(lease: str | None) -> dict[str, Any]:
    try:
        owner = json.loads(lease) if lease else {}
        float(owner.get("time", 0))
        return dict(owner)
    except (ValueError, TypeError, AttributeError):
        return {}  # whatever it is, it is no lease
