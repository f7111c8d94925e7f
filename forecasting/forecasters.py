"""Forecasters by name: the baselines, their combination, and any other that can be imported."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from forecasting.baselines.baseline import BASELINES
from forecasting.baselines.combination import COMBINATION
from forecasting.forecast import Forecaster
from forecasting.parameters import ParameterError

FORECASTERS: Final[dict[str, Forecaster]] = {"combination": COMBINATION, **BASELINES}


def forecaster_named(name: str) -> Forecaster:
    """One of `FORECASTERS`, or what stands in a module as `package.module:object`.

    Raises:
        ParameterError: there is none of that name.
    """
    if name in FORECASTERS:
        return FORECASTERS[name]
    module, colon, attribute = name.partition(":")
    if not colon:
        raise ParameterError("forecaster", repr(name), f"one of {', '.join(FORECASTERS)}, or module:object")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ParameterError("forecaster", repr(name), f"something that can be imported ({error})") from None
    if not callable(found):
        raise ParameterError("forecaster", repr(name), "callable with a history and a horizon")
    forecaster: Forecaster = found
    return forecaster
