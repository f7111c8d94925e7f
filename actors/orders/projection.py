"""From an order shard to its rows."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Table

from actors.orders import tables
from actors.orders.book import OrderBook
from actors.orders.records import OrderRecord

Row = tuple[Any, ...]
_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(OrderRecord)
_NO_PRICES: dict[str, str] = {}


def changed_rows(book: OrderBook, events: list[Any]) -> tuple[dict[Table, list[Row]], dict[Table, list[Row]]]:
    """The rows to replace after `events` were applied to `book`; orders add none."""
    orders: list[Row] = []
    lines: list[Row] = []
    for order_id, order in book.changed.items():
        new = order.order
        record = order.record()
        orders.append(
            (
                order_id, order.state, new.policy, new.priority, new.customer, new.external_reference, new.carrier,
                new.warehouse, new.ship_by, order.received_at, order.changed_at, _encode(record),
            )
        )  # fmt: skip
        prices = dict(new.unit_prices) if new.unit_prices else _NO_PRICES
        lines += [
            (
                order_id, e.sku, e.ordered, e.cancelled, e.reserved, e.backordered, e.shipped, e.returned,
                prices.get(e.sku, ""),
            )
            for e in record.lines
        ]  # fmt: skip
    return {tables.orders: orders, tables.order_lines: lines}, {}


def decode_record(data: bytes) -> OrderRecord:
    """An order as it was stored."""
    return _decoder.decode(data)
