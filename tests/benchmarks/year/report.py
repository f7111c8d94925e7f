"""Policies beside each other: a table, stock at equal fill rate, a chart of the days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from forecasting.bootstrap import draws, middle
from forecasting.simulation.frontier import crossing
from tests.benchmarks.year.figures import Figures

FILL_RATES: Final = (0.90, 0.95)
RESAMPLES: Final = 500


def rows(found: Sequence[Figures]) -> list[dict[str, Any]]:
    """A row for each run."""
    return [
        {
            "target": one.policy,
            "value": "as it is" if one.value is None else f"{one.value:g}",
            "fill": f"{one.fill_rate:.3f}",
            "on hand": one.stock,
            "money": one.money,
            "turns": one.turns,
            "in transit": one.in_transit,
            "orders": one.orders,
            "lines": one.lines,
            "units bought": one.units,
            "goods": one.spent,
            "of list": f"{one.spent / one.listed:.1%}" if one.listed else "",
            "spared less holding": one.gained,
            "unit-days waited": one.unit_days,
            "requests": int(one.system["requests"]),
            "events": int(one.system["events"]),
            "seconds": one.system["seconds"] or None,
            "right": not one.broken,
        }
        for one in found
    ]


def at_equal_fill(found: Sequence[Figures], champion: str) -> list[dict[str, Any]]:
    """Stock and money at each fill rate, between the two runs next to it, and how much less than the champion's."""
    curves = {
        name: list(some) for name, some in groupby((one for one in found if one.value is not None), lambda one: one.policy)
    }
    drawn = draws(1, len(found[0].demand), RESAMPLES).series
    table = []
    for rate in FILL_RATES:
        for name, curve in curves.items():
            row: dict[str, Any] = {"target": name, "fill rate": f"{rate:g}"}
            for what in ("stock", "money"):
                here, there = (_held(one, rate, what, drawn) for one in (curve, curves[champion]))
                row[what] = float(here[0])
                if name != champion:
                    low, high = middle(1 - here[1:] / there[1:])  # of the resamples in which both reach it
                    told = f"{1 - here[0] / there[0]:.1%} ({low:.1%} to {high:.1%})"
                    row[f"less {what}"] = told if np.isfinite(here[0] / there[0]) else "not reached"
            table.append(row)
    return table


def _held(curve: Sequence[Figures], rate: float, what: str, drawn: np.ndarray) -> np.ndarray:
    """Of all SKUs, then of each resample; NaN where no run, or all of them, reach the fill rate."""
    weights = np.concatenate([np.ones((1, drawn.shape[1])), drawn])
    worth = curve[0].price if what == "money" else np.ones(drawn.shape[1])
    held = weights @ np.stack([one.on_hand * worth for one in curve], axis=1)
    fill = weights @ np.stack([one.served for one in curve], axis=1) / (weights @ curve[0].demand)[:, None]
    place, part = crossing(fill, rate)
    at = np.arange(len(weights))
    low, high = held[at, np.maximum(place - 1, 0)], held[at, place]
    found: np.ndarray = low + part * (high - low)
    return found


def nearest(found: Sequence[Figures], rate: float) -> list[Figures]:
    """Of each policy the run that comes nearest to a fill rate."""
    return [min(some, key=lambda one: abs(one.fill_rate - rate)) for _, some in groupby(found, lambda one: one.policy)]


def chart(found: Sequence[Figures], path: Path) -> None:
    """On hand and waiting, day by day, a line for each run: a PNG or, by its name, an SVG."""
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": path.stem}):
        figure = Figure(figsize=(9, 6.5), layout="constrained")
        above, below = FigureCanvasAgg(figure).figure.subplots(2, 1, sharex=True)
        for one in found:
            first = date.fromisoformat(one.first)
            days = [first + timedelta(number) for number in range(len(one.daily_stock))]
            label = f"{one.policy}, {'as they are' if one.value is None else format(one.value, 'g')}: fill {one.fill_rate:.3f}"
            above.plot(days, one.daily_stock, label=label, lw=1.2)
            below.plot(days, one.daily_waiting, lw=1.2)
        above.set(ylabel="on hand, units", title="Stock, and what customers wait for, at the end of each day")
        below.set(ylabel="waiting, units")
        for axes in (above, below):
            axes.set_ylim(bottom=0)
            axes.grid(alpha=0.25)
            axes.yaxis.set_major_formatter(EngFormatter(sep=""))
            axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
        above.legend(frameon=False)
        figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else None)
