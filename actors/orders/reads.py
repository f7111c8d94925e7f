"""Reading orders from the system of record: what has left memory, and searches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine, select, tuple_

from actors.kernel.record.database import faults_named
from actors.orders.commands import RecallOrder
from actors.orders.projection import decode_record
from actors.orders.records import OrderRecord
from actors.orders.tables import orders


class OrderFilter(NamedTuple):
    """What to search for; `since` is ms since 1970 UTC."""

    state: str | None = None
    since: int | None = None
    customer: str | None = None
    external_reference: str | None = None


def find_order(engine: Engine, order_id: str) -> OrderRecord | None:
    """One order."""
    query = select(orders.c.record).where(orders.c.order_id == order_id)
    with faults_named(f"looking for order {order_id}"), engine.connect() as connection:
        data = connection.execute(query).scalar()
    return decode_record(data) if data is not None else None


def recall_orders(engine: Engine, order_ids: Sequence[str]) -> list[RecallOrder]:
    """Those of these orders that the system of record has, as commands that take them back into memory."""
    query = select(orders.c.record).where(orders.c.order_id.in_(order_ids))
    with faults_named("looking for orders"), engine.connect() as connection:
        records = [decode_record(row[0]) for row in connection.execute(query)]
    return [RecallOrder(f"{record.order_id}:recall:{record.changed_at}", record) for record in records]


def search_orders(engine: Engine, wanted: OrderFilter, before: tuple[int, str] | None, limit: int) -> list[OrderRecord]:
    """Orders that match, newest first, after the position `before` (received at, order id)."""
    query: Any = select(orders.c.record).order_by(orders.c.received_at.desc(), orders.c.order_id.desc()).limit(limit)
    if wanted.state is not None:
        query = query.where(orders.c.state == wanted.state)
    if wanted.since is not None:
        query = query.where(orders.c.received_at >= wanted.since)
    if wanted.customer is not None:
        query = query.where(orders.c.customer == wanted.customer)
    if wanted.external_reference is not None:
        query = query.where(orders.c.external_reference == wanted.external_reference)
    if before is not None:
        query = query.where(tuple_(orders.c.received_at, orders.c.order_id) < before)
    with faults_named("searching orders"), engine.connect() as connection:
        return [decode_record(row[0]) for row in connection.execute(query)]
