"""Hostile bundles of every kind, and a run of them in a process that may die."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from exported_models import arrays_of, random_bundle
from hostile_graphs import TRICKS, Change, attribute_changes, changed, integer_changes, random_change
from hostile_parts import CONFIGS, DECODERS, FILES, TOKENIZERS, AfterWards, Rewrite

from onoma.exports.network import network_graph
from onoma.runtime.bundle import Bundle, save_bundle
from onoma.runtime.torch_backend import network_from_bundle

MOST_MB, MOST_SECONDS = 1_074, 10.0  # a GiB
PATIENCE = float(os.environ.get("ONOMA_PATIENCE", "1"))
"""How many times as long things may take: a core that others use, too, is slower by its own clock as well."""
_KILLED_AFTER = 600.0  # on a machine as busy as may be
_PIECES = "transformer, mean of pieces beside words"
_JOINT = "joint, spans"
_SOURCES = ("charcnn-bilstm-crf", _PIECES, _JOINT, "transformer", "gru")


@dataclass(frozen=True, slots=True)
class Case:
    """A bundle that is made when its turn comes.

    Args:
        kind: of harm.
        name: of this one.
        bundle: the undamaged one.
        rewrite: changes it before it is written.
        afterwards: changes its folder.
        graph: changes its graph.
    """

    kind: str
    name: str
    bundle: Bundle
    rewrite: Rewrite | None = None
    afterwards: AfterWards | None = None
    graph: Change | None = None

    def write(self, folder: Path) -> bool:
        """Write it; False where it cannot even be written."""
        bundle = self.bundle
        if self.rewrite is not None:
            bundle = self.rewrite(bundle)
        if self.graph is not None:
            assert bundle.graph is not None
            try:
                bundle = replace(bundle, graph=changed(bundle.graph, self.graph))
            except (ValueError, TypeError):  # a number that the field cannot hold
                return False
        save_bundle(folder, bundle)
        if self.afterwards is not None:
            self.afterwards(folder)
        return True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a bundle did: refused, ran, other error, killed; with seconds of a core and MB."""

    case: Case
    what: str
    said: str
    seconds: float
    mb: float

    @property
    def is_bad(self) -> bool:
        """Whether it did harm."""
        harmless = self.what in ("refused", "ran")
        return not harmless or self.mb > MOST_MB or self.seconds > MOST_SECONDS * PATIENCE


def exported(kind: str, precision: str = "fp32") -> Bundle:
    """An exported model of a kind of `exported_models`."""
    with TemporaryDirectory() as folder:
        bundle = random_bundle(kind, Path(folder))
    network, _ = network_from_bundle(bundle, Path(kind))
    graph = network_graph(network, precision)  # type: ignore[arg-type]
    return replace(bundle, tensors=arrays_of(network, bundle), graph=graph, proof={"made": "in a test"})


def fixed_cases() -> Iterator[Case]:
    """Every kind of harm that is known, each case once."""
    bundles = {kind: exported(kind) for kind in _SOURCES}
    seen = set()
    for bundle in bundles.values():
        assert bundle.graph is not None
        for kind, changes in (("attributes", attribute_changes), ("integers", integer_changes)):
            for name, change in changes(bundle.graph):
                if (kind, name) not in seen:
                    seen.add((kind, name))
                    yield Case(kind, name, bundle, graph=change)
    plain, pieces, joint = bundles["charcnn-bilstm-crf"], bundles[_PIECES], bundles[_JOINT]
    yield from (Case("tricks", name, plain, graph=change) for name, change in TRICKS.items())
    yield from (Case("tokenizers", name, pieces, rewrite) for name, rewrite in TOKENIZERS.items())
    yield from (Case("configurations", name, joint, rewrite) for name, rewrite in CONFIGS.items())
    yield from (Case("decoders", name, plain, rewrite) for name, rewrite in DECODERS.items())
    yield from (Case("decoders", f"documents, {name}", joint, rewrite) for name, rewrite in DECODERS.items())
    yield from (Case("files", name, plain, afterwards=change) for name, change in FILES.items())


def random_cases(kinds: Iterable[str], count: int, seed: int) -> Iterator[Case]:
    """So many random changes of the graph of each kind, in both precisions in turn."""
    for number, kind in enumerate(kinds):
        bundle = exported(kind, ("fp32", "int8")[number % 2])
        for index in range(count):
            own = seed * 1_000_003 + number * 10_007 + index
            yield Case("random", f"{kind}, seed {own}", bundle, graph=random_change(own))


class Worker:
    """A process for bundles, begun again after each death."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def use(self, case: Case, folder: Path) -> Outcome:
        """Let it load and use the bundle in a folder."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("hostile_worker.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], _KILLED_AFTER)
        line = self._process.stdout.readline() if ready else ""
        if line:
            return Outcome(case, **json.loads(line))
        code = self.close(kill=not ready)
        said = f"exit code {code}" if ready else "not done"
        return Outcome(case, "killed", said, 0 if ready else _KILLED_AFTER, 0)

    def close(self, *, kill: bool = False) -> int:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return 0
        if kill:
            process.kill()
        process.communicate()
        return process.returncode


def run_cases(cases: Iterable[Case]) -> Iterator[Outcome]:
    """Write and use one bundle after another."""
    worker = Worker()
    try:
        for case in cases:
            with TemporaryDirectory() as place:
                folder = Path(place) / "bundle"
                try:
                    written = case.write(folder)
                except Exception as error:  # the writer refuses it: no bundle of ours can be so
                    yield Outcome(case, "refused", f"not written: {error}", 0, 0)
                    continue
                if written:
                    yield worker.use(case, folder)
    finally:
        worker.close()


def spread(cases: Sequence[Case], each: int) -> list[Case]:
    """So many cases of each kind, evenly from all of its cases."""
    chosen = []
    for kind in dict.fromkeys(case.kind for case in cases):
        own = [case for case in cases if case.kind == kind]
        chosen += [own[index * len(own) // each] for index in range(min(each, len(own)))]
    return chosen
