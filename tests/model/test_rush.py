"""Many at once is the same as one by one: the same events, the same answers, the same state."""

from __future__ import annotations

import asyncio
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from actors.inventory.commands import Adjust, Hold, PutProduct, PutWarehouse, Reserve, Wanted
from actors.inventory.goods import Product, Warehouse
from actors.inventory.shard import InventoryShard
from actors.kernel.entry import EntryCodec
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.machine import Answer, Rush, broken_invariants
from actors.kernel.messages import Message, OwnerName
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.peer import OnReply
from actors.kernel.routing import InventoryShards, OrderShards
from actors.orders.book import OrderBook
from actors.orders.commands import CancelOrder, EditLines, HoldOrder, PlaceOrder, ShipOrder
from actors.orders.lines import POLICIES, NewOrder, OrderedLine
from tests.model.simulator.virtual_time import run_virtually

SEEDS: Final = 60
NOW: Final = 1_800_000_000_000
SKUS: Final = ["apple", "pear", "plum", "fig", "kiwi", "lime"]
INVENTORY, ORDERS = InventoryShards(2), OrderShards(2)
QUIET_S: Final = 0.02
"""On the virtual clock: long enough for what lingers, too short for anything to be sent again."""


class OneByOneBook(OrderBook):
    def rush(self, messages: Sequence[tuple[int, Message]], at: int, now: int) -> Rush | None:
        return None

    def rush_heard(self, answers: Sequence[Answer], at: int, now: int) -> Rush | None:
        return None


class OneByOneShard(InventoryShard):
    def rush(self, messages: Sequence[tuple[int, Message]], at: int, now: int) -> Rush | None:
        return None


@dataclass(eq=False)
class Asker:
    """Keeps what it was answered, by number."""

    answered: dict[int, Message] = field(default_factory=dict)

    def send(self, replies: Sequence[tuple[int, Message]]) -> None:
        self.answered.update(replies)


@dataclass(eq=False)
class Step:
    """Hears the answers to a parcel, some of them twice."""

    on_reply: OnReply

    def send(self, replies: Sequence[tuple[int, Message]]) -> None:
        for number, reply in replies:
            for _ in range(2 if zlib.crc32(repr(reply).encode()) % 8 == 0 else 1):
                asyncio.get_running_loop().call_soon(self.on_reply, number, reply, 1)


class Shop:
    """Two order shards and two inventory shards, their owners in one loop."""

    def __init__(self, book: type[OrderBook], shard: type[InventoryShard]) -> None:
        self.shelves: dict[OwnerName, Shelf] = {}
        self.owners: dict[OwnerName, Owner] = {}
        self.left: list[str] = []
        for name in (*INVENTORY.names(), *ORDERS.names()):
            machine = shard(name, ORDERS) if name in INVENTORY.names() else book(name, INVENTORY)
            shelf = self.shelves[name] = Shelf()
            self.owners[name] = Owner(name, machine, InMemoryJournal(name, shelf), Outbox(self), self.left.append, lambda: NOW)

    def post(self, to: OwnerName, messages: Sequence[Message], on_reply: OnReply) -> None:
        asyncio.get_running_loop().call_soon(self.owners[to].receive, list(enumerate(messages)), Step(on_reply))

    async def give(self, asker: Asker, batch: Sequence[tuple[int, OwnerName, Message]]) -> None:
        """Send each owner its part of a batch, and wait until all is quiet."""
        parts: dict[OwnerName, list[tuple[int, Message]]] = {}
        for number, owner, message in batch:
            parts.setdefault(owner, []).append((number, message))
        for owner, part in parts.items():
            self.owners[owner].receive(part, asker)
        await asyncio.sleep(QUIET_S)

    def state(self) -> dict[str, Any]:
        """All that owners remember and have recorded."""
        found: dict[str, Any] = {}
        for name, owner in self.owners.items():
            codec: EntryCodec[Any] = EntryCodec(owner.machine.event_types)
            found[f"{name} events"] = [e for entry in self.shelves[name].entries for e in codec.decode(entry).events]
            found[f"{name} state"] = list(owner.machine.snapshot())
            found[f"{name} read model"] = dict(self.shelves[name].read_model)
            assert broken_invariants(owner.machine) == []
        return found


def stock(chance: random.Random, warehouses: int) -> list[tuple[int, OwnerName, Message]]:
    given: list[tuple[OwnerName, Message]] = []
    sites = ["main", "north"][:warehouses]
    for shard in INVENTORY.names():
        given += [(shard, PutWarehouse(f"site-{site}", 0, "t", Warehouse(site, site))) for site in sites[1:]]
    for sku in SKUS:
        given.append((INVENTORY.owner_of(sku), PutProduct(f"put-{sku}", 0, "t", Product(sku, sku))))
        for site in sites:
            op = f"open-{sku}-{site}"
            given.append((INVENTORY.owner_of(sku), Adjust(op, 0, "t", sku, chance.randint(1, 60), "opening_stock", site)))
    return [(number, owner, message) for number, (owner, message) in enumerate(given)]


def traffic(chance: random.Random, first: int, size: int, ids: list[str], sites: list[str]) -> list[Any]:
    """Mostly plain orders, between them everything that is not."""
    batch: list[tuple[int, OwnerName, Message]] = []
    for number in range(first, first + size):
        order_id = chance.choice(ids) if ids and chance.random() < 0.1 else f"o{number}"
        what = chance.random()
        message: Message
        if ids and what < 0.12:
            order_id = chance.choice(ids)
            message = chance.choice(
                [
                    CancelOrder(f"c{number}", 0, "t", order_id, "customer"),
                    HoldOrder(f"h{number}", 0, "t", order_id, ""),
                    ShipOrder(f"s{number}", 0, "t", order_id),
                    EditLines(f"e{number}", 0, "t", order_id, (OrderedLine(chance.choice(SKUS), chance.randint(0, 5)),)),
                ]
            )
        else:
            skus = chance.choices([*SKUS, "nothing"], [9] * len(SKUS) + [1], k=chance.randint(1, 4))
            if chance.random() < 0.9:
                skus = list(dict.fromkeys(skus))
            order = NewOrder(
                tuple(OrderedLine(sku, chance.randint(1, 3)) for sku in skus),
                chance.choice(POLICIES),
                chance.choice(["", "", *sites]),
                chance.randint(-1, 1),
                chance.choice([None, NOW + number]),
            )
            key = chance.choice([order_id, order_id, f"key{number}", f"key{chance.randint(0, number)}"])
            message = PlaceOrder(key, chance.randint(1, 2), "t", order_id, order, chance.random() < 0.9, chance.random() < 0.3)
            ids.append(order_id)
        batch.append((number, ORDERS.owner_of(order_id), message))
        if chance.random() < 0.05:  # from somebody who does not sum the lines of a SKU
            wanted = tuple(
                Wanted(sku, 1) for sku in chance.choices(SKUS, k=2) if INVENTORY.owner_of(sku) == INVENTORY.names()[0]
            )
            reserve = Reserve(f"r{number}:1", f"r{number}", 1, NOW, 0, "refuse", wanted)
            batch.append((20_000 + number, INVENTORY.names()[0], reserve))
        if chance.random() < 0.03:
            sku = chance.choice(SKUS)
            hold = Hold(f"b{number}", 0, "t", chance.choice(ids), sku, 1, 10**9, "", "cust")
            batch.append((10_000 + number, INVENTORY.owner_of(sku), hold))
    return batch


def play(seed: int, book: type[OrderBook], shard: type[InventoryShard]) -> tuple[dict[str, Any], dict[int, Message]]:
    chance = random.Random(seed)
    asker = Asker()

    async def main() -> dict[str, Any]:
        shop = Shop(book, shard)
        for name in INVENTORY.names():
            await shop.owners[name].start()
        for name in ORDERS.names():
            await shop.owners[name].start()
        warehouses = chance.randint(1, 2)
        await shop.give(Asker(), stock(chance, warehouses))
        ids: list[str] = []
        for turn in range(4):
            await shop.give(asker, traffic(chance, 100 * turn, chance.randint(1, 40), ids, ["main", "north"][:warehouses]))
        state = shop.state()
        for owner in shop.owners.values():
            await owner.stop()
        assert shop.left == []
        return state

    return run_virtually(main()), asker.answered


class Counting(OrderBook):
    """Counts what went the short way."""

    taken = heard = 0

    def rush(self, messages: Sequence[tuple[int, Message]], at: int, now: int) -> Rush | None:
        rush = super().rush(messages, at, now)
        Counting.taken += rush.taken if rush is not None else 0
        return rush

    def rush_heard(self, answers: Sequence[Answer], at: int, now: int) -> Rush | None:
        rush = super().rush_heard(answers, at, now)
        Counting.heard += rush.taken if rush is not None else 0
        return rush


@pytest.mark.parametrize("seed", range(SEEDS))
def test_many_at_once_is_the_same_as_one_by_one(seed: int) -> None:
    together, told = play(seed, OrderBook, InventoryShard)
    one_by_one, told_one_by_one = play(seed, OneByOneBook, OneByOneShard)
    for name, found in one_by_one.items():
        assert together[name] == found, name
    assert told == told_one_by_one


def test_most_of_it_goes_the_short_way() -> None:
    play(1, Counting, InventoryShard)
    assert Counting.taken > 30
    assert Counting.heard > 15
