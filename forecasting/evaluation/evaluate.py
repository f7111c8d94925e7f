"""The model and every baseline on a history: backtest by rolling origin, and what the model expects next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from forecasting.backtest import Backtest, planned
from forecasting.baselines.baseline import BASELINES
from forecasting.baselines.combination import Combination
from forecasting.bootstrap import Comparison, Draws, compare, draws
from forecasting.fitting import fit_in_pieces
from forecasting.folds import backtest_in_folds, cutoffs_that_fit
from forecasting.forecast import Forecast, Forecaster, Horizon, refuse_bad
from forecasting.forecasters import forecaster_named
from forecasting.metrics import LEVELS, wape
from forecasting.model.forecaster import Fresh
from forecasting.model.model import Model
from forecasting.model.settings import Settings
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError
from forecasting.scores import mean_pinball
from forecasting.shards import forecast_in_shards
from forecasting.work import Progress, Runner, silent

MODEL: Final = "model"
SIMPLE: Final[Mapping[str, Forecaster]] = {**BASELINES, "combination": Combination(LEVELS)}
"""What a model must beat."""
PLANNABLE: Final = ("promotion", "price")


@dataclass(frozen=True, slots=True)
class Request:
    """What to evaluate.

    Attributes:
        horizon: periods whose sum is forecast: lead time plus review.
        cutoffs: how many; fewer when the history is short.
        step: periods between two of them; see `cutoffs_that_fit`.
        others: further forecasters, by name or as module:object.
        blind: promotions and prices are not told ahead.
        settings: of the model.
    """

    horizon: int
    cutoffs: int = 8
    step: int | None = None
    others: tuple[str, ...] = ()
    blind: bool = False
    settings: Settings = field(default_factory=lambda: Settings(threads=1))

    @property
    def ahead(self) -> Horizon:
        """The horizon, without a plan."""
        return Horizon(self.horizon, 0)

    def known_beforehand(self, panel: Panel) -> tuple[str, ...]:
        """Columns of a panel that forecasters are told ahead."""
        return () if self.blind else tuple(name for name in PLANNABLE if getattr(panel, name) is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What came of it.

    Attributes:
        request, panel: what was asked, on what.
        result: the backtest of the model (called `MODEL`) and of all others.
        model: fitted on the whole history.
        ahead: its forecast of what follows the history.
    """

    request: Request
    panel: Panel
    result: Backtest
    model: Model
    ahead: Forecast


@dataclass(frozen=True, slots=True)
class Rival:
    """Another forecaster beside the model.

    Attributes:
        name: of it.
        pinball: how much lower the model's mean scaled pinball loss is.
        wape: how much lower its WAPE is.
    """

    name: str
    pinball: Comparison
    wape: Comparison


def evaluate(panel: Panel, request: Request, runner: Runner, progress: Progress = silent) -> Evaluation:
    """Judge the model, everything fitted anew at each cut-off; then fit it on the whole history and forecast.

    Raises:
        ParameterError: the history is too short for one cut-off, or an option does not fit it.
    """
    if not len(panel):
        raise ParameterError("history", "without series", "one with a SKU at least that was on sale")
    forecasters: dict[str, Forecaster] = {MODEL: Fresh(request.settings), **SIMPLE}
    forecasters |= {name: forecaster_named(name) for name in request.others}
    cutoffs = cutoffs_that_fit(len(panel.periods), request.horizon, request.cutoffs, request.step)
    known = request.known_beforehand(panel)
    result = backtest_in_folds(runner, panel, forecasters, cutoffs, request.ahead, known, progress)
    learned = replace(request.ahead, plan=planned(panel, len(panel.periods), request.ahead, known))
    return with_what_follows(request, panel, result, (learned, request.ahead), runner, progress)


def with_what_follows(
    request: Request,
    panel: Panel,
    result: Backtest,
    horizons: tuple[Horizon, Horizon],
    runner: Runner,
    progress: Progress = silent,
) -> Evaluation:
    """The judged model, fitted on the whole history, and its forecast of what follows.

    Args:
        horizons: the one that it learns to look ahead at, and the one that is forecast, each with what is planned.
    """
    learned, asked = horizons
    model = fit_in_pieces(runner, panel, learned, request.settings, progress)
    ahead = forecast_in_shards(runner, model, panel, asked, progress)
    refuse_bad(ahead, MODEL, panel.on_sale()[:, -1])
    return Evaluation(request, panel, result, model, ahead)


def judged_beside_baselines(
    runner: Runner,
    panel: Panel,
    horizon: Horizon,
    settings: Settings,
    cutoffs: int,
    known_beforehand: tuple[str, ...] = (),
    progress: Progress = silent,
) -> Backtest:
    """The backtest of a model and of all that is `SIMPLE`; the columns `known_beforehand` are told ahead."""
    places = cutoffs_that_fit(len(panel.periods), horizon.protection, cutoffs)
    return backtest_in_folds(runner, panel, {MODEL: Fresh(settings), **SIMPLE}, places, horizon, known_beforehand, progress)


def rivals(result: Backtest, drawn: Draws | None = None) -> list[Rival]:
    """Every other forecaster beside the model, the one that comes nearest to it in pinball loss first."""
    if result.series.is_empty():
        return []
    drawn = drawn or draws(len(result.cutoffs), result.series.height)
    ours = result.forecasts[MODEL]
    found = []
    for name, theirs in result.forecasts.items():
        if name != MODEL:
            pinball = compare(mean_pinball(result, ours), mean_pinball(result, theirs), drawn)
            absolute = compare(wape(result.actual, ours.mean), wape(result.actual, theirs.mean), drawn)
            found.append(Rival(name, pinball, absolute))
    return sorted(found, key=lambda rival: (rival.pinball.saved != rival.pinball.saved, rival.pinball.saved))
