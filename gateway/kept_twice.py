"""The things that are kept twice: SKUs, levels and places, open reservations, open orders and
purchase orders, and the read model in Redis."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Engine, Table, select

from actors.inventory.levels import Level
from actors.inventory.queries import ReadLevel, ReadReservation
from actors.inventory.replies import HoldView, ReservationView
from actors.inventory.tables import inventory_bins, inventory_levels, products, reservations
from actors.kernel.client import Owners
from actors.kernel.messages import Busy, Failed, Message, OwnerName, OwnerStatus, ReadStatus
from actors.kernel.read_model import RedisReadModel
from actors.kernel.record.database import faults_named
from actors.kernel.routing import PROCUREMENT
from actors.orders.order import FINISHED
from actors.orders.projection import decode_record
from actors.orders.queries import ReadOrder
from actors.orders.records import OrderRecord
from actors.orders.tables import order_lines, orders
from actors.procurement.documents import FINISHED as OVER
from actors.procurement.documents import Document, DocumentRecord
from actors.procurement.incoming import is_on_order
from actors.procurement.projection import decode_document
from actors.procurement.queries import ReadDocument, ReadSuggestion
from actors.procurement.replies import SuggestionView
from actors.procurement.suggestions import OPEN
from actors.procurement.tables import purchase_order_lines, purchase_orders, replenishment_suggestions
from gateway.compared import PAGE, NoAnswer, Values

QUANTITIES = ("on_hand", "on_hold", "reserved", "backordered")


class Rows:
    """A kind that is kept in the system of record."""

    def __init__(self, owners: Owners, engine: Engine) -> None:
        self.owners = owners
        self.engine = engine

    def rows(self, table: Table, *where: ColumnElement[bool]) -> list[Any]:
        """Rows of a table."""
        with faults_named(f"comparing {table.name}"), self.engine.connect() as connection:
            return list(connection.execute(select(table).where(*where)).mappings())

    def keys_of(self, column: Any, *where: ColumnElement[bool]) -> Iterator[Sequence[str]]:
        """The different values of a column, in pages."""
        after = ""
        while True:
            query = select(column).distinct().where(column > after, *where).order_by(column).limit(PAGE)
            with faults_named(f"comparing {column.table.name}"), self.engine.connect() as connection:
                page = list(connection.execute(query).scalars())
            if not page:
                return
            yield page
            after = page[-1]

    async def ask(self, asked: Iterable[tuple[OwnerName, Message]]) -> list[Message]:
        """Ask owners, many questions at once.

        Raises:
            Fault: one of them cannot tell now.
        """
        answers = await asyncio.gather(*[self.owners.ask(owner, message) for owner, message in asked])
        for answer in answers:
            if isinstance(answer, Busy | Failed):
                raise NoAnswer(answer.reason)
        return answers

    async def levels_in_memory(self, skus: Sequence[str]) -> Mapping[str, Values]:
        """What the owners of these SKUs say of them."""
        owner_of = self.owners.inventory.owner_of
        answers = await self.ask((owner_of(sku), ReadLevel(sku)) for sku in skus)
        return {sku: told_level(answer) for sku, answer in zip(skus, answers, strict=True)}


def told_level(answer: Message) -> Values:
    """A level by quantity and place."""
    if not isinstance(answer, Level):
        return {}
    told: Values = {}
    for site in answer.sites:
        told |= {f"{site.warehouse} {name}": getattr(site, name) for name in QUANTITIES}
        told |= {_place(site.warehouse, place.location, place.lot): place.on_hand for place in site.bins}
    return {"product": True} | {name: units for name, units in told.items() if units}


def _place(*names: str) -> str:
    return " / ".join(name for name in names if name)


class Skus(Rows):
    """How many products there are, by owner: one that has no row at all is seen here."""

    name = "as many products as their owners have in memory"
    keys = "owners"

    def pages(self) -> Iterator[Sequence[str]]:
        """The owners of stock."""
        yield self.owners.inventory.names()

    async def kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Rows of products."""
        return await asyncio.to_thread(self._counted, keys)

    def _counted(self, keys: Sequence[str]) -> Mapping[str, Values]:
        owner_of = self.owners.inventory.owner_of
        counts = Counter(owner_of(sku) for page in self.keys_of(products.c.sku) for sku in page)
        return {key: {"products": counts[OwnerName(key)]} for key in keys}

    async def in_memory(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """What owners count."""
        answers = await self.ask((OwnerName(key), ReadStatus()) for key in keys)
        figures = [answer.figures if isinstance(answer, OwnerStatus) else {} for answer in answers]
        return {key: {"products": int(told.get("skus", 0))} for key, told in zip(keys, figures, strict=True)}


class Levels(Rows):
    """Levels and places."""

    name = "levels and places = the owners' memory"
    keys = "SKUs"

    def pages(self) -> Iterator[Sequence[str]]:
        """SKUs."""
        return self.keys_of(products.c.sku)

    async def kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Rows of levels and places."""
        return await asyncio.to_thread(self._kept, keys)

    def _kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        found: dict[str, Values] = {sku: {"product": True} for sku in keys}
        for row in self.rows(inventory_levels, inventory_levels.c.sku.in_(keys)):
            found[row["sku"]] |= {f"{row['warehouse']} {name}": row[name] for name in QUANTITIES if row[name]}
        for row in self.rows(inventory_bins, inventory_bins.c.sku.in_(keys), inventory_bins.c.on_hand != 0):
            found[row["sku"]][_place(row["warehouse"], row["location"], row["lot"])] = row["on_hand"]
        return found

    async def in_memory(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Levels."""
        return await self.levels_in_memory(keys)


class Reservations(Rows):
    """Open reservations of orders, and holds."""

    name = "open reservations = the owners' memory"
    keys = "reservations"

    def pages(self) -> Iterator[Sequence[str]]:
        """Those that hold something, or wait for it."""
        r = reservations.c
        return self.keys_of(r.reservation_id, r.reserved + r.backordered > 0)

    async def kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Rows of reservations."""
        rows = await asyncio.to_thread(self.rows, reservations, reservations.c.reservation_id.in_(keys))
        found: dict[str, Values] = {key: {} for key in keys}
        for row in rows:
            found[row["reservation_id"]] |= _shares(row["sku"], row["warehouse"], row["reserved"], row["backordered"])
        return found

    async def in_memory(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """What each owner of stock has of them."""
        asked = [(owner, key) for key in keys for owner in self.owners.inventory.names()]
        answers = await self.ask((owner, ReadReservation(key)) for owner, key in asked)
        found: dict[str, Values] = {key: {} for key in keys}
        for (_, key), answer in zip(asked, answers, strict=True):
            if isinstance(answer, ReservationView):
                for line in answer.lines:
                    found[key] |= _shares(line.sku, line.warehouse, line.reserved, line.backordered)
            elif isinstance(answer, HoldView) and answer.state == "active":
                found[key] |= _shares(answer.sku, answer.warehouse, answer.quantity, 0)
        return found


def _shares(sku: str, warehouse: str, reserved: int, backordered: int) -> Values:
    shares = {"reserved": reserved, "backordered": backordered}
    return {f"{sku} in {warehouse} {name}": units for name, units in shares.items() if units}


class OpenOrders(Rows):
    """Orders that are not finished: those are in memory."""

    name = "open orders = the owners' memory"
    keys = "orders"

    def pages(self) -> Iterator[Sequence[str]]:
        """Their ids."""
        return self.keys_of(orders.c.order_id, orders.c.state.not_in(sorted(FINISHED)))

    async def kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Rows of orders and lines."""
        return await asyncio.to_thread(self._kept, keys)

    def _kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        found: dict[str, Values] = {key: {} for key in keys}
        for row in self.rows(orders, orders.c.order_id.in_(keys)):
            found[row["order_id"]] = _of_record(decode_record(row["record"])) | {"row's state": row["state"]}
        for row in self.rows(order_lines, order_lines.c.order_id.in_(keys)):
            units = [row[f"quantity_{name}"] for name in LINE_COUNTERS]
            found[row["order_id"]][f"line {row['sku']}"] = units
        return found

    async def in_memory(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Orders in full."""
        answers = await self.ask((self.owners.orders.owner_of(key), ReadOrder(key)) for key in keys)
        return {key: _in_full(answer) for key, answer in zip(keys, answers, strict=True)}


class OpenPurchases(Rows):
    """Purchase orders, and receipts without one, that are not over: those are in memory."""

    name = "open purchase orders = the owner's memory"
    keys = "purchase orders"

    def pages(self) -> Iterator[Sequence[str]]:
        """Their keys."""
        return self.keys_of(purchase_orders.c.document, purchase_orders.c.state.not_in(sorted(OVER)))

    async def kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Rows of purchase orders and lines."""
        return await asyncio.to_thread(self._kept, keys)

    def _kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        found: dict[str, Values] = {key: {} for key in keys}
        for row in self.rows(purchase_orders, purchase_orders.c.document.in_(keys)):
            found[row["document"]] = _of_document(decode_document(row["record"])) | {"row's state": row["state"]}
        for row in self.rows(purchase_order_lines, purchase_order_lines.c.purchase_order_id.in_(keys)):
            found[row["purchase_order_id"]][f"line {row['sku']}"] = [row[f"quantity_{name}"] for name in BOUGHT_COUNTERS]
        return found

    async def in_memory(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Documents in full."""
        answers = await self.ask((PROCUREMENT, ReadDocument(key)) for key in keys)
        return {key: _document_in_full(answer) for key, answer in zip(keys, answers, strict=True)}


class OpenSuggestions(Rows):
    """Suggestions that nobody has decided on: those are in memory."""

    name = "open suggestions = the owner's memory"
    keys = "suggestions"

    def pages(self) -> Iterator[Sequence[str]]:
        """Their ids."""
        return self.keys_of(replenishment_suggestions.c.id, replenishment_suggestions.c.state == OPEN)

    async def kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Their rows."""
        there = replenishment_suggestions.c.id.in_(keys)
        rows = await asyncio.to_thread(self.rows, replenishment_suggestions, there)
        return {row["id"]: {name: row[column] for name, column in SUGGESTED.items()} for row in rows}

    async def in_memory(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """The same from their owner."""
        answers = await self.ask((PROCUREMENT, ReadSuggestion(key)) for key in keys)
        return {key: _suggested(answer) for key, answer in zip(keys, answers, strict=True)}


SUGGESTED = {
    "sku": "sku", "warehouse": "warehouse", "supplier": "supplier", "state": "state", "quantity": "quantity_suggested",
    "money_at_risk": "money_at_risk", "run_id": "run_id", "expires_on": "expires_on",
}  # fmt: skip
"""Columns by the names of fields."""


def _suggested(answer: Message) -> Values:
    if not isinstance(answer, SuggestionView):
        return {}
    return {name: getattr(answer.suggestion, name) for name in SUGGESTED}


BOUGHT_COUNTERS = ("ordered", "received", "damaged", "open")


def _document_in_full(answer: Message) -> Values:
    if not isinstance(answer, DocumentRecord):
        return {}
    document = answer.document
    on_order = is_on_order(document)
    lines = {
        f"line {line.sku}": [line.ordered, line.received, line.damaged, line.open if on_order else 0]
        for line in document.lines.values()
        if document.supplier
    }
    return _of_document(document) | {"row's state": document.state} | lines


def _of_document(document: Document) -> Values:
    return {f"record's {name}": value for name, value in msgspec.structs.asdict(document).items()}


LINE_COUNTERS = ("ordered", "cancelled", "reserved", "backordered", "shipped", "returned")


def _in_full(answer: Message) -> Values:
    if not isinstance(answer, OrderRecord):
        return {}
    lines = {f"line {line.sku}": [getattr(line, name) for name in LINE_COUNTERS] for line in answer.lines}
    return _of_record(answer) | {"row's state": answer.state} | lines


def _of_record(record: OrderRecord) -> Values:
    return {f"record's {name}": value for name, value in msgspec.structs.asdict(record).items()}


class ReadLevels(Levels):
    """The read model in Redis."""

    name = "read model = the owners' memory"

    def __init__(self, owners: Owners, engine: Engine, read_model: RedisReadModel) -> None:
        super().__init__(owners, engine)
        self._read_model = read_model

    async def kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Levels in Redis; of a SKU that it has not, the owner is asked anyway."""
        levels = await asyncio.gather(*[self._read_model.level(sku) for sku in keys])
        return {sku: told_level(level) for sku, level in zip(keys, levels, strict=True) if level is not None}
