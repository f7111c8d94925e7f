"""`python -m tests.benchmarks.forecasting`: what baselines and models score on real demand, as tables for a document.

With names behind it (`retail`, `parts`, `warehouse`) only those.
"""

from __future__ import annotations

import sys

import polars as pl

from forecasting.backtest import Backtest, backtest, latest_cutoffs
from forecasting.baselines.baseline import BASELINES
from forecasting.baselines.combination import Combination
from forecasting.forecast import Forecaster, Horizon
from forecasting.metrics import LEVELS
from forecasting.model.forecaster import Fresh
from forecasting.model.settings import Settings
from forecasting.scores import beside, score_table
from tests.benchmarks.forecasting import car_parts, online_retail, warehouse

EVERY = ("retail", "parts", "warehouse")
LEVELS_SHOWN = (0.5, 0.8, 0.95, 0.99)
SHOWN = (("wape", None), ("bias", None), ("rmsse", None), *(("scaled pinball", level) for level in LEVELS_SHOWN))
COVERED = (0.5, 0.8, 0.9, 0.95, 0.99)


def main(wanted: list[str]) -> None:
    """Print a table for each data set that is there."""
    simple: dict[str, Forecaster] = {**BASELINES, "combination": Combination(LEVELS)}
    model: dict[str, Forecaster] = {"model": Fresh(), "model, middle": Fresh(Settings(mix={"p50": 1.0}))}
    three, all_of_them = Horizon(2, 1), simple | model
    if online_retail.IS_THERE and "retail" in wanted:
        show("Online Retail, weeks", backtest(online_retail.top_sellers(), all_of_them, online_retail.CUTOFFS, three))
    if car_parts.IS_THERE and "parts" in wanted:
        parts = car_parts.sold_throughout()
        show("Car parts, months, sums of 3", backtest(parts, simple, latest_cutoffs(parts, 8, 3), three))
        show("Car parts, the same apart", backtest(parts, all_of_them, latest_cutoffs(parts, 3, 3, 3), three))
        show("Car parts, months, the last 12", backtest(parts, all_of_them, (39,), Horizon(11, 1)))
    if warehouse.IS_THERE and "warehouse" in wanted:
        lines = warehouse.shipping_days()
        show("Warehouse, working days, sums of 4", backtest(lines, all_of_them, warehouse.CUTOFFS, Horizon(3, 1)))


def show(title: str, result: Backtest) -> None:
    """Scores of the sum over all cut-offs; the interval of WAPE is one over series and cut-offs."""
    table = score_table(result, resamples=500).filter(pl.col("cutoff").is_null())
    print(f"\n## {title}: {result.series.height:,} series, cut-offs {', '.join(map(str, result.cutoffs))}\n")
    print(
        "| forecaster | WAPE | its 95 % interval | bias | RMSSE | pinball .5 | .8 | .95 | .99 | coverage .5 .8 .9 .95 .99 | RMSSE of single periods |"
    )
    print("|---|---:|---|---:|---:|---:|---:|---:|---:|---|---:|")
    for name in result.forecasts:
        rows = table.filter(pl.col("forecaster") == name)
        sums = rows.filter(target="sum")
        wape = sums.row(by_predicate=pl.col("metric") == "wape", named=True)
        values = [_one(sums, metric, quantile) for metric, quantile in SHOWN]
        covered = " ".join(f"{_one(sums, 'coverage', level):.3f}" for level in COVERED)
        scores = " | ".join(f"{value:.3f}" for value in values[1:])
        single = _one(rows.filter(target="period"), "rmsse", None)
        print(f"| {name} | {values[0]:.3f} | {wape['low']:.3f} to {wape['high']:.3f} | {scores} | {covered} | {single:.3f} |")
    for name in (one for one in result.forecasts if one.startswith("model")):
        print(f"\n{name}: WAPE lower than", end=" ")
        for other in (one for one in result.forecasts if not one.startswith("model")):
            found = beside(result, name, other)
            print(f"{other} by {100 * found.saved:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f});", end=" ")
        print("\nat single cut-offs, WAPE and bias:", end=" ")
        at = score_table(result, resamples=2).filter(pl.col("cutoff").is_not_null(), forecaster=name, target="sum")
        for day in result.cutoffs:
            both = (_one(at.filter(cutoff=day), metric, None) for metric in ("wape", "bias"))
            print(day, " ".join(f"{value:.3f}" for value in both), end="; ")
        print()


def _one(rows: pl.DataFrame, metric: str, quantile: float | None) -> float:
    return float(rows.filter(pl.col("metric") == metric, pl.col("quantile").eq_missing(quantile))["score"].item())


if __name__ == "__main__":
    main(sys.argv[1:] or list(EVERY))
