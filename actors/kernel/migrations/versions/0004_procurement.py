"""Procurement: suppliers, purchase orders, receipts, putaway tasks, lead times.

MySQL commits every change of a schema at once: each step looks whether an interrupted run has done it already.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"

OPTIONS: Any = {
    f"{database}_{name}": value
    for database in ("mysql", "mariadb")
    for name, value in (("engine", "InnoDB"), ("charset", "utf8mb4"), ("collate", "utf8mb4_bin"))
}


def upgrade() -> None:
    there = sa.inspect(op.get_bind())
    if not there.has_table("asns"):
        op.create_table(
            "asns",
            sa.Column("asn_id", sa.String(length=64), nullable=False),
            sa.Column("document", sa.String(length=128), nullable=False),
            sa.Column("state", sa.String(length=24), nullable=False),
            sa.Column("expected_on", sa.String(length=10), nullable=False),
            sa.Column("sscc", sa.String(length=18), nullable=False),
            sa.Column("external_reference", sa.String(length=200), nullable=False),
            sa.Column("announced_at", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("asn_id"),
            **OPTIONS,
        )
    if not there.has_table("lead_times"):
        op.create_table(
            "lead_times",
            sa.Column("purchase_order_id", sa.String(length=64), nullable=False),
            sa.Column("receipt_id", sa.String(length=64), nullable=False),
            sa.Column("sku", sa.String(length=64), nullable=False),
            sa.Column("supplier", sa.String(length=64), nullable=False),
            sa.Column("warehouse", sa.String(length=64), nullable=False),
            sa.Column("placed_at", sa.BigInteger(), nullable=False),
            sa.Column("received_at", sa.BigInteger(), nullable=False),
            sa.Column("quantity", sa.BigInteger(), nullable=False),
            sa.Column("first", sa.Integer(), nullable=False),
            sa.Column("complete", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("purchase_order_id", "receipt_id", "sku"),
            **OPTIONS,
        )
    _index("lead_times_of_item", "lead_times", ["supplier", "sku", "received_at"])
    if not there.has_table("purchase_order_lines"):
        op.create_table(
            "purchase_order_lines",
            sa.Column("purchase_order_id", sa.String(length=64), nullable=False),
            sa.Column("sku", sa.String(length=64), nullable=False),
            sa.Column("supplier", sa.String(length=64), nullable=False),
            sa.Column("warehouse", sa.String(length=64), nullable=False),
            sa.Column("state", sa.String(length=24), nullable=False),
            sa.Column("quantity_ordered", sa.BigInteger(), nullable=False),
            sa.Column("quantity_received", sa.BigInteger(), nullable=False),
            sa.Column("quantity_damaged", sa.BigInteger(), nullable=False),
            sa.Column("quantity_open", sa.BigInteger(), nullable=False),
            sa.Column("due_on", sa.String(length=10), nullable=False),
            sa.Column("placed_at", sa.BigInteger(), nullable=False),
            sa.Column("unit_price", sa.String(length=24), nullable=False),
            sa.PrimaryKeyConstraint("purchase_order_id", "sku"),
            **OPTIONS,
        )
    _index("purchase_order_lines_by_sku", "purchase_order_lines", ["sku", "warehouse"])
    if not there.has_table("purchase_orders"):
        op.create_table(
            "purchase_orders",
            sa.Column("document", sa.String(length=128), nullable=False),
            sa.Column("kind", sa.String(length=8), nullable=False),
            sa.Column("supplier", sa.String(length=64), nullable=False),
            sa.Column("warehouse", sa.String(length=64), nullable=False),
            sa.Column("state", sa.String(length=24), nullable=False),
            sa.Column("external_reference", sa.String(length=200), nullable=False),
            sa.Column("created_at", sa.BigInteger(), nullable=False),
            sa.Column("placed_at", sa.BigInteger(), nullable=False),
            sa.Column("changed_at", sa.BigInteger(), nullable=False),
            sa.Column(
                "record",
                sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mariadb").with_variant(mysql.LONGBLOB(), "mysql"),
                nullable=False,
            ),
            sa.PrimaryKeyConstraint("document"),
            **OPTIONS,
        )
    _index("purchase_orders_by_reference", "purchase_orders", ["external_reference"])
    _index("purchase_orders_by_time", "purchase_orders", ["kind", "created_at", "document"])
    if not there.has_table("putaway_rules"):
        op.create_table(
            "putaway_rules",
            sa.Column("id", sa.String(length=64), nullable=False),
            sa.Column("warehouse", sa.String(length=64), nullable=False),
            sa.Column("location", sa.String(length=64), nullable=False),
            sa.Column("sequence", sa.BigInteger(), nullable=False),
            sa.Column("sku", sa.String(length=64), nullable=False),
            sa.Column("category", sa.String(length=200), nullable=False),
            sa.Column("largest_volume_ml", sa.BigInteger(), nullable=True),
            sa.Column("capacity", sa.BigInteger(), nullable=True),
            sa.Column("same_item", sa.Integer(), nullable=False),
            sa.Column("cross_dock", sa.Integer(), nullable=False),
            sa.Column("version", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("id"),
            **OPTIONS,
        )
    if not there.has_table("putaway_tasks"):
        op.create_table(
            "putaway_tasks",
            sa.Column("task_id", sa.String(length=64), nullable=False),
            sa.Column("document", sa.String(length=128), nullable=False),
            sa.Column("state", sa.String(length=24), nullable=False),
            sa.Column("sku", sa.String(length=64), nullable=False),
            sa.Column("warehouse", sa.String(length=64), nullable=False),
            sa.Column("lot", sa.String(length=64), nullable=False),
            sa.Column("quantity", sa.BigInteger(), nullable=False),
            sa.Column("quantity_done", sa.BigInteger(), nullable=False),
            sa.Column("from_location", sa.String(length=64), nullable=False),
            sa.Column("to_location", sa.String(length=64), nullable=False),
            sa.Column("rule", sa.String(length=64), nullable=False),
            sa.Column("cross_dock", sa.Integer(), nullable=False),
            sa.Column("created_at", sa.BigInteger(), nullable=False),
            sa.Column("changed_at", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("task_id"),
            **OPTIONS,
        )
    _index("putaway_tasks_by_state", "putaway_tasks", ["state", "created_at", "task_id"])
    if not there.has_table("receipt_lines"):
        op.create_table(
            "receipt_lines",
            sa.Column("document", sa.String(length=128), nullable=False),
            sa.Column("receipt_id", sa.String(length=64), nullable=False),
            sa.Column("number", sa.Integer(), nullable=False),
            sa.Column("movement", sa.String(length=200), nullable=False),
            sa.Column("asn_id", sa.String(length=64), nullable=False),
            sa.Column("sku", sa.String(length=64), nullable=False),
            sa.Column("warehouse", sa.String(length=64), nullable=False),
            sa.Column("location", sa.String(length=64), nullable=False),
            sa.Column("lot", sa.String(length=64), nullable=False),
            sa.Column("expires_on", sa.String(length=10), nullable=False),
            sa.Column("quantity", sa.BigInteger(), nullable=False),
            sa.Column("damaged", sa.Integer(), nullable=False),
            sa.Column("booked", sa.Integer(), nullable=False),
            sa.Column("received_at", sa.BigInteger(), nullable=False),
            sa.Column("actor", sa.String(length=200), nullable=False),
            sa.PrimaryKeyConstraint("document", "receipt_id", "number"),
            **OPTIONS,
        )
    _index("receipt_lines_by_sku", "receipt_lines", ["sku", "received_at"])
    _index("receipt_lines_by_time", "receipt_lines", ["received_at", "document"])
    if not there.has_table("supplier_items"):
        op.create_table(
            "supplier_items",
            sa.Column("supplier", sa.String(length=64), nullable=False),
            sa.Column("sku", sa.String(length=64), nullable=False),
            sa.Column("lead_time_days", sa.Integer(), nullable=True),
            sa.Column("minimum_quantity", sa.BigInteger(), nullable=False),
            sa.Column("order_multiple", sa.BigInteger(), nullable=False),
            sa.Column("price_breaks", sa.Text(), nullable=False),
            sa.Column("supplier_sku", sa.String(length=64), nullable=False),
            sa.Column("over_receipt_percent", sa.Integer(), nullable=True),
            sa.Column("version", sa.BigInteger(), nullable=False),
            sa.Column("lead_times", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("supplier", "sku"),
            **OPTIONS,
        )
    _index("supplier_items_by_sku", "supplier_items", ["sku"])
    if not there.has_table("suppliers"):
        op.create_table(
            "suppliers",
            sa.Column("id", sa.String(length=64), nullable=False),
            sa.Column("name", sa.String(length=200), nullable=False),
            sa.Column("lead_time_days", sa.Integer(), nullable=True),
            sa.Column("over_receipt_percent", sa.Integer(), nullable=False),
            sa.Column("calendar", sa.Text(), nullable=False),
            sa.Column("currency", sa.String(length=3), nullable=False),
            sa.Column("version", sa.BigInteger(), nullable=False),
            sa.Column("lead_times", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("id"),
            **OPTIONS,
        )


def _index(name: str, table: str, columns: list[str]) -> None:
    known = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}
    if name not in known:
        op.create_index(name, table, columns)
