"""Files that an input names, in the folder of the input and nowhere else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from onoma.errors import DataError


def file_beside(path: Path | None, name: str) -> Path:
    """Return the file called ``name`` in the folder of ``path`` (None: standard input, which has none).

    Raises:
        DataError: without path and line: the name leads out of the folder, or no such file is there.
    """
    if path is None:
        what = (
            "the documents are looked for beside the annotations, which standard input is not: name the file"
        )
        raise DataError(what, code="missing-file", text=name)
    windows = PureWindowsPath(name)
    parts = (*PurePosixPath(name).parts, *windows.parts)
    if not name or "\0" in name or ".." in parts or windows.drive or windows.root:
        what = "a document file must lie in the folder of the annotations; this name leads out of it"
        raise DataError(what, code="unsafe-path", text=name)
    found = path.parent / name
    try:
        there = found.is_file()
    except (OSError, ValueError):
        there = False
    if not there:
        what = f"the document file {found} is not there; put it beside the annotations"
        raise DataError(what, code="missing-file", text=name)
    return found
