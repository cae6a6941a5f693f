"""The file of annotations: later lines win, whatever happens in between."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from studio_payloads import CONFIGURATION, annotation, event, region

from onoma.errors import DataError, OutputError
from onoma.service.label_studio.annotations import Annotations, StoreFullError
from onoma.service.label_studio.payloads import annotated, read_event
from onoma.service.label_studio.training_file import write_training_file


def add(kept: Annotations, *payloads) -> None:
    for payload in payloads:
        kept.add(read_event(payload).records)


def tasks(kept: Annotations) -> list:
    return list(kept.tasks(kept.num_bytes))


ANN = region(0, 3, "Ann", "Person")
CREATED = event("ANNOTATION_CREATED", 7, "Ann left.", ANN)


def test_what_is_added_is_there_after_a_restart(tmp_path: Path) -> None:
    kept = Annotations(tmp_path)
    add(kept, CREATED, event("ANNOTATION_UPDATED", 7, "Ann left."), event("ANNOTATION_CREATED", 8, "x", ANN))
    with pytest.raises(OutputError, match="is at work here"):
        Annotations(tmp_path)
    before = tasks(kept)
    kept.close()
    again = Annotations(tmp_path)
    assert tasks(again) == before
    assert [(project, task["id"], task["data"]) for project, task in before] == [
        ("3", 7, {"body": "Ann left."}),
        ("3", 8, {"body": "x"}),
    ]
    assert [task["annotations"][0]["result"] for _, task in before] == [[], [ANN]]
    assert (again.num_tasks, again.num_fresh) == (2, 2)
    assert again.configuration("3") == CONFIGURATION
    again.close()


def test_a_task_that_was_skipped_is_not_annotated(tmp_path: Path) -> None:
    kept = Annotations(tmp_path)
    skipped = event("ANNOTATION_CREATED", 9, "x")
    skipped["annotation"]["was_cancelled"] = True
    add(kept, CREATED, skipped)
    assert (kept.num_tasks, kept.num_fresh) == (1, 1)
    assert [task["id"] for _, task in tasks(kept)] == [7]
    given_up = event("ANNOTATION_UPDATED", 7, "Ann left.", ANN)
    given_up["annotation"]["was_cancelled"] = True
    add(kept, given_up)
    assert (kept.num_tasks, kept.num_fresh, tasks(kept)) == (0, 0, [])
    kept.close()


def test_a_line_that_is_none_of_ours_is_one_error_and_lets_go_of_the_folder(tmp_path: Path) -> None:
    for line in ("half a li\n", "[]\n", '{"project": "3"}\n'):
        (tmp_path / "annotations.jsonl").write_text(line)
        for _ in range(2):
            with pytest.raises(OutputError, match="a line that no webhook brought"):
                Annotations(tmp_path)


def test_a_line_cut_short_is_no_line_and_the_next_is_whole(tmp_path: Path) -> None:
    kept = Annotations(tmp_path)
    add(kept, CREATED)
    kept.close()
    with (tmp_path / "annotations.jsonl").open("a") as stream:
        stream.write('{"project": "3", "task": {"id": 9')
    again = Annotations(tmp_path)
    add(again, event("ANNOTATION_CREATED", 8, "x"))
    assert [task["id"] for _, task in tasks(again)] == [7, 8]
    lines = (tmp_path / "annotations.jsonl").read_text().splitlines()
    assert all(json.loads(line) for line in lines)
    again.close()


def test_no_more_is_kept_than_the_bound(tmp_path: Path) -> None:
    kept = Annotations(tmp_path, most_bytes=3_000)
    add(kept, CREATED)
    before = (tmp_path / "annotations.jsonl").read_bytes()
    with pytest.raises(StoreFullError):
        add(kept, event("ANNOTATION_CREATED", 8, "x" * 3_000))
    assert (tmp_path / "annotations.jsonl").read_bytes() == before
    assert (kept.num_tasks, kept.num_fresh) == (1, 1)
    kept.close()


def test_what_was_learned_from_is_no_longer_fresh_and_what_came_meanwhile_is(tmp_path: Path) -> None:
    kept = Annotations(tmp_path)
    add(kept, CREATED)
    seen = kept.num_bytes
    add(kept, event("ANNOTATION_CREATED", 8, "x"))
    kept.add([{"trained": seen}])
    assert (kept.num_tasks, kept.num_fresh) == (2, 1)
    kept.close()
    again = Annotations(tmp_path)
    assert (again.num_tasks, again.num_fresh) == (2, 1)
    add(again, event("ANNOTATION_UPDATED", 7, "Ann left."))
    assert again.num_fresh == 2
    again.close()


class AgainstADictionary(RuleBasedStateMachine):
    """Any order of events, with restarts in between, comes to what a dictionary of dictionaries comes to."""

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.kept = Annotations(Path(self.folder.name))
        self.expected: dict = {}

    @rule(
        project=st.integers(1, 2),
        task=st.integers(1, 3),
        number=st.integers(1, 4),
        label=st.sampled_from("AB"),
    )
    def annotate(self, project: int, task: int, number: int, label: str) -> None:
        one = annotation(task, region(0, 1, "x", label), id=10 * task + number)
        self.kept.add([annotated(str(project), {"id": task, "data": {"body": "x"}}, one)])
        self.expected.setdefault((str(project), task), {})[10 * task + number] = label

    @rule(project=st.integers(1, 2), numbers=st.lists(st.integers(11, 34), max_size=4))
    def delete_annotations(self, project: int, numbers: list) -> None:
        self.kept.add([{"project": str(project), "deleted": {"annotations": numbers}}])
        for place, found in self.expected.items():
            if place[0] == str(project):
                for number in numbers:
                    found.pop(number, None)

    @rule(project=st.integers(1, 2), task=st.integers(1, 3))
    def delete_task(self, project: int, task: int) -> None:
        self.kept.add([{"project": str(project), "deleted": {"tasks": [task]}}])
        self.expected.pop((str(project), task), None)

    @rule()
    def restart(self) -> None:
        self.kept.close()
        self.kept = Annotations(Path(self.folder.name))

    @rule()
    def compare(self) -> None:
        expected = {place: found for place, found in self.expected.items() if found}
        found = {
            (project, task["id"]): {
                one["id"]: one["result"][0]["value"]["labels"][0] for one in task["annotations"]
            }
            for project, task in tasks(self.kept)
        }
        assert found == expected
        assert self.kept.num_tasks == len(expected)

    def teardown(self) -> None:
        if hasattr(self, "kept"):
            self.kept.close()
            self.folder.cleanup()


TestAgainstADictionary = AgainstADictionary.TestCase


def test_the_file_to_train_on_has_the_models_labels(tmp_path: Path) -> None:
    import onoma

    text = "😀 Ann, a cat, left Oslo."
    regions = [
        region(3, 6, "Ann", "Person", "a"),
        region(10, 13, "cat", "Animal", "b"),
        region(20, 24, "Oslo", "loc", "c"),
    ]
    kept = Annotations(tmp_path)
    choice = {
        "id": "z",
        "from_name": "topic",
        "to_name": "doc",
        "type": "choices",
        "value": {"choices": ["news"]},
    }
    add(
        kept,
        event("ANNOTATION_CREATED", 7, text, *regions, choice),
        event("ANNOTATION_CREATED", 8, "Nothing."),
    )
    add(kept, event("ANNOTATION_CREATED", 9, "Skipped Ann.", was_cancelled=True))
    no_text = event("ANNOTATION_CREATED", 10, "x")
    no_text["task"]["data"] = {"other": "x"}
    no_configuration = {**event("ANNOTATION_CREATED", 1, "x"), "project": {"id": 4}}
    add(kept, no_text, no_configuration)
    path = tmp_path / "train.json"
    known = {"3": CONFIGURATION}
    account = write_training_file(path, tasks(kept), known, ["PER", "LOC", "ORG"], {})
    assert account.as_dict() == {
        "tasks": 2,
        "left_out": {"no text": 1, "no usable configuration": 1},
        "foreign_labels": {"Animal": 1},
    }
    documents = onoma.read(path, on_misaligned="expand").documents
    assert [document.text for document in documents] == [text, "Nothing."]
    assert [(one.text, one.label) for one in documents[0].entities] == [("Ann", "PER"), ("Oslo", "LOC")]
    assert documents[0].labels is None
    kept.close()
    labels, same = ["PER", "LOC"], {"PER": "loc"}
    with pytest.raises(DataError, match="are both"):
        write_training_file(path, [("3", {"data": {"body": "x"}})], known, labels, same)


@pytest.mark.parametrize("odd", [{}, [], None, 3, {"PER": ["x"]}])
def test_a_label_that_is_no_text_is_foreign_and_stops_no_training(tmp_path: Path, odd: object) -> None:
    broken = region(0, 3, "Ann", "Person", "a")
    broken["value"]["labels"] = ["Person", odd]
    kept = Annotations(tmp_path)
    add(kept, event("ANNOTATION_CREATED", 7, "Ann left.", broken))
    path = tmp_path / "train.json"
    account = write_training_file(path, tasks(kept), {"3": CONFIGURATION}, ["PER", "LOC", "ORG"], {})
    kept.close()
    assert account.as_dict()["foreign_labels"] == {json.dumps(odd): 1}
    (written,) = json.loads(path.read_text())
    assert written["annotations"][0]["result"][0]["value"]["labels"] == ["PER"]


@given(st.text(max_size=30))
def test_any_text_of_a_task_is_kept_as_it_is(text: str) -> None:
    import tempfile

    if "\ud800" <= max(text, default="") <= "\udfff":
        return
    with tempfile.TemporaryDirectory() as folder:
        kept = Annotations(Path(folder))
        add(kept, event("ANNOTATION_CREATED", 7, text))
        assert tasks(kept)[0][1]["data"] == {"body": text}
        kept.close()
