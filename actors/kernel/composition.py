"""The composition root: which machine, journal and messages belong to an owner's name. The one place that knows all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from actors.inventory.projection import changed_rows as inventory_rows
from actors.inventory.reads import recall_adjustments
from actors.inventory.replies import InventoryReply
from actors.inventory.shard import InventoryShard
from actors.inventory.stock_outs import StockOuts
from actors.kernel.journal.port import Journal
from actors.kernel.journal.redis_stream import RedisStreamJournal
from actors.kernel.journal.sql import SqlJournal, sqlite_engine
from actors.kernel.machine import Machine
from actors.kernel.messages import Command, OwnerName
from actors.kernel.owner import Recall
from actors.kernel.projector import SystemOfRecord
from actors.kernel.record.database import open_database
from actors.kernel.record.writer import Projection, SqlRecord
from actors.kernel.routing import PROCUREMENT, InventoryShards, OrderShards
from actors.kernel.settings import SkuldSettings
from actors.orders.book import OrderBook
from actors.orders.projection import changed_rows as order_rows
from actors.orders.reads import recall_orders
from actors.orders.replies import OrderReply
from actors.procurement.book import PurchaseBook
from actors.procurement.projection import changed_rows as procurement_rows
from actors.procurement.reads import recall_documents
from actors.procurement.replies import ProcurementReply

REPLY_TYPES: Final[Mapping[str, Any]] = {"inventory": InventoryReply, "orders": OrderReply, "procurement": ProcurementReply}


def inventory_shards(settings: SkuldSettings) -> InventoryShards:
    """Who owns which SKU."""
    return InventoryShards(settings.inventory_shards)


def order_shards(settings: SkuldSettings) -> OrderShards:
    """Who owns which order."""
    return OrderShards(settings.order_shards)


def owner_names(settings: SkuldSettings) -> list[OwnerName]:
    """Every owner of the system; stock first, so that those who ask it find it serving."""
    return [*inventory_shards(settings).names(), *order_shards(settings).names(), PROCUREMENT]


def make_machine(name: OwnerName, settings: SkuldSettings) -> Machine:
    """An empty machine for an owner."""
    if name.startswith("inventory-"):
        return InventoryShard(name, order_shards(settings))
    if name.startswith("orders-"):
        return OrderBook(name, inventory_shards(settings))
    if name == PROCUREMENT:
        return PurchaseBook(name, inventory_shards(settings), ZoneInfo(settings.time_zone))
    raise ValueError(f"no kind of owner is called {name}")


def make_journal(name: OwnerName, settings: SkuldSettings) -> Journal:
    """The journal of an owner: Redis when there is one, else the database, else a file of its own."""
    if settings.redis_url:
        return RedisStreamJournal(name, settings.redis_url, fsync=settings.redis_fsync)
    if settings.database_url:
        return SqlJournal(name, open_database(settings.database_url))
    folder = settings.data_dir / "journal"
    folder.mkdir(parents=True, exist_ok=True)
    return SqlJournal(name, sqlite_engine(folder / f"{name}.sqlite"))


def make_record(name: OwnerName, settings: SkuldSettings) -> SystemOfRecord:
    """Where the rows of an owner go."""
    kind = name.rsplit("-", 1)[0]
    rows: Mapping[str, Projection] = {"inventory": inventory_rows, "orders": order_rows, "procurement": procurement_rows}
    return SqlRecord(open_database(settings.sql_url), rows[kind], StockOuts() if kind == "inventory" else None)


def make_recall(name: OwnerName, settings: SkuldSettings) -> Recall:
    """How an owner looks behind its bounded memory: in the system of record, in a thread."""
    kind = name.rsplit("-", 1)[0]

    async def recall(keys: Sequence[str]) -> Sequence[Command]:
        engine = open_database(settings.sql_url)
        if kind == "inventory":
            return await asyncio.to_thread(recall_adjustments, engine, name, keys)
        return await asyncio.to_thread(recall_orders if kind == "orders" else recall_documents, engine, keys)

    return recall
