"""Demand models, the slots they stand in, what they forecast, and what alarmed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from actors.kernel.record.database import MYSQL_TABLE

revision = "0005"
down_revision = "0004"

TABLES: dict[str, tuple["sa.Column[Any]", ...]] = {
    "demand_models": (
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("slot", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("data_through", sa.Date(), nullable=False),
        sa.Column("code_version", sa.String(64), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("trained_at", sa.BigInteger(), nullable=False),
    ),
    "model_slots": (
        sa.Column("slot", sa.String(32), primary_key=True),
        sa.Column("champion", sa.String(64), nullable=True),
        sa.Column("previous", sa.String(64), nullable=True),
        sa.Column("challenger", sa.String(64), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    ),
    "demand_forecasts": (
        sa.Column("sku", sa.String(64), primary_key=True),
        sa.Column("warehouse", sa.String(64), primary_key=True),
        sa.Column("slot", sa.String(32), primary_key=True),
        sa.Column("cutoff", sa.Date(), primary_key=True),
        sa.Column("model", sa.String(64), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("mean", sa.Double(), nullable=False),
        sa.Column("quantiles", sa.Text(), nullable=False),
        sa.Column("by_period", sa.Text(), nullable=False),
        sa.Column("actual", sa.Double(), nullable=True),
    ),
    "demand_alarms": (
        sa.Column("slot", sa.String(32), primary_key=True),
        sa.Column("cutoff", sa.Date(), primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("least", sa.Double(), nullable=False),
        sa.Column("most", sa.Double(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
    ),
}
INDEXES = {
    "demand_models_of_slot": ("demand_models", ["slot", "data_through"]),
    "demand_forecasts_by_cutoff": ("demand_forecasts", ["slot", "cutoff", "model"]),
}


def upgrade() -> None:
    found = sa.inspect(op.get_bind())  # MySQL commits each statement: some may be there from an attempt that was cut short
    for name, columns in TABLES.items():
        if name not in found.get_table_names():
            op.create_table(name, *columns, **MYSQL_TABLE)
    for name, (table, keys) in INDEXES.items():
        if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
            op.create_index(name, table, keys)
