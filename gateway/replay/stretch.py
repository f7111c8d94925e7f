"""Which days of a file to replay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import polars as pl

from gateway.replay.lines import Lines

DEMO_DAYS: Final = 25
"""The four weeks before Christmas of the shop this was built on: 15 s of work for the embedded stores on two cores."""


def peak_stretch(lines: Lines, days: int = DEMO_DAYS) -> Lines:
    """Take the consecutive trading days that hold most lines; of equal stretches the earlier.

    A file without dates, or with no more days than asked for, is taken whole.
    """
    if days < 1:
        raise ValueError(f"days must be at least 1, got {days}")
    per_day = lines.table.drop_nulls("at").group_by(pl.col("at").dt.date().alias("day")).len().sort("day")
    if len(per_day) <= days:
        return lines
    loads = per_day["len"].cast(pl.Int64).rolling_sum(days)
    last = loads.arg_max()
    assert last is not None, "there are more days than asked for, so some stretch is full"
    return between(lines, per_day["day"][last - days + 1], per_day["day"][last])


def between(lines: Lines, first: date, last: date) -> Lines:
    """Take the lines of these days, both included, and the bad rows that stand among them in the file."""
    table = lines.table.filter(pl.col("at").dt.date().is_between(first, last))
    if table.is_empty():
        return replace(lines, table=table, bad=())
    lowest, highest = table.select(lowest=pl.col("row").min(), highest=pl.col("row").max()).row(0)
    bad = tuple(row for row in lines.bad if lowest <= row.row <= highest)
    return replace(lines, table=table, bad=bad)
