"""Skuld and its peers on the same histories: each in a process and environment of its own, all scored by the same code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from forecasting.backtest import Backtest, came_after, gathered
from forecasting.forecast import Forecast, Horizon
from forecasting.metrics import LEVELS
from forecasting.panel.panel import Panel
from tests.benchmarks.forecasting.peers.environment import peers_python

HERE: Final = Path(__file__).parent
THREADS: Final = 2
"""Of each contestant, unless the machine is shared: then one thread each gives CPU seconds that mean something."""
PATIENCE_S: Final = 1_800.0


@dataclass(frozen=True, slots=True)
class Contestant:
    """Who takes part: `module` and `name` of its function, and for how many series at most (None: all)."""

    title: str
    module: str
    name: str
    most_series: int | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it runs in Skuld's environment."""
        return self.module == "ours"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one contestant: seconds and CPU seconds of fit and forecast at a cut-off, medians; resident MB at most; series."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    series: int


CONTESTANTS: Final = (
    Contestant("Skuld, model", "ours", "model"),
    Contestant("Skuld, combination", "ours", "combination"),
    Contestant("mlforecast, quick start", "nixtla_trees", "quick start"),
    Contestant("mlforecast, quick start with differences", "nixtla_trees", "differenced"),
    Contestant("mlforecast, tuned", "nixtla_trees", "tuned"),
    Contestant("mlforecast, with quantiles", "nixtla_trees", "quantiles"),
    Contestant("AutoETS", "nixtla_statistics", "AutoETS"),
    Contestant("AutoARIMA", "nixtla_statistics", "AutoARIMA", most_series=100),
)


def contest(
    panel: Panel,
    cutoffs: tuple[int, ...],
    horizon: Horizon,
    folder: Path,
    contestants: Sequence[Contestant] = CONTESTANTS,
    threads: int = THREADS,
) -> tuple[Backtest, dict[str, Cost]]:
    """Let each forecast at every cut-off, one contestant after the other.

    Args:
        folder: for the histories and what comes of them.
    Raises:
        NoPeers: their environment cannot be built.
        RuntimeError: a contestant failed; with the end of what it said.
    """
    said: dict[str, list[Forecast]] = {}
    costs: dict[str, Cost] = {}
    for contestant in contestants:
        rows = sample(panel, contestant.most_series)
        histories = folder / f"histories-{len(rows)}"
        if not histories.exists():
            write_histories(panel.select(rows), cutoffs, horizon, histories, threads)
        found, measured = _ask(contestant, histories, folder, threads)
        said[contestant.title] = [_placed(panel, found.filter(pl.col("cutoff") == cutoff)) for cutoff in cutoffs]
        costs[contestant.title] = _cost(measured, len(rows))
    truths = [came_after(panel, cutoff, horizon.protection) for cutoff in cutoffs]
    days = tuple(panel.periods.up_to(cutoff).last_day for cutoff in cutoffs)
    return gathered(panel, days, truths, said), costs


def sample(panel: Panel, most: int | None) -> np.ndarray:
    """Places of at most so many series, evenly spaced."""
    return (
        np.arange(len(panel))
        if most is None
        else np.unique(np.linspace(0, len(panel) - 1, min(most, len(panel))).astype(np.int64))
    )


def write_histories(panel: Panel, cutoffs: tuple[int, ...], horizon: Horizon, folder: Path, threads: int = THREADS) -> None:
    """What is known at each cut-off as a file of its own: whoever reads it cannot see beyond."""
    folder.mkdir(parents=True)
    starts = pl.Series("start", panel.periods.starts)
    for cutoff in cutoffs:
        known = panel.up_to(cutoff).units
        series, places = np.nonzero(~np.isnan(known) & ~np.isnan(known[:, -1:]))
        table = pl.DataFrame(
            {"sku": panel.series["sku"].gather(series), "start": starts.gather(places), "units": known[series, places]}
        )
        table.write_parquet(folder / f"{cutoff}.parquet")
    unit = panel.periods.frequency.value
    task = {"cutoffs": cutoffs, "protection": horizon.protection, "unit": unit, "levels": LEVELS, "threads": threads, "seed": 1}
    (folder / "task.json").write_text(json.dumps(task))


def _ask(contestant: Contestant, histories: Path, folder: Path, threads: int) -> tuple[pl.DataFrame, dict[str, Any]]:
    python = sys.executable if contestant.is_ours else str(peers_python())
    output = folder / contestant.title.replace(" ", "-")
    command = [python, str(HERE / "worker.py"), contestant.module, contestant.name, str(histories), str(output)]
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "POLARS_MAX_THREADS", "NUMBA_NUM_THREADS")}
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **limits}, timeout=PATIENCE_S
    )
    if ended.returncode:
        raise RuntimeError(f"{contestant.title} failed: {ended.stderr.strip()[-800:]}")
    return pl.read_parquet(output.with_suffix(".parquet")), json.loads(output.with_suffix(".json").read_text())


def _placed(panel: Panel, found: pl.DataFrame) -> Forecast:
    """What was said of each series of the panel; NaN of the others, and quantiles of NaN where there are none."""
    names = [f"p{100 * level:g}" for level in LEVELS]
    missing = [pl.lit(None, pl.Float64).alias(name) for name in names if name not in found.columns]
    whole = panel.series.select("sku").join(found.with_columns(missing), on="sku", how="left", maintain_order="left")
    columns = whole.select("mean", *names).cast(pl.Float64).fill_null(np.nan).to_numpy()
    return Forecast(columns[:, 0], np.maximum.accumulate(columns[:, 1:], axis=1))


def _cost(measured: dict[str, Any], series: int) -> Cost:
    seconds, cpu_seconds = (float(np.median([one[name] for one in measured["cutoffs"]])) for name in ("seconds", "cpu_seconds"))
    return Cost(seconds, cpu_seconds, float(measured["peak_mb"]), series)
