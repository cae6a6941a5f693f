"""What is written in one turn of the loop is sent at once, and nothing of it is lost or sent late."""

import asyncio

from onoma.service.joined_writes import JoinedWrites


class Sink(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.done: list[bytes | str] = []

    def write(self, data) -> None:
        self.done.append(bytes(data))

    def close(self) -> None:
        self.done.append("closed")

    def abort(self) -> None:
        self.done.append("aborted")

    def get_write_buffer_size(self) -> int:
        return 100


def turns(*steps) -> list[bytes | str]:
    """Do the steps, each in a turn of its own, and return what reached the transport below."""
    sink = Sink()

    async def go() -> None:
        joined = JoinedWrites(sink, asyncio.get_running_loop())
        for step in steps:
            step(joined)
            await asyncio.sleep(0)

    asyncio.run(go())
    return sink.done


def test_head_and_body_are_one_write_and_the_next_turn_is_another() -> None:
    def answer(joined: JoinedWrites) -> None:
        joined.write(b"head")
        joined.write(b"")
        joined.write(bytearray(b"body"))
        assert joined.get_write_buffer_size() == 108

    assert turns(answer, answer) == [b"headbody", b"headbody"]


def test_closing_sends_first_and_aborting_drops() -> None:
    def closing(joined: JoinedWrites) -> None:
        joined.write(b"last")
        joined.close()

    def aborting(joined: JoinedWrites) -> None:
        joined.write(b"last")
        joined.abort()

    assert turns(closing) == [b"last", "closed"]
    assert turns(aborting) == ["aborted"]


def test_what_is_written_is_what_it_was_then() -> None:
    def reusing(joined: JoinedWrites) -> None:
        buffer = bytearray(b"one")
        joined.write(buffer)
        buffer[:] = b"two"

    assert turns(reusing) == [b"one"]
