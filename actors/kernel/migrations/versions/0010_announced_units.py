"""ASNs line by line: planning expects what is announced on the day that its notice says.

MySQL commits every change of a schema at once: each step looks whether an interrupted run has done it already.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

OPTIONS: Any = {
    f"{database}_{name}": value
    for database in ("mysql", "mariadb")
    for name, value in (("engine", "InnoDB"), ("charset", "utf8mb4"), ("collate", "utf8mb4_bin"))
}


def upgrade() -> None:
    there = sa.inspect(op.get_bind())
    if not there.has_table("asn_lines"):
        op.create_table(
            "asn_lines",
            sa.Column("asn_id", sa.String(length=64), nullable=False),
            sa.Column("sku", sa.String(length=64), nullable=False),
            sa.Column("purchase_order_id", sa.String(length=64), nullable=False),
            sa.Column("warehouse", sa.String(length=64), nullable=False),
            sa.Column("expected_on", sa.String(length=10), nullable=False),
            sa.Column("quantity", sa.BigInteger(), nullable=False),
            sa.Column("quantity_expected", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("asn_id", "sku"),
            **OPTIONS,
        )
    if "asn_lines_by_order" not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("asn_lines")}:
        op.create_index("asn_lines_by_order", "asn_lines", ["purchase_order_id", "sku"])
