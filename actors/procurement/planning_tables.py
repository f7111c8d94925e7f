"""Rows of what planners tell, of suggestions and of decisions on them. Instants are ms since 1970 UTC; days are ISO texts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table, Text
from sqlalchemy.dialects.mysql import LONGTEXT

from actors.kernel.record.database import MYSQL_TABLE, metadata
from actors.kernel.record.widths import ID_WIDTH, TEXT_WIDTH

_id, _text = String(ID_WIDTH), String(TEXT_WIDTH)
_day, _state = String(10), String(24)

reorder_policies = Table(
    "reorder_policies",
    metadata,
    Column("sku", _id, primary_key=True),
    Column("warehouse", _id, primary_key=True),
    Column("target", Float(53)),
    Column("review_days", Integer),
    Column("supplier", _id, nullable=False),
    Column("minimum", BigInteger),
    Column("maximum", BigInteger),
    Column("shelf_life_days", Integer),
    Column("version", BigInteger, nullable=False),
    **MYSQL_TABLE,
)
"""An empty `warehouse`: for all that have none of their own."""
demand_events = Table(
    "demand_events",
    metadata,
    Column("id", _id, primary_key=True),
    Column("kind", _text, nullable=False),
    Column("starts_on", _day, nullable=False),
    Column("ends_on", _day, nullable=False),
    Column("depth", Float(53), nullable=False),
    Column("skus", Text().with_variant(LONGTEXT(), "mysql", "mariadb"), nullable=False),
    Column("day_off", Integer, nullable=False),
    Column("known_from", _day, nullable=False),
    Column("cancelled", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
    **MYSQL_TABLE,
)
"""`skus`: a JSON array, empty for all; `known_from` is empty when it was always known."""
replenishment_suggestions = Table(
    "replenishment_suggestions",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("run_id", _id, nullable=False),
    Column("sku", _id, nullable=False),
    Column("warehouse", _id, nullable=False),
    Column("supplier", _id, nullable=False),
    Column("state", _state, nullable=False),
    Column("quantity_suggested", BigInteger, nullable=False),
    Column("unit_price", String(24), nullable=False),
    Column("target", Float(53), nullable=False),
    Column("grade", String(8), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("money_at_risk", BigInteger, nullable=False),
    Column("warnings", _text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_on", _day, nullable=False),
    Column("quantity_decided", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("actor", _text, nullable=False),
    Column("reason", _text, nullable=False),
    Column("until", _day, nullable=False),
    Column("purchase_order_id", _id, nullable=False),
    Column("order_by", _day, nullable=False, server_default=""),
    Column("expected_on", _day, nullable=False, server_default=""),
    Index("replenishment_suggestions_by_rank", "state", "severity", "money_at_risk", "id"),
    Index("replenishment_suggestions_by_sku", "sku", "warehouse", "made_at"),
    **MYSQL_TABLE,
)
"""`money_at_risk` in hundredths; `warnings` with a comma before and after each; `severity` is that of the most severe one,
from 0 (there is none) to 3 (urgent)."""
replenishment_explanations = Table(
    "replenishment_explanations",
    metadata,
    Column("suggestion_id", String(24), primary_key=True),
    Column("record", Text, nullable=False),
    **MYSQL_TABLE,
)
"""Why each suggestion says so, as JSON: written once."""
replenishment_runs = Table(
    "replenishment_runs",
    metadata,
    Column("run_id", _id, primary_key=True),
    Column("made_at", BigInteger, nullable=False),
    Column("review_days", Float(53)),
    Column("holding", Float(53)),
    Column("early_days", Float(53)),
    Column("lost_sales", Integer),
    Index("replenishment_runs_by_time", "made_at"),
    **MYSQL_TABLE,
)
"""What each run of planning was made with, null when it has not said."""
replenishment_decisions = Table(
    "replenishment_decisions",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("suggestion_id", String(24), nullable=False),
    Column("run_id", _id, nullable=False),
    Column("sku", _id, nullable=False),
    Column("warehouse", _id, nullable=False),
    Column("supplier", _id, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("actor", _text, nullable=False),
    Column("decision", _state, nullable=False),
    Column("quantity_suggested", BigInteger, nullable=False),
    Column("quantity_decided", BigInteger, nullable=False),
    Column("reason", _text, nullable=False),
    Column("until", _day, nullable=False),
    Column("purchase_order_id", _id, nullable=False),
    Index("replenishment_decisions_by_time", "decided_at", "number"),
    **MYSQL_TABLE,
)
"""Who decided what, one row per decision, never changed: what forecast value added per step and person is computed from."""
