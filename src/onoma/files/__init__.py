"""Writing files and folders so that a crash, a full disk or a second reader never sees half of one."""

from onoma.files.abandoned import is_current, is_left_over
from onoma.files.atomic import (
    atomic_folder,
    atomic_path,
    find_place,
    output_error,
    shown,
    sync,
    sync_folder,
    write_json,
    write_text,
)
from onoma.files.folders import is_filled, refuse_filled, set_aside
from onoma.files.originals import refuse_originals

__all__ = [
    "atomic_folder",
    "atomic_path",
    "find_place",
    "is_current",
    "is_filled",
    "is_left_over",
    "output_error",
    "refuse_filled",
    "refuse_originals",
    "set_aside",
    "shown",
    "sync",
    "sync_folder",
    "write_json",
    "write_text",
]
