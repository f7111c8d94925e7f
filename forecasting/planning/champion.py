"""Who forecasts a run: the champion of the slot that comes nearest to what is asked for; before any was trained, a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from forecasting.forecast import Forecaster, Horizon
from forecasting.forecasters import FORECASTERS, forecaster_named
from forecasting.model.model import Model
from forecasting.panel.periods import Frequency
from forecasting.planning.forecasts import DAYS_OF
from forecasting.plans.on_panel import applied, learnable
from forecasting.plans.plan import NOTHING, Plan
from forecasting.registry.artefacts import Artefact, Artefacts
from forecasting.registry.pointers import all_pointers
from forecasting.registry.slot import Slot
from forecasting.registry.stand_in import StandIn
from forecasting.shards import forecast_in_shards
from forecasting.work import Here

CHAMPION: Final = "champion"
UNTRAINED: Final = "combination"
"""Who forecasts while no slot has a champion."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who forecasts a run, and why.

    Attributes:
        name: as people call it.
        forecaster: that is asked.
        why: it is this one.
        horizon: that it was trained for; None where it takes any.
        slot, model: of a champion: where it stands, and its digest.
        sees: columns of a plan that it looks ahead at.
        plan: digest of the plan there is; empty when there is none.
        remarks: what of it has no effect.
    """

    name: str
    forecaster: Forecaster
    why: str
    horizon: Horizon | None = None
    slot: str | None = None
    model: str | None = None
    sees: tuple[str, ...] = ()
    plan: str = ""
    remarks: tuple[str, ...] = ()


def chosen_forecaster(
    name: str, rows: Connection, artefacts: Artefacts, frequency: Frequency, days: float, plan: Plan = NOTHING
) -> Chosen:
    """The forecaster of a name; `champion` is the one of the slot whose protection period is nearest.

    It is told as much of the plan as it was trained to look ahead at; one that fits itself, as much as it can learn from.

    Args:
        name: `CHAMPION`, or as `forecaster_named` takes it.
        rows: of the registry.
        frequency: of the history that it will be asked about.
        days: that are to be forecast.
    Raises:
        ParameterError: there is none of that name.
        ArtefactError: the champion's file is missing, or is not as it was written.
    """
    if name != CHAMPION:
        asked, fits = forecaster_named(name), name not in FORECASTERS
        return Chosen(name, _fitting(asked, plan) if fits else asked, "it was asked for", sees=plan.columns if fits else ())
    found = [(Slot.read(one.slot), one.champion) for one in all_pointers(rows)]
    slots = [(slot, digest) for slot, digest in found if digest is not None and slot.frequency is frequency]
    if not slots:
        return Chosen(
            UNTRAINED, forecaster_named(UNTRAINED), f"no slot of {frequency}s has been trained: `skuld forecast train`"
        )
    slot, digest = min(slots, key=lambda one: (abs(_days(one[0]) - days), _days(one[0]), str(one[0])))
    model = artefacts.load(digest)
    others = f", the nearest of {len(slots)} slots of {frequency}s" if len(slots) > 1 else ""
    why = f"{days:g} days are usual lead time and review, {_days(slot):g} are those of {slot}{others}"
    sees = () if isinstance(model, StandIn) else model.planned
    return Chosen(_called(slot, model), _asked(model, plan), why, slot.horizon, str(slot), digest, sees)


def _days(slot: Slot) -> float:
    return slot.horizon.protection * DAYS_OF[slot.frequency]


def _called(slot: Slot, model: Artefact) -> str:
    return f"champion of {slot}" + (f", {model.name}" if isinstance(model, StandIn) else "")


def _asked(model: Artefact, plan: Plan) -> Forecaster:
    if isinstance(model, StandIn):
        return model.forecast
    learned: Model = model
    return lambda history, horizon: forecast_in_shards(Here(), learned, *applied(plan, history, horizon, learned.planned))


def _fitting(forecaster: Forecaster, plan: Plan) -> Forecaster:
    return lambda history, horizon: forecaster(*applied(plan, history, horizon, learnable(plan, history)))
