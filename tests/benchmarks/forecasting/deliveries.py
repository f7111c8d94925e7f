"""`python -m tests.benchmarks.forecasting.deliveries`: are learned lead times calibrated on later deliveries?

USAID, Supply Chain Shipment Pricing Data (PEPFAR SCMS). Orders with a purchase order date and a delivery date; lines of one order
that were sent and delivered on the same days count once; the five delivered before they were sent are left out.
"""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forecasting.lead_times.learned import LeadTimes, learn
from forecasting.lead_times.purchases import Purchases, of_each
from forecasting.metrics import pinball
from forecasting.parameters import Floats

FILE: Final = Path(os.environ.get("SKULD_DATASETS", "")) / "scms_delivery_history.parquet"
IS_THERE: Final = bool(os.environ.get("SKULD_DATASETS")) and FILE.exists()
MONTHS: Final = (6, 1)
"""Between two cut-offs: orders of so many months are judged by what was learned before the first of them."""
LEVELS: Final = (0.5, 0.8, 0.9, 0.95)
SHIFT: Final = 1000.0
"""Added to delays, which may be negative, and taken off again."""
OFTEN: Final = 40
"""Later orders of a supplier whose own coverage is told."""
WAYS: Final = (
    "supplier, corrected",
    "supplier, not corrected",
    "all suppliers, corrected",
    "promised date",
    "promised date + supplier's delays, corrected",
)


def orders() -> pl.DataFrame:
    """`supplier`, `sent`, `promised`, `delivered` of each order, by the day it was sent."""
    names = {
        "Vendor": "supplier",
        "PO Sent to Vendor Date": "sent",
        "Scheduled Delivery Date": "promised",
        "Delivered to Client Date": "delivered",
    }
    raw = pl.read_parquet(FILE).select("PO / SO #", *names).rename(names)
    day_first = [pl.col(name).str.to_date("%d-%b-%y", strict=False) for name in ("promised", "delivered")]
    dated = raw.with_columns(
        pl.col("sent").str.to_date("%m/%d/%Y", strict=False).fill_null(pl.col("sent").str.to_date("%m/%d/%y", strict=False)),
        *day_first,
    )
    return (
        dated.drop_nulls()
        .filter(pl.col("delivered") >= pl.col("sent"))
        .unique()
        .drop("PO / SO #")
        .sort("sent", "supplier", "promised", "delivered")
    )


def main() -> None:
    """Coverage and pinball loss, in days, of each way to forecast a lead time."""
    if not IS_THERE:
        return
    table = orders()
    print(f"{table.height:,} orders of {table['supplier'].n_unique()} suppliers")
    for months in MONTHS:
        cutoffs = pl.date_range(date(2009, 1, 1), date(2015, 1, 1), f"{months}mo", eager=True).to_list()
        parts = [_asked(table, start, end) for start, end in itertools.pairwise(cutoffs)]
        later = pl.concat([part[0] for part in parts])
        said = {way: np.concatenate([part[1][way] for part in parts]) for way in WAYS}
        early = (later["sent"] < date(2012, 1, 1)).to_numpy()
        print(f"\nlearned every {months} months, {cutoffs[0]} to {cutoffs[-2]}")
        for title, rows in (("all", early | ~early), ("2009 to 2011", early), ("2012 to 2014", ~early)):
            _told(title, later, said, rows)
        _told_by_supplier(later, said)


def _told(title: str, later: pl.DataFrame, said: dict[str, Floats], rows: NDArray[np.bool_]) -> None:
    actual = _days(later, "delivered", "sent")[rows]
    print(f"\n{title}: {len(actual):,} later orders\n")
    print(
        "| lead time by | covered at .5 | .8 | .9 | .95 | pinball .5 | .8 | .9 | .95 |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    )
    for way in WAYS:
        quantiles = said[way][rows]
        covered = [f"{each:.3f}" for each in np.mean(actual[:, None] <= quantiles, axis=0)]
        losses = [f"{pinball(actual, quantiles[:, place], level).mean():.1f}" for place, level in enumerate(LEVELS)]
        print(f"| {way} | {' | '.join(covered + losses)} |")


def _told_by_supplier(later: pl.DataFrame, said: dict[str, Floats]) -> None:
    """How far each supplier's coverage is from its level, beside what chance alone would make of it."""
    actual = _days(later, "delivered", "sent")
    often = [rows for _, rows in of_each(later["supplier"].to_numpy()) if len(rows) >= OFTEN]
    levels = np.array(LEVELS)
    by_chance = np.mean([np.sqrt(levels * (1 - levels) / len(rows)) * np.sqrt(2 / np.pi) for rows in often], axis=0)
    print(f"\n{len(often)} suppliers with {OFTEN} later orders and more\n")
    print("| lead time by | mean distance of a supplier's coverage at .5 | .8 | .9 | .95 |\n|---|---:|---:|---:|---:|")
    for way in WAYS:
        off = np.mean([np.abs(np.mean(actual[rows, None] <= said[way][rows], axis=0) - levels) for rows in often], axis=0)
        print(f"| {way} | {' | '.join(f'{each:.3f}' for each in off)} |")
    print(f"| by chance alone | {' | '.join(f'{each:.3f}' for each in by_chance)} |")


def _asked(table: pl.DataFrame, start: date, end: date) -> tuple[pl.DataFrame, dict[str, Floats]]:
    """The orders between two cut-offs, and what each way says of them at the first."""
    known = table.filter(pl.col("sent") < start)
    later = table.filter(pl.col("sent") >= start, pl.col("sent") < end)
    promised = _days(later, "promised", "sent")[:, None]
    waits, delays = _purchases(known, start, "sent"), _purchases(known, start, "promised")
    alike = replace(waits, suppliers=np.full(len(known), ""))
    said = (
        _quantiles(learn(waits), later),
        _quantiles(learn(waits, is_corrected=False), later),
        _quantiles(learn(alike), later),
        promised.repeat(len(LEVELS), axis=1),
        np.maximum(promised + _quantiles(learn(delays), later) - SHIFT, 0.0),
    )
    return later, dict(zip(WAYS, said, strict=True))


def _purchases(known: pl.DataFrame, cutoff: date, since: str) -> Purchases:
    """As known at the cut-off; counted from the day the order was sent, or from the promised day."""
    ended = known.with_columns(pl.min_horizontal("delivered", pl.lit(cutoff)).alias("ended"), pl.lit(cutoff).alias("now"))
    shift = SHIFT if since == "promised" else 0.0
    return Purchases(
        known["supplier"].to_numpy().astype(np.str_),
        np.maximum(_days(ended, "ended", since) + shift, 0.0),
        (known["delivered"] >= cutoff).to_numpy(),
        _days(ended, "now", "sent"),
        _days(ended, "ended", "sent"),
    )


def _quantiles(found: LeadTimes, later: pl.DataFrame) -> Floats:
    each = {name: found.of(name).sample.quantile(np.array(LEVELS)) for name in later["supplier"].unique()}
    return np.array([each[name] for name in later["supplier"]]).reshape(-1, len(LEVELS))


def _days(table: pl.DataFrame, until: str, since: str) -> Floats:
    return (table[until] - table[since]).dt.total_days().to_numpy().astype(np.float64)


if __name__ == "__main__":
    main()
