"""Runs of planning tell whether they took what finds no stock for lost.

MySQL commits every change of a schema at once: the step looks whether an interrupted run has done it already.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

RUNS = "replenishment_runs"


def upgrade() -> None:
    if "lost_sales" not in {found["name"] for found in sa.inspect(op.get_bind()).get_columns(RUNS)}:
        op.add_column(RUNS, sa.Column("lost_sales", sa.Integer(), nullable=True))
