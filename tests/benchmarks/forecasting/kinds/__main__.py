"""`python -m tests.benchmarks.forecasting.kinds [NAME …]`: what the model scores on each kind, beside the best simple method.

`--seed` for another draw, `--back` to judge so many cut-offs earlier: what is chosen is chosen there.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from forecasting.backtest import Backtest, latest_cutoffs
from forecasting.evaluation.evaluate import MODEL, SIMPLE
from forecasting.folds import backtest_in_folds
from forecasting.forecast import Horizon
from forecasting.metrics import LEVELS, bias, coverage, wape
from forecasting.model.forecaster import Fresh
from forecasting.model.settings import Settings
from forecasting.scores import mean_pinball
from forecasting.work import Here
from tests.benchmarks.forecasting.kinds.all import KINDS
from tests.benchmarks.forecasting.kinds.making import Kind

SHOWN = (0.5, 0.9, 0.95)


def judged(kind: Kind, seed: int, back: int, settings: Settings) -> tuple[Backtest, float]:
    """The model and every simple method at the kind's cut-offs, `back` of them earlier, and the CPU seconds of it all."""
    panel = kind.make(np.random.default_rng(seed))
    cutoffs = latest_cutoffs(panel, kind.cutoffs + back, kind.horizon, kind.horizon)[: kind.cutoffs]
    known = tuple(name for name in ("promotion", "price") if getattr(panel, name) is not None)
    began = time.process_time()
    result = backtest_in_folds(Here(), panel, {MODEL: Fresh(settings), **SIMPLE}, cutoffs, Horizon(kind.horizon, 0), known)
    return result, time.process_time() - began


def line(kind: Kind, result: Backtest) -> str:
    """A row of a table."""
    ours = result.forecasts[MODEL]
    absolute = {name: wape(result.actual, one.mean).value for name, one in result.forecasts.items()}
    losses = {name: mean_pinball(result, one).value for name, one in result.forecasts.items()}
    best = {min((name for name in found if name != MODEL), key=found.__getitem__): found for found in (absolute, losses)}
    simple = [f"{found[name]:.3f} {name}" for name, found in best.items()]
    if len(simple) == 1:
        name = next(iter(best))
        simple = [f"{absolute[name]:.3f} {name}", f"{losses[name]:.3f} {name}"]
    covered = " ".join(f"{coverage(result.actual, ours.quantiles[..., LEVELS.index(level)]).value:.2f}" for level in SHOWN)
    return (
        f"| {kind.name} | {kind.horizon}, {kind.cutoffs} | {absolute[MODEL]:.3f} | {simple[0]} | "
        f"{bias(result.actual, ours.mean).value:.3f} | {losses[MODEL]:.3f} | {simple[1]} | {covered} |"
    )


def main() -> None:
    """Print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*KINDS, []])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--back", type=int, default=0)
    given = parser.parse_args()
    for name in given.names or KINDS:
        result, seconds = judged(KINDS[name], given.seed, given.back, Settings(threads=1))
        print(line(KINDS[name], result), f"{seconds:.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()
