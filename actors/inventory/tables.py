"""Rows of stock in the system of record. Instants are ms since 1970 UTC; quantities are base units."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table, Text

from actors.kernel.record.database import MYSQL_TABLE, metadata
from actors.kernel.record.widths import GTIN_WIDTH, ID_WIDTH, OP_ID_WIDTH, SHORT_WIDTH, TEXT_WIDTH

_id, _short, _text = String(ID_WIDTH), String(SHORT_WIDTH), String(TEXT_WIDTH)
_auto = BigInteger().with_variant(Integer(), "sqlite")

products = Table(
    "products",
    metadata,
    Column("sku", _id, primary_key=True),
    Column("name", _text, nullable=False),
    Column("gtin", String(GTIN_WIDTH), nullable=False),
    Column("unit", _short, nullable=False),
    Column("packs", Text, nullable=False),
    Column("category", _text, nullable=False),
    Column("weight_g", BigInteger),
    Column("volume_ml", BigInteger),
    Column("version", BigInteger, nullable=False),
    **MYSQL_TABLE,
)
warehouses = Table(
    "warehouses",
    metadata,
    Column("id", _id, primary_key=True),
    Column("name", _text, nullable=False),
    Column("version", BigInteger, nullable=False),
    **MYSQL_TABLE,
)
locations = Table(
    "locations",
    metadata,
    Column("warehouse", _id, primary_key=True),
    Column("id", _id, primary_key=True),
    Column("type", String(32), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("x", Float(53)),
    Column("y", Float(53)),
    Column("version", BigInteger, nullable=False),
    **MYSQL_TABLE,
)
inventory_levels = Table(
    "inventory_levels",
    metadata,
    Column("sku", _id, primary_key=True),
    Column("warehouse", _id, primary_key=True),
    Column("on_hand", BigInteger, nullable=False),
    Column("on_hold", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("backordered", BigInteger, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    **MYSQL_TABLE,
)
inventory_bins = Table(
    "inventory_bins",
    metadata,
    Column("sku", _id, primary_key=True),
    Column("warehouse", _id, primary_key=True),
    Column("location", _id, primary_key=True),
    Column("lot", _short, primary_key=True),
    Column("on_hand", BigInteger, nullable=False),
    **MYSQL_TABLE,
)
reservations = Table(
    "reservations",
    metadata,
    Column("reservation_id", _id, primary_key=True),
    Column("sku", _id, primary_key=True),
    Column("warehouse", _id, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("backordered", BigInteger, nullable=False),
    Column("shipped", BigInteger, nullable=False),
    Column("promised_at", BigInteger, nullable=False),
    Column("customer", _text, nullable=False),
    **MYSQL_TABLE,
)
inventory_movements = Table(
    "inventory_movements",
    metadata,
    Column("id", _auto, primary_key=True, autoincrement=True),
    Column("owner", _id, nullable=False),
    Column("op_id", String(OP_ID_WIDTH), nullable=False),
    Column("line", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sku", _id, nullable=False),
    Column("warehouse", _id, nullable=False),
    Column("location", _id, nullable=False),
    Column("lot", _short, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("before", BigInteger, nullable=False),
    Column("after", BigInteger, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("document", _text, nullable=False),
    Column("actor", _text, nullable=False),
    Column("fingerprint", BigInteger, nullable=False),
    Index("movement_once", "owner", "op_id", "line", unique=True),
    Index("movements_of_sku", "sku", "id"),
    **MYSQL_TABLE,
)
stock_outs = Table(
    "stock_outs",
    metadata,
    Column("sku", _id, primary_key=True),
    Column("warehouse", _id, primary_key=True),
    Column("began_at", BigInteger, primary_key=True),
    Column("ended_at", BigInteger),
    Column("owner", _id, nullable=False),
    Index("stock_outs_of_owner", "owner", "ended_at"),
    **MYSQL_TABLE,
)
