"""Files of object stores and other machines (``s3://``, ``hdfs://``), by fsspec and its drivers."""

from __future__ import annotations

import errno
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from onoma.errors import ConfigError, DataError, MissingExtraError, excerpt

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.ASCII)
"""Two letters or more: one is a drive of Windows."""
_VERSIONS = (
    *("ETag", "etag", "md5Hash", "content_md5", "LastModified", "last_modified"),
    *("updated", "mtime", "modified", "created"),
)
"""What stores call that which changes with an object, the surest first."""
_BLOCK_BYTES = 1 << 18


def is_remote(path: str) -> bool:
    """Whether a path is one of another machine: a scheme, two slashes, and a name."""
    return _URL.match(path) is not None


def as_place(path: str) -> Path | RemoteFile:
    """Return the file of a name, on this machine or another."""
    return RemoteFile(path) if is_remote(path) else Path(path)


class RemoteFile:
    """A file of another machine, as far as readers need one; nothing is opened before it is asked for.

    Args:
        url: with the scheme of a file system that fsspec knows.

    Attributes:
        name: without the scheme.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = PurePosixPath(url.split("://", 1)[1])

    def __str__(self) -> str:
        return self.url

    @property
    def suffix(self) -> str:
        """The last suffix of the name."""
        return self.name.suffix

    def open(self, mode: str = "rb") -> io.BufferedReader:
        """Open the file to read bytes, at any place of it.

        Raises:
            ConfigError: there is no driver for the scheme, or it cannot connect.
            OSError: it is not there, or cannot be read.
        """
        system, path = file_system(self.url)
        with _as_os_errors():
            return io.BufferedReader(_Raw(system.open(path, mode)), _BLOCK_BYTES)

    def status(self) -> tuple[int, str]:
        """Return its size in bytes, and what changes with its content, as far as the store tells.

        Raises:
            ConfigError: see `open`.
            DataError: it cannot be looked at, or the store does not tell its size.
        """
        system, path = file_system(self.url)
        with _as_data_errors(self.url):
            info = system.info(path)
        if info.get("size") is None:
            what = "its size is not told, and files of unknown size cannot be cut: fetch it first"
            raise DataError(what, code="unreadable", path=self.url)
        version = next((str(info[name]) for name in _VERSIONS if info.get(name)), "")
        return int(info["size"]), version


def remote_files(url: str) -> Iterator[str]:
    """Yield the file of a URL, or those below it by name; hidden ones are passed over.

    Raises:
        ConfigError: there is no driver for the scheme, or it cannot connect.
        DataError: there is nothing.
    """
    system, root = file_system(url)
    with _as_data_errors(url):
        if system.isfile(root):
            found = [""]
        elif system.isdir(root):
            found = sorted(path[len(root.rstrip("/")) :] for path in system.find(root))
        else:
            raise FileNotFoundError
    seen = [rest for rest in found if not any(part.startswith(".") for part in rest.split("/"))]
    if not seen:
        raise DataError("the folder holds no file", code="no-file", path=url)
    for rest in seen:
        yield url.rstrip("/") + rest if rest else url


def file_system(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the path in it.

    Raises:
        MissingExtraError: fsspec is not installed.
        ConfigError: the scheme is unknown, its driver is not installed, or it cannot connect.
    """
    try:
        import fsspec
        from fsspec.registry import known_implementations
    except ImportError:
        raise MissingExtraError(f"fsspec for {excerpt(url)}", "cloud") from None
    scheme = url.split("://", 1)[0]
    if "::" in url:
        raise ConfigError(f"{excerpt(url)}: a chain of file systems is not read; name a single one")
    try:
        system, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        hint = known_implementations.get(scheme, {}).get("err") or str(error)
        raise ConfigError(f"{scheme}:// needs a driver that is not installed: {excerpt(hint, 200)}") from None
    except Exception as error:  # each driver has errors of its own
        raise ConfigError(f"{excerpt(url)}: {_said(error)}") from None
    return system, str(path)


class _Raw(io.RawIOBase):
    """A file that a driver opened, whose errors are those of the system's files."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        with _as_os_errors():
            data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with _as_os_errors():
            return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno is None and not isinstance(error, FileNotFoundError | IsADirectoryError):
            raise OSError(errno.EIO, _said(error)) from None
        raise
    except Exception as error:  # each driver has errors of its own
        raise OSError(errno.EIO, _said(error)) from None


@contextmanager
def _as_data_errors(url: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise DataError("no such file", code="no-file", path=url) from None
    except Exception as error:  # each driver has errors of its own
        raise DataError(f"cannot be read: {_said(error)}", code="unreadable", path=url) from None


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {excerpt(str(error), 200)}"
