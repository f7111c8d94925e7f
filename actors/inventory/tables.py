"""Rows of stock in the system of record. Instants are ms since 1970 UTC; quantities are base units."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table, Text

from actors.kernel.record.database import MYSQL_TABLE, metadata

_id = String(64)
_auto = BigInteger().with_variant(Integer(), "sqlite")

products = Table(
    "products",
    metadata,
    Column("sku", _id, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("gtin", String(14), nullable=False),
    Column("unit", String(64), nullable=False),
    Column("packs", Text, nullable=False),
    Column("category", String(200), nullable=False),
    Column("weight_g", BigInteger),
    Column("volume_ml", BigInteger),
    Column("version", BigInteger, nullable=False),
    **MYSQL_TABLE,
)
warehouses = Table(
    "warehouses",
    metadata,
    Column("id", _id, primary_key=True),
    Column("name", String(200), nullable=False),
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
    Column("lot", _id, primary_key=True),
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
    Column("customer", String(200), nullable=False),
    **MYSQL_TABLE,
)
inventory_movements = Table(
    "inventory_movements",
    metadata,
    Column("id", _auto, primary_key=True, autoincrement=True),
    Column("owner", _id, nullable=False),
    Column("op_id", String(200), nullable=False),
    Column("line", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sku", _id, nullable=False),
    Column("warehouse", _id, nullable=False),
    Column("location", _id, nullable=False),
    Column("lot", _id, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("before", BigInteger, nullable=False),
    Column("after", BigInteger, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("document", String(200), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("fingerprint", BigInteger, nullable=False),
    Index("movement_once", "owner", "op_id", "line", unique=True),
    Index("movements_of_sku", "sku", "id"),
    **MYSQL_TABLE,
)
