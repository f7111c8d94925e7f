"""A sender's parcels: what travels together, what is sent again, and what is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from actors.inventory.queries import ReadLevel
from actors.inventory.replies import InventoryReply, Sites
from actors.kernel.messages import Message, OwnerName
from actors.kernel.peer import BATCHES_IN_FLIGHT, LARGEST_BATCH, RESEND_S, SLOW_BATCH_S, Peer
from actors.kernel.transport.port import Endpoint
from tests.model.simulator.virtual_time import run_virtually

OWNER = OwnerName("inventory-0")
Request = list[tuple[int, ReadLevel]]


class Wire:
    """Directory, dialler and owner in one: keeps requests, and answers when it is told to."""

    def __init__(self) -> None:
        self.address = "first"
        self.sent: list[tuple[str, Request]] = []
        self.answer: dict[str, Callable[[bytes], None]] = {}

    async def resolve(self, owner: OwnerName) -> Endpoint | None:
        return Endpoint(self.address)

    def dial(self, owner: OwnerName, endpoint: Endpoint, on_response: Callable[[bytes], None]) -> WireLine:
        self.answer[endpoint.address] = on_response
        return WireLine(self, endpoint.address)

    def reply(self, *numbers: int) -> None:
        self.answer[self.address](msgspec.msgpack.encode([(number, Sites((), ())) for number in numbers]))

    def skus(self) -> list[list[str]]:
        return [[message.sku for _, message in request] for _, request in self.sent]


class WireLine:
    def __init__(self, wire: Wire, address: str) -> None:
        self._wire, self._address = wire, address

    def send(self, payload: bytes) -> None:
        self._wire.sent.append((self._address, msgspec.msgpack.decode(payload, type=Request)))

    def close(self) -> None:
        """Nothing is kept open."""


class Sender:
    """A peer that is swept, and what it was told of each message."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.peer = Peer(OWNER, self.wire, self.wire, InventoryReply)
        self.told: dict[str, tuple[bool, int]] = {}

    def post(self, *skus: str, patience_s: float = 60.0) -> None:
        def on_reply(number: int, reply: Message | None, times_sent: int) -> None:
            assert skus[number] not in self.told, "told twice"
            self.told[skus[number]] = (reply is not None, times_sent)

        self.peer.post([ReadLevel(sku) for sku in skus], on_reply, asyncio.get_running_loop().time() + patience_s)

    async def sweep(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            self.peer.sweep()


def play(scene: Callable[[Sender], Awaitable[None]]) -> None:
    async def main() -> None:
        sender = Sender()
        sweeping = asyncio.create_task(sender.sweep())
        await scene(sender)
        sweeping.cancel()

    run_virtually(main())


def test_what_is_posted_in_a_moment_travels_together_and_each_is_answered_by_itself() -> None:
    async def scene(sender: Sender) -> None:
        sender.post("a", "b")
        sender.post("c")
        await asyncio.sleep(0.01)
        assert sender.wire.skus() == [["a", "b", "c"]]
        sender.wire.reply(2, 0)
        assert sender.told == {"c": (True, 1), "a": (True, 1)}
        sender.wire.reply(1, 1, 0)
        assert sender.told["b"] == (True, 1)

    play(scene)


def test_only_what_has_no_answer_is_sent_again() -> None:
    async def scene(sender: Sender) -> None:
        sender.post("a", "b", "c")
        await asyncio.sleep(0.01)
        sender.wire.reply(1)
        await asyncio.sleep(RESEND_S + 0.3)
        assert sender.wire.skus() == [["a", "b", "c"], ["a", "c"]]
        sender.wire.reply(0, 2)
        assert sender.told == {"b": (True, 1), "a": (True, 2), "c": (True, 2)}

    play(scene)


def test_an_owner_that_has_moved_gets_what_the_one_before_left_unanswered() -> None:
    async def scene(sender: Sender) -> None:
        sender.post("a", "b")
        sender.post("c")
        await asyncio.sleep(0.01)
        sender.wire.reply(0)
        sender.wire.address = "second"
        await asyncio.sleep(1.0)
        assert [address for address, _ in sender.wire.sent] == ["first", "second"]
        assert sender.wire.skus()[1] == ["b", "c"]

    play(scene)


def test_a_deadline_gives_up_what_has_no_answer_and_nothing_else() -> None:
    async def scene(sender: Sender) -> None:
        sender.post("a", "b", patience_s=1.0)
        sender.post("c")
        await asyncio.sleep(0.01)
        sender.wire.reply(0)
        await asyncio.sleep(1.5)
        assert sender.told == {"a": (True, 1), "b": (False, 1)}
        sender.wire.reply(1, 2)
        assert sender.told == {"a": (True, 1), "b": (False, 1), "c": (True, 1)}

    play(scene)


def test_while_enough_is_under_way_the_rest_gathers() -> None:
    async def scene(sender: Sender) -> None:
        for number in range(BATCHES_IN_FLIGHT + 2):
            sender.post(f"s{number}")
            await asyncio.sleep(0.001)
        assert sender.wire.skus() == [["s0"], ["s1"]]
        sender.wire.reply(0)
        assert sender.wire.skus()[2:] == [["s2", "s3"]]

    play(scene)


def test_a_slow_answer_holds_nobody_up() -> None:
    async def scene(sender: Sender) -> None:
        for number in range(BATCHES_IN_FLIGHT + 1):
            sender.post(f"s{number}")
            await asyncio.sleep(0.001)
        await asyncio.sleep(SLOW_BATCH_S + 0.2)
        assert sender.wire.skus() == [["s0"], ["s1"], ["s2"]]

    play(scene)


def test_a_large_parcel_stays_whole_and_travels_alone() -> None:
    async def scene(sender: Sender) -> None:
        sender.post("first")
        sender.post(*[f"s{number}" for number in range(LARGEST_BATCH)])
        sender.post("last")
        await asyncio.sleep(0.01)
        assert [len(request) for request in sender.wire.skus()] == [1, LARGEST_BATCH]
        sender.wire.reply(0)
        assert sender.wire.skus()[2] == ["last"]

    play(scene)


def test_closing_gives_up_the_rest() -> None:
    async def scene(sender: Sender) -> None:
        sender.post("a", "b")
        await asyncio.sleep(0.01)
        sender.wire.reply(0)
        sender.peer.close()
        assert sender.told == {"a": (True, 1), "b": (False, 1)}

    play(scene)
