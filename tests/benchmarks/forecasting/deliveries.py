"""`python -m tests.benchmarks.forecasting.deliveries`: are learned lead times calibrated on later deliveries?

USAID, Supply Chain Shipment Pricing Data (PEPFAR SCMS). Orders with a purchase order date and a delivery date; lines of one order
that were sent and delivered on the same days count once; the five delivered before they were sent are left out.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from forecasting.lead_times.learned import Purchases, learn
from forecasting.metrics import pinball
from forecasting.parameters import Floats

FILE: Final = Path(os.environ.get("SKULD_DATASETS", "")) / "scms_delivery_history.parquet"
IS_THERE: Final = bool(os.environ.get("SKULD_DATASETS")) and FILE.exists()
CUTOFFS: Final = tuple(date(year, month, 1) for year in range(2009, 2015) for month in (1, 7))
AHEAD: Final = timedelta(days=183)
LEVELS: Final = (0.5, 0.8, 0.9, 0.95)
SHIFT: Final = 1000.0
"""Added to delays, which may be negative, and taken off again."""
WAYS: Final = (
    "supplier, shrunk to all",
    "the same, latest 2 years",
    "supplier alone",
    "all suppliers",
    "supplier, shrunk, open orders left out",
    "promised date",
    "promised date + supplier's delays",
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
    print(f"{table.height:,} orders of {table['supplier'].n_unique()} suppliers; cut-offs {CUTOFFS[0]} to {CUTOFFS[-1]}")
    said: dict[str, list[Floats]] = {way: [] for way in WAYS}
    came, few = [], []
    for cutoff in CUTOFFS:
        known = table.filter(pl.col("sent") < cutoff)
        later = table.filter(pl.col("sent") >= cutoff, pl.col("sent") < cutoff + AHEAD)
        came.append(_days(later, "delivered", "sent"))
        counts = dict(known.filter(pl.col("delivered") < cutoff)["supplier"].value_counts().iter_rows())
        few.append(np.array([counts.get(name, 0) < 8 for name in later["supplier"]]))
        for way, quantiles in _asked(known, later, cutoff).items():
            said[way].append(quantiles)
    actual, sparse = np.concatenate(came), np.concatenate(few)
    for title, rows in (("all", np.ones(len(actual), bool)), ("suppliers with fewer than 8 receipts", sparse)):
        print(
            f"\n{title}: {rows.sum():,} later orders\n\n| lead time by | covered at .5 | .8 | .9 | .95 | pinball .5 | .8 | .9 | .95 |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|"
        )
        for way in WAYS:
            quantiles = np.concatenate(said[way])[rows]
            covered = [f"{np.mean(actual[rows] <= quantiles[:, place]):.3f}" for place in range(len(LEVELS))]
            losses = [f"{pinball(actual[rows], quantiles[:, place], level).mean():.1f}" for place, level in enumerate(LEVELS)]
            print(f"| {way} | {' | '.join(covered + losses)} |")


def _asked(known: pl.DataFrame, later: pl.DataFrame, cutoff: date) -> dict[str, Floats]:
    received = known.filter(pl.col("delivered") < cutoff)
    recent = known.filter(pl.col("sent") >= cutoff - timedelta(days=730))
    promised = _days(later, "promised", "sent")[:, None].repeat(len(LEVELS), axis=1)
    suppliers = later["supplier"].to_list()
    alone = learn(_purchases(known, cutoff, "sent"), fewest=1)
    delays = learn(_purchases(known, cutoff, "promised"))
    return dict(
        zip(
            WAYS,
            (
                _quantiles(learn(_purchases(known, cutoff, "sent")), suppliers),
                _quantiles(learn(_purchases(recent, cutoff, "sent")), suppliers),
                _quantiles(alone, suppliers),
                _quantiles(alone, [""] * len(suppliers)),
                _quantiles(learn(_purchases(received, cutoff, "sent")), suppliers),
                promised,
                np.maximum(promised + _quantiles(delays, suppliers) - SHIFT, 0.0),
            ),
            strict=True,
        )
    )


def _purchases(known: pl.DataFrame, cutoff: date, since: str) -> Purchases:
    """As known at the cut-off; counted from the day the order was sent, or from the promised day."""
    is_open = (known["delivered"] >= cutoff).to_numpy()
    ended = known.with_columns(pl.min_horizontal("delivered", pl.lit(cutoff)).alias("ended"))
    shift = SHIFT if since == "promised" else 0.0
    return Purchases(known["supplier"].to_list(), np.maximum(_days(ended, "ended", since) + shift, 0.0), is_open)


def _quantiles(found, suppliers: list[str]) -> Floats:  # type: ignore[no-untyped-def]
    each = {name: found.of(name).quantile(np.array(LEVELS)) for name in set(suppliers)}
    return np.stack([each[name] for name in suppliers])


def _days(table: pl.DataFrame, until: str, since: str) -> Floats:
    return (table[until] - table[since]).dt.total_days().to_numpy().astype(np.float64)


if __name__ == "__main__":
    main()
