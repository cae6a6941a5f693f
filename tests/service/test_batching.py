import sys
import threading
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onoma.features.states import features_from_state
from onoma.runtime.tagger import Tagger
from onoma.service.batching import Batcher, Job, QueueFullError, TooLateError, WorkerEndedError
from onoma.tokenize import get_tokenizer


class Slow:
    """A model that waits at a gate; `started` says that it has something in hand."""

    def __init__(self, poison: str = "never") -> None:
        self.gate, self.started = threading.Event(), threading.Event()
        self.batches: list[list[str]] = []
        self.poison = poison

    def __call__(self, documents):
        self.started.set()
        self.gate.wait()
        texts = [document.text for document in documents]
        if self.poison in texts:
            raise ValueError(self.poison)
        self.batches.append(texts)
        return list(documents)


class Watcher:
    def __init__(self) -> None:
        self.batches: list[tuple[int, int]] = []
        self.queue = 0

    def waiting(self, requests: int) -> None:
        self.queue = requests

    def batch(self, requests: int, tokens: int, seconds: float) -> None:
        self.batches.append((requests, tokens))


def batcher(tag, *, waiting=100, characters=10_000, tokens=100, observer=None) -> Batcher:
    return Batcher(
        tag,
        max_waiting=waiting,
        max_waiting_characters=characters,
        batch_tokens=tokens,
        observer=observer or Watcher(),
    )


def later() -> float:
    return monotonic() + 600


@pytest.fixture
def slow():
    model = Slow()
    yield model
    model.gate.set()


def hold(queue: Batcher, model: Slow):
    """Put something into the worker's hands, so that all else waits."""
    first = queue.submit(["held"], later())
    model.started.wait()
    return first


def test_what_waits_is_tagged_together_up_to_the_budget(slow: Slow) -> None:
    queue = batcher(slow, tokens=6)
    hold(queue, slow)
    jobs = [queue.submit([text], later()) for text in ("a b", "c", "d e f g h i j k", "l", "m")]
    slow.gate.set()
    assert [job.result()[0].text for job in jobs] == ["a b", "c", "d e f g h i j k", "l", "m"]
    assert slow.batches == [["held"], ["a b", "c"], ["d e f g h i j k"], ["l", "m"]]
    queue.stop()


def test_a_full_queue_refuses_at_once_and_names_a_time(slow: Slow) -> None:
    queue = batcher(slow, waiting=2, characters=30)
    hold(queue, slow)
    queue.submit(["a" * 20], later())
    with pytest.raises(QueueFullError):
        queue.submit(["b" * 11], later())
    queue.submit(["c" * 10], later())
    with pytest.raises(QueueFullError) as refused:
        queue.submit([""], later())
    assert 1 <= refused.value.retry_after <= 60
    with pytest.raises(QueueFullError):
        queue.check_room()
    slow.gate.set()
    queue.stop()
    assert sum(map(len, slow.batches)) == 3


def test_a_single_text_longer_than_the_queue_is_let_in(slow: Slow) -> None:
    slow.gate.set()
    queue = batcher(slow, characters=5, tokens=2)
    assert queue.submit(["far too long for it"], later()).result()[0].text == "far too long for it"
    queue.stop()


def test_late_and_cancelled_work_is_dropped(slow: Slow) -> None:
    watcher = Watcher()
    queue = batcher(slow, observer=watcher)
    hold(queue, slow)
    late = queue.submit(["late"], monotonic() - 1)
    cancelled = queue.submit(["cancelled"], later())
    assert cancelled.cancel()
    assert watcher.queue == 1
    slow.gate.set()
    with pytest.raises(TooLateError):
        late.result()
    queue.stop()
    assert slow.batches == [["held"]]
    assert watcher.queue == 0


def test_who_gives_up_makes_room_at_once(slow: Slow) -> None:
    queue = batcher(slow, waiting=2, characters=30)
    hold(queue, slow)
    for _ in range(3):
        gone = [queue.submit([text * 15], later()) for text in "ab"]
        with pytest.raises(QueueFullError):
            queue.check_room(1)
        assert all(job.cancel() for job in gone)
        queue.check_room(30)
    stays = queue.submit(["stays"], later())
    slow.gate.set()
    assert stays.result()[0].text == "stays"
    queue.stop()
    assert slow.batches == [["held"], ["stays"]]


def test_what_is_put_back_goes_first_unless_it_was_given_up(slow: Slow) -> None:
    watcher = Watcher()
    queue = batcher(slow, tokens=6, observer=watcher)
    hold(queue, slow)
    asked = [[f"{name} b c d"] for name in "ABC"]
    first, second, third = (queue.submit(texts, later()) for texts in asked)
    taken = queue._next(wait=False)
    queue._put_back(taken)
    assert watcher.queue == 3
    taken = queue._next(wait=False)
    assert first.cancel()
    queue._put_back(taken)
    assert watcher.queue == 2
    slow.gate.set()
    assert [job.result()[0].text for job in (second, third)] == [asked[1][0], asked[2][0]]
    queue.stop()
    assert slow.batches == [["held"], asked[1], asked[2]]


def test_a_text_on_which_the_model_fails_fails_alone(slow: Slow) -> None:
    slow.poison = "poison"
    queue = batcher(slow)
    hold(queue, slow)
    jobs = [queue.submit([text], later()) for text in ("a", "poison", "b")]
    slow.gate.set()
    assert jobs[0].result()[0].text == "a"
    assert jobs[2].result()[0].text == "b"
    with pytest.raises(ValueError, match="poison"):
        jobs[1].result()
    assert queue.submit(["alive"], later()).result()
    queue.stop()


def test_a_text_on_which_the_tokenizer_fails_fails_alone(slow: Slow) -> None:
    slow.gate.set()
    queue = batcher(slow)
    with pytest.raises(TypeError):
        queue.submit(["fine", b"bytes"], later()).result()  # type: ignore[list-item]
    assert queue.submit(["alive"], later()).result()
    queue.stop()


def test_stopping_tags_what_waits_and_refuses_the_rest(slow: Slow) -> None:
    queue = batcher(slow)
    jobs = [hold(queue, slow), *(queue.submit([text], later()) for text in "abc")]
    stopping = threading.Thread(target=queue.stop)
    stopping.start()
    slow.gate.set()
    stopping.join()
    assert [job.result(0)[0].text for job in jobs] == ["held", "a", "b", "c"]
    with pytest.raises(WorkerEndedError):
        queue.submit(["d"], later())


def test_a_model_can_be_swapped_between_batches(slow: Slow) -> None:
    queue = batcher(slow)
    before = hold(queue, slow)
    after = queue.submit(["new", "newer"], later())
    queue.replace(
        lambda documents: [documents[0].with_entities([]) for _ in documents], get_tokenizer("characters")
    )
    slow.gate.set()
    assert before.result()[0].words == ["held"]
    assert [document.words for document in after.result()] == [["n", "e", "w"], ["n", "e", "w"]]
    queue.stop()


def test_what_was_cut_for_the_old_model_is_cut_again_for_the_new_one() -> None:
    job = Job(["ab c"], later())
    assert [job.tokenize(get_tokenizer(name)) for name in ("onoma", "characters", "onoma")] == [3, 4, 3]


@given(
    requests=st.lists(st.lists(st.text("ab .", max_size=12), min_size=1, max_size=4), max_size=12),
    tokens=st.integers(1, 20),
)
def test_everyone_gets_the_own_texts_whatever_the_batches(requests, tokens) -> None:
    model, watcher = Slow(), Watcher()
    queue = batcher(model, tokens=tokens, observer=watcher)
    hold(queue, model)
    jobs = [queue.submit(texts, later()) for texts in requests]
    model.gate.set()
    queue.stop()
    assert [[document.text for document in job.result(0)] for job in jobs] == requests
    assert sum(number for number, _ in watcher.batches) == len(requests) + 1
    assert all(number == 1 or size <= tokens for number, size in watcher.batches)


def test_workers_may_share_a_tagger(tagger, texts) -> None:
    expected = [[one.key for one in tagger(text).entities] for text in texts]
    shared = tagger_of_its_own(tagger)
    queues = [batcher(shared.tag, waiting=1000, characters=10**7, tokens=60) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        jobs = [[queue.submit([text], later()) for queue in queues] for text in texts]
        answers = [[[one.key for one in job.result()[0].entities] for job in four] for four in jobs]
    finally:
        sys.setswitchinterval(interval)
    assert answers == [[one] * 4 for one in expected]
    for queue in queues:
        queue.stop()


def tagger_of_its_own(tagger: Tagger) -> Tagger:
    """The same model with an empty table of words."""
    features = features_from_state(tagger.features.state(), tagger.features.arrays())
    return Tagger(tagger.backend, features, tagger.decoder)
