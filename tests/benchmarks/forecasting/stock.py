"""`python -m tests.benchmarks.forecasting.stock`: stock at equal fill rate on real demand, as tables for a document."""

from __future__ import annotations

import time

import numpy as np
import polars as pl

from forecasting.baselines.baseline import BASELINES
from forecasting.forecasters import FORECASTERS, MODEL
from forecasting.panel.panel import Panel
from forecasting.parameters import Floats
from forecasting.simulation.comparison import EXPERIENCE, Contest, contest, rows
from forecasting.simulation.frontier import FILL_RATES, Frontier, compare_stock
from forecasting.simulation.levels import (
    COARSE_COVERS,
    COARSE_PRICES,
    COARSE_SCORES,
    at_quantile,
    by_worth,
    cover,
    same_fill,
    textbook,
)
from forecasting.simulation.request import Prepared, Request, prepare
from forecasting.simulation.rolling import Rolled, rolled
from forecasting.simulation.trial import Trial
from tests.benchmarks.forecasting import car_parts, online_retail, warehouse

SHOWN = ("exponential smoothing", "TSB, counts", "combination", MODEL)


def main() -> None:
    """Print a table for each data set that is there."""
    if online_retail.IS_THERE:
        panel = online_retail.top_sellers()
        every = (MODEL, *(name for name in FORECASTERS if name != "experience"))
        compared("Online Retail, weeks, lead time 2, review 1", panel, Request((2,), warm_up=28, forecasters=every))
        by_class = Request((2,), warm_up=28, forecasters=("combination", "TSB, counts"), by_class=True)
        allocation(compared("The same, safety by class", panel, by_class), panel)
        compared("The same, lost sales", panel, Request((2,), warm_up=28, lost_sales=True))
        compared("The same, each order takes 1, 2, 2 or 4 weeks", panel, Request((1, 2, 2, 4), warm_up=28))
        compared("The same, packs of 12", panel, Request((2,), warm_up=28, multiple=12))
    if car_parts.IS_THERE:
        compared(
            "Car parts, months, lead time 2, review 1",
            car_parts.sold_throughout(),
            Request((2,), warm_up=27, forecasters=SHOWN, by_class=True),
        )
    if warehouse.IS_THERE:
        compared(
            "Warehouse, shipping days, lead time 3, review 1",
            warehouse.shipping_days(),
            Request((3,), warm_up=warehouse.DAYS_KNOWN, forecasters=SHOWN),
        )


def compared(title: str, panel: Panel, request: Request) -> Prepared:
    """Every forecaster's own quantiles beside weeks of cover."""
    start = time.process_time()
    plan = prepare(request, panel)
    found = contest(plan.trial, plan.forecasters, plan.shape, FILL_RATES, plan.groups, plan.floors)
    _show(title, plan, found, time.process_time() - start)
    return plan


def _show(title: str, plan: Prepared, found: Contest, seconds: float) -> None:
    trial = plan.trial
    last = len(trial.panel.periods)
    print(
        f"\n## {title}: {len(trial.rows):,} SKUs, {len(trial.left_out):,} left out, {last - trial.windows.judge} periods judged, {seconds:.0f} s\n"
    )
    print("| policy | stock at .90 | less | stock at .95 | less (95 % interval) | turns at .95 | stock at .98 | less |")
    print("|---|---:|---:|---:|---|---:|---:|---:|")
    table = {(row.policy, row.fill_rate): row for row in rows(found)}
    for name in found.curves:
        low, middle, high = (table[name, rate] for rate in FILL_RATES)
        cells = [f"{low.average_on_hand:,.0f}", f"{low.against.saved:.1%}", f"{middle.average_on_hand:,.0f}"]
        cells.append(
            "" if name == EXPERIENCE else f"{middle.against.saved:.1%} ({middle.against.low:.1%} to {middle.against.high:.1%})"
        )
        cells += [f"{middle.turns:.2f}", f"{high.average_on_hand:,.0f}", f"{high.against.saved:.1%}"]
        print(f"| {name} | {' | '.join(cells)} |".replace("nan%", "").replace("nan", "not reached"))
    for name, tuning in found.tunings.items():
        moved = {group: round(offset, 2) for group, offset in tuning.offsets.items() if offset}
        if moved:
            print(f"\n{name}, offsets by class: {moved}")


def allocation(plan: Prepared, panel: Panel) -> None:
    """One forecast, the combination's, shared out among SKUs by different rules."""
    trial = plan.trial
    forecast, experience = (_asked(trial, name) for name in ("combination", "experience"))
    price = _prices(trial.panel)
    review_share = trial.horizon.review / trial.horizon.protection
    curves = {
        "weeks of cover of the mean of 13": trial.frontier(cover(experience), COARSE_COVERS),
        "mean of 13 + z s sqrt(P)": trial.frontier(
            textbook(experience, _spread(trial), trial.horizon.protection), COARSE_SCORES
        ),
        "the combination's mean, one cover": trial.frontier(cover(forecast), COARSE_COVERS),
        "one fill rate for each SKU": trial.frontier(same_fill(forecast, review_share), COARSE_SCORES),
        "one critical ratio": trial.frontier(at_quantile(forecast), COARSE_SCORES),
        "ratios by price": trial.frontier(by_worth(forecast, price / np.median(price)), COARSE_PRICES),
    }
    print(
        "\n| rule | stock at .90 | stock at .95 | less | money at .95, 1,000 pounds | less | stock at .98 |\n|---|---:|---:|---:|---:|---:|---:|"
    )
    first = next(iter(curves.values()))
    for name, curve in curves.items():
        stock = [float(curve.stock(rate)[0]) for rate in FILL_RATES]
        units, money = compare_stock(curve, first, 0.95), compare_stock(curve, first, 0.95, worth=price)
        held = float(curve.stock(0.95, None, price)[0]) / 1000
        print(
            f"| {name} | {stock[0]:,.0f} | {stock[1]:,.0f} | {units.saved:.1%} | {held:,.0f} | {money.saved:.1%} | {stock[2]:,.0f} |"
        )
    _small_ones(curves, plan, panel)


def _small_ones(curves: dict[str, Frontier], plan: Prepared, panel: Panel) -> None:
    """What each rule gives the SKUs of a class at .95 together."""
    assert plan.groups is not None
    letters = np.array([group[0] for group in plan.groups])
    print(
        f"\n| fill rate at .95 of all | A, {np.sum(letters == 'A')} SKUs | B, {np.sum(letters == 'B')} | C, {np.sum(letters == 'C')} |\n|---|---:|---:|---:|"
    )
    for name, curve in curves.items():
        point = curve.at(0.95)
        if point is not None:
            found = [float(curve.between(curve.outcome.select(letters == letter).fill_rate, point)) for letter in "ABC"]
            print(f"| {name} | {found[0]:.3f} | {found[1]:.3f} | {found[2]:.3f} |")


def _asked(trial: Trial, name: str) -> Rolled:
    return rolled(trial.panel, FORECASTERS.get(name, BASELINES["experience"]), trial.asked, trial.horizon)


def _spread(trial: Trial):  # type: ignore[no-untyped-def]  # a function of the period
    target = trial.panel.target().astype(np.float64)

    def spread(now: int) -> Floats:
        window = target[:, max(now - 13, 0) : now]
        known = ~np.isnan(window)
        count = np.maximum(known.sum(axis=1), 1)
        mean = np.where(known, window, 0.0).sum(axis=1) / count
        return np.sqrt((np.where(known, window - mean[:, None], 0.0) ** 2).sum(axis=1) / np.maximum(count - 1, 1))

    return spread


def _prices(panel: Panel) -> Floats:
    """Median price of each SKU before judging, pounds."""
    lines = pl.read_parquet(online_retail.FILE).filter(
        pl.col("UnitPrice") > 0,
        pl.col("Quantity") > 0,
        pl.col("InvoiceDate").dt.date() < panel.periods.up_to(28).ends[-1].item(),
    )
    median = lines.group_by(pl.col("StockCode").str.strip_chars().str.to_uppercase().alias("sku")).agg(
        pl.col("UnitPrice").median().alias("price")
    )
    return panel.series.join(median, on="sku", how="left", maintain_order="left")["price"].to_numpy().astype(np.float64)


if __name__ == "__main__":
    main()
