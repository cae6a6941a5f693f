"""Peak memory of `onoma inspect` on files that unpack to far more than they are, and on JSON in one line.

Run: python benchmarks/bombs.py [--megabytes 1024] [--folder DIR] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

# Runs in the child: VmHWM is what the process itself had at most (ru_maxrss would begin with the parent's).
CHILD = """
import sys
from onoma.cli.main import main
code = main(["inspect", *sys.argv[1:], "--json", "--quiet"])
with open("/proc/self/status") as lines:
    print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")), file=sys.stderr)
sys.exit(code)
"""
ELEMENT = json.dumps({"text": "New York is big. " * 60, "entities": [{"start": 0, "end": 8, "label": "LOC"}]})
ROWS = b"New\tB-LOC\nYork\tI-LOC\nis\tO\nbig\tO\n"
Pieces = Iterator[bytes]


def repeated(start: bytes, unit: bytes, size: int, end: bytes = b"") -> Pieces:
    """Yield about ``size`` bytes of the same."""
    block = unit * max(1, (1 << 20) // len(unit))
    yield start
    for _ in range(size // len(block)):
        yield block
    yield end


def gzipped(pieces: Pieces) -> Pieces:
    """Yield them compressed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def cases(size: int) -> dict[str, tuple[Pieces, list[str]]]:
    """Return the content of each file by its name, and options to read it with."""
    element = f", {ELEMENT}".encode()
    return {
        "array.json": (repeated(f"[{ELEMENT}".encode(), element, size, b"]"), []),
        "member.json": (
            repeated(f'{{"documents": [{ELEMENT}'.encode(), element, size, b"]}"),
            ["--from", "bioc-json", "--on-error", "skip", "--allow-empty"],
        ),
        "line.jsonl.gz": (gzipped(repeated(b'{"text": "', b"a", size)), ["--from", "spans-jsonl"]),
        "line.txt": (repeated(b"", b"a b ", size), ["--from", "tokens"]),
        "document.conll.gz": (
            gzipped(repeated(b"-DOCSTART-\tO\n\n", ROWS + b"\n", size)),
            ["--from", "conll"],
        ),
        "sentence.conll": (repeated(b"", ROWS, size), ["--from", "conll"]),
        "packed.jsonl.zip": (repeated(b"", ELEMENT.encode() + b"\n", size), ["--from", "spans-jsonl"]),
    }


def write(path: Path, pieces: Pieces) -> None:
    """Write a file, or a zip archive packed by bzip2 with it."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive, archive.open(path.stem, "w") as file:
            file.writelines(pieces)
    else:
        with path.open("wb") as file:
            file.writelines(pieces)


def main() -> None:
    """Print a table: size of the file, peak memory, exit code, message."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", nargs="*")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for name, (pieces, options) in cases(given.megabytes << 20).items():
            if given.only and name not in given.only:
                continue
            path = Path(folder) / name
            write(path, pieces)
            command = [sys.executable, "-c", CHILD, str(path), *options]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            *said, peak = done.stderr.strip().split("\n")
            shown = " ".join(said).replace(f"{folder}/", "")
            size = path.stat().st_size / 1e6
            print(
                f"{name:18} {size:8.1f} MB  peak {int(peak) / 1000:7.0f} MB  exit {done.returncode}  {shown}"
            )
            path.unlink()


if __name__ == "__main__":
    main()
