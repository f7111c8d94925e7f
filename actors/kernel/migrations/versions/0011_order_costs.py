"""What an order of a supplier costs, and a line of it; what runs of planning were made with.

MySQL commits every change of a schema at once: each step looks whether an interrupted run has done it already.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

OPTIONS: Any = {
    f"{database}_{name}": value
    for database in ("mysql", "mariadb")
    for name, value in (("engine", "InnoDB"), ("charset", "utf8mb4"), ("collate", "utf8mb4_bin"))
}
RUNS = "replenishment_runs"


def upgrade() -> None:
    _money("suppliers", "order_cost")
    _money("supplier_items", "line_cost")
    if not sa.inspect(op.get_bind()).has_table(RUNS):
        op.create_table(
            RUNS,
            sa.Column("run_id", sa.String(length=64), nullable=False),
            sa.Column("made_at", sa.BigInteger(), nullable=False),
            sa.Column("review_days", sa.Float(precision=53), nullable=True),
            sa.Column("holding", sa.Float(precision=53), nullable=True),
            sa.Column("early_days", sa.Float(precision=53), nullable=True),
            sa.PrimaryKeyConstraint("run_id"),
            **OPTIONS,
        )
    if "replenishment_runs_by_time" not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(RUNS)}:
        op.create_index("replenishment_runs_by_time", RUNS, ["made_at"])


def _money(table: str, name: str) -> None:
    if name not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, sa.Column(name, sa.String(length=24), nullable=False, server_default=""))
