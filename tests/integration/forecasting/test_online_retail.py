"""Baselines on a real shop: the protocol of the demand forecasts, and how good experience is there."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forecasting.backtest import Backtest, backtest
from forecasting.baselines.baseline import BASELINES
from forecasting.forecast import Horizon
from forecasting.panel.long_table import panel_from
from forecasting.scores import beside, score_table

FILE = Path(os.environ.get("SKULD_DATASETS", "")) / "online_retail_2010_2011_lines.parquet"
CUTOFFS = tuple(range(28, 50, 3))
TOP = 2_000

pytestmark = pytest.mark.skipif(
    not os.environ.get("SKULD_DATASETS") or not FILE.exists(), reason="SKULD_DATASETS does not hold the real file"
)


def weekly_demand(lines: pl.DataFrame) -> pl.DataFrame:
    """What was wanted in the United Kingdom, per SKU and week (Monday to Sunday).

    Goods only (five digits, up to three letters, upper case), quantity and price above zero, no cancellations. A line that a
    cancellation undid in the same week (same customer, SKU and quantity, the latest before it, each line once) is taken out:
    it was a mistake, the orders of 80,995 and 74,215 units among them. What came back in a later week was wanted when it was
    ordered, and nobody knew better at the cut-offs in between. Cancellations that match no line are ignored.
    """
    uk = lines.filter(pl.col("Country") == "United Kingdom").with_row_index("line")
    uk = uk.with_columns(pl.col("StockCode").str.strip_chars().str.to_uppercase().alias("sku"))
    goods = uk.filter(pl.col("sku").str.contains(r"^\d{5}[A-Z]{0,3}$"))
    undone = pl.col("InvoiceNo").str.starts_with("C")
    wanted = goods.filter(~undone & (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0))
    kept = wanted.filter(~pl.col("line").is_in(_undone(wanted, goods.filter(undone & (pl.col("Quantity") < 0)))))
    week = pl.col("InvoiceDate").dt.date().dt.truncate("1w").alias("week")
    return kept.group_by("sku", week).agg(pl.col("Quantity").sum().alias("units"))


def _undone(wanted: pl.DataFrame, cancellations: pl.DataFrame) -> list[int]:
    key = ["CustomerID", "sku", "Quantity"]
    pairs = cancellations.with_columns(-pl.col("Quantity")).join(wanted, on=key, nulls_equal=True, suffix=" of order")
    ordered, undone = pl.col("InvoiceDate of order"), pl.col("InvoiceDate")
    pairs = pairs.filter((ordered <= undone) & (ordered.dt.truncate("1w") == undone.dt.truncate("1w")))
    pairs = pairs.sort("InvoiceDate", "line", "InvoiceDate of order", "line of order", descending=[False, False, True, True])
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for cancellation, line in pairs.select("line", "line of order").iter_rows():
        if cancellation not in matched and line not in taken:
            matched[cancellation] = line
            taken.add(line)
    return sorted(taken)


@pytest.fixture(scope="module")
def result() -> Backtest:
    """Lead time 2 weeks, review 1, every third week from the 28th on: the 3-week sums follow each other without overlap."""
    panel = panel_from(weekly_demand(pl.read_parquet(FILE)))
    units = np.nansum(panel.units[:, : CUTOFFS[0]], axis=1)
    top = panel.select(np.sort(np.argsort(-units, kind="stable")[:TOP]))
    return backtest(top, BASELINES, CUTOFFS, Horizon(lead_time=2, review=1))


def test_what_the_baselines_score(result: Backtest) -> None:
    table = score_table(result, resamples=50).filter(pl.col("cutoff").is_null(), pl.col("target") == "sum")
    wape = dict(table.filter(metric="wape").select("forecaster", "score").iter_rows())
    bias = dict(table.filter(metric="bias").select("forecaster", "score").iter_rows())
    assert wape["experience"] == pytest.approx(0.585, abs=0.002)
    assert wape["exponential smoothing"] == pytest.approx(0.570, abs=0.002)
    assert bias["experience"] == pytest.approx(-0.107, abs=0.002)  # autumn grows
    assert set(table.filter(metric="wape")["series"]) == {TOP}


def test_the_huge_orders_that_were_cancelled_are_not_demand(result: Backtest) -> None:
    assert np.nanmax(result.actual) < 20_000


def test_exponential_smoothing_is_hardly_better_than_experience(result: Backtest) -> None:
    found = beside(result, "exponential smoothing", "experience")
    assert found.low < 0 < found.saved < found.high
