"""A language model as a teacher, by a server on this machine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from stub_endpoint import Reply, Stub, answer, stub_endpoint

from onoma.errors import ConfigError, ModelError
from onoma.teachers import TeacherOptions, open_teacher
from onoma.teachers.chat import SPENT, Chat, ChatSettings
from onoma.teachers.prompts import find_mentions, read_answer
from onoma.text import Document
from onoma.tokenize import tokenize_document

KEY = "sk-very-secret-1234"
TEXTS = ["Anna flew to Oslo.", "Nothing happened.", "John met Anna in Berlin; Anna left."]
LABELS = """
[labels.PER]
definition = "a person"
examples = ["Mary"]
[labels.LOC]
[[examples]]
text = "Mary is in Rome."
entities = [{ text = "Mary", label = "PER" }, { text = "Rome", label = "LOC" }]
"""


def write(folder: Path, stub: Stub | str, more: str = "") -> str:
    url = stub if isinstance(stub, str) else stub.url
    path = folder / "teacher.toml"
    path.write_text(f'[endpoint]\nurl = "{url}"\nmodel = "m"\n{more}\n{LABELS}', encoding="utf-8")
    return str(path)


def documents(texts: list[str] = TEXTS) -> list[Document]:
    return [tokenize_document(Document(str(place), text)) for place, text in enumerate(texts)]


def found(teacher: Any, texts: list[str] = TEXTS) -> list[list[tuple[str, str]]]:
    return [[(span.text, span.label) for span in sorted(one)] for one in teacher.find(documents(texts))]


EXPECTED = [
    [("Anna", "PER"), ("Oslo", "LOC")],
    [],
    [("John", "PER"), ("Anna", "PER"), ("Berlin", "LOC"), ("Anna", "PER")],
]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def options(folder: Path) -> TeacherOptions:
    return TeacherOptions(cache=folder / "cache")


def test_asked_once_and_remembered(tmp_path: Path) -> None:
    with stub_endpoint() as stub:
        place = write(tmp_path, stub, "price_in = 10\nprice_out = 100")
        teacher = open_teacher(place, options(tmp_path))
        assert teacher.labels == ("LOC", "PER")
        assert found(teacher) == EXPECTED
        assert teacher.costs() == {
            "tokens_read": 300, "tokens_written": 30, "requests": 3, "cost": pytest.approx(0.006),
        }  # fmt: skip
        body = stub.requests[0]
        assert body["model"] == "m"
        schema = body["response_format"]["json_schema"]["schema"]
        assert schema["properties"]["entities"]["items"]["properties"]["label"]["enum"] == ["PER", "LOC"]
        assert "a person" in body["messages"][0]["content"]
        assert [one["role"] for one in body["messages"]] == ["system", "user", "assistant", "user"]
        again = open_teacher(place, options(tmp_path))
        assert found(again) == EXPECTED
        assert len(stub.requests) == 3, "the cache is not used"
        assert again.costs()["cost"] == pytest.approx(0.006), "what was paid before counts"
        assert again.digest == teacher.digest


def test_the_key_is_sent_and_written_nowhere(tmp_path: Path) -> None:
    with stub_endpoint(lambda number, body: (400, {}, {"error": f"bad key {KEY}"})) as stub:
        with pytest.raises(ModelError) as caught:
            found(open_teacher(write(tmp_path, stub), options(tmp_path)))
        assert KEY not in str(caught.value)
        assert "HTTP 400" in str(caught.value)
    with stub_endpoint() as stub:
        found(open_teacher(write(tmp_path, stub), options(tmp_path)))
        assert stub.headers[0]["Authorization"] == f"Bearer {KEY}"
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or KEY not in path.read_text(encoding="utf-8")


def test_redirects_are_not_followed(tmp_path: Path) -> None:
    with stub_endpoint() as other:

        def reply(number: int, body: dict[str, Any]) -> Reply:
            return 302, {"Location": f"{other.url}/chat/completions"}, {}

        with stub_endpoint(reply) as stub, pytest.raises(ModelError, match="HTTP 302"):
            found(open_teacher(write(tmp_path, stub), options(tmp_path)))
        assert other.requests == []


def test_a_key_goes_over_https_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="https"):
        open_teacher(write(tmp_path, "http://example.com/v1"), TeacherOptions())


def test_no_key_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        open_teacher(write(tmp_path, "https://example.com/v1"), TeacherOptions())


FAULTS: list[Reply] = [
    (500, {}, {}),
    (429, {"Retry-After": "7"}, {}),
    (200, {}, b"<html>"),
    (200, {}, answer("I see no names.")),
    (200, {}, answer('{"entities": [{"text": 3, "label": "PER"}]}')),
    (200, {}, {"choices": []}),
    (200, {"Content-Length": "9999"}, {}),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_asked_again(tmp_path: Path, fault: Reply) -> None:
    waited: list[float] = []
    with stub_endpoint(lambda number, body: fault if number < 2 else None) as stub:
        settings = ChatSettings(url=stub.url, model="m", retries=3, timeout=2)
        chat = Chat(settings, tmp_path / "cache", waited.append)
        body = {"messages": [{"role": "user", "content": TEXTS[0]}]}
        assert chat.ask(body, read_answer) == [("Anna", "PER"), ("Oslo", "LOC")]
        assert len(stub.requests) == 3
    pause = 7 if fault[0] == 429 else 1
    assert waited == [pause, max(pause if pause > 1 else 0, 2)]


def test_retries_end(tmp_path: Path) -> None:
    with stub_endpoint(lambda number, body: (503, {}, {})) as stub:
        chat = Chat(ChatSettings(url=stub.url, model="m", retries=2), None, lambda seconds: None)
        with pytest.raises(ModelError, match=r"after 3 requests: HTTP 503"):
            chat.ask({"messages": []}, read_answer)
        assert len(stub.requests) == 3


def test_nobody_is_there(tmp_path: Path) -> None:
    with stub_endpoint() as stub:
        url = stub.url
    chat = Chat(ChatSettings(url=url, model="m", retries=0), None)
    with pytest.raises(ModelError, match="no answer"):
        chat.ask({"messages": []}, read_answer)


@pytest.mark.parametrize(
    ("bound", "said"), [("budget = 0.002", "budget"), ("max_requests = 1", "max_requests")]
)
def test_what_it_may_cost(tmp_path: Path, bound: str, said: str) -> None:
    with stub_endpoint() as stub:
        more = f"price_in = 10\nprice_out = 100\nparallel = 1\n{bound}"
        with pytest.raises(ModelError, match=said):
            found(open_teacher(write(tmp_path, stub, more), options(tmp_path)))
        assert len(stub.requests) == 1
        more = more.replace("max_requests = 1", "").replace("0.002", "0.004")
        if said == "budget":
            with pytest.raises(ModelError, match=r"0\.004 for 200"):  # the first one was paid before
                found(open_teacher(write(tmp_path, stub, more), options(tmp_path)))
            more = more.replace("0.004", "1")
        assert found(open_teacher(write(tmp_path, stub, more), options(tmp_path))) == EXPECTED
        assert len(stub.requests) == 3, "what was answered is asked again"
    assert (tmp_path / "cache" / SPENT).read_text().count("\n") == 3


def test_a_budget_needs_answers_that_tell_their_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ChatSettings(url="http://localhost", model="m", price_in=1, budget=1)
    chat = Chat(settings, None, wait=lambda seconds: None)
    monkeypatch.setattr(chat, "_send", lambda request: {"choices": [{"message": {"content": "{}"}}]})
    with pytest.raises(ModelError, match="no budget can be kept"):
        chat.ask({"messages": []}, read_answer)
    assert chat.requests == 1


def test_a_changed_cache_is_asked_again(tmp_path: Path) -> None:
    with stub_endpoint() as stub:
        place = write(tmp_path, stub)
        found(open_teacher(place, options(tmp_path)))
        for path in (tmp_path / "cache").rglob("*.json"):
            path.write_text('{"choices": [{"message": {"content": "{}"}}]}')
        assert found(open_teacher(place, options(tmp_path))) == EXPECTED
        assert len(stub.requests) == 6


def test_the_digest_is_of_what_is_asked(tmp_path: Path) -> None:
    plain = open_teacher(write(tmp_path, "https://example.com"), TeacherOptions()).digest
    assert (
        open_teacher(write(tmp_path, "https://example.com", "max_requests = 3"), TeacherOptions()).digest
        == plain
    )
    warm = open_teacher(write(tmp_path, "https://example.com", "temperature = 1"), TeacherOptions()).digest
    assert warm != plain


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[endpoint]\nurl = 'https://e.org'\nmodel = 'm'\n", "labels"),
        ("[endpoint]\nurl = 'ftp://e.org'\nmodel = 'm'\n[labels.A]\n", "url"),
        ("[endpoint]\nurl = 'https://e.org'\nmodel = 'm'\nbudgte = 3\n[labels.A]\n", "did you mean 'budget'"),
        (
            "[endpoint]\nurl = 'https://e.org'\nmodel = 'm'\nbudget = 3\n[labels.A]\n",
            "endpoint: a budget needs",
        ),
        (
            "[endpoint]\nurl = 'https://e.org'\nmodel = 'm'\n[labels.A]\n[[examples]]\ntext = 'x'\n"
            "entities = [{text = 'y', label = 'A'}]\n",
            "not in the text",
        ),
    ],
)
def test_wrong_files_are_one_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "t.toml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=said) as caught:
        open_teacher(str(path), TeacherOptions())
    assert "\n" not in str(caught.value)


def test_places_of_mentions() -> None:
    notes: Counter[str] = Counter()
    text = "Washington met Washington in Washingtonia, said Ann and Annie."
    mentions = [
        ("Washington", "PER"),
        ("Washington", "LOC"),
        ("Ann", "PER"),
        ("Bob", "PER"),
        ("Ann", "CAT"),
        (" ", "PER"),
    ]
    spans = sorted(find_mentions(text, mentions, ["PER", "LOC"], notes))
    assert [(span.start, span.text, span.label) for span in spans] == [
        (0, "Washington", "PER"),
        (15, "Washington", "LOC"),
        (48, "Ann", "PER"),
    ]
    assert notes == {"mention not in the text": 1, "unknown label": 1, "empty mention": 1}
