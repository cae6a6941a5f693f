"""Runs killed with SIGKILL, in processes of their own, end as the run that was never killed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from resuming import KILLED, debris, finish, outcome, settings, train, train_counting, write_corpus

from onoma.models import list_rungs

RUNGS = [rung.name for rung in list_rungs()]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"))


def resume_until_done(given: dict[str, Any], run: Path, kills: Iterator[tuple[str, int]]) -> int:
    """Train with one kill after the other, then without; return how many struck."""
    struck = 0
    for kill in kills:
        code = finish(train, given, run, True, kill=kill)
        assert code in (0, KILLED)
        struck += code == KILLED
        if code == 0:
            return struck
    assert finish(train, given, run, True, stderr=run.with_suffix(".stderr")) == 0
    return struck


# Each rung in one of them: `test_resume_loop` has all rungs in both.
@pytest.mark.parametrize(
    ("rung", "precision"), [(rung, ("fp32", "bf16")[n % 2]) for n, rung in enumerate(sorted(RUNGS))]
)
def test_killed_at_random_moments(corpus: Path, tmp_path: Path, rung: str, precision: str) -> None:
    given = settings(corpus, rung, precision=precision, checkpoint_steps=5)
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    assert finish(train_counting, given, undisturbed) == 0
    calls = int(undisturbed.with_suffix(".calls").read_text())
    rng = random.Random(f"{rung} {precision}")
    # The first falls anywhere in the run; those after it, in a process that has less left to do.
    moments = [int(calls * share) for share in (rng.uniform(0.3, 1.0), rng.uniform(0.2, 0.7))]
    struck = resume_until_done(given, killed, (("call", moment) for moment in moments))
    assert struck >= 1
    assert outcome(killed) == outcome(undisturbed)
    assert debris(killed) == []


@pytest.fixture(scope="module")
def undisturbed(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    given = settings(corpus, "bilstm-crf", checkpoint_steps=4)
    run = tmp_path_factory.mktemp("undisturbed") / "run"
    assert finish(train, given, run, False) == 0
    return given, run


@pytest.mark.parametrize(
    "kill",
    [
        ("onoma.training.jobs.checkpoints:_HashedFile.write", 1),
        ("onoma.training.jobs.checkpoints:_HashedFile.write", 777),
        ("onoma.training.jobs.checkpoints:torch.save", 3),
        ("onoma.training.jobs.checkpoints:os.fsync", 12),
        ("onoma.training.jobs.checkpoints:Path.replace", 6),
        ("onoma.training.jobs.checkpoints:Path.unlink", 9),
        ("onoma.training.run:write_text", 1),
        ("onoma.training.run:write_json", 1),
        ("onoma.files.atomic:_swap_folder", 1),
        ("onoma.training.run:write_documents", 2),
        ("onoma.training.run:write_json", 3),
        ("onoma.training.run:remove_checkpoints", 1),
    ],
    ids=lambda kill: f"{kill[0].rpartition(':')[2]}-{kill[1]}",
)
def test_killed_inside_a_save(undisturbed: tuple[dict[str, Any], Path], tmp_path: Path, kill) -> None:
    given, expected = undisturbed
    run = tmp_path / "run"
    assert finish(train, given, run, False, kill=kill) == KILLED
    assert finish(train, given, run, True) == 0
    assert outcome(run) == outcome(expected)
    assert debris(run) == []


def test_killed_again_and_again_inside_saves(
    undisturbed: tuple[dict[str, Any], Path], tmp_path: Path
) -> None:
    given, expected = undisturbed
    rng = random.Random(8)
    writes = "onoma.training.jobs.checkpoints:_HashedFile.write"
    struck = resume_until_done(given, tmp_path / "run", ((writes, rng.randint(1, 500)) for _ in range(6)))
    assert struck >= 4
    assert outcome(tmp_path / "run") == outcome(expected)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_killed_from_outside(undisturbed: tuple[dict[str, Any], Path], tmp_path: Path, share: float) -> None:
    """Not between two calls but wherever it falls: by the kernel, in the middle of anything."""
    from resuming import start

    given, expected = undisturbed
    run = tmp_path / "run"
    process = start(train, given, run, False)
    history = run / "history.jsonl"
    while process.is_alive() and not (history.is_file() and history.stat().st_size):
        process.join(0.01)  # until the first epoch is logged
    process.join(0.1 * share)
    process.kill()
    process.join()
    assert finish(train, given, run, True) == 0
    assert outcome(run) == outcome(expected)
