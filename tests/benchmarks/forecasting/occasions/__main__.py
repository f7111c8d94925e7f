"""`python -m tests.benchmarks.forecasting.occasions [NAME …]`: units that a forecast says events add, beside the truth.

`--draws` so many of each. Biases are of the units that events add, of the rest and of the mean, all of them shares of what is
true of them; `error` is what the mean of a SKU misses, as a share of it; `periods` that of its single periods.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import numpy as np

from forecasting.model.fit import fit
from forecasting.model.settings import Settings
from tests.benchmarks.forecasting.occasions.kinds import KINDS
from tests.benchmarks.forecasting.occasions.making import Shop


class Judged(NamedTuple):
    """What a forecast says beside the truth, shares."""

    events: float
    rest: float
    mean: float
    error: float
    periods: float


def judged(shop: Shop) -> Judged:
    """Of one shop, by a model that is fitted on it."""
    said = fit(shop.panel, shop.horizon, Settings(threads=1)).forecast(shop.panel, shop.horizon)
    adds = np.zeros(len(shop.panel)) if said.events is None else said.events.total
    whole, usual = shop.lifted.sum(axis=1), shop.usual.sum(axis=1)
    true = (whole - usual).sum()
    periods = np.zeros(shop.lifted.shape) if said.by_period is None else said.by_period
    return Judged(
        adds.sum() / true - 1 if abs(true) > 1e-9 else adds.sum() / usual.sum(),
        (said.mean - adds).sum() / usual.sum() - 1,
        said.mean.sum() / whole.sum() - 1,
        float(np.abs(said.mean - whole).sum() / whole.sum()),
        float(np.abs(periods - shop.lifted).sum() / whole.sum()),
    )


def main() -> None:
    """Print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*KINDS, []])
    parser.add_argument("--draws", type=int, default=4)
    parser.add_argument("--first", type=int, default=1)
    given = parser.parse_args()
    for name in given.names or KINDS:
        began = time.process_time()
        seeds = range(given.first, given.first + given.draws)
        draws = np.array([judged(KINDS[name].make(np.random.default_rng(seed))) for seed in seeds])
        columns = [f"{mean:+.2f}" for mean in draws.mean(axis=0)]
        spread = f"({draws[:, 0].min():+.2f} to {draws[:, 0].max():+.2f})"
        row = " | ".join([KINDS[name].what, str(given.draws), f"{columns[0]} {spread}", *columns[1:]])
        print(f"| {row} | {time.process_time() - began:.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()
