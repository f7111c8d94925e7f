"""Reading stock from the system of record: the movement ledger and lists."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Engine, Select, Table, func, select, tuple_

from actors.inventory.commands import RecallAdjusted
from actors.inventory.events import Adjusted, Moved
from actors.inventory.tables import inventory_levels, inventory_movements, locations, products, reservations, warehouses
from actors.kernel.messages import OwnerName
from actors.kernel.record.database import faults_named

Row = dict[str, Any]


def _rows(engine: Engine, query: Select[Any], what: str) -> list[Row]:
    with faults_named(what), engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def movements(engine: Engine, sku: str | None, before: int | None, limit: int) -> list[Row]:
    """The ledger, newest first, before the row `before`."""
    query: Any = select(inventory_movements).order_by(inventory_movements.c.id.desc()).limit(limit)
    if sku is not None:
        query = query.where(inventory_movements.c.sku == sku)
    if before is not None:
        query = query.where(inventory_movements.c.id < before)
    return _rows(engine, query, "reading movements")


def recall_adjustments(engine: Engine, owner: OwnerName, op_ids: Sequence[str]) -> list[RecallAdjusted]:
    """Those of an owner's adjustments and moves that the ledger has, as commands that bring their answers back into memory."""
    m = inventory_movements.c
    known = (m.owner == owner, m.op_id.in_(op_ids), m.reason != "shipped")
    query = select(inventory_movements).where(*known).order_by(m.op_id, m.line)
    rows = _rows(engine, query, "looking for adjustments")
    by_op = groupby(rows, key=lambda row: row["op_id"])
    return [RecallAdjusted(f"{op_id}:recall", _carried_out(list(lines))) for op_id, lines in by_op]


def _carried_out(rows: list[Row]) -> Adjusted | Moved:
    """The event that left these rows: one for an adjustment, two for a move."""
    first = rows[0]
    if len(rows) == 1:
        return Adjusted(**{name: first[name] for name in Adjusted.__struct_fields__ if name != "level"})
    _, second = rows
    names = ("at", "op_id", "fingerprint", "actor", "sku", "warehouse", "lot", "reason", "document")
    same = {name: first[name] for name in names}
    return Moved(
        **same, quantity=second["quantity"], from_location=first["location"], from_before=first["before"],
        to_location=second["location"], to_before=second["before"],
    )  # fmt: skip


def listed(engine: Engine, table: Table, key: str, after: str | None, limit: int) -> list[Row]:
    """A list by key, after the key `after`."""
    column = table.c[key]
    query: Any = select(table).order_by(column).limit(limit)
    if after is not None:
        query = query.where(column > after)
    return _rows(engine, query, f"listing {table.name}")


def list_products(engine: Engine, after: str | None, limit: int) -> list[Row]:
    """Products by SKU."""
    return listed(engine, products, "sku", after, limit)


def find_product(engine: Engine, sku: str) -> Row | None:
    """One product."""
    rows = _rows(engine, select(products).where(products.c.sku == sku), f"looking for the product {sku}")
    return rows[0] if rows else None


def holders(engine: Engine, sku: str, after: tuple[int, str, str] | None, limit: int) -> list[Row]:
    """Who holds a SKU, and who waits for it, oldest promise first, after (promised at, reservation id, warehouse)."""
    r = reservations.c
    order = (r.promised_at, r.reservation_id, r.warehouse)
    columns = (r.reservation_id, r.kind, r.warehouse, r.reserved, r.backordered, r.promised_at)
    query: Any = select(*columns).where(r.sku == sku, r.reserved + r.backordered > 0).order_by(*order).limit(limit)
    if after is not None:
        query = query.where(tuple_(*order) > after)
    return _rows(engine, query, f"looking for who holds {sku}")


def list_levels(engine: Engine, after: str | None, limit: int) -> list[Row]:
    """Quantities by SKU, over all warehouses."""
    sums = [func.sum(inventory_levels.c[name]).label(name) for name in ("on_hand", "on_hold", "reserved", "backordered")]
    query: Any = (
        select(inventory_levels.c.sku, func.max(inventory_levels.c.as_of).label("as_of"), *sums)
        .group_by(inventory_levels.c.sku)
        .order_by(inventory_levels.c.sku)
        .limit(limit)
    )
    if after is not None:
        query = query.where(inventory_levels.c.sku > after)
    return [
        {key: int(value) if key != "sku" else value for key, value in row.items()} for row in _rows(engine, query, "levels")
    ]


__all__ = ["list_levels", "list_products", "listed", "locations", "movements", "warehouses"]
