from pathlib import Path

import pytest

from onoma.errors import DataError
from onoma.features.examples import prepare_examples
from onoma.features.labelling import TagLabelling
from onoma.features.words import WordFeatures
from onoma.tags import get_scheme
from onoma.text import Document, Span
from onoma.tokenize import tokenize_document
from onoma.training.config import DataConfig
from onoma.training.data import load_run_data

LINE = '{{"id": "{0}", "text": "Anna met Bob", "entities": [{{"start": 0, "end": 4, "label": "PER"}}{1}]}}\n'
BAD = ', {"start": 9, "end": 3, "label": "PER"}'


def write(folder: Path, documents: int, extra: str = "") -> str:
    path = folder / "train.jsonl"
    path.write_text("".join(LINE.format(number, extra) for number in range(documents)), encoding="utf-8")
    return str(path)


def test_without_a_dev_file_documents_are_held_out_by_seed_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    config = DataConfig(train=write(tmp_path, 20))
    one, two = (load_run_data(config, 3) for _ in range(2))
    ids = [document.id for document in one.splits["dev"].documents]
    assert ids == [document.id for document in two.splits["dev"].documents]
    assert len(ids) == 2
    assert len(one.splits["train"].documents) == 18
    assert not set(ids) & {document.id for document in one.splits["train"].documents}
    assert any("held out of train (seed 3)" in line for line in caplog.messages)


def test_what_reading_lost_stays_in_the_account_when_dev_is_held_out(tmp_path: Path) -> None:
    config = DataConfig(train=write(tmp_path, 10, BAD), on_error="repair")
    data = load_run_data(config, 3)
    ledger = data.reading["train"]
    assert ledger.balanced
    assert ledger.read == 20
    assert ledger.num_unread == 10


def test_one_document_cannot_be_split(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="give a dev file"):
        load_run_data(DataConfig(train=write(tmp_path, 1)), 3)


def test_every_entity_has_a_fate_on_the_way_to_tags() -> None:
    text = "New York Times is in New York today"
    entities = (
        Span(0, 14, "ORG", text[0:14]),
        Span(0, 8, "LOC", text[0:8]),
        Span(22, 29, "LOC", text[22:29]),  # "ew York": expanded to its tokens
        Span(30, 35, "DATE", text[30:35]),
    )
    document = tokenize_document(Document("d", text, entities=entities))
    features = WordFeatures.fit([document.words], lowercase=True, min_count=1, characters=False)
    tags = get_scheme("BIO").tags(("LOC", "ORG"))
    examples = prepare_examples([document], features, TagLabelling(tags, get_scheme("BIO")))
    assert examples.ledger.balanced
    assert examples.ledger.read == 4
    assert examples.ledger.kept == 1
    assert dict(examples.ledger.adjusted) == {"expanded": 1}
    assert dict(examples.ledger.flattened) == {"nested": 1}
    assert dict(examples.ledger.unreachable) == {"label not in train": 1}
    assert " ".join(tags[index] for index in examples.targets[0]) == "B-ORG I-ORG I-ORG O O B-LOC I-LOC O"
