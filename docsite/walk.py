"""Go through tutorials as a reader would: each block of commands, one after the other, in an empty folder.

python docsite/walk.py docs/tutorials/first-model.md prints what each block prints. The walk ends at the first
block that fails.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.M | re.S)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return what a tutorial tells to run: ``sh`` or ``python``, and the text."""
    return [(kind, text) for kind, text in _BLOCK.findall(page.read_text(encoding="utf-8"))]


def walk(page: Path, folder: Path) -> int:
    """Run the blocks of a page in a folder; return the exit code of the first that fails, or 0."""
    for number, (kind, text) in enumerate(blocks(page), 1):
        print(f"--- {page.stem}, block {number} ({kind})", flush=True)
        program = ["bash", "-euo", "pipefail", "-c", text] if kind == "sh" else [sys.executable, "-c", text]
        began = time.monotonic()
        code = subprocess.run(program, cwd=folder, stderr=subprocess.STDOUT).returncode
        print(f"--- {time.monotonic() - began:.1f} s, exit code {code}", flush=True)
        if code:
            return code
    return 0


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as empty:
            if code := walk(Path(name).resolve(), Path(empty)):
                sys.exit(code)
