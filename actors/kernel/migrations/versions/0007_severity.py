"""Suggestions are ranked by the severity of their warnings, and say by when to order and when it is expected to arrive; lines of
purchase orders say by how many units people changed them.

MySQL commits every change of a schema at once: each step looks whether an interrupted run has done it already.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

SUGGESTIONS = "replenishment_suggestions"
SEVERITY_OF = {"out_of_stock": 3, "late_order": 2, "limits_contradict": 2, "budget": 2, "overstock": 1}
"""Of the warnings that there were until now."""


def upgrade() -> None:
    if "exceptional" in _columns(SUGGESTIONS):
        op.execute(f"ALTER TABLE {SUGGESTIONS} RENAME COLUMN exceptional TO severity")
    cases = " ".join(f"WHEN warnings LIKE '%,{name},%' THEN {place}" for name, place in SEVERITY_OF.items())
    op.execute(sa.text(f"UPDATE {SUGGESTIONS} SET severity = CASE {cases} ELSE 0 END WHERE severity > 0"))
    for name in ("order_by", "expected_on"):
        if name not in _columns(SUGGESTIONS):
            op.add_column(SUGGESTIONS, sa.Column(name, sa.String(length=10), nullable=False, server_default=""))
    if "quantity_edited" not in _columns("purchase_order_lines"):
        column = sa.Column("quantity_edited", sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("purchase_order_lines", column)


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
