"""Rows of orders in the system of record. Instants are ms since 1970 UTC; quantities are base units."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table
from sqlalchemy.dialects.mysql import LONGBLOB

from actors.kernel.record.database import MYSQL_TABLE, metadata
from actors.kernel.record.widths import ID_WIDTH, SHORT_WIDTH, TEXT_WIDTH

_id, _text = String(ID_WIDTH), String(TEXT_WIDTH)

orders = Table(
    "orders",
    metadata,
    Column("order_id", _id, primary_key=True),
    Column("state", String(24), nullable=False),
    Column("policy", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("customer", _text, nullable=False),
    Column("external_reference", _text, nullable=False),
    Column("carrier", String(SHORT_WIDTH), nullable=False),
    Column("warehouse", _id, nullable=False),
    Column("ship_by", BigInteger),
    Column("received_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("record", LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb"), nullable=False),
    Index("orders_by_time", "received_at", "order_id"),
    Index("orders_by_reference", "external_reference"),
    **MYSQL_TABLE,
)
order_lines = Table(
    "order_lines",
    metadata,
    Column("order_id", _id, primary_key=True),
    Column("sku", _id, primary_key=True),
    Column("quantity_ordered", BigInteger, nullable=False),
    Column("quantity_cancelled", BigInteger, nullable=False),
    Column("quantity_reserved", BigInteger, nullable=False),
    Column("quantity_backordered", BigInteger, nullable=False),
    Column("quantity_shipped", BigInteger, nullable=False),
    Column("quantity_returned", BigInteger, nullable=False),
    Column("unit_price", String(24), nullable=False, server_default=""),
    **MYSQL_TABLE,
)
