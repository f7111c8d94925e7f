"""Simulated stores: real contracts, with delays, lost requests, lost answers, and writes that arrive long after."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from actors.inventory.commands import RecallAdjusted
from actors.inventory.events import Adjusted, Moved
from actors.inventory.levels import Level
from actors.inventory.shard import InventoryShard
from actors.kernel.entry import START, Position, StoredEntry
from actors.kernel.faults import Fault, Fenced, StoreUnavailable
from actors.kernel.journal.in_memory import InMemoryJournal, Shelf
from actors.kernel.machine import Machine
from actors.kernel.messages import Command, Event, OwnerName
from actors.orders.book import OrderBook
from actors.orders.commands import RecallOrder
from actors.procurement.book import PurchaseBook
from actors.procurement.commands import RecallDocument
from actors.procurement.documents import Document, copied


@dataclass
class Weather:
    """How bad it is: chances per call, all zero once the storm is over."""

    rng: Random
    lose_request: float = 0.02
    lose_answer: float = 0.03
    late_write: float = 0.02
    slow: float = 0.05
    drop: float = 0.03

    def calm(self) -> None:
        self.lose_request = self.lose_answer = self.late_write = self.slow = self.drop = 0.0

    def delay_s(self) -> float:
        return self.rng.uniform(0.2, 3.0) if self.rng.random() < self.slow else self.rng.uniform(0.0005, 0.01)

    def happens(self, chance: float) -> bool:
        return self.rng.random() < chance


@dataclass
class Disk(Shelf):
    """A shelf that also keeps every entry there ever was, to check the whole history at the end."""

    history: list[StoredEntry] = field(default_factory=list)


class SimulatedJournal(InMemoryJournal):
    """The in-memory journal behind a bad network."""

    def __init__(self, owner: OwnerName, disk: Disk, weather: Weather) -> None:
        super().__init__(owner, disk)
        self._disk = disk
        self._weather = weather

    async def last(self) -> Position:
        await self._reach()
        return await super().last()

    async def append(self, position: Position, after: Position, data: bytes, read_model: Mapping[str, bytes]) -> None:
        await self._reach()
        if self._weather.happens(self._weather.late_write):
            pause_s = self._weather.rng.uniform(0.05, 1.5)
            asyncio.get_running_loop().call_later(pause_s, self._write_late, position, after, data, dict(read_model))
            raise StoreUnavailable("no answer, and the request is still under way")
        self._write(position, after, data, read_model)
        await asyncio.sleep(self._weather.delay_s())
        if self._weather.happens(self._weather.lose_answer):
            raise StoreUnavailable("written, but the answer was lost")

    def _write_late(self, position: Position, after: Position, data: bytes, read_model: dict[str, bytes]) -> None:
        try:
            self._write(position, after, data, read_model)
        except Fault:  # somebody else was quicker, as it should be
            return

    def _write(self, position: Position, after: Position, data: bytes, read_model: Mapping[str, bytes]) -> None:
        if self.refuses_stale:
            from actors.kernel.journal.port import refuse_unless_last

            refuse_unless_last(self.owner, self._disk.last, after)
        entry = StoredEntry(position, data)
        self._disk.entries.append(entry)
        self._disk.history.append(entry)
        self._disk.last = max(self._disk.last, position)
        self._disk.read_model.update(read_model)

    refuses_stale = True

    async def read(self, after: Position, limit: int) -> list[StoredEntry]:
        await self._reach()
        return await super().read(after, limit)

    async def _reach(self) -> None:
        await asyncio.sleep(self._weather.delay_s())
        if self._weather.happens(self._weather.lose_request):
            raise StoreUnavailable("the request was lost")


@dataclass
class Rows:
    """What the system of record has of one owner."""

    position: Position = START
    epoch: int = 0
    rows: dict[str, Any] = field(default_factory=dict)
    ledger: dict[str, Adjusted | Moved] = field(default_factory=dict)


class SimulatedRecord:
    """The system of record: position and rows change together; a COMMIT's answer may be lost."""

    def __init__(self, tables: dict[OwnerName, Rows], weather: Weather) -> None:
        self._tables = tables
        self._weather = weather

    async def position(self, owner: OwnerName) -> tuple[Position, int]:
        await self._reach()
        rows = self._tables.setdefault(owner, Rows())
        return rows.position, rows.epoch

    async def write(
        self, owner: OwnerName, machine: Machine, events: list[Event], previous: Position, last: Position, epoch: int
    ) -> None:
        await self._reach()
        rows = self._tables.setdefault(owner, Rows())
        if rows.position == last:
            return  # the COMMIT whose answer was lost
        if rows.position != previous or rows.epoch > epoch:
            raise Fenced(f"{owner}: the rows stand at {rows.position}, not at {previous}")
        rows.position, rows.epoch = last, epoch
        rows.rows.update(changed_rows(machine))
        for event in events:
            if isinstance(event, Adjusted | Moved):
                assert event.op_id not in rows.ledger, f"{event.op_id} moved stock twice"
                rows.ledger[event.op_id] = as_in_the_ledger(event)
        await asyncio.sleep(self._weather.delay_s())
        if self._weather.happens(self._weather.lose_answer):
            raise StoreUnavailable("committed, but the answer was lost")

    async def recall(self, owner: OwnerName, keys: Sequence[str]) -> Sequence[Command]:
        """What `recall_orders`, `recall_documents` and `recall_adjustments` find."""
        await self._reach()
        rows = self._tables.setdefault(owner, Rows())
        if owner.startswith("inventory"):
            found: list[Command] = [
                RecallAdjusted(f"{key}:recall", rows.ledger[key]) for key in sorted(keys) if key in rows.ledger
            ]
        elif owner.startswith("procurement"):
            names = {rows.rows.get(f"name {key}", key) for key in keys}
            documents = [rows.rows[f"document {key}"] for key in sorted(names) if f"document {key}" in rows.rows]
            found = [RecallDocument(f"{document.key}:recall:{document.changed_at}", document) for document in documents]
        else:
            records = [rows.rows[f"order {key}"] for key in sorted(keys) if f"order {key}" in rows.rows]
            found = [RecallOrder(f"{record.order_id}:recall:{record.changed_at}", record) for record in records]
        await asyncio.sleep(self._weather.delay_s())
        return found

    async def _reach(self) -> None:
        await asyncio.sleep(self._weather.delay_s())
        if self._weather.happens(self._weather.lose_request):
            raise StoreUnavailable("the request was lost")


def as_in_the_ledger(event: Adjusted | Moved) -> Adjusted | Moved:
    """A movement as its rows tell it: without the level after it."""
    return msgspec.structs.replace(event, level=None) if isinstance(event, Adjusted) else event


def changed_rows(machine: Machine) -> dict[str, Any]:
    """Absolute values of what changed, as the projector would write them."""
    if isinstance(machine, OrderBook):
        return {f"order {key}": order.record() for key, order in machine.changed.items()}
    if isinstance(machine, PurchaseBook):
        return _purchases(machine.changed)
    assert isinstance(machine, InventoryShard)
    return {f"sku {sku}": _level(machine, sku) for sku in machine.changed}


def all_rows(machine: Machine) -> dict[str, Any]:
    """The same for everything."""
    if isinstance(machine, OrderBook):
        return {f"order {key}": order.record() for key, order in machine.orders.items()}
    if isinstance(machine, PurchaseBook):
        return _purchases(machine.documents)
    assert isinstance(machine, InventoryShard)
    return {f"sku {sku}": _level(machine, sku) for sku in machine.items}


def _purchases(documents: Mapping[str, Document]) -> dict[str, Any]:
    """Documents, and what they are looked for by."""
    found: dict[str, Any] = {}
    for key, document in documents.items():
        found[f"document {key}"] = copied(document)
        found |= {f"name asn {asn_id}": key for asn_id in document.notices}
        found |= {f"name task {task_id}": key for task_id in document.tasks}
    return found


def _level(machine: InventoryShard, sku: str) -> Level:
    """A level whose places are in an order of their own: memory has them in the order they were filled."""
    level = machine.items[sku].level(0, machine.unsellable)
    sites = [msgspec.structs.replace(site, bins=tuple(sorted(site.bins, key=repr))) for site in level.sites]
    return msgspec.structs.replace(level, sites=tuple(sites))
