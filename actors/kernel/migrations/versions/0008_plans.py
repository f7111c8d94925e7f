"""Forecasts say which plan of prices and promotions they saw, and how much of them comes of it.

MySQL commits every change of a schema at once: each step looks whether an interrupted run has done it already.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

FORECASTS = "demand_forecasts"


def upgrade() -> None:
    found = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(FORECASTS)}
    if "plan" not in found:
        op.add_column(FORECASTS, sa.Column("plan", sa.String(length=64), nullable=False, server_default=""))
    if "of_plan" not in found:
        op.add_column(FORECASTS, sa.Column("of_plan", sa.Double(), nullable=True))
