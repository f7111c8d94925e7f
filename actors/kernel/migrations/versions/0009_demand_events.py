"""Events that move demand; forecasts say which of them their model saw; owners of when their newest rows are; prices of orders.

MySQL commits every change of a schema at once: each step looks whether an interrupted run has done it already.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import LONGTEXT

revision = "0009"
down_revision = "0008"

FORECASTS = "demand_forecasts"
OPTIONS: Any = {
    f"{database}_{name}": value
    for database in ("mysql", "mariadb")
    for name, value in (("engine", "InnoDB"), ("charset", "utf8mb4"), ("collate", "utf8mb4_bin"))
}


def upgrade() -> None:
    there = sa.inspect(op.get_bind())
    if not there.has_table("demand_events"):
        op.create_table(
            "demand_events",
            sa.Column("id", sa.String(length=64), nullable=False),
            sa.Column("kind", sa.String(length=200), nullable=False),
            sa.Column("starts_on", sa.String(length=10), nullable=False),
            sa.Column("ends_on", sa.String(length=10), nullable=False),
            sa.Column("depth", sa.Float(precision=53), nullable=False),
            sa.Column("skus", sa.Text().with_variant(LONGTEXT(), "mysql", "mariadb"), nullable=False),
            sa.Column("day_off", sa.Integer(), nullable=False),
            sa.Column("known_from", sa.String(length=10), nullable=False),
            sa.Column("cancelled", sa.Integer(), nullable=False),
            sa.Column("version", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("id"),
            **OPTIONS,
        )
    if "events" not in {column["name"] for column in there.get_columns(FORECASTS)}:
        op.add_column(FORECASTS, sa.Column("events", sa.String(length=64), nullable=False, server_default=""))
    if "applied_at" not in {column["name"] for column in there.get_columns("owners")}:
        op.add_column("owners", sa.Column("applied_at", sa.BigInteger(), nullable=False, server_default="0"))
        op.execute("UPDATE owners SET applied_at = -1")
    if "unit_price" not in {column["name"] for column in there.get_columns("order_lines")}:
        op.add_column("order_lines", sa.Column("unit_price", sa.String(length=24), nullable=False, server_default=""))
