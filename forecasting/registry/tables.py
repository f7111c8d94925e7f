"""Tables of the registry in the system of record, which its migrations make; SQLite, MySQL and MariaDB alike."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Date, Double, MetaData, String, Table, Text

metadata: Final = MetaData()

DIGEST_WIDTH: Final = 64
SLOT_WIDTH: Final = 32
ID_WIDTH: Final = 64

models: Final = Table(
    "demand_models",
    metadata,
    Column("digest", String(DIGEST_WIDTH), primary_key=True),
    Column("slot", String(SLOT_WIDTH), nullable=False),
    Column("kind", String(16), nullable=False, comment="model or baseline"),
    Column("data_through", Date, nullable=False),
    Column("code_version", String(ID_WIDTH), nullable=False),
    Column("parameters", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("trained_at", BigInteger, nullable=False),
)
slots: Final = Table(
    "model_slots",
    metadata,
    Column("slot", String(SLOT_WIDTH), primary_key=True),
    Column("champion", String(DIGEST_WIDTH)),
    Column("previous", String(DIGEST_WIDTH)),
    Column("challenger", String(DIGEST_WIDTH)),
    Column("changed_at", BigInteger, nullable=False),
    Column("since", Date, nullable=False, comment="cut-off from which the champion is one"),
    Column("reason", Text, nullable=False),
)
forecasts: Final = Table(
    "demand_forecasts",
    metadata,
    Column("sku", String(ID_WIDTH), primary_key=True),
    Column("warehouse", String(ID_WIDTH), primary_key=True),
    Column("slot", String(SLOT_WIDTH), primary_key=True),
    Column("cutoff", Date, primary_key=True),
    Column("model", String(DIGEST_WIDTH), primary_key=True),
    Column("role", String(16), nullable=False, comment="champion or shadow"),
    Column("mean", Double, nullable=False),
    Column("quantiles", Text, nullable=False),
    Column("by_period", Text, nullable=False),
    Column("actual", Double, comment="what came, once it is known"),
    Column("plan", String(DIGEST_WIDTH), nullable=False, server_default="", comment="digest of the plan that the model saw"),
    Column("of_plan", Double, comment="part of the mean that comes of it"),
    Column("events", String(DIGEST_WIDTH), nullable=False, server_default="", comment="digest of those that the system kept"),
    Column("of_events", Double, comment="part of the mean with nothing planned that comes of those of the days forecast"),
    Column("events_ahead", Text, comment="type, first and last day, and units of each"),
)
alarms: Final = Table(
    "demand_alarms",
    metadata,
    Column("slot", String(SLOT_WIDTH), primary_key=True),
    Column("cutoff", Date, primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("model", String(DIGEST_WIDTH), nullable=False),
    Column("value", Double, nullable=False),
    Column("least", Double, nullable=False),
    Column("most", Double, nullable=False),
    Column("message", Text, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
)
