"""Reading suggestions, decisions and reorder policies from the system of record."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Engine, select, tuple_

from actors.procurement.planning_tables import reorder_policies, replenishment_explanations, replenishment_suggestions
from actors.procurement.reads import Row, rows_of
from actors.procurement.suggestions import OPEN


class SuggestionFilter(NamedTuple):
    """What to look for. Open suggestions that expired before the day `today` are not listed."""

    state: str
    today: str
    supplier: str | None = None
    warehouse: str | None = None
    sku: str | None = None
    warning: str | None = None
    severity: int | None = None


_explained = select(replenishment_suggestions, replenishment_explanations.c.record).join(
    replenishment_explanations, replenishment_explanations.c.suggestion_id == replenishment_suggestions.c.id
)


def list_suggestions(engine: Engine, wanted: SuggestionFilter, before: tuple[int, int, str] | None, limit: int) -> list[Row]:
    """By severity, then by money at risk; after the position `before` (severity, money at risk, id)."""
    s = replenishment_suggestions.c
    order = (s.severity, s.money_at_risk, s.id)
    query: Any = _explained.where(s.state == wanted.state).order_by(*[column.desc() for column in order]).limit(limit)
    if wanted.state == OPEN:
        query = query.where((s.expires_on == "") | (s.expires_on >= wanted.today))
    for name in ("supplier", "warehouse", "sku", "severity"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(s[name] == value)
    if wanted.warning is not None:
        query = query.where(s.warnings.contains(f",{wanted.warning},", autoescape=True))
    if before is not None:
        query = query.where(tuple_(*order) < before)
    return rows_of(engine, query, "listing suggestions")


def find_suggestion(engine: Engine, suggestion_id: str) -> Row | None:
    """A suggestion with its explanation."""
    query = _explained.where(replenishment_suggestions.c.id == suggestion_id)
    found = rows_of(engine, query, "looking for a suggestion")
    return found[0] if found else None


def list_policies(engine: Engine, after: tuple[str, str] | None, limit: int) -> list[Row]:
    """Reorder policies by SKU and warehouse."""
    p = reorder_policies.c
    query: Any = select(reorder_policies).order_by(p.sku, p.warehouse).limit(limit)
    if after is not None:
        query = query.where(tuple_(p.sku, p.warehouse) > after)
    return rows_of(engine, query, "listing reorder policies")
