"""The rows are level with the journals of a moment, although these go on."""

from __future__ import annotations

import asyncio

from actors.kernel.entry import Position
from actors.kernel.messages import OwnerName
from actors.kernel.projector_process import ProjectorProcess


class Follower:
    """A projector of a busy owner: each time somebody asks, the journal is longer; the rows follow it, always behind."""

    refused = False

    def __init__(self, *, follows: bool = True) -> None:
        self._end = 10
        self._follows = follows

    async def journal_end(self) -> Position:
        self._end += 5
        return Position(1, self._end)

    @property
    def applied(self) -> Position:
        self._end += 2 if self._follows else 0
        return Position(1, self._end - 6)


def catch_up(*followers: Follower, timeout_s: float) -> bool:
    process = ProjectorProcess.__new__(ProjectorProcess)
    process._owners = [OwnerName(f"orders-{number}") for number in range(len(followers))]
    process._projectors = dict(zip(process._owners, followers, strict=True))  # type: ignore[arg-type]
    return asyncio.run(process._catch_up(timeout_s, {}))


def test_rows_catch_up_with_what_was_there_although_traffic_goes_on() -> None:
    assert catch_up(Follower(), Follower(), timeout_s=5.0)


def test_rows_that_stand_still_do_not_catch_up() -> None:
    assert not catch_up(Follower(), Follower(follows=False), timeout_s=0.3)
