"""Suggestions, the decisions on them, reorder policies; the least that a supplier takes an order of.

MySQL commits every change of a schema at once: each step looks whether an interrupted run has done it already.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

OPTIONS: Any = {
    f"{database}_{name}": value
    for database in ("mysql", "mariadb")
    for name, value in (("engine", "InnoDB"), ("charset", "utf8mb4"), ("collate", "utf8mb4_bin"))
}


def upgrade() -> None:
    there = sa.inspect(op.get_bind())
    if "minimum_order" not in {column["name"] for column in there.get_columns("suppliers")}:
        op.add_column("suppliers", sa.Column("minimum_order", sa.String(length=24), nullable=False, server_default=""))
    if not there.has_table("reorder_policies"):
        op.create_table(
            "reorder_policies",
            sa.Column("sku", sa.String(length=64), nullable=False),
            sa.Column("warehouse", sa.String(length=64), nullable=False),
            sa.Column("target", sa.Float(precision=53), nullable=True),
            sa.Column("review_days", sa.Integer(), nullable=True),
            sa.Column("supplier", sa.String(length=64), nullable=False),
            sa.Column("minimum", sa.BigInteger(), nullable=True),
            sa.Column("maximum", sa.BigInteger(), nullable=True),
            sa.Column("shelf_life_days", sa.Integer(), nullable=True),
            sa.Column("version", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("sku", "warehouse"),
            **OPTIONS,
        )
    if not there.has_table("replenishment_decisions"):
        op.create_table(
            "replenishment_decisions",
            sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("suggestion_id", sa.String(length=24), nullable=False),
            sa.Column("run_id", sa.String(length=64), nullable=False),
            sa.Column("sku", sa.String(length=64), nullable=False),
            sa.Column("warehouse", sa.String(length=64), nullable=False),
            sa.Column("supplier", sa.String(length=64), nullable=False),
            sa.Column("made_at", sa.BigInteger(), nullable=False),
            sa.Column("decided_at", sa.BigInteger(), nullable=False),
            sa.Column("actor", sa.String(length=200), nullable=False),
            sa.Column("decision", sa.String(length=24), nullable=False),
            sa.Column("quantity_suggested", sa.BigInteger(), nullable=False),
            sa.Column("quantity_decided", sa.BigInteger(), nullable=False),
            sa.Column("reason", sa.String(length=200), nullable=False),
            sa.Column("until", sa.String(length=10), nullable=False),
            sa.Column("purchase_order_id", sa.String(length=64), nullable=False),
            sa.PrimaryKeyConstraint("number"),
            **OPTIONS,
        )
    _index("replenishment_decisions_by_time", "replenishment_decisions", ["decided_at", "number"])
    if not there.has_table("replenishment_explanations"):
        op.create_table(
            "replenishment_explanations",
            sa.Column("suggestion_id", sa.String(length=24), nullable=False),
            sa.Column("record", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("suggestion_id"),
            **OPTIONS,
        )
    if not there.has_table("replenishment_suggestions"):
        op.create_table(
            "replenishment_suggestions",
            sa.Column("id", sa.String(length=24), nullable=False),
            sa.Column("run_id", sa.String(length=64), nullable=False),
            sa.Column("sku", sa.String(length=64), nullable=False),
            sa.Column("warehouse", sa.String(length=64), nullable=False),
            sa.Column("supplier", sa.String(length=64), nullable=False),
            sa.Column("state", sa.String(length=24), nullable=False),
            sa.Column("quantity_suggested", sa.BigInteger(), nullable=False),
            sa.Column("unit_price", sa.String(length=24), nullable=False),
            sa.Column("target", sa.Float(precision=53), nullable=False),
            sa.Column("grade", sa.String(length=8), nullable=False),
            sa.Column("exceptional", sa.Integer(), nullable=False),
            sa.Column("money_at_risk", sa.BigInteger(), nullable=False),
            sa.Column("warnings", sa.String(length=200), nullable=False),
            sa.Column("made_at", sa.BigInteger(), nullable=False),
            sa.Column("expires_on", sa.String(length=10), nullable=False),
            sa.Column("quantity_decided", sa.BigInteger(), nullable=False),
            sa.Column("decided_at", sa.BigInteger(), nullable=False),
            sa.Column("actor", sa.String(length=200), nullable=False),
            sa.Column("reason", sa.String(length=200), nullable=False),
            sa.Column("until", sa.String(length=10), nullable=False),
            sa.Column("purchase_order_id", sa.String(length=64), nullable=False),
            sa.PrimaryKeyConstraint("id"),
            **OPTIONS,
        )
    _index("replenishment_suggestions_by_rank", "replenishment_suggestions", ["state", "exceptional", "money_at_risk", "id"])
    _index("replenishment_suggestions_by_sku", "replenishment_suggestions", ["sku", "warehouse", "made_at"])


def _index(name: str, table: str, columns: list[str]) -> None:
    known = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}
    if name not in known:
        op.create_index(name, table, columns)
