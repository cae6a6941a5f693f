"""Bundles of schema 1, from before tasks were named in them, and hostile ones of several tasks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import bundle_damage as bd
import numpy as np
import pytest
from bundle_damage import CONFIG, MANIFEST, Damage

import onoma
import random_models
from onoma.errors import BundleError
from onoma.runtime.bundle import save_bundle
from onoma.runtime.tagger import Tagger

SENTENCES = [["Anna", "lives", "in", "New", "York", "."], ["Bonn", "is", "near", "Cologne", "."]] * 3
BASE = {"base": "bilstm", "word_dim": 6, "hidden_dim": 5}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "joint, tags": ("joint", {**BASE, "head": "crf", "document_dim": 4}),
    "joint, spans": ("joint", {**BASE, "head": "span", "span_dim": 4, "document_dim": 4}),
    "joint, documents": ("joint", {**BASE, "tasks": "documents", "document_dim": 4}),
    "joint, entities": ("joint", {**BASE, "tasks": "entities"}),
    "span": ("span", {**BASE, "span_dim": 4, "span_nesting": "nested"}),
    "tags": ("bilstm-crf", {"word_dim": 6, "hidden_dim": 5}),
}
KEYS = {"model", "options", "tags", "scheme", "document_labels", "confidence"}
"""All that a configuration of schema 1 may have."""


def write(folder: Path, kind: str) -> Path:
    """Write a bundle of the present schema, made of random weights."""
    name, options = KINDS[kind]
    bundle = random_models.random_bundle(name, options, SENTENCES, ("place", "war"), seed=4, spread=1.0)
    save_bundle(folder, bundle)
    return folder


def age(folder: Path) -> Path:
    """Return a copy of a bundle with the schema's number changed back."""
    old = Path(shutil.copytree(folder, folder.with_name("old")))
    bd.edit(MANIFEST, "schema", to=1)(old)
    assert json.loads((old / CONFIG).read_bytes()).keys() <= KEYS
    return old


def outputs(tagger: Tagger) -> dict[str, np.ndarray]:
    rows = [tagger.features.rows(words) for words in SENTENCES]
    return dict(tagger.backend.outputs(tagger.features.batch(rows)))


@pytest.mark.parametrize("name", ["en", "ru"])
def test_those_that_come_with_onoma_find_something_and_promise_recall(name: str) -> None:
    tagger = onoma.load(name)
    tagger.leave_out(recall=0.9)
    assert tagger.promise is not None
    assert onoma.load(name)("Barack Obama / Барак Обама").entities


@pytest.mark.parametrize("kind", KINDS)
def test_one_of_schema_1_does_what_it_did(kind: str, tmp_path: Path) -> None:
    present = write(tmp_path / "present", kind)
    assert json.loads((present / MANIFEST).read_bytes())["schema"] == 2
    new, old = (onoma.load(folder) for folder in (present, age(present)))
    theirs, ours = outputs(new), outputs(old)
    assert theirs.keys() == ours.keys()
    assert theirs
    assert all(np.array_equal(theirs[name], ours[name]) for name in theirs)
    texts = [" ".join(words) for words in SENTENCES]
    assert new.tag(texts) == old.tag(texts)
    assert any(document.entities or document.labels for document in new.tag(texts))


HOSTILE: dict[str, tuple[Damage, str]] = {
    "newer": (bd.edit(MANIFEST, "schema", to=3), "newer Onoma"),
    "a task of nobody": (bd.edit(CONFIG, "options", "tasks", to="entities,telepathy"), "unknown task"),
    "a task twice": (bd.edit(CONFIG, "options", "tasks", to="documents,documents"), "each task once"),
    "two of one role": (bd.edit(CONFIG, "options", "tasks", to="tags,spans"), "each task once"),
    "no task": (bd.edit(CONFIG, "options", "tasks", to=" , "), "at least one"),
    "tasks a number": (bd.edit(CONFIG, "options", "tasks", to=7), "unknown task '7'"),
    "one task fewer": (bd.edit(CONFIG, "options", "tasks", to="entities"), "unknown weight 'documents."),
    "no document labels": (bd.drop(CONFIG, "document_labels"), "a model of document labels needs some"),
    "one label more": (bd.edit(CONFIG, "document_labels", to=["a", "b", "c"]), "has shape"),
    "other weighting": (bd.edit(CONFIG, "options", "weighting", to="fixed"), "unknown weight 'weighting."),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_bundle_of_several_tasks_is_checked(case: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "bundle", "joint, tags")
    assert onoma.load(folder).documents is not None
    damage, message = HOSTILE[case]
    damage(folder)
    with pytest.raises(BundleError, match=message) as caught:
        onoma.load(folder)
    assert "\n" not in str(caught.value)
