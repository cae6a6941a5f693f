"""Which errors are the user's to mend, and what to say about each; all others keep their traceback."""

from __future__ import annotations

import errno
import os

from onoma.errors import OnomaError, excerpt

_PLACE_ERRORS = {
    errno.EACCES: "",
    errno.EPERM: "",
    errno.ENOENT: "",
    errno.EEXIST: "",
    errno.ENOTDIR: ": a file is in the place of a folder",
    errno.EISDIR: ": a file is needed",
    errno.ENOTEMPTY: "",
    errno.ELOOP: "; the link leads back to itself",
    errno.ENAMETOOLONG: "; give it a shorter one",
    errno.EMFILE: "; close some, or raise the limit (ulimit -n)",
    errno.ENFILE: "",
    errno.EBUSY: "",
    errno.ETXTBSY: "",
    errno.EXDEV: "",
    errno.ENXIO: "",
    errno.ENODEV: "",
    errno.EINVAL: "",
    errno.EROFS: "",
    errno.ESTALE: "",
}
"""What may be wrong with a place that the user names, with a hint; all other errors are bugs."""
_LOOP = "Symlink loop from "
"""How `pathlib` begins to say what is no OSError there."""
_MEMORY_SIGNS = (
    "can't allocate memory",
    "Cannot allocate memory",
    "failed to map segment",
    "can't start new thread",
    "bad_alloc",
    "PyObject pointer is null",  # a library in Rust, panicking
)
"""What libraries say, in errors of several classes, where the system refuses memory."""
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EBADF)
"""What the system says where nothing more can be written; the last one of a stream that is closed."""


def describe_failure(error: BaseException) -> str | None:
    """Return what is wrong in one line; None where it is no such error."""
    if isinstance(error, OnomaError):
        return str(error)
    if wants_memory(error):
        said = excerpt(str(error).partition("\n")[0], 200)
        return f"not enough memory{said and f' ({said})'}; give less at once, or use a larger machine"
    if isinstance(error, RuntimeError) and str(error).startswith(_LOOP):
        return f"{str(error).removeprefix(_LOOP)}: the link leads back to itself"
    return _of_file(error) if isinstance(error, OSError) else None


def is_of_disk(error: BaseException) -> bool:
    """Whether the disk takes no more: then what still waits to be written never can be."""
    return isinstance(error, OSError) and error.errno in _DISK_ERRORS


def wants_memory(error: BaseException) -> bool:
    """Whether the system refuses memory."""
    if isinstance(error, MemoryError):
        return True
    panicked = type(error).__name__ == "PanicException"  # which is no Exception
    said = panicked or isinstance(error, RuntimeError | ImportError)
    return said and any(sign in str(error) for sign in _MEMORY_SIGNS)


def _of_file(error: OSError) -> str | None:
    """Return what to say about a file or folder that cannot be used."""
    if is_of_disk(error):
        what = f"cannot write: {error.strerror}"
    elif error.errno in _PLACE_ERRORS and (error.filename or error.errno in (errno.EMFILE, errno.ENFILE)):
        what = f"cannot be used: {error.strerror}{_PLACE_ERRORS[error.errno]}"
    else:
        return None
    return f"{excerpt(os.fsdecode(error.filename), 200)}: {what}" if error.filename else what
