"""Forecasters by name: the model, the baselines, their combination, and any other that can be imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from forecasting.baselines.baseline import BASELINES
from forecasting.baselines.combination import COMBINATION
from forecasting.forecast import Forecast, Forecaster, Horizon
from forecasting.model.forecaster import Reused
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError

MODEL: Final = "model"
CALLS_PER_FIT: Final = 4
"""So often a fit of the model is asked before it is fitted anew,"""
MOST_FITS: Final = 12
"""unless it would then be fitted more often than this."""
FORECASTERS: Final[dict[str, Forecaster]] = {"combination": COMBINATION, **BASELINES}


@dataclass(frozen=True, slots=True)
class Imported:
    """A `Forecaster` of somebody else's: what goes wrong in it is told by its name."""

    name: str
    found: Callable[[Panel, Horizon], object]

    def __call__(self, history: Panel, horizon: Horizon) -> Forecast:
        """What it says.

        Raises:
            ParameterError: it failed, or its answer is no forecast.
        """
        try:
            said = self.found(history, horizon)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise ParameterError("forecaster", repr(self.name), f"a forecaster that does not fail ({why})") from error
        if not isinstance(said, Forecast):
            raise ParameterError("forecaster", repr(self.name), f"a forecaster whose answer is a Forecast, not {said!r:.80}")
        return said


def calls_per_fit(askings: int) -> int:
    """How often a fit of the model serves when it is asked so many times in all."""
    return max(CALLS_PER_FIT, -(-askings // MOST_FITS))


def forecaster_named(name: str, askings: int = 0) -> Forecaster:
    """The learned model, one of `FORECASTERS`, or what stands in a module as `package.module:object`.

    `askings`: how often it is going to be asked.

    Raises:
        ParameterError: there is none of that name.
    """
    if name == MODEL:
        return Reused(calls_per_fit(askings))
    if name in FORECASTERS:
        return FORECASTERS[name]
    module, colon, attribute = name.partition(":")
    if not colon:
        raise ParameterError("forecaster", repr(name), f"one of {', '.join((MODEL, *FORECASTERS))}, or module:object")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ParameterError("forecaster", repr(name), f"something that can be imported ({error})") from None
    if not callable(found):
        raise ParameterError("forecaster", repr(name), "callable with a history and a horizon")
    return Imported(name, found)
