"""Score: what came is judged, the champion before comes back if it did better, and both forecast what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection

from forecasting.backtest import Backtest, came_after
from forecasting.bootstrap import compare, draws, interval
from forecasting.calendar.left_out import left_out, of_left_out
from forecasting.forecast import Forecast, Horizon, refuse_bad
from forecasting.metrics import LEVELS, Score, bias, coverage
from forecasting.model.model import Model
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError
from forecasting.plans.on_panel import applied
from forecasting.plans.plan import NOTHING, Plan
from forecasting.plans.remarks import of_forecast
from forecasting.registry.alarm_rows import write_alarms
from forecasting.registry.artefacts import Artefact
from forecasting.registry.forecasts import (
    CHAMPION,
    SHADOW,
    Said,
    forget_before,
    is_said,
    set_role,
    unanswered,
    write_actual,
    write_forecast,
)
from forecasting.registry.models import find_model
from forecasting.registry.pointers import Pointers, read_pointers, write_pointers
from forecasting.registry.slot import Slot
from forecasting.scores import mean_pinball
from forecasting.shards import forecast_in_shards, forecast_whole
from forecasting.window.alarms import Alarm, Measured, alarms
from forecasting.window.gate import Verdict
from forecasting.window.past import beside_what_came, known_at, matured
from forecasting.window.place import Moved, Place
from forecasting.window.rollback import should_roll_back
from forecasting.window.source import kept_digests
from forecasting.work import Progress, Runner, silent

JUDGED: Final = {"day": 28, "week": 8, "month": 6}
"""Latest cut-offs that alarms look at."""
KEPT: Final = timedelta(days=800)
"""Forecasts older than that are deleted."""
WATCHED: Final = (0.8, 0.95)
"""Quantiles whose coverage is watched."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What came of it.

    Attributes:
        slot, cutoff: what was scored, and the last day known.
        champion, previous: digests of who did; the previous one in shadow.
        written: rows that are new; 0 when the same was scored before, with the same plan.
        rolled_back: whether the previous champion came back, today.
        reason: why, or why not.
        alarms: what is out of bounds.
        plan: digest of the plan that the champion saw; empty when none.
        remarks: what of the plan, and which events ahead, have no effect on the champion.
    """

    slot: str
    cutoff: date
    champion: str
    previous: str | None
    written: int
    rolled_back: bool
    reason: str
    alarms: list[Alarm]
    plan: str = ""
    remarks: tuple[str, ...] = ()


def score(place: Place, slot: Slot, panel: Panel, runner: Runner, progress: Progress = silent, plan: Plan = NOTHING) -> Scored:
    """Forecast what follows a history, by the slot's champion, and by the one before it in shadow.

    A model sees as much of the plan as it was trained to look ahead at. The same history, plan and events of the system scored
    again change nothing; with another plan the forecasts of models that see it are written anew, with other events all of them.

    Raises:
        ParameterError: the slot has no champion yet, or the history is not one for it.
        ArtefactError: a model's file is not as it was written.
        Moved: somebody else has changed the slot meanwhile.
    """
    place.refuse_without_tables()
    slot.refuse_other(panel)
    name, cutoff = str(slot), panel.periods.last_day
    with place.rows() as rows:
        due = _due(rows, place, slot, panel, plan)
    models = {digest: place.artefacts.load(digest) for digest in due.missing}
    made = {
        digest: _forecast(runner, model, *applied(plan, panel, slot.horizon, due.sees[digest]), progress)
        for digest, model in models.items()
    }
    after, champion = due.after, due.said[0]
    with place.rows() as rows:
        if (after != due.before and not write_pointers(rows, due.before, after)) or read_pointers(rows, name) != after:
            raise Moved(f"slot {name} was changed by another training or scoring meanwhile: score again")
        _answer(rows, panel, slot)
        written = _write(rows, panel, due.said, made)
        write_alarms(rows, name, cutoff, champion.model, due.alarms, place.clock())
        forget_before(rows, name, cutoff - KEPT)
    who = f"champion {champion.model[:12]}"
    remarks = [*of_forecast(plan, panel, slot.horizon.protection, due.sees[champion.model], who)]
    remarks += _of_events(place, panel, slot, champion.model, who)
    return Scored(
        name, cutoff, champion.model, after.previous, written, due.verdict.passes, due.verdict.reason, due.alarms,
        champion.plan, tuple(remarks),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Due:
    """What a slot's rows say is to be done.

    Attributes:
        before, after: its pointers as they stand, and as they will.
        verdict: on the champion before.
        alarms: what is out of bounds.
        said: a forecast of the champion, and of the one before it.
        sees: by model, the columns of a plan that it looks ahead at.
        missing: models whose forecasts are not in the rows yet.
    """

    before: Pointers
    after: Pointers
    verdict: Verdict
    alarms: list[Alarm]
    said: list[Said]
    sees: Mapping[str, tuple[str, ...]]
    missing: list[str]


def _due(rows: Connection, place: Place, slot: Slot, panel: Panel, plan: Plan) -> _Due:
    name, cutoff = str(slot), panel.periods.last_day
    before = read_pointers(rows, name)
    if before.champion is None:
        raise ParameterError("slot", name, "one that was trained: it has no champion yet")
    verdict = _verdict(rows, before, panel, slot)
    after = before.rolled_back(cutoff, place.clock(), verdict.reason) if verdict.passes else before
    roles = {after.champion or "": CHAMPION} | ({} if after.previous is None else {after.previous: SHADOW})
    known = {digest: find_model(rows, digest) for digest in roles}
    sees = {digest: row.planned if row is not None else () for digest, row in known.items()}
    events = kept_digests(panel, cutoff).get("events_kept", "")
    kept = {digest: events if row is not None and row.kind == "model" else "" for digest, row in known.items()}
    said = [
        Said(name, cutoff, digest, role, plan.digest if sees[digest] else "", kept[digest]) for digest, role in roles.items()
    ]
    missing = [one.model for one in said if not is_said(rows, one)]
    return _Due(before, after, verdict, _alarms(rows, after, panel, slot), said, sees, missing)


def _of_events(place: Place, panel: Panel, slot: Slot, champion: str, who: str) -> Iterator[str]:
    """Which events ahead that people told of the champion leaves out."""
    days = panel.periods.ahead(slot.horizon.protection)
    if left_out(panel.events, (), days):
        model = place.artefacts.load(champion)
        learned = model.learned(panel, slot.horizon) if isinstance(model, Model) else ()
        yield from of_left_out(left_out(panel.events, learned, days), who)


def _write(rows: Connection, panel: Panel, all_said: list[Said], made: Mapping[str, Forecast]) -> int:
    written = 0
    for said in all_said:
        if said.model in made:
            written += write_forecast(rows, said, panel, made[said.model])
        set_role(rows, said)
    return written


def _answer(rows: Connection, panel: Panel, slot: Slot) -> None:
    """Write down what came after earlier forecasts, as soon as all of it has."""
    protection = slot.horizon.protection
    for day in matured(panel, unanswered(rows, str(slot)), protection):
        came, *_ = came_after(panel, known_at(panel.periods, day), protection)
        write_actual(rows, str(slot), day, panel, came.sum(axis=0))


def _forecast(runner: Runner, model: Artefact, panel: Panel, horizon: Horizon, progress: Progress) -> Forecast:
    if isinstance(model, Model):
        made = forecast_in_shards(runner, model, panel, horizon, progress)
    else:
        made = forecast_whole(runner, model.forecast, panel, horizon, progress)
    refuse_bad(made, f"model {model.digest}", panel.on_sale()[:, -1])
    return made


def _verdict(rows: Connection, now: Pointers, panel: Panel, slot: Slot) -> Verdict:
    if now.champion is None or now.previous is None:
        return Verdict(False, "there is no champion before")
    models = {CHAMPION: now.champion, SHADOW: now.previous}
    most = JUDGED[slot.frequency.value]
    result = beside_what_came(rows, panel, now.slot, slot.horizon.protection, models, most, now.since)
    if result is None:
        return should_roll_back(None, 0)
    losses = {name: mean_pinball(result, judged) for name, judged in result.forecasts.items()}
    drawn = draws(len(result.cutoffs), len(panel))
    return should_roll_back(compare(losses[SHADOW], losses[CHAMPION], drawn), len(result.cutoffs))


def _alarms(rows: Connection, now: Pointers, panel: Panel, slot: Slot) -> list[Alarm]:
    assert now.champion is not None
    most = JUDGED[slot.frequency.value]
    models = {CHAMPION: now.champion}
    result = beside_what_came(rows, panel, now.slot, slot.horizon.protection, models, most, date.min)
    if result is None:
        return []
    judged, row = result.forecasts[CHAMPION], find_model(rows, now.champion)
    expected = None if row is None else row.metrics.get("scores", {}).get("challenger", {}).get("pinball")
    held = {level: _measured(result, coverage(result.actual, judged.quantiles[..., LEVELS.index(level)])) for level in WATCHED}
    loss = mean_pinball(result, judged)
    return alarms(loss.series, _measured(result, bias(result.actual, judged.mean)), held, _measured(result, loss), expected)


def _measured(result: Backtest, score: Score) -> Measured:
    return Measured(score.value, *interval(score, draws(len(result.cutoffs), result.series.height)))
