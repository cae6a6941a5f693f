"""A small trained model, and servers in processes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from live_server import LiveServer, running

import onoma
from onoma.cli.main import main
from onoma.readers import read_corpus
from onoma.resources import bundled_corpora
from onoma.runtime.tagger import Tagger


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was trained briefly on some of the bundled English corpus."""
    folder = tmp_path_factory.mktemp("served")
    corpus = bundled_corpora()["en"]
    settings = ("hidden_dim=24", "word_dim=24", "batch_size=8", "learning_rate=0.02")
    chosen = [part for setting in settings for part in ("--set", setting)]
    data = ["--train", str(corpus / "train.jsonl"), "--dev", str(corpus / "dev.jsonl")]
    command = ["train", "--model", "bilstm-crf", *data, "--out", str(folder / "run"), "--quiet"]
    with patch("onoma.reports.runs.write_plots"):
        assert main([*command, "--epochs", "3", "--threads", "1", *chosen]) == 0
    return folder / "run"


@pytest.fixture(scope="session")
def tagger(run: Path) -> Tagger:
    """The model as it predicts offline."""
    return onoma.load(run)


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """Texts of many lengths, some of them long, all different."""
    documents = read_corpus(bundled_corpora()["en"] / "dev.jsonl").documents
    sentences = [document.text for document in documents]
    joined = [" ".join(sentences[first : first + 1 + first % 9]) for first in range(64)]
    return [f"{number} {text} 😀" for number, text in enumerate(joined)]


@pytest.fixture(scope="session")
def server(run: Path) -> Iterator[LiveServer]:
    """A server with small limits, shared by tests that leave it as it is."""
    with running(f"small={run}", "--max-body", 20_000, "--max-texts", 5, "--drain", 0) as started:
        yield started
