"""One contestant in a process of its own: reads what was known at each cut-off, forecasts, and measures itself.

    python worker.py MODULE NAME FOLDER OUTPUT

It runs in the environment of either side and knows neither: `MODULE.CONTESTANTS[NAME]` is a function from a long table (`sku`,
`start`, `units`) and a `Task` to one row for each SKU: `sku`, `mean`, and quantiles where it has them, of the sum.
`FOLDER` holds `task.json` and a Parquet file for each cut-off; `OUTPUT.parquet` and `OUTPUT.json` are written.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

WARM_UP_SKUS: Final = 40
"""Forecast first, unmeasured: what is imported late and compiled at first use is nobody's speed."""


class Task(NamedTuple):
    """`protection` periods ahead, each a `unit` (`day`, `week`, `month`); quantiles `levels`; `season` periods in a year."""

    cutoffs: list[int]
    protection: int
    unit: str
    levels: list[float]
    threads: int
    seed: int


Contestant = Callable[[pl.DataFrame, Task], pl.DataFrame]


def main(module: str, name: str, folder: Path, output: Path) -> None:
    """Forecast at every cut-off, one after the other."""
    contestant: Contestant = importlib.import_module(module).CONTESTANTS[name]
    task = Task(**json.loads((folder / "task.json").read_text()))
    first = pl.read_parquet(folder / f"{task.cutoffs[0]}.parquet")
    contestant(first.filter(pl.col("sku").is_in(first["sku"].unique(maintain_order=True)[:WARM_UP_SKUS].implode())), task)
    found, measured = [], []
    for cutoff in task.cutoffs:
        history = pl.read_parquet(folder / f"{cutoff}.parquet")
        began, spent = time.perf_counter(), cpu_seconds()
        forecast = contestant(history, task)
        measured.append({"cutoff": cutoff, "seconds": time.perf_counter() - began, "cpu_seconds": cpu_seconds() - spent})
        found.append(forecast.with_columns(pl.lit(cutoff).alias("cutoff")))
    pl.concat(found, how="diagonal").write_parquet(output.with_suffix(".parquet"))
    output.with_suffix(".json").write_text(json.dumps({"cutoffs": measured, "peak_mb": peak_mb(task.threads)}))


def cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_mb(workers: int) -> float:
    """Resident at most, with as many children as work at a time, if there were any.

    `ru_maxrss` of this process would begin with that of the one which started it; the kernel's high-water mark does not.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return (own + workers * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
