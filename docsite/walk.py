"""Go through tutorials as a reader would: each block of commands, one after the other, in an empty folder.

python docsite/walk.py [--quick] docs/tutorials/first-model.md prints what each block prints. The walk ends
at the first block that fails. A quick one trains each model for a few epochs only.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_LONG = re.compile(r"(--epochs|--trials) (\d+)")
_QUICK = {"--epochs": 4, "--trials": 1}
"""At most so many in a quick walk; of a model of fewer epochs nothing can be promised (redaction)."""
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.M | re.S)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return what a tutorial tells to run: ``sh`` or ``python``, and the text."""
    return [(kind, text) for kind, text in _BLOCK.findall(page.read_text(encoding="utf-8"))]


def quickened(text: str) -> str:
    """Return a block with fewer epochs and trials."""
    return _LONG.sub(lambda found: f"{found[1]} {min(int(found[2]), _QUICK[found[1]])}", text)


def walk(page: Path, folder: Path, *, quick: bool = False) -> int:
    """Run the blocks of a page in a folder; return the exit code of the first that fails, or 0.

    Args:
        page: of a tutorial.
        folder: an empty one.
        quick: train for a few epochs, and try one trial.
    """
    for number, (kind, text) in enumerate(blocks(page), 1):
        print(f"--- {page.stem}, block {number} ({kind})", flush=True)
        text = quickened(text) if quick else text
        program = ["bash", "-euo", "pipefail", "-c", text] if kind == "sh" else [sys.executable, "-c", text]
        began = time.monotonic()
        code = subprocess.run(program, cwd=folder, stderr=subprocess.STDOUT).returncode
        print(f"--- {time.monotonic() - began:.1f} s, exit code {code}", flush=True)
        if code:
            return code
    return 0


if __name__ == "__main__":
    given = sys.argv[1:]
    for name in [one for one in given if one != "--quick"]:
        with tempfile.TemporaryDirectory() as empty:
            if code := walk(Path(name).resolve(), Path(empty), quick="--quick" in given):
                sys.exit(code)
