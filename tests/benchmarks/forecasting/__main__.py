"""`python -m tests.benchmarks.forecasting`: what the baselines score on real demand, as tables for a document."""

from __future__ import annotations

import polars as pl

from forecasting.backtest import Backtest, backtest, latest_cutoffs
from forecasting.baselines.baseline import BASELINES
from forecasting.forecast import Horizon
from forecasting.scores import score_table
from tests.benchmarks.forecasting import car_parts, online_retail

SHOWN = (("wape", None), ("bias", None), ("rmsse", None), ("scaled pinball", 0.5), ("scaled pinball", 0.95))
COVERED = (0.5, 0.8, 0.9, 0.95)


def main() -> None:
    """Print a table for each data set that is there."""
    if online_retail.IS_THERE:
        show("Online Retail, weeks", backtest(online_retail.top_sellers(), BASELINES, online_retail.CUTOFFS, Horizon(2, 1)))
    if car_parts.IS_THERE:
        parts = car_parts.sold_throughout()
        cutoffs = latest_cutoffs(parts, 8, 3)
        show("Car parts, months, sums of 3, 8 cut-offs", backtest(parts, BASELINES, cutoffs, Horizon(2, 1)))
        show("Car parts, months, the last 12", backtest(parts, BASELINES, (39,), Horizon(11, 1)))


def show(title: str, result: Backtest) -> None:
    """Scores of the sum over all cut-offs; the interval of WAPE is one over series and cut-offs."""
    table = score_table(result, resamples=500).filter(pl.col("cutoff").is_null())
    print(f"\n## {title}: {result.series.height:,} series, cut-offs {', '.join(map(str, result.cutoffs))}\n")
    print(
        "| forecaster | WAPE | its 95 % interval | bias | RMSSE | pinball .5 | .95 | coverage .5 .8 .9 .95 | RMSSE of single periods |"
    )
    print("|---|---:|---|---:|---:|---:|---:|---|---:|")
    for name in result.forecasts:
        rows = table.filter(pl.col("forecaster") == name)
        sums = rows.filter(target="sum")
        wape = sums.row(by_predicate=pl.col("metric") == "wape", named=True)
        values = [_one(sums, metric, quantile) for metric, quantile in SHOWN]
        covered = " ".join(f"{_one(sums, 'coverage', level):.3f}" for level in COVERED)
        scores = " | ".join(f"{value:.3f}" for value in values[1:])
        single = _one(rows.filter(target="period"), "rmsse", None)
        print(f"| {name} | {values[0]:.3f} | {wape['low']:.3f} to {wape['high']:.3f} | {scores} | {covered} | {single:.3f} |")


def _one(rows: pl.DataFrame, metric: str, quantile: float | None) -> float:
    return float(rows.filter(pl.col("metric") == metric, pl.col("quantile").eq_missing(quantile))["score"].item())


if __name__ == "__main__":
    main()
