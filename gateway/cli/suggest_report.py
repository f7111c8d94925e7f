"""What a run of planning looks like: the suggestions to look at first, and what it left out, by reason."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

from forecasting.planning.plan import Planned
from forecasting.planning.run import Run
from forecasting.suggestions.warnings import Severity
from gateway.cli.app import console

REASONS_SHOWN: Final = 6
EXPLAINED: Final = 5
"""Suggestions whose steps are written out below the table."""


def show_planned(found: Run, top: int) -> None:
    """How many there are and what they cost; the first of them."""
    some = [one for one in found.planned if one.suggestion.units]
    urgent = sum(one.suggestion.severity == Severity.URGENT for one in found.planned)
    spend = sum(one.suggestion.spend for one in some)
    console.print(
        f"[bold]{len(some):,} items to order[/bold] of {len(found.planned):,} planned, {spend:,.2f} in money; "
        f"{sum(bool(one.suggestion.warnings) for one in found.planned):,} with warnings, {urgent:,} of them urgent",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    if not found.planned or not top:
        return
    console.print(_table(found.planned[:top]))
    for one in found.planned[: min(top, EXPLAINED)]:
        steps = ", ".join(f"{step.name} {step.units:+,}" for step in one.suggestion.steps)
        when = f"; order by {one.order_by}, expected on {one.expected_on}" if one.suggestion.units else ""
        why = f"{one.sku} in {one.warehouse}: {steps} = {one.suggestion.units:,}{when}"
        console.print(why, style="dim", markup=False, highlight=False, soft_wrap=True)
        if one.drivers:
            console.print(_expected(one), style="dim", markup=False, highlight=False, soft_wrap=True)


def _expected(one: Planned) -> str:
    drivers = ", ".join(f"{step.name} {step.units:+,}" for step in one.drivers)
    said = one.suggestion
    return f"  {said.expected_demand:,.0f} are expected to be wanted in {said.protection_days:.0f} days: {drivers}"


def _table(shown: Sequence[Planned]) -> Table:
    """Fits 80 columns: only warnings are folded; the warehouse is told where there are several."""
    several = len({one.warehouse for one in shown}) > 1
    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 0, 0, 1))
    for name in ("SKU", *(["warehouse"] if several else []), "supplier", "class"):
        table.add_column(name, overflow="fold")
    for name in ("order", "at risk", "runs out", "days"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("warnings", overflow="fold")
    for one in shown:
        where = (one.sku, one.warehouse, one.supplier) if several else (one.sku, one.supplier)
        table.add_row(*map(escape, (*where, one.grade, *_figures(one))))
    return table


def _figures(one: Planned) -> tuple[str, ...]:
    said = one.suggestion
    days = f"{said.days_of_supply:,.0f}" if math.isfinite(said.days_of_supply) else "-"
    chances = f"{said.chance_without:.0%} → {said.chance_with:.0%}"
    warnings = f"{said.severity.name.lower()}: {', '.join(said.warnings)}" if said.warnings else ""
    return f"{said.units:,}", f"{said.money_at_risk:,.0f}", chances, days, warnings


def show_left_out(left_out: list[dict[str, Any]]) -> None:
    """What was left out: how many for each reason, and the first of them."""
    reasons = Counter(row["reason"] for row in left_out)
    if reasons:
        told = "one item was" if len(left_out) == 1 else f"{len(left_out):,} items were"
        console.print(f"{told} left out:", highlight=False)
    for reason, count in reasons.most_common(REASONS_SHOWN):
        first = next(row for row in left_out if row["reason"] == reason)
        console.print(
            f"  {reason}: {count:,}, as {first['sku']} in {first['warehouse']}", markup=False, highlight=False, soft_wrap=True
        )
    if len(reasons) > REASONS_SHOWN:
        console.print(f"  … and {len(reasons) - REASONS_SHOWN:,} more reasons; --json has all", highlight=False)
