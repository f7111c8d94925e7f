"""From order lines to what a replay does: a pure function of its rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

import polars as pl

from gateway.replay.actions import (
    Action,
    AdjustStock,
    CancelOrder,
    DeliverOrder,
    EditLines,
    PlaceOrder,
    Plan,
    Quantity,
    ReturnGoods,
    ShipOrder,
    Skipped,
)
from gateway.replay.catalogue import LINE_CAP_QUANTILE, opening_stock, products
from gateway.replay.kinds import BAD_DEBT, CANCELLATION, CORRECTION, ORDER, SERVICE, reason_for, with_kinds
from gateway.replay.lines import Lines
from gateway.replay.matching import OpenOrder, OrderBook

SHIPPED_AFTER_DAYS: Final = 1
"""An order ships at the end of the trading day after its own, and is delivered a trading day later."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the caller may choose: whether orders ship, whether shelves are filled first, and how well."""

    ship: bool = True
    opening_stock: bool = True
    line_cap_quantile: float = LINE_CAP_QUANTILE


DEFAULT_OPTIONS: Final = PlanOptions()


class Document(NamedTuple):
    """An invoice, a cancellation or one correction line, at the place of its first line."""

    position: int
    row: int
    at: datetime | None
    kind: str
    number: str
    customer: str | None
    lines: tuple[Quantity, ...]
    text: str | None


def make_plan(lines: Lines, options: PlanOptions = DEFAULT_OPTIONS) -> Plan:
    """Turn order lines into products, opening stock and actions in the order of time."""
    table = with_kinds(lines.table)
    days = lines.days
    return Plan(
        source=lines.source,
        fingerprint=lines.fingerprint,
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        trading_days=len(days),
        rows=len(table) + len(lines.bad),
        products=products(table),
        opening=opening_stock(table, options.line_cap_quantile) if options.opening_stock else (),
        actions=tuple(Planner(options).actions(documents(table))),
        skipped=_skipped(table),
        bad=lines.bad,
    )


def documents(table: pl.DataFrame) -> list[Document]:
    """Gather lines into documents in the order of time; lines of one SKU in one document are summed."""
    placed = table.with_row_index("position")
    gathered = (
        placed.filter(pl.col("kind").is_in([ORDER, CANCELLATION]))
        .group_by("kind", "order_id", "sku", maintain_order=True)
        .agg(pl.col("position", "row", "at", "customer").first(), pl.col("quantity").sum())
        .group_by("kind", "order_id", maintain_order=True)
        .agg(pl.col("position", "row", "at", "customer").first(), "sku", "quantity")
    )
    found = [
        Document(position, row, at, kind, number, customer, tuple(map(Quantity, skus, map(abs, quantities))), None)
        for kind, number, position, row, at, customer, skus, quantities in gathered.iter_rows()
    ]
    corrections = placed.filter(pl.col("kind") == CORRECTION)
    columns = ("position", "row", "at", "order_id", "sku", "quantity", "name")
    found += [
        Document(position, row, at, CORRECTION, number, None, (Quantity(sku, quantity),), text)
        for position, row, at, number, sku, quantity, text in corrections.select(columns).iter_rows()
    ]
    return sorted(found)


class Planner:
    """Walks through the documents of a stretch and remembers which orders are open."""

    def __init__(self, options: PlanOptions) -> None:
        self._options = options
        self._book = OrderBook()
        self._today: list[OpenOrder] = []
        self._to_ship: list[list[OpenOrder]] = []
        self._to_deliver: list[OpenOrder] = []

    def actions(self, found: list[Document]) -> Iterator[Action]:
        """Yield what to do, the shipping of a day after everything else of that day."""
        day: date | None = None
        for document in found:
            today = document.at.date() if document.at else None
            if day is not None and today != day:
                yield from self._end_of_day()
            day = today
            match document.kind:
                case "order":
                    yield self._place(document)
                case "cancellation":
                    yield from self._cancel(document)
                case _:
                    ((sku, quantity),) = document.lines
                    yield AdjustStock(document.row, document.at, sku, quantity, reason_for(document.text))

    def _place(self, document: Document) -> PlaceOrder:
        order = OpenOrder(safe_id(document.number), document.row, dict(document.lines))
        self._book.add(document.customer, order)
        self._today.append(order)
        return PlaceOrder(document.row, document.at, order.order_id, document.number, document.customer, document.lines)

    def _cancel(self, document: Document) -> Iterator[Action]:
        row, at, return_id = document.row, document.at, safe_id(document.number)
        matched = self._book.match(document.customer, document.lines)
        for order, taken in matched.orders:
            if order.shipped:
                lines = tuple(Quantity(sku, units) for sku, units in taken.items())
                yield ReturnGoods(row, at, safe_id(f"{document.number}-{order.order_id}"), order.order_id, lines)
            elif any(order.left.values()):
                yield EditLines(row, at, order.order_id, tuple(Quantity(sku, order.left[sku]) for sku in taken))
            else:
                yield CancelOrder(row, at, order.order_id)
        if matched.unknown:
            yield ReturnGoods(row, at, return_id, None, tuple(matched.unknown))

    def _end_of_day(self) -> Iterator[Action]:
        """Deliver what shipped a day ago, ship what has waited long enough. Empty orders were cancelled."""
        if not self._options.ship:
            return
        for order in self._to_deliver:
            yield DeliverOrder(order.row, None, order.order_id)
        self._to_ship.append(self._today)
        self._today, self._to_deliver = [], []
        if len(self._to_ship) > SHIPPED_AFTER_DAYS:
            self._to_deliver = [order for order in self._to_ship.pop(0) if any(order.left.values())]
        for order in self._to_deliver:
            order.shipped = True
            yield ShipOrder(order.row, None, order.order_id)


def safe_id(number: str) -> str:
    """Make an id of at most 64 letters, digits, dots, hyphens and underscores; distinct numbers stay distinct."""
    if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", number):
        return number
    digest = hashlib.blake2b(number.encode(), digest_size=6).hexdigest()
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', number)[:50]}-{digest}"


def _skipped(table: pl.DataFrame) -> tuple[Skipped, ...]:
    """Count the lines that are no goods, by code; all gift vouchers are one kind."""
    groups = (
        table.filter(pl.col("kind").is_in([SERVICE, BAD_DEBT]))
        .with_columns(pl.col("sku").str.replace(r"^GIFT_.*", "GIFT VOUCHERS"))
        .group_by("sku").agg(pl.col("name").drop_nulls().mode().sort().first(), pl.len())
        .sort("len", "sku", descending=[True, False])
    )  # fmt: skip
    return tuple(Skipped(code, name or "", count) for code, name, count in groups.iter_rows())
