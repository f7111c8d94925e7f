"""A backtest in folds: each cut-off is a piece of work, in which everything is fitted anew."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import NamedTuple

from forecasting.backtest import Backtest, backtest, joined
from forecasting.forecast import Forecaster, Horizon
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError
from forecasting.work import Progress, Runner, silent


class _Contest(NamedTuple):
    """What every fold needs."""

    panel: Panel
    forecasters: dict[str, Forecaster]
    horizon: Horizon
    known_beforehand: tuple[str, ...]


def backtest_in_folds(
    runner: Runner,
    panel: Panel,
    forecasters: Mapping[str, Forecaster],
    cutoffs: tuple[int, ...],
    horizon: Horizon,
    known_beforehand: tuple[str, ...] = (),
    progress: Progress = silent,
) -> Backtest:
    """`backtest`, its cut-offs one by one; the same result. Forecasters remember nothing from one cut-off to the next."""
    contest = _Contest(panel, dict(forecasters), horizon, known_beforehand)
    return joined(runner.run(_fold, contest, cutoffs, "backtest", progress))


def _fold(contest: _Contest, cutoff: int) -> Backtest:
    own = deepcopy(contest.forecasters)  # folds go on side by side: none finds what another one has fitted
    return backtest(contest.panel, own, (cutoff,), contest.horizon, contest.known_beforehand)


def cutoffs_that_fit(periods: int, protection: int, wanted: int, step: int | None = None) -> tuple[int, ...]:
    """The latest cut-offs that a history has room for, as many as wanted or fewer.

    Args:
        periods: of the history.
        protection: periods after each cut-off that must be in it.
        wanted: how many.
        step: periods between two; when None as many as keep half the history before the first one, at most `protection`, for
            then the sums do not overlap.
    Returns:
        Periods known at each, rising, one at least.
    Raises:
        ParameterError: there is no room for a single one.
    """
    for name, number in (("cutoffs", wanted), ("step", 1 if step is None else step), ("horizon", protection)):
        if number < 1:
            raise ParameterError(name, number, "1 or more")
    last = periods - protection
    if last < 1:
        raise ParameterError("history", f"of {periods} periods", f"longer than the horizon of {protection}")
    if step is None:
        step = max(min((last - periods // 2) // max(wanted - 1, 1), protection), 1)
    count = min(wanted, (last - 1) // step + 1)
    return tuple(range(last - (count - 1) * step, last + 1, step))
