"""What was made of a table, for people: what was filled in, what is withdrawn, what was left alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency

BROKEN: Final = 0.5
"""Of the units of the periods before it: a last week or month with less may not have been over."""
BEFORE: Final = 8
COLUMNS_SHOWN: Final = 8


def told(panel: Panel, rows: int, left_alone: Sequence[str]) -> list[str]:
    """Sentences about a panel that was made of so many rows; columns `left_alone` are none of it."""
    return [*_filled(panel, rows), *_on_sale(panel), *_optional(panel), *_last(panel), *_left_alone(left_alone)]


def _filled(panel: Panel, rows: int) -> Iterator[str]:
    cells, unit = int(panel.on_sale().sum()), panel.periods.frequency
    first, last = panel.periods.first, panel.periods.last_day
    yield f"{rows:,} rows, {len(panel):,} series, {len(panel.periods):,} {unit}s from {first} to {last}"
    missing = cells - rows
    if missing > 0:
        yield f"{missing:,} of {cells:,} {unit}s on sale ({missing / cells:.0%}) have no row and count as 0"


def _on_sale(panel: Panel) -> Iterator[str]:
    on_sale = panel.on_sale()
    new = int(((panel.first_on_sale > 0) & on_sale.any(axis=1)).sum())
    gone = int((on_sale.any(axis=1) & ~on_sale[:, -1]).sum())
    never = int((~on_sale.any(axis=1)).sum())
    parts = [(new, "went on sale later"), (gone, "are withdrawn at the end"), (never, "were never on sale")]
    if any(count for count, _ in parts):
        yield "of the series " + ", ".join(f"{count:,} {what}" for count, what in parts if count)
    if gone and not on_sale[:, -1].any():
        yield (
            "no series is on sale at the end, so nothing is forecast: rows without units at the end mean withdrawn; leave out "
            "periods that are to come"
        )


def _optional(panel: Panel) -> Iterator[str]:
    if panel.category is not None:
        known = panel.category.drop_nulls()
        yield f"{known.n_unique():,} categories, of {len(known):,} of {len(panel):,} series"
    on_sale = panel.on_sale()
    cells = max(int(on_sale.sum()), 1)
    if panel.price is not None:
        yield f"price known in {(~np.isnan(panel.price) & on_sale).sum() / cells:.0%}"
    if panel.promotion is not None:
        kinds = len(np.unique(panel.promotion[panel.promotion > 0]))
        yield f"promotion in {((panel.promotion > 0) & on_sale).sum() / cells:.1%}, of {kinds:,} kinds or depths"
    if panel.in_stock_share is not None:
        short = ((panel.in_stock_share < 1) & on_sale).sum()
        censored = (np.isnan(panel.target()) & on_sale).sum()
        yield f"stock ran out in {short / cells:.1%}; {censored / cells:.1%} are not learned from and not judged by"


def _last(panel: Panel) -> Iterator[str]:
    unit, total = panel.periods.frequency, np.nansum(np.where(np.isnan(panel.units), 0.0, panel.units), axis=0)
    if unit is Frequency.DAY or len(total) <= BEFORE or not total[-BEFORE - 1 : -1].min():
        return
    part = total[-1] / total[-BEFORE - 1 : -1].min()
    if part < BROKEN:
        yield (
            f"the last {unit}, from {panel.periods.starts[-1]}, has {part:.0%} of the units of the least of the {BEFORE} "
            "before: leave it out if it was not over"
        )


def _left_alone(columns: Sequence[str]) -> Iterator[str]:
    if columns:
        more = f" and {len(columns) - COLUMNS_SHOWN:,} more" if len(columns) > COLUMNS_SHOWN else ""
        yield f"columns left alone: {', '.join(columns[:COLUMNS_SHOWN])}{more}"
