"""Bundles with right hashes that are made for harm: refused or used, and the process lives.

The long list and a random search are `benchmarks/hostile_bundles.py`.
"""

from itertools import chain
from pathlib import Path

import pytest
from exported_models import KINDS
from hostile_graphs import TRICKS
from hostile_parts import FILES, TOKENIZERS
from hostile_running import Case, Outcome, exported, fixed_cases, random_cases, run_cases, spread

from onoma.errors import BundleError
from onoma.runtime.graphs import check_graph

PLACE = Path("bundle/model.onnx")

# What killed, or took all time or memory, before there were bounds.
KNOWN = {
    "attributes": ("GatherND.batch_dims = 4611686018427387904",),
    "tricks": (
        "lowest by -1",
        "by zero",
        "Mul, then Range",
        "27 Concat of weights",
        "27 Concat of lengths",
        "90,000 nodes",
        "integers from floats",
        "outer sum of a million",
        "rows of another batch",
    ),
    "tokenizers": ("three Replace", "nested quantifiers", "map to a megabyte"),
    "files": ("300,000 empty tensors", "60,000 tensors, escaped"),
    "decoders": ("all are 3.4e+38", "in turns"),
}


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    cases = list(fixed_cases())
    known = [case for case in cases if case.name in KNOWN.get(case.kind, ())]
    rest = [case for case in cases if case not in known]
    random = random_cases(["transformer", "joint, spans"], 3, 1)
    return list(run_cases(chain(known, spread(rest, 4), random)))


def test_none_does_harm(outcomes) -> None:
    assert len(outcomes) >= 40
    assert not [(one.case.kind, one.case.name, one.what, one.said) for one in outcomes if one.is_bad]


def test_what_once_did_harm_is_refused_in_a_line(outcomes) -> None:
    found = {(one.case.kind, one.case.name): one for one in outcomes}
    for kind, names in KNOWN.items():
        for name in names:
            outcome = found[kind, name]
            assert outcome.what == "refused", (kind, name, outcome.said)
            assert "\n" not in outcome.said


def test_the_undamaged_are_used() -> None:
    cases = [Case("none", kind, exported(kind)) for kind in ("gru", "joint, spans")]
    assert [one.what for one in run_cases(cases)] == ["ran", "ran"]


def test_a_death_is_seen_and_the_next_bundle_is_tried(monkeypatch, tmp_path) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text("import os, sys\nsys.stdin.readline()\nos.abort()\n")
    monkeypatch.setattr("hostile_running.__file__", str(tmp_path / "hostile_running.py"))
    worker.rename(tmp_path / "hostile_worker.py")
    bundle = exported("gru")
    found = list(run_cases([Case("none", str(one), bundle) for one in range(2)]))
    assert [(one.what, one.said, one.is_bad) for one in found] == [("killed", "exit code -6", True)] * 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_what_is_exported_is_let_through(kind, precision) -> None:
    graph = exported(kind, precision).graph
    assert graph is not None
    check_graph(graph, PLACE)


def test_there_are_hundreds() -> None:
    cases = list(fixed_cases())
    assert len(cases) >= 200
    assert len({(case.kind, case.name) for case in cases}) == len(cases)
    assert {case.name for case in cases} >= {*TRICKS, *TOKENIZERS, *FILES}


def test_messages_name_the_node() -> None:
    tricks = [case for case in fixed_cases() if case.name == "by zero"]
    (outcome,) = run_cases(tricks)
    assert "node 2 (Div) reads int64, int64, expected float" in outcome.said
    with pytest.raises(BundleError, match="not an ONNX file of ours"):
        check_graph(b"", PLACE)
