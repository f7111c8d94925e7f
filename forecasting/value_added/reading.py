"""Reads decisions from the rows and what came from the history: those whose protection period is over can be judged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl
from sqlalchemy import Connection, text

from forecasting.history.reading import panel_of
from forecasting.history.site_days import SiteDays
from forecasting.history.store import HistoryStore
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.value_added.value import JUDGED

BASELINE_PERIODS: Final = 13
"""Protection periods that "experience" is the mean of."""
_DECISIONS: Final = text(
    "SELECT d.sku, d.warehouse, d.actor, d.decision, d.reason, d.made_at, d.quantity_suggested, d.quantity_decided, "
    "d.purchase_order_id, e.record FROM replenishment_decisions d "
    "JOIN replenishment_explanations e ON e.suggestion_id = d.suggestion_id "
    "WHERE d.decided_at >= :since AND (:warehouse = '' OR d.warehouse = :warehouse) ORDER BY d.number"
)
_ORDERED: Final = text(
    "SELECT l.purchase_order_id, l.sku, SUM(d.quantity_decided) AS decided, "
    "MAX(CASE WHEN l.placed_at > 0 AND l.state <> 'cancelled' THEN l.quantity_ordered ELSE 0 END) AS ordered "
    "FROM purchase_order_lines l JOIN replenishment_decisions d ON d.purchase_order_id = l.purchase_order_id AND d.sku = l.sku "
    "GROUP BY l.purchase_order_id, l.sku"
)
"""Of each line that decisions went into: their units, and those that were placed in the end, after all edits."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What can be judged, columns `JUDGED`; and how many decisions cannot: their period is not over (`waiting`), nothing is
    known of before them (`new`), or their run has not said what it expected (`silent`)."""

    judged: pl.DataFrame
    waiting: int
    new: int
    silent: int


def read_decisions(rows: Connection, store: HistoryStore, since: int = 0, warehouse: str = "") -> Decisions:
    """Decisions from an instant on (ms since 1970 UTC), of one warehouse or of all (empty).

    A run knows what came until the day before it; its forecast is over the days from its own on.

    Raises:
        HistoryError: a file of the history is damaged.
    """
    progress, demand = store.progress(), store.read()
    site = SiteDays(progress.time_zone if progress is not None else "UTC")
    last = demand["day"].max()
    panel = panel_of(demand, Frequency.DAY, last) if isinstance(last, date) else None
    placed = {(order, sku): _part(ordered, decided) for order, sku, decided, ordered in rows.execute(_ORDERED)}
    demands = _Demands(panel) if panel is not None else None
    judged: list[dict[str, Any]] = []
    counts = {"waiting": 0, "new": 0, "silent": 0}
    for row in rows.execute(_DECISIONS, {"since": since, "warehouse": warehouse}).mappings():
        found = _judged(dict(row), site, demands, placed)
        if isinstance(found, str):
            counts[found] += 1
        else:
            judged.append(found)
    return Decisions(pl.DataFrame(judged, schema=JUDGED), **counts)


def _part(ordered: Any, decided: Any) -> float:
    """Units placed for each unit decided on: a line may have been edited, and several decisions may be on it."""
    return float(ordered) / float(decided) if decided else 0.0


def _judged(
    row: dict[str, Any], site: SiteDays, demands: _Demands | None, placed: dict[tuple[str, str], float]
) -> dict[str, Any] | str:
    """A decision beside what came, or why it cannot be judged."""
    expected, days = _expected(row["record"])
    if expected is None or not days:
        return "silent"
    count = max(round(days), 1)
    first = site.day_of(row["made_at"])
    sums = demands.around(row["sku"], row["warehouse"], first, count) if demands is not None else "waiting"
    if isinstance(sums, str):
        return sums
    naive, baseline, actual = sums
    part = placed.get((row["purchase_order_id"], row["sku"]), 0.0)
    kept = ("actor", "decision", "reason", "quantity_suggested", "quantity_decided")
    return {name: row[name] for name in kept} | {
        "quantity_ordered": row["quantity_decided"] * part,
        "naive": naive,
        "baseline": baseline,
        "model": expected * count / days,
        "actual": actual,
    }


def _expected(record: str) -> tuple[float | None, float | None]:
    """What the run expected, and over how many days; it is kept with the explanation, which may be one of before that."""
    why = json.loads(record)
    return (why[4], why[5]) if len(why) > 5 else (None, None)


class _Demands:
    """Demand of days, by SKU and warehouse."""

    def __init__(self, panel: Panel) -> None:
        self._first = panel.periods.first
        self._units = panel.units.astype(np.float64)
        self._row = {key: row for row, key in enumerate(panel.series.select("sku", "location").rows())}

    def around(self, sku: str, warehouse: str, first: date, count: int) -> tuple[float, float, float] | str:
        """Of `count` days from `first` on: what the same number of days before had, what so many had on average before, and
        what came; or why that is not known."""
        at = (first - self._first).days
        if at + count > self._units.shape[1]:
            return "waiting"
        row = self._row.get((sku, warehouse))
        if row is None:
            return "new"
        units = self._units[row]
        before = units[max(at - BASELINE_PERIODS * count, 0) : max(at, 0)]
        if len(before) < count or np.isnan(before[-count:]).any():
            return "new"
        known = before[~np.isnan(before)]
        return float(before[-count:].sum()), float(known.mean() * count), float(np.nansum(units[at : at + count]))
