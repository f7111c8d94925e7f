"""Rows of suppliers, orders and goods (of what is planned: `planning_tables.py`) in the system of record. Instants are ms since
1970 UTC; days are ISO texts; quantities base units."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text
from sqlalchemy.dialects.mysql import LONGBLOB

from actors.kernel.record.database import MYSQL_TABLE, metadata
from actors.kernel.record.widths import ID_WIDTH, KEY_WIDTH, SHORT_WIDTH, TEXT_WIDTH

_id, _short, _text, _key = String(ID_WIDTH), String(SHORT_WIDTH), String(TEXT_WIDTH), String(KEY_WIDTH)
_day, _state = String(10), String(24)
_record = LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb")

suppliers = Table(
    "suppliers",
    metadata,
    Column("id", _id, primary_key=True),
    Column("name", _text, nullable=False),
    Column("lead_time_days", Integer),
    Column("over_receipt_percent", Integer, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("lead_times", Text, nullable=False),
    Column("minimum_order", String(24), nullable=False, server_default=""),
    Column("order_cost", String(24), nullable=False, server_default=""),
    Column("strict_minimums", Integer, nullable=False, server_default="0"),
    **MYSQL_TABLE,
)
supplier_items = Table(
    "supplier_items",
    metadata,
    Column("supplier", _id, primary_key=True),
    Column("sku", _id, primary_key=True),
    Column("lead_time_days", Integer),
    Column("minimum_quantity", BigInteger, nullable=False),
    Column("order_multiple", BigInteger, nullable=False),
    Column("price_breaks", Text, nullable=False),
    Column("supplier_sku", _short, nullable=False),
    Column("over_receipt_percent", Integer),
    Column("version", BigInteger, nullable=False),
    Column("lead_times", Text, nullable=False),
    Column("line_cost", String(24), nullable=False, server_default=""),
    Index("supplier_items_by_sku", "sku"),
    **MYSQL_TABLE,
)
putaway_rules = Table(
    "putaway_rules",
    metadata,
    Column("id", _id, primary_key=True),
    Column("warehouse", _id, nullable=False),
    Column("location", _id, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("sku", _id, nullable=False),
    Column("category", _text, nullable=False),
    Column("largest_volume_ml", BigInteger),
    Column("capacity", BigInteger),
    Column("same_item", Integer, nullable=False),
    Column("cross_dock", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
    **MYSQL_TABLE,
)
purchase_orders = Table(
    "purchase_orders",
    metadata,
    Column("document", _key, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("supplier", _id, nullable=False),
    Column("warehouse", _id, nullable=False),
    Column("state", _state, nullable=False),
    Column("external_reference", _text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("record", _record, nullable=False),
    Index("purchase_orders_by_time", "kind", "created_at", "document"),
    Index("purchase_orders_by_reference", "external_reference"),
    **MYSQL_TABLE,
)
"""Purchase orders (`kind` order), and what keeps goods that came without one (blind), or that somebody has carried (manual)."""
purchase_order_lines = Table(
    "purchase_order_lines",
    metadata,
    Column("purchase_order_id", _id, primary_key=True),
    Column("sku", _id, primary_key=True),
    Column("supplier", _id, nullable=False),
    Column("warehouse", _id, nullable=False),
    Column("state", _state, nullable=False),
    Column("quantity_ordered", BigInteger, nullable=False),
    Column("quantity_received", BigInteger, nullable=False),
    Column("quantity_damaged", BigInteger, nullable=False),
    Column("quantity_open", BigInteger, nullable=False),
    Column("due_on", _day, nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    Column("unit_price", String(24), nullable=False),
    Column("quantity_edited", BigInteger, nullable=False, server_default="0"),
    Column("lead_time_days", Integer),
    Index("purchase_order_lines_by_sku", "sku", "warehouse"),
    **MYSQL_TABLE,
)
"""`quantity_open`: units on order, 0 for what is not placed, or over. `quantity_edited`: those of `quantity_ordered` by which
people changed it while it was a draft; a line that was taken off stays, with nothing ordered. `lead_time_days`: working days
agreed when it was placed; null when nobody had said, and in rows of before they were kept."""
receipt_lines = Table(
    "receipt_lines",
    metadata,
    Column("document", _key, primary_key=True),
    Column("receipt_id", _id, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("movement", String(TEXT_WIDTH), nullable=False),
    Column("asn_id", _id, nullable=False),
    Column("sku", _id, nullable=False),
    Column("warehouse", _id, nullable=False),
    Column("location", _id, nullable=False),
    Column("lot", _short, nullable=False),
    Column("expires_on", _day, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("damaged", Integer, nullable=False),
    Column("booked", Integer, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("actor", _text, nullable=False),
    Index("receipt_lines_by_sku", "sku", "received_at"),
    Index("receipt_lines_by_time", "received_at", "document"),
    **MYSQL_TABLE,
)
"""What arrived, lot and expiry included. `movement` is the op id of the ledger's row for it."""
asns = Table(
    "asns",
    metadata,
    Column("asn_id", _id, primary_key=True),
    Column("document", _key, nullable=False),
    Column("state", _state, nullable=False),
    Column("expected_on", _day, nullable=False),
    Column("sscc", String(18), nullable=False),
    Column("external_reference", _text, nullable=False),
    Column("announced_at", BigInteger, nullable=False),
    **MYSQL_TABLE,
)
asn_lines = Table(
    "asn_lines",
    metadata,
    Column("asn_id", _id, primary_key=True),
    Column("sku", _id, primary_key=True),
    Column("purchase_order_id", _id, nullable=False),
    Column("warehouse", _id, nullable=False),
    Column("expected_on", _day, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("quantity_expected", BigInteger, nullable=False),
    Index("asn_lines_by_order", "purchase_order_id", "sku"),
    **MYSQL_TABLE,
)
"""`quantity_expected`: units of the order's `quantity_open` that are to come with it, on its day and not on the line's."""
putaway_tasks = Table(
    "putaway_tasks",
    metadata,
    Column("task_id", _id, primary_key=True),
    Column("document", _key, nullable=False),
    Column("state", _state, nullable=False),
    Column("sku", _id, nullable=False),
    Column("warehouse", _id, nullable=False),
    Column("lot", _short, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("quantity_done", BigInteger, nullable=False),
    Column("from_location", _id, nullable=False),
    Column("to_location", _id, nullable=False),
    Column("rule", _id, nullable=False),
    Column("cross_dock", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("putaway_tasks_by_state", "state", "created_at", "task_id"),
    **MYSQL_TABLE,
)
lead_times = Table(
    "lead_times",
    metadata,
    Column("purchase_order_id", _id, primary_key=True),
    Column("receipt_id", _id, primary_key=True),
    Column("sku", _id, primary_key=True),
    Column("supplier", _id, nullable=False),
    Column("warehouse", _id, nullable=False),
    Column("placed_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("first", Integer, nullable=False),
    Column("complete", Integer, nullable=False),
    Index("lead_times_of_item", "supplier", "sku", "received_at"),
    **MYSQL_TABLE,
)
"""One row per receipt and SKU of an order: `first` receipt of the line, and the one that made it `complete` (1 or 0)."""
