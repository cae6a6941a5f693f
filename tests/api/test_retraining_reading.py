"""What retraining does with annotation that cannot be used."""

import json
from pathlib import Path

import pytest

from onoma.api.retraining import _new_documents
from onoma.errors import DataError


def write(folder: Path, *places: tuple[object, object]) -> Path:
    """Write an export of Label Studio with a task for each place of its one region."""
    tasks = []
    for number, (start, end) in enumerate(places):
        value = {"start": start, "end": end, "labels": ["PER"]}
        region = {"id": "r", "type": "labels", "from_name": "label", "to_name": "text", "value": value}
        tasks.append(
            {"id": number, "data": {"text": f"Ann is here {number}."}, "annotations": [{"result": [region]}]}
        )
    path = folder / "annotated.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


@pytest.mark.parametrize("place", [(0, 99), (-5, 10**30), (None, 4), (1.5, True)])
def test_one_unusable_region_ends_no_training_where_that_is_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, place: tuple[object, object]
) -> None:
    path = write(tmp_path, (0, 3), place)
    with pytest.raises(DataError):
        _new_documents([path], [], {"on_error": "strict"})
    documents, left_out = _new_documents([path], [], {"on_error": "skip"})
    assert [(one.start, one.end) for one in documents[0].entities] == [(0, 3)]
    assert left_out == 0
    assert caplog.messages  # what was skipped is said
