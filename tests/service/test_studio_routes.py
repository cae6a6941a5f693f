"""Label Studio's routes: what they answer to what it really sends, and what they refuse."""

import base64
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from asgi import ask, serve_one
from studio_payloads import CONFIGURATION, event, predict, project, region, setup, start

from onoma.service.app import create_app
from onoma.service.label_studio.annotations import Annotations
from onoma.service.label_studio.routes import Studio
from onoma.service.label_studio.settings import StudioSettings
from onoma.text import Span

SECRET = "Zaphod Beeblebrox"
TOKEN = b"correct-horse-battery"


def tag(documents):
    """Find names: each word that is a label is an entity of it, with a score."""
    found = []
    for document in documents:
        spans = [
            Span(token.start, token.end, token.text, token.text, 0.25 * (1 + number % 3))
            for number, token in enumerate(document.tokens)
            if token.text in ("PER", "LOC", "ORG", "TIME")
        ]
        found.append(document.with_entities(spans))
    return found


class Sometimes:
    """A retrainer that only notes what it is asked."""

    def __init__(self) -> None:
        self.asked, self.current = [], None
        self.history = SimpleNamespace(last=lambda number: [{"outcome": "refused"}][:number])

    def consider(self, project, *, asked):
        self.asked.append((project, asked))
        return asked


@pytest.fixture
def studio(tmp_path: Path):
    """Return a function that makes an application; it has what it was made of as attributes."""
    made = []

    def app(token=None, *, label_map=None, kept=False, retrainer=None, **limits):
        labels = ["LOC", "ORG", "PER", "TIME"]
        service, batcher = serve_one(tag, limits, version="0123456789ab", entity_labels=labels, threshold=0.0)
        annotations = Annotations(tmp_path) if kept else None
        backend = Studio(service, StudioSettings(label_map or {}), annotations, retrainer)
        made.append((batcher, annotations))
        asked = create_app(service, token, studio=backend)
        asked.annotations = annotations
        return asked

    yield app
    for batcher, annotations in made:
        batcher.stop()
        if annotations is not None:
            annotations.close()


def post(app, path: str, payload, **how):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    status, headers, answer, _ = ask(app, body, path=path, **how)
    return status, json.loads(answer), headers


def get(app, path: str, **how):
    status, _, answer, _ = ask(app, b"", path=path, method="GET", **how)
    return status, json.loads(answer)


def test_a_number_that_json_does_not_have_is_not_kept(studio) -> None:
    app = studio(kept=True)
    for number in ("1e999", "-1e999", "1" * 5_000):
        sent = json.dumps(event("ANNOTATION_CREATED", 7, "Ann", region(12345, 3, "Ann", "Person")))
        status, answer, _ = post(app, "/webhook", sent.replace("12345", number).encode())
        assert status in (400, 422)
        assert set(answer) == {"error", "message"}
    assert app.annotations.num_tasks == 0
    assert "annotation" not in app.annotations.path.read_text().replace("annotations", "")


def test_health_and_setup(studio, caplog) -> None:
    app = studio()
    found = {"status": "UP", "model_class": "Onoma", "model_version": "m-0123456789ab"}
    assert get(app, "/health") == (200, found)
    assert get(app, "/versions") == (200, {"versions": ["m-0123456789ab"]})
    for _ in range(2):
        status, answer, _ = post(app, "/setup", setup())
        assert status == 200
        assert answer == {
            "model_version": "m-0123456789ab",
            "unknown_labels": ["TIME"],
            "unmet_labels": ["Animal"],
        }
    assert caplog.text.count("these labels of the model") == 1
    assert "TIME" in caplog.text
    assert "never-used" not in caplog.text


def test_predictions_in_the_projects_labels_and_the_tasks_order(studio) -> None:
    status, answer, _ = post(studio(), "/predict", predict("😀 PER in LOC TIME", "nobody", "ORG"))
    assert status == 200
    assert answer["model_version"] == "m-0123456789ab"
    first, second, third = answer["results"]
    assert [one["value"] for one in first["result"]] == [
        {"start": 2, "end": 5, "text": "PER", "labels": ["Person"]},
        {"start": 9, "end": 12, "text": "LOC", "labels": ["loc"]},
    ]
    assert {(one["from_name"], one["to_name"], one["type"]) for one in first["result"]} == {
        ("ner", "doc", "labels")
    }
    assert len({one["id"] for one in first["result"]}) == 2
    scores = [one["score"] for one in first["result"]]
    assert first["score"] == sum(scores) / 2
    assert {one["model_version"] for one in answer["results"]} == {"m-0123456789ab"}
    assert second["result"] == []
    assert third["result"][0]["value"]["labels"] == ["ORG"]


def test_a_map_names_labels_and_drops_them(studio, caplog) -> None:
    app = studio(label_map={"TIME": "Animal", "LOC": ""})
    _, answer, _ = post(app, "/predict", predict("PER in LOC TIME"))
    labels = [one["value"]["labels"] for one in answer["results"][0]["result"]]
    assert labels == [["Person"], ["Animal"]]
    assert caplog.text == ""


def test_tasks_without_a_text_keep_their_place(studio, caplog) -> None:
    status, answer, _ = post(studio(), "/predict", predict("PER", None, ["PER"], "a\0PER", "LOC"))
    assert status == 200
    assert [len(one["result"]) for one in answer["results"]] == [1, 0, 0, 0, 1]
    assert "3 of 5 tasks have no text" in caplog.text
    assert post(studio(), "/predict", predict())[1]["results"] == []


def test_the_last_configuration_of_the_project_holds(studio) -> None:
    app = studio()
    assert post(app, "/predict", predict("PER", configuration=None))[:1] == (422,)
    post(app, "/setup", setup())
    assert post(app, "/predict", predict("PER", configuration=None))[1]["results"][0]["result"]
    assert post(app, "/predict", predict("PER", configuration=None, number=4))[0] == 422


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/predict", b"{", 400),
        ("/predict", b"[" * 10_000, 400),
        ("/predict", b'{"tasks": [{"data": {"body": "\\ud800 %s"}}]}' % SECRET.encode(), 400),
        ("/predict", b'["%s"]' % SECRET.encode(), 422),
        ("/predict", {"tasks": SECRET, "project": "3", "label_config": CONFIGURATION}, 422),
        ("/predict", {"tasks": [SECRET], "project": "3", "label_config": CONFIGURATION}, 422),
        ("/predict", {"tasks": [], "label_config": CONFIGURATION}, 422),
        ("/predict", predict(SECRET, configuration=f"<View>{SECRET}</View>"), 422),
        ("/predict", predict(SECRET, configuration=f"<!DOCTYPE x><{SECRET}"), 422),
        ("/predict", predict("a", "b", "c", SECRET), 413),
        ("/predict", predict(SECRET * 10_000), 413),
        ("/setup", {"schema": SECRET}, 422),
        ("/setup", setup(SECRET), 422),
        ("/webhook", {"action": "ANNOTATION_CREATED", "project": project(), "task": SECRET}, 422),
        ("/webhook", {"action": "ANNOTATION_CREATED", "annotation": {"id": 1}, "task": {"id": 1}}, 422),
        ("/webhook", {**event("ANNOTATION_CREATED", 1, SECRET), "annotation": {"id": 1}}, 422),
        ("/webhook", {**event("ANNOTATION_CREATED", 1, SECRET), "task": {"id": {}, "data": {}}}, 422),
        ("/webhook", {"action": "ANNOTATIONS_DELETED", "project": project(), "annotations": [SECRET]}, 422),
        ("/webhook", start(), 409),
    ],
)
def test_what_cannot_be_answered_is_refused_without_repeating_it(
    studio, caplog, path: str, body, status: int
) -> None:
    app = studio(kept=True, max_texts=3, max_body=50_000)
    found, answer, _ = post(app, path, body)
    assert found == status
    assert set(answer) == {"error", "message"}
    assert "Zaphod" not in json.dumps(answer) + caplog.text
    assert app.annotations.num_tasks == 0
    assert post(app, "/predict", predict("PER"))[0] == 200


def test_webhooks_are_kept_and_told_to_the_trainer(studio) -> None:
    trainer = Sometimes()
    app = studio(kept=True, retrainer=trainer)
    ann = region(0, 3, "Ann", "Person")
    assert post(app, "/webhook", event("ANNOTATION_CREATED", 7, "Ann left.", ann))[:2] == (
        201,
        {"status": "ok", "result": {"training": False}},
    )
    # Several at once come as lists.
    one, other = event("ANNOTATION_CREATED", 8, "x"), event("ANNOTATION_CREATED", 9, "y")
    several = {**one, "action": "ANNOTATIONS_CREATED"}
    several |= {key: [one[key], other[key]] for key in ("annotation", "task")}
    assert post(app, "/webhook", several)[0] == 201
    assert post(app, "/webhook", event("ANNOTATION_UPDATED", 7, "Ann left."))[0] == 201
    assert app.annotations.num_tasks == 3
    deleted = {"action": "ANNOTATIONS_DELETED", "annotations": [{"id": 108}], "project": project()}
    assert post(app, "/webhook", deleted)[0] == 201
    gone = {"action": "TASKS_DELETED", "tasks": [{"id": 9}], "project": project()}
    assert post(app, "/webhook", gone)[0] == 201
    ((number, task),) = app.annotations.tasks(app.annotations.num_bytes)
    assert (number, task["id"], task["annotations"][0]["result"]) == ("3", 7, [])
    assert post(app, "/webhook", start())[:2] == (201, {"status": "ok", "result": {"training": True}})
    assert trainer.asked == [("3", False)] * 5 + [("3", True)]
    assert get(app, "/label-studio") == (
        200,
        {
            "model_version": "m-0123456789ab",
            "annotated_tasks": 1,
            "annotated_since_training": 1,
            "training": None,
            "trainings": [{"outcome": "refused"}],
        },
    )


@pytest.mark.parametrize("action", ["PROJECT_CREATED", "LABEL_LINK_CREATED", "anything", "", None, 7, {}])
def test_events_that_are_nothing_to_us_change_nothing(studio, action) -> None:
    trainer = Sometimes()
    app = studio(kept=True, retrainer=trainer)
    status, answer, _ = post(app, "/webhook", {"action": action, "project": project()})
    assert (status, answer) == (200, {"status": "Unknown event"})
    assert trainer.asked == []


def test_nothing_is_kept_without_a_folder(studio, tmp_path: Path) -> None:
    app = studio()
    assert post(app, "/webhook", event("ANNOTATION_CREATED", 7, "x"))[0] == 201
    assert list(tmp_path.iterdir()) == []
    assert get(app, "/label-studio")[1]["annotated_tasks"] is None


def test_the_token_comes_as_bearer_or_as_a_password(studio) -> None:
    app = studio(TOKEN)

    def status(path: str, scheme: bytes, credentials: bytes) -> int:
        method = "GET" if path in ("/label-studio", "/health", "/metrics") else "POST"
        body = json.dumps(predict("PER") | setup()).encode()
        headers = [(b"authorization", scheme + b" " + credentials)]
        return ask(app, body, path=path, method=method, headers=headers)[0]

    basic = base64.b64encode(b"anybody:" + TOKEN)
    for path in ("/predict", "/setup", "/label-studio"):
        assert status(path, b"Basic", basic) == 200
        assert status(path, b"Bearer", TOKEN) == 200
        for wrong in (b"", b"!", base64.b64encode(b"anybody:wrong"), base64.b64encode(TOKEN), TOKEN):
            assert status(path, b"Basic", wrong) == 401
        assert ask(app, b"{}", path=path, method="GET" if path == "/label-studio" else "POST")[0] == 401
    assert status("/metrics", b"Basic", basic) == 401
    assert get(app, "/health")[0] == 200


def test_pages_of_other_sites_may_not_ask(studio) -> None:
    app = studio()
    foreign = [(b"origin", b"https://evil.example")]
    assert post(app, "/webhook", start(), headers=foreign)[0] == 403
    assert post(app, "/webhook", start(), headers=[(b"host", b"evil.example")])[0] == 403
    assert post(app, "/webhook", start(), headers=[(b"content-type", b"text/plain")])[0] == 415


def test_without_it_there_are_no_such_routes(make) -> None:
    app = make()
    for path in ("/predict", "/setup", "/webhook"):
        assert ask(app, b"{}", path=path)[0] == 404
    assert ask(app, b"", path="/health", method="GET")[0] == 404
