"""Commands killed at random moments, on full disks, in folders that cannot be written, short of memory.

    python benchmarks/chaos.py                      # 20 kills a command; an hour of one core
    python benchmarks/chaos.py --kills 3 --only convert split --seed 7

After each kill every file that is there must be whole; then the same command (with ``--resume`` where there
is such an option) must end well, with what a run that was never killed leaves, and with nothing lying about.
A disk or folder that cannot be written, and memory that is refused, must give exit code 2 and one line, which
names the output. Prints a table, a row a command and kind with its faults below it; exits with 1 where there
is any.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "cli"))

from attacked import ATTACKED, Attacked, faults, hidden, make_inputs, training, visible
from killing import count_changes, kill_after, kill_at_change

from failing_disk import fill, read_only_disk, small_disk

KINDS = ("killed after a time", "killed at a change", "full disk", "read-only disk", "little memory")
_CHANGING = ("tensorboard", "runs/")
"""In paths of files that have other names in each run."""
_TRIAL = re.compile(r"/trials/\d+/")
_TRIES = 20
"""A suite that was killed may find its own trainings still ending."""


def onoma(words: Iterable[object], memory_mb: int = 0, seconds: float | None = None) -> tuple[int, str]:
    """Run a command to its end, or tell it to stop after some seconds; return exit code and what it said."""
    limit = memory_mb << 20
    process = subprocess.Popen(
        [sys.executable, "-m", "onoma", *map(str, words)],
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))) if limit else None,
    )
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.terminate()
        _, said = process.communicate()
    return process.returncode, said


def make_run(folder: Path) -> None:
    code, said = onoma(training(folder, 1))
    if code:
        raise SystemExit(said)


class Attack:
    """A command, its inputs, and a whole output of it to compare with."""

    def __init__(self, attacked: Attacked, inputs: Path, base: Path) -> None:
        self.attacked, self.inputs, self.base = attacked, inputs, base
        whole = base / "whole"
        whole.mkdir(parents=True)
        started = time.perf_counter()
        self.changes = count_changes(attacked.words(inputs, whole / attacked.output), whole, base / "tell")
        self.seconds = time.perf_counter() - started
        self.whole = self._content(whole)

    def _content(self, folder: Path) -> Counter[tuple[str, bytes | None]]:
        """Return the files with what is in them, where that is the same in each run.

        A trial that was killed is no trial: another takes its place, under the next number.
        """
        files = {str(path.relative_to(folder)): path for path in visible(folder)}
        return Counter(
            (_TRIAL.sub("/trials/N/", name), path.read_bytes() if self.attacked.repeatable else None)
            for name, path in files.items()
            if not any(sign in name for sign in _CHANGING)
        )

    def killed(self, number: int, kind: str, rng: Random) -> list[str]:
        """Kill once, look, run again, look; return the faults, the first word ``late`` for no kill at all."""
        folder = self.base / f"{kind}-{number}"
        folder.mkdir()
        out = folder / self.attacked.output
        words = self.attacked.words(self.inputs, out)
        if kind == KINDS[0]:
            struck = kill_after(words, rng.uniform(0.2, 1.0) * self.seconds)
        else:
            struck = kill_at_change(words, folder, rng.randint(1, self.changes))
        found = [f"after the kill: {fault}" for fault in faults(out)]
        begun = bool(visible(out)) and self._content(folder) == self.whole
        if begun and self.attacked.name in ("split", "convert a folder"):  # whole: no more to do
            return found
        for _ in range(_TRIES):
            code, said = onoma(self.attacked.words(self.inputs, out, again=True))
            if code == 0 or "is at work here" not in said:
                break
            time.sleep(1)
        if code and not ("nothing to resume" in said and begun):
            found.append(f"the next run: exit code {code}: {said.strip().splitlines()[-1:]}")
        found += faults(out)
        if self._content(folder) != self.whole:
            now = self._content(folder)
            names = [name for name, _ in (*(self.whole - now), *(now - self.whole))]
            found.append(f"other files than unkilled: {sorted(names)}")
        found += [f"left behind: {name}" for name in hidden(folder)]
        return found if struck else ["late", *found]

    def unwritable(self, kind: str) -> list[str]:
        """Run where nothing can be written."""
        disk = self.base / kind
        with small_disk(disk, 64 << 10) if kind == "full disk" else read_only_disk(disk) as place:
            if kind == "full disk":
                fill(place, 4096)
            out = place / self.attacked.output
            code, said = onoma(self.attacked.words(self.inputs, out))
            return [*_line_faults(code, said, out), *faults(out)]


def _line_faults(code: int, said: str, out: Path | None) -> list[str]:
    lines = [line for line in said.splitlines() if line.startswith("onoma: error:")]
    found = []
    if code != 2 or len(lines) != 1 or "Traceback" in said:
        found.append(f"exit code {code}: {said.strip().splitlines()[-3:]}")
    elif out is not None and str(out) not in lines[0]:
        found.append(f"does not name the output: {lines[0]}")
    return found


def short_of_memory(inputs: Path, base: Path) -> Iterator[tuple[str, int, list[str]]]:
    """Yield command, megabytes and faults of commands whose address space is bounded."""
    for megabytes in (220, 260, 300, 400, 800, 1200, 1600, 2000):
        out = base / f"found-{megabytes}.jsonl"
        for model in ("en", inputs / "one"):
            code, said = onoma(
                ["predict", model, inputs / "text.txt", "--to", "jsonl", "--out", out], megabytes
            )
            wrong = [] if code == 0 else _line_faults(code, said, None)
            yield "predict", megabytes, [*wrong, *faults(out), *hidden(base)]
    for megabytes in (400, 800, 1600, 2000, 2400, 3000):
        out = base / f"run-{megabytes}"
        code, said = onoma(training(out, 1), megabytes)
        yield "train", megabytes, [*([] if code == 0 else _line_faults(code, said, None)), *faults(out)]
    for megabytes in (200, 250, 300, 400):
        # Where the memory is enough it would serve for ever: then it is told to stop, and ends well.
        code, said = onoma(["serve", "en", "--port", 0], megabytes, seconds=60)
        yield "serve", megabytes, [] if code == 0 else _line_faults(code, said, None)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20, help="of each kind, for each command")
    parser.add_argument("--only", nargs="+", default=[one.name for one in ATTACKED], metavar="COMMAND")
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = Random(options.seed)
    wrong: list[str] = []
    print(f"{'command':18}{'kind':22}{'tries':>6}{'struck':>8}{'faults':>8}")

    def tell(name: str, kind: str, outcomes: list[list[str]]) -> None:
        struck = sum(one[:1] != ["late"] for one in outcomes)
        found = [fault for one in outcomes for fault in one if fault != "late"]
        wrong.extend(found)
        print(
            f"{name:18}{kind:22}{len(outcomes):6}{struck:8}{len(found):8}", *found, sep="\n    ", flush=True
        )

    with tempfile.TemporaryDirectory() as folder:
        base, inputs = Path(folder), Path(folder) / "inputs"
        make_inputs(inputs, make_run)
        for number, attacked in enumerate(one for one in ATTACKED if one.name in options.only):
            attack = Attack(attacked, inputs, base / str(number))
            for kind in options.kinds:
                if kind.startswith("killed"):
                    runs = [attack.killed(one, kind, rng) for one in range(options.kills)]
                    tell(attacked.name, kind, runs)
                elif kind.endswith("disk"):
                    tell(attacked.name, kind, [attack.unwritable(kind)])
        if KINDS[-1] in options.kinds:
            place = base / "memory"
            place.mkdir()
            tried = list(short_of_memory(inputs, place))
            for name in dict.fromkeys(name for name, *_ in tried):
                tell(name, KINDS[-1], [found for one, _, found in tried if one == name])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
