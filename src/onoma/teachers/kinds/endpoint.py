"""A language model behind an endpoint that speaks OpenAI's protocol, with labels that are described to it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from onoma.teachers.base import HardTeacher, Teacher, TeacherKind, TeacherOptions
from onoma.teachers.chat import Chat, ChatSettings
from onoma.teachers.described import Description, has_table, read_description
from onoma.teachers.digests import text_digest
from onoma.teachers.prompts import answer_schema, find_mentions, messages, read_answer
from onoma.text import Document, Span


class EndpointTeacher(HardTeacher):
    """A model that is asked text by text, and names entities by what is written there."""

    def __init__(self, place: str, chat: Chat, description: Description, options: TeacherOptions) -> None:
        super().__init__(place, sorted(description.labels), options)
        self._chat, self._description = chat, description

    @property
    def digest(self) -> str:
        """That of all that is asked; a key, prices and bounds are no part of it."""
        asked = self._chat.settings.answers() | self._description.model_dump(mode="json")
        return text_digest(json.dumps(asked, sort_keys=True))

    def find(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Return the model's entities, by their places in the texts."""
        with ThreadPoolExecutor(self._chat.settings.parallel) as pool:
            waiting = [pool.submit(self._ask, document.text) for document in documents]
            try:
                answers = [one.result() for one in waiting]
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        for _, notes in answers:
            self.notes.update(notes)
        return [spans for spans, _ in answers]

    def costs(self) -> dict[str, Any]:
        """Return tokens and price of all answers that were used."""
        chat = self._chat
        told = {"tokens_read": chat.read, "tokens_written": chat.written, "requests": chat.requests}
        return told | {"cost": round(chat.cost(), 6)}

    def _ask(self, text: str) -> tuple[list[Span], Counter[str]]:
        labels = list(self._description.labels)
        body: dict[str, Any] = {"messages": messages(self._description, text)}
        if self._chat.settings.structured:
            body["response_format"] = answer_schema(labels)
        notes: Counter[str] = Counter()
        mentions = self._chat.ask(body, read_answer)
        return find_mentions(text, mentions, labels, notes), notes


def _open(place: str, options: TeacherOptions) -> Teacher:
    settings, description = read_description(Path(place), "endpoint", ChatSettings)
    return EndpointTeacher(place, Chat(settings, options.cache), description, options)


TEACHER = TeacherKind(
    "endpoint",
    "a TOML file of described labels and an endpoint that speaks OpenAI's protocol",
    lambda path: has_table(path, "endpoint"),
    _open,
)
