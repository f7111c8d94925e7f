"""What a comparison of policies looks like: a table for people, figures for programs."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any, Final

from rich.box import SIMPLE
from rich.table import Table

from forecasting.panel.panel import Panel
from forecasting.plain import plain
from forecasting.simulation.comparison import EXPERIENCE, Contest, Row
from forecasting.simulation.frontier import Frontier
from forecasting.simulation.request import Prepared, names_of
from gateway.cli.app import console

NAMES_SHOWN: Final = 5
WIDE: Final = 110
"""Characters of a console on which every column is shown."""


def figures_of(plan: Prepared, panel: Panel, table: list[Row], found: Contest) -> dict[str, Any]:
    """Everything, with null where a number is none: JSON knows neither NaN nor infinity."""
    trial, series = plan.trial, panel.series.rows()
    figures = {
        "period": panel.periods.frequency.value,
        "first_period": str(panel.periods.first),
        "judged_from": str(panel.periods.up_to(trial.windows.judge).ahead(1).first),
        "judged_periods": len(panel.periods) - trial.windows.judge,
        "series": len(trial.rows),
        "asked": len(trial.asked),
        "lead_time_longest": trial.horizon.lead_time,
        "review": trial.horizon.review,
        "policy": plan.shape.kind,
        "rows": [asdict(row) for row in table],
        "fill_rates_reached": {
            name: [float(curve.outcome.fill_rate.min()), float(curve.outcome.fill_rate.max())]
            for name, curve in found.curves.items()
        },
        "class_offsets": {name: tuning.offsets for name, tuning in found.tunings.items()},
        "left_out": [
            {"sku": series[row][0], "location": series[row][1], "reason": reason}
            for row, reason in sorted(trial.left_out.items())
        ],
    }
    shown: dict[str, Any] = plain(figures)
    return shown


def show(plan: Prepared, panel: Panel, table: list[Row], found: Contest, notes: list[str]) -> None:
    """Print what was read, and the comparison: policies below each other at each fill rate."""
    for note in notes:
        console.print(note, highlight=False, markup=False, soft_wrap=True)
    figures = figures_of(plan, panel, [], found)
    console.print(
        f"[bold]{figures['series']:,} SKUs[/bold], {figures['judged_periods']} {figures['period']}s from "
        f"{figures['judged_from']}; {figures['policy']}, lead time {figures['lead_time_longest']}, "
        f"review {figures['review']}; forecasters asked {figures['asked']} times",
        soft_wrap=True,
    )
    wide = console.width >= WIDE
    names = ["fill", "policy", "on hand", "less stock (95 % interval)", "turns", "days"]
    shown = Table(*names, *(["cycle service", "orders/year", "cost"] if wide else []), box=SIMPLE, pad_edge=False)
    for column in shown.columns[2:]:
        column.justify = "right"
    for rate in sorted({row.fill_rate for row in table}):
        of_rate = [row for row in table if row.fill_rate == rate]
        for row in of_rate:
            shown.add_row(*_cells(row, found.curves[row.policy], wide), end_section=row is of_rate[-1])
    console.print(shown)
    _show_left_out(plan, panel)


def _cells(row: Row, curve: Frontier, wide: bool) -> list[str]:
    name = f"{row.fill_rate:.3g}"
    if math.isnan(row.average_on_hand):
        low, high = float(curve.outcome.fill_rate.min()), float(curve.outcome.fill_rate.max())
        return [name, row.policy, "[dim]none[/dim]", f"[dim]reaches {low:.3f} to {high:.3f}[/dim]"]
    against = row.against
    saved = f"{against.saved:.1%} ({against.low:.1%} to {against.high:.1%})"
    if row.policy == EXPERIENCE or math.isnan(against.saved):  # the same, or it has no stock for this fill rate
        saved = ""
    cells = [name, row.policy, _units(row.average_on_hand), saved, _told(row.turns, ".2f"), _told(row.days_of_supply, ".0f")]
    return cells + ([_told(row.cycle_service, ".3f"), _told(row.orders, ".1f"), _told(row.cost, ",.0f")] if wide else [])


def _units(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _told(value: float, form: str) -> str:
    """Empty where nothing can be said: no turns without demand."""
    return format(value, form) if math.isfinite(value) else ""


def _show_left_out(plan: Prepared, panel: Panel) -> None:
    left_out = plan.trial.left_out
    if not left_out:
        return
    names = names_of(panel)
    console.print(f"{len(left_out):,} SKUs without a level:", highlight=False)
    for row, reason in sorted(left_out.items())[:NAMES_SHOWN]:
        console.print(f"  {names[row]}: {reason}", markup=False, highlight=False, soft_wrap=True)
    if len(left_out) > NAMES_SHOWN:
        console.print(f"  … and {len(left_out) - NAMES_SHOWN:,} more; --json names all", highlight=False)
