"""A small trained model, and servers in processes of their own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from asgi import serve_one
from live_server import LiveServer, running

import onoma
from onoma.cli.main import main
from onoma.readers import read_corpus
from onoma.resources import bundled_corpora
from onoma.runtime.tagger import Tagger
from onoma.service.app import create_app
from onoma.text import Span


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """Serving in this process sets up the log: its handlers must not outlive the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


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


def tag_first_word(documents):
    if any("fail" in document.text for document in documents):
        raise ValueError(f"cannot tag {documents[0].text}")
    return [
        document.with_entities(
            [Span(token.start, token.end, "X", token.text, 0.5) for token in document.tokens[:1]]
        )
        for document in documents
    ]


@pytest.fixture
def make():
    """Return a function that makes an application of a tag function, a token and limits."""
    made = []

    def app(tag=tag_first_word, token=None, access=None, **limits):
        service, batcher = serve_one(tag, limits, threshold=0.25)
        made.append(batcher)
        return create_app(service, token, access)

    yield app
    for batcher in made:
        batcher.stop()
