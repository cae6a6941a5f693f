"""Micro-batching: what waits for a model is tagged together, by the one thread that the model has."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from time import monotonic, perf_counter
from typing import Protocol

from onoma.text import Document
from onoma.tokenize import Tokenizer, get_tokenizer
from onoma.tokenize.registry import DEFAULT

Tag = Callable[[Sequence[Document]], list[Document]]
"""Tags tokenised documents; only the worker calls it."""

_SHARE_OF_LAST = 0.2
"""How much the last batch says about the speed."""
_LONGEST_RETRY = 60


class QueueFullError(Exception):
    """Too much waits already.

    Args:
        retry_after: whole seconds until what waits should be done.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__("too much waits already")
        self.retry_after = retry_after


class TooLateError(Exception):
    """The time of a request was over before the work on it began."""


class WorkerEndedError(Exception):
    """The worker takes nothing any more."""


class BatchObserver(Protocol):
    """Is told what the worker does, by the worker."""

    def waiting(self, requests: int) -> None:
        """So many requests wait."""

    def batch(self, requests: int, tokens: int, seconds: float) -> None:
        """A batch was tagged."""


class Job:
    """A request's texts on their way.

    Args:
        texts: to tag.
        deadline: when it is too late to begin, by `time.monotonic`.
    """

    __slots__ = ("_cut_by", "deadline", "documents", "future", "num_characters", "texts")

    def __init__(self, texts: Sequence[str], deadline: float) -> None:
        self.texts = texts
        self.deadline = deadline
        self.num_characters = sum(map(len, texts))
        self.future: Future[list[Document]] = Future()
        self.documents: list[Document] = []
        self._cut_by: Tokenizer | None = None

    def tokenize(self, tokenizer: Tokenizer) -> int:
        """Tokenise once for each tokeniser; returns the number of tokens, and one for each text."""
        if self._cut_by != tokenizer:
            self.documents = [tokenizer.document_of(text, str(n)) for n, text in enumerate(self.texts)]
            self._cut_by = tokenizer
        return self.num_tokens

    @property
    def num_tokens(self) -> int:
        """Tokens, and one for each text; none before `tokenize`."""
        return sum(document.num_tokens + 1 for document in self.documents)


class Batcher:
    """A bounded queue and the thread that empties it.

    Args:
        tag: the model; see `replace`.
        max_waiting: requests that may wait.
        max_waiting_characters: of their texts; a single request is let in, however long.
        batch_tokens: requests are taken together until they have so many tokens; one alone may have more.
        observer: of queue and batches.
        name: of the thread.
        tokenizer: the model's, the default one when not given.
    """

    def __init__(
        self,
        tag: Tag,
        *,
        max_waiting: int,
        max_waiting_characters: int,
        batch_tokens: int,
        observer: BatchObserver,
        name: str = "onoma-worker",
        tokenizer: Tokenizer | None = None,
    ) -> None:
        self._model = (tag, tokenizer or get_tokenizer(DEFAULT))
        self.max_waiting = max_waiting
        self.max_waiting_characters = max_waiting_characters
        self.batch_tokens = batch_tokens
        self.observer = observer
        self._changed = threading.Condition()
        self._waiting: OrderedDict[Future[list[Document]], Job] = OrderedDict()  # the oldest first
        self._characters = 0
        self._stopped = False
        self._speed = math.inf  # characters a second
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def replace(self, tag: Tag, tokenizer: Tokenizer) -> None:
        """Put another model in place of this one, at any time: a batch is tagged by one of them."""
        self._model = (tag, tokenizer)

    def check_room(self, num_characters: int = 0) -> None:
        """Raise what `submit` would raise for a request of so many characters."""
        with self._changed:
            self._check_room(num_characters)

    def submit(self, texts: Sequence[str], deadline: float) -> Future[list[Document]]:
        """Queue a request.

        Args:
            texts: are tagged in one batch.
            deadline: when it is too late to begin, by `time.monotonic`.

        Returns:
            The tagged documents. It raises `TooLateError`, or what the model raised on these very texts; a
            cancelled one is dropped unless it has begun, and its place is free at once.

        Raises:
            QueueFullError: too much waits already.
            WorkerEndedError: the worker has ended.
        """
        job = Job(texts, deadline)
        with self._changed:
            self._check_room(job.num_characters)
            self._waiting[job.future] = job
            self._characters += job.num_characters
            self.observer.waiting(len(self._waiting))
            self._changed.notify()
        job.future.add_done_callback(self._give_place_back)
        return job.future

    def stop(self) -> None:
        """Take nothing more, tag what waits, and end."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def _check_room(self, num_characters: int) -> None:
        if self._stopped:
            raise WorkerEndedError
        full = self._waiting and self._characters + num_characters > self.max_waiting_characters
        if full or len(self._waiting) >= self.max_waiting:
            seconds = math.ceil(self._characters / self._speed)
            raise QueueFullError(min(_LONGEST_RETRY, max(1, seconds)))

    def _run(self) -> None:
        while jobs := self._take():
            self._serve(jobs)

    def _take(self) -> list[Job]:
        """Return the next batch; waits for one, and returns none only when stopped and empty."""
        jobs: list[Job] = []
        tokens = 0
        while tokens < self.batch_tokens and (job := self._next(wait=not jobs)):
            try:
                size = job.tokenize(self._model[1])
            except Exception as error:
                _fail(job, error)
                continue
            if jobs and tokens + size > self.batch_tokens:
                self._put_back(job)
                break
            jobs.append(job)
            tokens += size
        return jobs

    def _next(self, *, wait: bool) -> Job | None:
        while True:
            with self._changed:
                while wait and not self._waiting and not self._stopped:
                    self._changed.wait()
                if not self._waiting:
                    return None
                _, job = self._waiting.popitem(last=False)
                self._characters -= job.num_characters
                self.observer.waiting(len(self._waiting))
            if monotonic() < job.deadline and not job.future.cancelled():
                return job
            _fail(job, TooLateError())

    def _put_back(self, job: Job) -> None:
        with self._changed:
            if job.future.cancelled():
                return
            self._waiting[job.future] = job
            self._waiting.move_to_end(job.future, last=False)
            self._characters += job.num_characters
            self.observer.waiting(len(self._waiting))

    def _give_place_back(self, future: Future[list[Document]]) -> None:
        """Drop what was cancelled while it waited; all else that is done has left the queue before."""
        if not future.cancelled():
            return
        with self._changed:
            job = self._waiting.pop(future, None)
            if job is not None:
                self._characters -= job.num_characters
                self.observer.waiting(len(self._waiting))

    def _serve(self, jobs: list[Job]) -> None:
        jobs = [job for job in jobs if job.future.set_running_or_notify_cancel()]
        if not jobs:
            return
        began = perf_counter()
        tag, tokenizer = self._model
        try:
            _answer(tag, tokenizer, jobs)
        except Exception as error:
            if len(jobs) == 1:
                jobs[0].future.set_exception(error)
                return
            # One of them is the cause; the others are not to suffer for it.
            for job in jobs:
                try:
                    _answer(tag, tokenizer, [job])
                except Exception as own:
                    job.future.set_exception(own)
        seconds = max(perf_counter() - began, 1e-6)
        last = sum(job.num_characters for job in jobs) / seconds
        known = self._speed if math.isfinite(self._speed) else last
        self._speed = max(1.0, known + _SHARE_OF_LAST * (last - known))
        self.observer.batch(len(jobs), sum(job.num_tokens for job in jobs), seconds)


def _answer(tag: Tag, tokenizer: Tokenizer, jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.tokenize(tokenizer)  # again, if the model was replaced meanwhile
    tagged = tag([document for job in jobs for document in job.documents])
    first = 0
    for job in jobs:
        job.future.set_result(tagged[first : first + len(job.documents)])
        first += len(job.documents)


def _fail(job: Job, error: Exception) -> None:
    if job.future.set_running_or_notify_cancel():
        job.future.set_exception(error)
