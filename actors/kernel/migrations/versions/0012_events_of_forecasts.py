"""Forecasts say how much of them comes of events of the days forecast, and of which.

MySQL commits every change of a schema at once: each step looks whether an interrupted run has done it already.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

FORECASTS = "demand_forecasts"


def upgrade() -> None:
    found = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(FORECASTS)}
    if "of_events" not in found:
        op.add_column(FORECASTS, sa.Column("of_events", sa.Double(), nullable=True))
    if "events_ahead" not in found:
        op.add_column(FORECASTS, sa.Column("events_ahead", sa.Text(), nullable=True))
