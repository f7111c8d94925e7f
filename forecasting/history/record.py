"""Reads demand from the rows of the system of record. The tables are those of `docs/forecasting.md`, "What is read".

Every query takes its rows by an index: orders by the time they came, movements by their number, stock-outs that touch the time.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import polars as pl
from sqlalchemy import Connection, text

ORDERED: Final = """
SELECT o.received_at AS at, o.order_id, l.sku, o.warehouse AS asked,
       l.quantity_ordered
       - CASE WHEN o.state = 'rejected' OR o.policy = 'cancel_rest' THEN 0 ELSE l.quantity_cancelled END AS units,
       r.warehouse, r.reserved + r.backordered + r.shipped AS held, l.unit_price
FROM orders o
JOIN order_lines l ON l.order_id = o.order_id
LEFT JOIN reservations r ON r.reservation_id = o.order_id AND r.sku = l.sku AND r.kind = 'order'
WHERE o.received_at >= :first AND o.received_at < :end
ORDER BY o.received_at, o.order_id, l.sku, r.warehouse
"""
"""What was wanted: of rejected orders all, of others what their customers did not cancel."""

MOVED: Final = """
SELECT id, at, sku, warehouse, quantity, reason, op_id FROM inventory_movements
WHERE id > :above AND at >= :first AND at < :end ORDER BY id
"""
OUT: Final = """
SELECT sku, warehouse, began_at, ended_at FROM stock_outs
WHERE began_at < :end AND (ended_at IS NULL OR ended_at > :first) ORDER BY sku, warehouse, began_at
"""
OWNERS: Final = """
SELECT name, applied_at, alarm FROM owners
WHERE name LIKE 'orders-%' OR name LIKE 'inventory-%' ORDER BY name
"""
BEGINNINGS: Final = (
    "SELECT received_at AS at FROM orders ORDER BY received_at, order_id LIMIT 1",
    "SELECT at FROM inventory_movements ORDER BY id LIMIT 1",
)

_ORDERED: Final = {
    "at": pl.Int64, "order_id": pl.String, "sku": pl.String, "asked": pl.String, "units": pl.Int64, "warehouse": pl.String,
    "held": pl.Int64, "unit_price": pl.String,
}  # fmt: skip
_MOVED: Final = {
    "id": pl.Int64, "at": pl.Int64, "sku": pl.String, "warehouse": pl.String, "quantity": pl.Int64, "reason": pl.String,
    "op_id": pl.String,
}  # fmt: skip
_OUT: Final = {"sku": pl.String, "warehouse": pl.String, "began_at": pl.Int64, "ended_at": pl.Int64}


class Recorded(NamedTuple):
    """What the rows say of a time, as frames with the columns of the queries above."""

    ordered: pl.DataFrame
    moved: pl.DataFrame
    out: pl.DataFrame


def read_rows(connection: Connection, first: int, end: int, above: int) -> Recorded:
    """Rows of the time from `first` to before `end`, in ms since 1970 UTC.

    Args:
        above: movements up to this number are known to be earlier.
    """
    ordered = _frame(connection, ORDERED, _ORDERED, first=first, end=end)
    moved = _frame(connection, MOVED, _MOVED, first=first, end=end, above=above)
    return Recorded(ordered, moved, _frame(connection, OUT, _OUT, first=first, end=end))


def began_at(connection: Connection) -> int | None:
    """When the first order came or the first goods moved, in ms since 1970 UTC; None when nothing has happened yet."""
    found = [connection.scalar(text(query)) for query in BEGINNINGS]
    return min((at for at in found if at is not None), default=None)


def first_movement(connection: Connection, at: int, above: int) -> int | None:
    """The lowest number above `above` of a movement at `at`, in ms since 1970 UTC, or later."""
    query = text("SELECT id FROM inventory_movements WHERE id > :above AND at >= :at ORDER BY id LIMIT 1")
    found: int | None = connection.scalar(query, {"above": above, "at": at})
    return found


def rows_at(connection: Connection) -> dict[str, int]:
    """When the newest event was that is in the rows of each owner of orders and stock, ms since 1970 UTC; 0: there is none yet,
    -1: it is not known. It changes whenever rows come.

    An owner's rows are written in the order of its journal, and this with them in one transaction: rows that are not there yet
    are of events that came later.
    """
    return {name: at for name, at, _ in connection.execute(text(OWNERS))}


def alarms(connection: Connection) -> dict[str, str]:
    """What keeps rows from following their journals, by owner; those that follow are left out."""
    return {name: alarm for name, _, alarm in connection.execute(text(OWNERS)) if alarm}


def _frame(connection: Connection, query: str, schema: dict[str, Any], **values: int) -> pl.DataFrame:
    rows = [tuple(row) for row in connection.execute(text(query), values)]
    return pl.DataFrame(rows, schema=schema, orient="row")
