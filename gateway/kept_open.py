"""What is kept twice of work that is not over: orders, purchase orders, suggestions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from actors.kernel.messages import Message
from actors.kernel.routing import PROCUREMENT
from actors.orders.order import FINISHED
from actors.orders.projection import decode_record
from actors.orders.queries import ReadOrder
from actors.orders.records import OrderRecord
from actors.orders.tables import order_lines, orders
from actors.procurement.documents import FINISHED as OVER
from actors.procurement.documents import Document, DocumentRecord
from actors.procurement.incoming import is_on_order
from actors.procurement.planning_tables import replenishment_suggestions
from actors.procurement.projection import decode_document
from actors.procurement.queries import ReadDocument, ReadSuggestion
from actors.procurement.replies import SuggestionView
from actors.procurement.suggestions import OPEN
from actors.procurement.tables import purchase_order_lines, purchase_orders
from gateway.compared import Values
from gateway.kept_twice import Rows


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
