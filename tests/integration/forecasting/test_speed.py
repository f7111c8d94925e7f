"""Ten thousand weekly series over three years on one thread."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import polars as pl

from forecasting.baselines.baseline import BASELINES
from forecasting.forecast import Horizon
from forecasting.panel.long_table import read_panel

SERIES, WEEKS = 10_000, 156
READ_S, BASELINES_S = 2.0, 5.0


def test_reading_and_every_baseline_take_seconds(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    raw = pl.DataFrame(
        {
            "sku": np.repeat([f"SKU-{number:06d}" for number in range(SERIES)], WEEKS),
            "week": np.tile(np.datetime64("2022-01-03") + 7 * np.arange(WEEKS), SERIES),
            "units": chance.poisson(chance.gamma(0.7, 4.0, (SERIES, 1)), (SERIES, WEEKS)).ravel(),
        }
    ).with_columns(pl.col("week").cast(pl.Date))
    raw.write_parquet(tmp_path / "history.parquet")
    start = time.process_time()
    panel = read_panel(tmp_path / "history.parquet")
    read = time.process_time()
    for baseline in BASELINES.values():
        baseline(panel, Horizon(2, 1))
    done = time.process_time()
    print(f"read {read - start:.2f} s, {len(BASELINES)} baselines {done - read:.2f} s")
    assert read - start < READ_S
    assert done - read < BASELINES_S
