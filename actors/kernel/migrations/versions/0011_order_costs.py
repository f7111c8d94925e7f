"""What an order of a supplier costs, and a line of it.

MySQL commits every change of a schema at once: each step looks whether an interrupted run has done it already.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    _money("suppliers", "order_cost")
    _money("supplier_items", "line_cost")


def _money(table: str, name: str) -> None:
    if name not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, sa.Column(name, sa.String(length=24), nullable=False, server_default=""))
