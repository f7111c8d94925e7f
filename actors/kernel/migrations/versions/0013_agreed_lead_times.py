"""Lines of purchase orders keep the lead time that was agreed; suppliers may be strict about their minimums.

MySQL commits every change of a schema at once: each step looks whether an interrupted run has done it already.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    _add("purchase_order_lines", sa.Column("lead_time_days", sa.Integer(), nullable=True))
    _add("suppliers", sa.Column("strict_minimums", sa.Integer(), nullable=False, server_default="0"))


def _add(table: str, column: sa.Column[int]) -> None:
    if column.name not in {found["name"] for found in sa.inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, column)
