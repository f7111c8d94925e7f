"""Policies beside experience with weeks of cover, at equal fill rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.baselines.baseline import BASELINES, Baseline
from forecasting.bootstrap import Comparison
from forecasting.forecast import Forecaster
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats
from forecasting.simulation.frontier import FILL_RATES, Frontier, compare_stock
from forecasting.simulation.levels import COARSE_COVERS, COARSE_SCORES, Family, at_quantile, cover
from forecasting.simulation.outcome import Costs, Outcome
from forecasting.simulation.rolling import Progress, Rolled, rolled, silent
from forecasting.simulation.rules import Levels
from forecasting.simulation.trial import ORDER_UP_TO, Shape, Trial
from forecasting.simulation.tuning import Tuning, tune

EXPERIENCE: Final = "weeks of cover"
"""The mean of 13 periods times a cover, the same for all SKUs: what policies are measured against."""
PERIODS_A_YEAR: Final = {Frequency.DAY: 365.25, Frequency.WEEK: 365.25 / 7, Frequency.MONTH: 12.0}
TUNING_SCORES: Final = np.arange(-2, 5.01, 0.1)


def _mean_alone(mean: Floats, errors: Floats, levels: tuple[float, ...]) -> Floats:
    """A head for a mean whose quantiles nobody reads."""
    return np.broadcast_to(mean[:, None], (len(mean), len(levels)))


MEAN_OF_13: Final = Baseline(BASELINES["experience"].method, _mean_alone)


@dataclass(frozen=True, slots=True)
class Row:
    """A policy at a fill rate. All NaN but the first two when no value of its parameter gives that rate.

    Attributes:
        policy, fill_rate: what is meant.
        parameter: value of the safety parameter: a cover in protection periods, or a standard score.
        average_on_hand: units, all SKUs together.
        turns: a year.
        days_of_supply: of average demand.
        cycle_service: share of cycles without a stock-out.
        stock_outs: share of the scored periods of all SKUs in which something was missing.
        orders: for each SKU and year.
        cost: of an average period, by the prices given.
        money: average stock by the prices of the panel; NaN without.
        against: how much less stock than experience needs for it, with its interval.
    """

    policy: str
    fill_rate: float
    parameter: float
    average_on_hand: float
    turns: float
    days_of_supply: float
    cycle_service: float
    stock_outs: float
    orders: float
    cost: float
    money: float
    against: Comparison


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """Every policy's curve over the periods that are judged, experience's first; and what was tuned before them."""

    trial: Trial
    curves: dict[str, Frontier]
    tunings: dict[str, Tuning]


def contest(
    trial: Trial,
    forecasters: Mapping[str, Forecaster],
    shape: Shape = ORDER_UP_TO,
    fill_rates: Sequence[float] = FILL_RATES,
    groups: NDArray[np.str_] | None = None,
    floors: Mapping[str, float] | None = None,
    known_beforehand: tuple[str, ...] = (),
    progress: Progress = silent,
) -> Contest:
    """Replay experience, and each forecaster's own quantiles at one critical ratio for all SKUs.

    Args:
        trial: what is replayed.
        forecasters: by name.
        shape: the policy all of them are used in.
        fill_rates: about which the curves are drawn finely.
        groups: class of each SKU; with them each forecaster also takes part with its classes' safety tuned on earlier periods.
        floors: least fill rate of a class.
        known_beforehand: `promotion`, `price`: columns of the panel that forecasters are told ahead.
        progress: told what is going on.
    """

    def ask(name: str, forecaster: Forecaster) -> Rolled:
        ahead = _looks_ahead(trial)
        return rolled(trial.panel, forecaster, trial.asked, trial.horizon, known_beforehand, name, progress, ahead)

    def draw(family: Family, coarse: Floats, forecast: Rolled) -> Frontier:
        return trial.frontier(family, coarse, shape, fill_rates, _expected(forecast, trial))

    total = 1 + len(forecasters) * (1 if groups is None else 2)
    experience = ask("experience", MEAN_OF_13)
    curves = {EXPERIENCE: draw(cover(experience), COARSE_COVERS, experience)}
    tunings = {}
    for name, forecaster in forecasters.items():
        progress("replay", len(curves), total)
        forecast = ask(name, forecaster)
        curves[name] = draw(at_quantile(forecast), COARSE_SCORES, forecast)
        if groups is not None:
            tunings[name] = _tuned(trial, shape, forecast, groups, floors)
            curves[f"{name}, by class"] = draw(tunings[name].applied(at_quantile(forecast), groups), COARSE_SCORES, forecast)
    progress("replay", total, total)
    return Contest(trial, curves, tunings)


def rows(
    result: Contest, fill_rates: Sequence[float] = FILL_RATES, costs: Costs | None = None, price: Floats | None = None
) -> list[Row]:
    """Every policy at every fill rate, in the order they were replayed in. `price`: of a unit of each SKU, for money."""
    champion, prices = result.curves[EXPERIENCE], costs or Costs()
    return [
        _row(name, curve, rate, champion, result.trial, prices, price)
        for name, curve in result.curves.items()
        for rate in fill_rates
    ]


def _looks_ahead(trial: Trial) -> int:
    """Periods until an order is expected, where sales are lost: there the level is looked at from the day of arrival."""
    return (trial.terms.planned_lead_time or 0) if trial.terms.lost_sales else 0


def _expected(forecast: Rolled, trial: Trial) -> Levels | None:
    """Demand of each period until an order arrives, for rules that look ahead."""
    return (lambda now: forecast.expected[forecast.place(now)]) if _looks_ahead(trial) else None


def _tuned(
    trial: Trial, shape: Shape, forecast: Rolled, groups: NDArray[np.str_], floors: Mapping[str, float] | None
) -> Tuning:
    rule = shape.rule(at_quantile(forecast)(TUNING_SCORES), _expected(forecast, trial))
    earlier, _ = trial.run(rule, len(TUNING_SCORES))
    return tune(earlier, TUNING_SCORES, groups, floors=floors)


def _row(name: str, curve: Frontier, rate: float, champion: Frontier, trial: Trial, costs: Costs, price: Floats | None) -> Row:
    against = compare_stock(curve, champion, rate)
    point = curve.at(rate)
    if point is None:
        unknown = float("nan")
        return Row(name, rate, *(unknown,) * 9, against)
    a_year = PERIODS_A_YEAR[trial.panel.periods.frequency]
    outcome = curve.outcome

    def at(figures: Floats) -> float:
        return float(curve.between(figures, point))

    turns, periods = at(outcome.turns(a_year)), outcome.periods.sum()
    stock = outcome.average_on_hand_of_each
    return Row(
        policy=name,
        fill_rate=rate,
        parameter=at(curve.parameters),
        average_on_hand=at(outcome.average_on_hand),
        turns=turns,
        days_of_supply=365.25 / turns if turns else float("inf"),
        cycle_service=at(outcome.cycle_service),
        stock_outs=at(outcome.stock_outs.sum(axis=0)) / periods,
        orders=at(outcome.orders.sum(axis=0)) / periods * a_year,
        cost=at(_cost_of_period(outcome, costs)),
        money=float("nan") if price is None else at((stock * price[:, None]).sum(axis=0)),
        against=against,
    )


def _cost_of_period(outcome: Outcome, costs: Costs) -> Floats:
    each = outcome.cost(costs) / np.maximum(outcome.periods, 1.0)[:, None]
    return np.asarray(each.sum(axis=0))
