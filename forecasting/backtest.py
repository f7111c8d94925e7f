"""Rolling origin: forecast at several cut-offs with what was known there, and keep what came beside it.

Tashman 2000. The target is the sum over the protection period, which starts right after the cut-off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.forecast import Forecast, Forecaster, Horizon, refuse_bad
from forecasting.metrics import LEVELS, naive_scale
from forecasting.panel.panel import Cells, Panel
from forecasting.parameters import Floats, ParameterError


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What one forecaster said at every cut-off: `Forecast`'s fields with cut-offs in front.

    `mean` has shape (cut-offs, series), `quantiles` (cut-offs, series, levels), `by_period` (cut-offs, protection, series),
    `trees` (cut-offs,).
    """

    mean: Floats
    quantiles: Floats
    by_period: Floats | None
    trees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """Forecasts beside what came.

    Attributes:
        series: of the panel.
        cutoffs: the last day known at each, in order.
        actual: the sum, shape (cut-offs, series); NaN where it is not scored: censored, or not on sale throughout.
        actual_by_period: shape (cut-offs, protection, series), likewise.
        scale_of_sum: what the naive forecast of the sum misses within the history, by its power, 1 and 2; as `actual`.
        scale_of_period: likewise for single periods.
        forecasts: by the forecasters' names.
    """

    series: pl.DataFrame
    cutoffs: tuple[date, ...]
    actual: Floats
    actual_by_period: Floats
    scale_of_sum: dict[int, Floats]
    scale_of_period: dict[int, Floats]
    forecasts: dict[str, Judged]

    def select(self, rows: NDArray[np.bool_]) -> Backtest:
        """Only some of the series, by a mask: one class of demand, one warehouse."""
        judged = {
            name: replace(
                one,
                mean=one.mean[:, rows],
                quantiles=one.quantiles[:, rows],
                by_period=None if one.by_period is None else one.by_period[..., rows],
            )
            for name, one in self.forecasts.items()
        }
        return replace(
            self,
            series=self.series.filter(pl.Series(rows)),
            actual=self.actual[:, rows],
            actual_by_period=self.actual_by_period[..., rows],
            scale_of_sum={power: scale[:, rows] for power, scale in self.scale_of_sum.items()},
            scale_of_period={power: scale[:, rows] for power, scale in self.scale_of_period.items()},
            forecasts=judged,
        )


def latest_cutoffs(panel: Panel, count: int, protection: int, step: int = 1) -> tuple[int, ...]:
    """The latest `count` cut-offs, `step` periods apart, after which the whole protection period is in the panel.

    Returns:
        Periods known at each, rising.
    Raises:
        ParameterError: the panel is too short for that many.
    """
    last = len(panel.periods) - protection
    first = last - (count - 1) * step
    if count < 1 or step < 1 or first < 1:
        need = f"at least {protection + (count - 1) * step + 1} for {count} cut-offs {step} apart and {protection} ahead"
        raise ParameterError("periods of the panel", len(panel.periods), need)
    return tuple(range(first, last + 1, step))


def backtest(
    panel: Panel,
    forecasters: Mapping[str, Forecaster],
    cutoffs: tuple[int, ...],
    horizon: Horizon,
    known_beforehand: tuple[str, ...] = (),
) -> Backtest:
    """Ask every forecaster at every cut-off.

    Args:
        panel: the whole history.
        forecasters: by name; each sees copies that end at the cut-off, and fits whatever it fits anew.
        cutoffs: periods known at each, rising; 1 or more, and the protection period after each in the panel.
        horizon: lead time and review; its plan is filled from the panel.
        known_beforehand: `promotion`, `price`: columns that are planned, so that a forecaster may see them ahead.
    Raises:
        ParameterError: a cut-off without a protection period after it, or a forecast that is not one.
    """
    for count in cutoffs:
        if not 1 <= count <= len(panel.periods) - horizon.protection:
            raise ParameterError(
                "cut-off", count, f"from 1 to {len(panel.periods)} less the protection of {horizon.protection}"
            )
    said: dict[str, list[Forecast]] = {name: [] for name in forecasters}
    truths = []
    for count in cutoffs:
        history = panel.up_to(count)
        on_sale = history.on_sale()[:, -1]
        ahead = replace(horizon, plan=planned(panel, count, horizon, known_beforehand))
        for name, forecaster in forecasters.items():
            forecast = forecaster(history, ahead)
            refuse_bad(forecast, f"{name} at {history.periods.last_day}", on_sale)
            said[name].append(forecast)
        truths.append(came_after(panel, count, horizon.protection))
    days = tuple(panel.periods.up_to(count).last_day for count in cutoffs)
    return gathered(panel, days, truths, said)


def joined(parts: Sequence[Backtest]) -> Backtest:
    """Backtests of the same series and forecasters at further cut-offs, as one; at least one."""
    first = parts[0]

    def beside(scales: Sequence[dict[int, Floats]]) -> dict[int, Floats]:
        return {power: np.concatenate([scale[power] for scale in scales]) for power in scales[0]}

    return replace(
        first,
        cutoffs=tuple(day for part in parts for day in part.cutoffs),
        actual=np.concatenate([part.actual for part in parts]),
        actual_by_period=np.concatenate([part.actual_by_period for part in parts]),
        scale_of_sum=beside([part.scale_of_sum for part in parts]),
        scale_of_period=beside([part.scale_of_period for part in parts]),
        forecasts={name: _joined([part.forecasts[name] for part in parts]) for name in first.forecasts},
    )


def _joined(said: Sequence[Judged]) -> Judged:
    singles = [one.by_period for one in said if one.by_period is not None]
    by_period = np.concatenate(singles) if len(singles) == len(said) else None
    mean, quantiles = np.concatenate([one.mean for one in said]), np.concatenate([one.quantiles for one in said])
    return Judged(mean, quantiles, by_period, tuple(trees for one in said for trees in one.trees))


def planned(panel: Panel, count: int, horizon: Horizon, columns: tuple[str, ...]) -> dict[str, Cells]:
    """What was planned for the protection period after `count` periods, of `columns`, shape (series, protection).

    Beyond the end of the panel nothing is known: no promotion, a price of NaN.
    """
    cells = {"promotion": panel.promotion, "price": panel.price}
    unknown = set(columns) - set(cells)
    if unknown:
        raise ParameterError("known_beforehand", sorted(unknown), f"among {sorted(cells)}: demand is not known beforehand")
    ahead: dict[str, Cells] = {}
    for name in columns:
        if (plan := cells[name]) is not None:
            absent = 0.0 if name == "promotion" else np.nan
            known = plan[:, count : count + horizon.protection]
            ahead[name] = np.full((len(panel), horizon.protection), absent, np.float32)
            ahead[name][:, : known.shape[1]] = known
    return ahead


def came_after(panel: Panel, count: int, protection: int) -> tuple[Floats, ...]:
    """Single periods that came after the first `count`, shape (protection, series), and the four scales of those before."""
    history = panel.up_to(count)
    came = panel.target()[:, count : count + protection].astype(np.float64)
    came[~history.on_sale()[:, -1]] = np.nan
    known = history.target().astype(np.float64)
    return came.T, *(naive_scale(known, periods, power) for periods in (protection, 1) for power in (1, 2))


def gathered(
    panel: Panel, days: tuple[date, ...], truths: list[tuple[Floats, ...]], said: Mapping[str, list[Forecast]]
) -> Backtest:
    """Forecasts made after each of the days, by name, beside what `came_after` them."""
    came, sum_1, sum_2, period_1, period_2 = (np.stack(parts) for parts in zip(*truths, strict=True))
    return Backtest(
        panel.series, days, came.sum(axis=1), came, {1: sum_1, 2: sum_2}, {1: period_1, 2: period_2},
        {name: _judged(forecasts) for name, forecasts in said.items()},
    )  # fmt: skip


def _judged(forecasts: list[Forecast]) -> Judged:
    if any(forecast.levels != LEVELS for forecast in forecasts):
        raise ParameterError("levels", forecasts[0].levels, f"those that are judged, {LEVELS}")
    singles = [forecast.by_period.T for forecast in forecasts if forecast.by_period is not None]
    by_period = np.stack(singles) if len(singles) == len(forecasts) else None
    mean, quantiles = (np.stack([getattr(forecast, name) for forecast in forecasts]) for name in ("mean", "quantiles"))
    return Judged(mean, quantiles, by_period, tuple(forecast.trees for forecast in forecasts))
