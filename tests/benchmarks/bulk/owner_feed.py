"""One inventory owner in this process, fed requests as they come off a socket: encoded, some in flight, until all are answered.

Run as a module, for a profiler: `python -m tests.benchmarks.bulk.owner_feed --redis redis://127.0.0.1:6379/0`.
"""

import argparse
import asyncio
import gc
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import structlog
import uvloop

from actors.inventory.commands import Adjust, PutProduct, Reserve, Wanted
from actors.inventory.goods import Product
from actors.inventory.replies import InventoryReply, ReservationView
from actors.inventory.shard import InventoryShard
from actors.kernel.collector import spare_the_collector
from actors.kernel.journal.in_memory import InMemoryJournal
from actors.kernel.journal.port import Journal
from actors.kernel.journal.redis_stream import RedisStreamJournal
from actors.kernel.messages import Message, OwnerName
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.peer import OnReply
from actors.kernel.routing import OrderShards
from actors.kernel.service import OwnerService, SenderChannel
from tests.benchmarks.bulk.wishes import AMPLE, Wish, parts, wishes
from tests.benchmarks.targets.port import SKUS, sku_name

NAME: Final = OwnerName("inventory-0")
PROMISED_AT: Final = 1_800_000_000_000
BETWEEN_THE_FIRST_S: Final = 0.002
"""Requests that begin together stay together, as one batch: then nothing is decided while an append is on its way."""
_encode = msgspec.msgpack.Encoder().encode
_replies: msgspec.msgpack.Decoder[list[tuple[int, Any]]] = msgspec.msgpack.Decoder(list[tuple[int, InventoryReply]])


@dataclass
class Fed:
    """How it went. `append_share` is the part of the time in which an append was on its way."""

    reservations: int
    seconds: float
    cpu_s: float
    appends: int
    append_share: float

    @property
    def per_s(self) -> float:
        return self.reservations / self.seconds


def reserve(wish: Wish) -> Reserve:
    """What an order shard sends for an order of one line."""
    wanted = (Wanted(wish.sku, wish.quantity),)
    return Reserve(f"{wish.order_id}:1", wish.order_id, 1, PROMISED_AT, 0, "refuse", wanted)


def stocking() -> list[PutProduct | Adjust]:
    """1,000 products and plenty of each."""
    skus = [sku_name(number) for number in range(SKUS)]
    products = [PutProduct(f"put-{sku}", 0, "bench", Product(sku, sku)) for sku in skus]
    return [*products, *[Adjust(f"open-{sku}", 0, "bench", sku, AMPLE, "opening_stock") for sku in skus]]


class NoLines:
    """An order's answer is not lost here: nobody waits for notices."""

    def post(self, to: OwnerName, messages: Sequence[Message], on_reply: OnReply) -> None:
        raise AssertionError(f"ample stock owes nobody a notice: {messages!r}")


def never(reason: str) -> None:
    raise AssertionError(f"the owner left: {reason}")


class Feed:
    """Keeps `in_flight` requests with the owner, and keeps the answers for later."""

    def __init__(self, service: OwnerService, in_flight: int) -> None:
        self._service, self._in_flight = service, in_flight
        self.answers: list[bytes] = []

    async def run(self, payloads: list[bytes]) -> None:
        self._next, self._under_way = iter(payloads), 0
        self._all_answered = asyncio.Event()
        for _ in range(self._in_flight):
            self._send()
            await asyncio.sleep(BETWEEN_THE_FIRST_S)
        await self._all_answered.wait()

    def _send(self) -> None:
        """Each request comes from a sender of its own, so that each is answered by itself."""
        payload = next(self._next, None)
        if payload is not None:
            self._under_way += 1
            self._service.receive(payload, SenderChannel(self._answered))
        elif not self._under_way:
            self._all_answered.set()

    def _answered(self, payload: bytes) -> None:
        self.answers.append(payload)
        self._under_way -= 1
        asyncio.get_running_loop().call_soon(self._send)


async def feed(journal: Journal, found: list[Wish], size: int, in_flight: int) -> Fed:
    """Stock an owner, then feed it; every answer must be the reservation that was asked for."""
    owner = Owner(NAME, InventoryShard(NAME, OrderShards(1)), journal, Outbox(NoLines()), never)
    service = OwnerService(owner)
    await owner.start()
    await Feed(service, 1).run([_encode(list(enumerate(stocking())))])
    requests = [_encode(list(enumerate(map(reserve, part)))) for part in parts(found, size)]
    collector = asyncio.create_task(spare_the_collector())
    await asyncio.sleep(0.1)
    fed = Feed(service, in_flight)
    appends, append_s = owner.figures.appends, owner.figures.append_s
    began, cpu = time.perf_counter(), time.process_time()
    await fed.run(requests)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    collector.cancel()
    check(fed.answers, found)
    appends, append_s = owner.figures.appends - appends, owner.figures.append_s - append_s
    await owner.stop()
    return Fed(len(found), seconds, cpu_s, appends, append_s / seconds)


def check(answers: list[bytes], found: list[Wish]) -> None:
    views = [reply for answer in answers for _, reply in _replies.decode(answer)]
    assert len(views) == len(found), f"{len(found)} asked, {len(views)} answered"
    for wish, view in zip(found, views, strict=True):
        right = type(view) is ReservationView and view.order_id == wish.order_id and view.lines[0].reserved == wish.quantity
        assert right, f"{wish} was answered {view!r}"


def run(redis_url: str, count: int, size: int, in_flight: int) -> Fed:
    """Feed an owner whose journal is in Redis, or in memory without a URL."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # no "serving" between figures
    journal = RedisStreamJournal(NAME, redis_url) if redis_url else InMemoryJournal(NAME)
    try:
        return uvloop.run(feed(journal, wishes(count, f"bulk{time.time_ns():x}"), size, in_flight))
    finally:
        gc.unfreeze()
        gc.enable()
        gc.collect()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redis", default="", help="without it the journal is in memory")
    parser.add_argument("--reservations", type=int, default=400_000)
    parser.add_argument("--size", type=int, default=2_000, help="commands per request")
    parser.add_argument("--in-flight", type=int, default=2, help="requests")
    chosen = parser.parse_args()
    fed = run(chosen.redis, chosen.reservations, chosen.size, chosen.in_flight)
    print(f"{fed.per_s:,.0f} reservations/s", fed)


if __name__ == "__main__":
    main()
