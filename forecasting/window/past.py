"""Forecasts that were written down, beside what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
from sqlalchemy import Connection

from forecasting.backtest import Backtest, came_after, gathered
from forecasting.forecast import Forecast
from forecasting.metrics import LEVELS
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Periods
from forecasting.registry.forecasts import cutoffs_of, read_forecast


def known_at(periods: Periods, day: date) -> int:
    """Periods that were over by the end of a day."""
    return int(periods.index(np.array([day + timedelta(1)], "datetime64[D]"))[0])


def matured(panel: Panel, days: Sequence[date], protection: int) -> list[date]:
    """The days, rising, after which a whole protection period has come, and before which something is known."""
    last = len(panel.periods) - protection
    return sorted(day for day in days if 1 <= known_at(panel.periods, day) <= last)


def beside_what_came(
    connection: Connection, panel: Panel, slot: str, protection: int, models: Mapping[str, str], most: int, since: date
) -> Backtest | None:
    """What models said after the latest days at which all of them did, and what came.

    Args:
        panel: as it is known now.
        models: digests by the names they shall have.
        most: so many days at most.
        since: none before this day.
    Returns:
        A backtest that nobody had to run; None when nothing has come yet. NaN for series that were not forecast.
    """
    days = [set(cutoffs_of(connection, slot, digest)) for digest in models.values()]
    both = [day for day in set.intersection(*days) if day >= since] if days else []
    used = matured(panel, both, protection)[-most:]
    if not used:
        return None
    said = {
        name: [_placed(panel, read_forecast(connection, slot, day, digest)) for day in used] for name, digest in models.items()
    }
    truths = [came_after(panel, known_at(panel.periods, day), protection) for day in used]
    return gathered(panel, tuple(used), truths, said)


def _placed(panel: Panel, rows: pl.DataFrame) -> Forecast:
    """The rows in the order of the panel's series."""
    series = panel.series.with_columns(pl.col("location").fill_null("")).with_row_index("place")
    found = series.join(rows, on=["sku", "location"], how="inner")
    mean, quantiles = np.full(len(panel), np.nan), np.full((len(panel), len(LEVELS)), np.nan)
    if not found.is_empty():
        places = found["place"].to_numpy()
        mean[places] = found["mean"].to_numpy()
        quantiles[places] = np.array(found["quantiles"].to_list(), np.float64)
    return Forecast(mean, quantiles)
