"""Reading procurement from the system of record: what has left memory, lists, and searches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Engine, Select, func, select, tuple_

from actors.kernel.record.database import faults_named
from actors.procurement.commands import RecallDocument
from actors.procurement.documents import ORDER, Document
from actors.procurement.planning_tables import demand_events
from actors.procurement.projection import decode_document
from actors.procurement.tables import (
    asns,
    lead_times,
    purchase_order_lines,
    purchase_orders,
    putaway_tasks,
    receipt_lines,
    supplier_items,
    suppliers,
)

Row = dict[str, Any]


class PurchaseFilter(NamedTuple):
    """What to search for; `since` is ms since 1970 UTC."""

    state: str | None = None
    supplier: str | None = None
    warehouse: str | None = None
    since: int | None = None
    external_reference: str | None = None


def rows_of(engine: Engine, query: Select[Any], what: str) -> list[Row]:
    """What a query finds, by column."""
    with faults_named(what), engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def find_documents(engine: Engine, keys: Iterable[str]) -> list[Document]:
    """Documents by their keys, and by those of ASNs (`asn …`) and tasks (`task …`) that belong to them."""
    wanted = set(keys)
    with faults_named("looking for documents"), engine.connect() as connection:
        for word, table, column in (("asn", asns, asns.c.asn_id), ("task", putaway_tasks, putaway_tasks.c.task_id)):
            ids = [key.removeprefix(f"{word} ") for key in wanted if key.startswith(f"{word} ")]
            if ids:
                wanted |= set(connection.execute(select(table.c.document).where(column.in_(ids))).scalars())
        query = select(purchase_orders.c.record).where(purchase_orders.c.document.in_(wanted))
        return [decode_document(data) for data in connection.execute(query).scalars()]


def find_document(engine: Engine, key: str) -> Document | None:
    """The same for one."""
    found = find_documents(engine, [key])
    return found[0] if found else None


def recall_documents(engine: Engine, keys: Sequence[str]) -> list[RecallDocument]:
    """Those that the system of record has, as commands that take them back into memory."""
    found = sorted(find_documents(engine, keys), key=lambda document: document.key)
    return [RecallDocument(f"{document.key}:recall:{document.changed_at}", document) for document in found]


def search_purchases(engine: Engine, wanted: PurchaseFilter, before: tuple[int, str] | None, limit: int) -> list[Document]:
    """Purchase orders that match, newest first, after the position `before` (created at, id)."""
    p = purchase_orders.c
    query: Any = select(p.record).where(p.kind == ORDER).order_by(p.created_at.desc(), p.document.desc()).limit(limit)
    for name in ("state", "supplier", "warehouse", "external_reference"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(p[name] == value)
    if wanted.since is not None:
        query = query.where(p.created_at >= wanted.since)
    if before is not None:
        query = query.where(tuple_(p.created_at, p.document) < before)
    return [decode_document(row["record"]) for row in rows_of(engine, query, "searching purchase orders")]


def list_tasks(
    engine: Engine, state: str | None, warehouse: str | None, after: tuple[int, str] | None, limit: int
) -> list[Row]:
    """Putaway tasks, oldest first, after (created at, id)."""
    t = putaway_tasks.c
    conditions: list[ColumnElement[bool]] = []
    if state is not None:
        conditions.append(t.state == state)
    if warehouse is not None:
        conditions.append(t.warehouse == warehouse)
    if after is not None:
        conditions.append(tuple_(t.created_at, t.task_id) > after)
    query = select(putaway_tasks).where(*conditions).order_by(t.created_at, t.task_id).limit(limit)
    return rows_of(engine, query, "listing putaway tasks")


def list_receipt_lines(
    engine: Engine, sku: str | None, purchase_id: str | None, before: tuple[int, str, str, int] | None, limit: int
) -> list[Row]:
    """What has arrived, newest first, before (received at, document, receipt, number)."""
    r = receipt_lines.c
    order = (r.received_at, r.document, r.receipt_id, r.number)
    query: Any = select(receipt_lines).order_by(*[column.desc() for column in order]).limit(limit)
    if sku is not None:
        query = query.where(r.sku == sku)
    if purchase_id is not None:
        query = query.where(r.document == purchase_id)
    if before is not None:
        query = query.where(tuple_(*order) < before)
    return rows_of(engine, query, "listing receipts")


def list_suppliers(engine: Engine, after: str | None, limit: int) -> list[Row]:
    """Suppliers by id."""
    query = select(suppliers).where(suppliers.c.id > (after or "")).order_by(suppliers.c.id).limit(limit)
    return rows_of(engine, query, "listing suppliers")


def list_supplier_items(engine: Engine, after: tuple[str, str] | None, sku: str | None, limit: int) -> list[Row]:
    """What suppliers sell, by supplier and SKU; of one SKU when it is named."""
    i = supplier_items.c
    query: Any = select(supplier_items).order_by(i.supplier, i.sku).limit(limit)
    if sku is not None:
        query = query.where(i.sku == sku)
    if after is not None:
        query = query.where(tuple_(i.supplier, i.sku) > after)
    return rows_of(engine, query, "listing supplier items")


def list_lead_times(
    engine: Engine, supplier: str | None, sku: str | None, after: tuple[int, str, str, str] | None, limit: int
) -> list[Row]:
    """Lead times as receipts told them, oldest receipt first, after (received at, order, receipt, SKU)."""
    t = lead_times.c
    order = (t.received_at, t.purchase_order_id, t.receipt_id, t.sku)
    query: Any = select(lead_times).order_by(*order).limit(limit)
    if supplier is not None:
        query = query.where(t.supplier == supplier)
    if sku is not None:
        query = query.where(t.sku == sku)
    if after is not None:
        query = query.where(tuple_(*order) > after)
    return rows_of(engine, query, "listing lead times")


def list_demand_events(engine: Engine, after: str | None, limit: int) -> list[Row]:
    """Events that move demand, by id."""
    query = select(demand_events).where(demand_events.c.id > (after or "")).order_by(demand_events.c.id).limit(limit)
    return rows_of(engine, query, "listing demand events")


def incoming_units(engine: Engine, skus: Sequence[str]) -> dict[str, int]:
    """Units on order by SKU, over all warehouses."""
    line = purchase_order_lines.c
    query = select(line.sku, func.sum(line.quantity_open).label("units")).where(line.sku.in_(skus)).group_by(line.sku)
    return {row["sku"]: int(row["units"]) for row in rows_of(engine, query, "summing up what is on order")}
