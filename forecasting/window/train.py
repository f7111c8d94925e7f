"""Train: a challenger on the whole window, judged against the champion, promoted only when it is better."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import msgspec

from forecasting.fitting import fit_in_pieces
from forecasting.model.settings import Settings
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError
from forecasting.plans.on_panel import applied, learnable
from forecasting.plans.plan import NOTHING, Plan
from forecasting.plans.remarks import of_training
from forecasting.registry.artefacts import Artefact, Artefacts
from forecasting.registry.models import ModelRow, add_model, find_model, models_of
from forecasting.registry.pointers import Pointers, read_pointers, write_pointers
from forecasting.registry.slot import Slot
from forecasting.registry.stand_in import StandIn
from forecasting.window.contest import CHALLENGER, Contest, Judged
from forecasting.window.place import Moved, Place, code_version
from forecasting.window.source import kept_digests
from forecasting.work import Progress, Runner, silent

CUTOFFS: Final = 8
MOST_WRITTEN: Final = 60_000
"""Bytes of settings that a row takes."""


@dataclass(frozen=True, slots=True)
class Training:
    """What came of it.

    Attributes:
        slot, data_through: what was trained, up to which day.
        done: False when the same was trained before: nothing was changed.
        model: the challenger's digest.
        champion: digest of who stands in the slot now.
        promoted: whether the challenger does.
        reason: of the verdict.
        cutoffs: of the backtest, last days known.
        metrics: of everyone in it: mean scaled `pinball` loss, `wape`, `bias`, `coverage` of the .95 quantile.
        seconds: it took.
        planned: columns that the model looks ahead at.
        remarks: what of the plan teaches nothing.
        trees: whose trees the model has, `all series` or those of pools.
        trees_before: whose it had at the cut-offs of the backtest.
    """

    slot: str
    data_through: date
    done: bool
    model: str
    champion: str
    promoted: bool
    reason: str
    cutoffs: tuple[date, ...] = ()
    metrics: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    seconds: float = 0.0
    planned: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    trees: str = ""
    trees_before: str = ""


def train(
    place: Place,
    slot: Slot,
    panel: Panel,
    settings: Settings,
    runner: Runner,
    progress: Progress = silent,
    wanted_cutoffs: int = CUTOFFS,
    plan: Plan = NOTHING,
) -> Training:
    """Train a challenger for a slot on a history, and let the gate decide.

    The first champion must beat the best of the baselines; otherwise that is champion. The same history, settings, code and
    past of the plan trained before change nothing. With a plan the model looks ahead at what the plan tells of, as far as the
    history or the plan's past show what it does. A champion whose file is gone or changed is none any more.

    Raises:
        ParameterError: the history does not fit the slot.
        Moved: somebody else has changed the slot meanwhile.
    """
    place.refuse_without_tables()
    slot.refuse_other(panel)
    began, planned = time.monotonic(), learnable(plan, panel)
    remarks = tuple(of_training(plan, panel, planned))
    contest = Contest(slot, panel, plan, settings, planned)
    panel, horizon = applied(plan, panel, slot.horizon, planned)
    parameters = _parameters(settings, panel, plan, planned)
    found = _found(place, slot, panel, parameters)
    name, until = str(slot), panel.periods.last_day
    if found.same is not None and found.before.champion is not None:
        champion, same = found.before.champion, found.same.digest
        told = "the same data, settings and code were trained before"
        return Training(name, until, False, same, champion, champion == same, told, planned=planned, remarks=remarks)
    judged = contest.judged(found.champion, runner, progress, wanted_cutoffs)
    model = fit_in_pieces(runner, panel, horizon, settings, progress)
    taken, trees = time.monotonic() - began, "" if model.stands_in else model.pools.told
    scores = _scores(judged, trees)
    row = ModelRow(model.digest, name, "model", until, code_version(), parameters, scores, round(taken, 3), place.clock())
    after = _record(place, found, (model, row), judged)
    assert after.champion is not None
    return Training(
        name, until, True, model.digest, after.champion, after.champion == model.digest, after.reason,
        judged.cutoffs, judged.metrics, taken, planned, remarks, trees, judged.trees,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    """How a slot was found.

    Attributes:
        stood: its pointers.
        before: the same, of models whose files are there and sound.
        champion: its row; None when there is none.
        same: the row of a model that was trained with all that this one would be.
    """

    stood: Pointers
    before: Pointers
    champion: ModelRow | None
    same: ModelRow | None


def _found(place: Place, slot: Slot, panel: Panel, parameters: Mapping[str, Any]) -> _Found:
    """Look at the slot; a previous model that is gone or changed is taken out of it, where the champion is sound."""
    with place.rows() as rows:
        stood = read_pointers(rows, str(slot))
        before = _unharmed(place.artefacts, stood)
        champion = None if before.champion is None else find_model(rows, before.champion)
        same = next((row for row in models_of(rows, str(slot)) if _is_same(row, panel, parameters)), None)
        if before.champion is not None and before != stood:
            if not write_pointers(rows, stood, before):
                raise Moved(_moved(str(slot)))
            stood = before
    return _Found(stood, before, champion, same)


def _parameters(settings: Settings, panel: Panel, plan: Plan, planned: tuple[str, ...]) -> dict[str, Any]:
    """What a model's row tells of how it was trained."""
    parameters = _as_the_row_has_them(settings)
    if planned:
        parameters |= {"planned": list(planned), "plan": plan.until(panel.periods.last_day).digest}
    return parameters | kept_digests(panel, panel.periods.last_day)


def _scores(judged: Judged, trees: str) -> dict[str, Any]:
    """What a model's row tells of how it was judged."""
    cutoffs = [str(day) for day in judged.cutoffs]
    verdict = {"cutoffs": cutoffs, "scores": judged.metrics, "verdict": judged.verdict.reason}
    return verdict | {"trees": trees, "trees_before": judged.trees}


def _moved(slot: str) -> str:
    return f"slot {slot} was changed by another training or scoring meanwhile: train again"


def _unharmed(artefacts: Artefacts, stood: Pointers) -> Pointers:
    """Without models whose files are gone or changed: a champion that cannot forecast is none, and the next one is found; with
    it goes the one before it."""
    sound = {digest: artefacts.is_sound(digest) for digest in (stood.champion, stood.previous) if digest is not None}
    if all(sound.values()):
        return stood
    champion = stood.champion if stood.champion is None or sound[stood.champion] else None
    kept = champion is not None and stood.previous is not None and sound[stood.previous]
    return replace(stood, champion=champion, previous=stood.previous if kept else None)


def _as_the_row_has_them(settings: Settings) -> dict[str, Any]:
    written = msgspec.json.encode(settings, order="deterministic")
    if len(written) > MOST_WRITTEN:
        raise ParameterError(
            "events", f"{len(settings.events)} of them, {len(written):,} bytes", f"{MOST_WRITTEN:,} bytes at most"
        )
    parameters: dict[str, Any] = msgspec.json.decode(written)
    return parameters


def _is_same(row: ModelRow, panel: Panel, parameters: Mapping[str, Any]) -> bool:
    same = row.data_through == panel.periods.last_day and row.code_version == code_version()
    return same and row.kind == "model" and row.parameters == parameters


def _record(place: Place, found: _Found, trained: tuple[Artefact, ModelRow], judged: Judged) -> Pointers:
    """Files first, then rows and pointers in one transaction."""
    model, row = trained
    stood, before = found.stood, found.before
    place.artefacts.keep(model)
    now, since = row.trained_at, row.data_through
    with place.rows() as rows:
        add_model(rows, row)
        if judged.verdict.passes:
            after = before.promoted(row.digest, since, now, judged.verdict.reason)
        elif before.champion is None:
            stand_in = StandIn(row.slot, judged.opponent)
            place.artefacts.keep(stand_in)
            told = {"baseline": stand_in.name}
            scores = {"scores": {CHALLENGER: judged.metrics.get(stand_in.name, {})}}
            add_model(rows, ModelRow(stand_in.digest, row.slot, "baseline", since, row.code_version, told, scores, 0.0, now))
            after = before.promoted(stand_in.digest, since, now, f"{stand_in.name} is champion; {judged.verdict.reason}")
            after = after.challenged(row.digest, now, after.reason)
        else:
            after = before.challenged(row.digest, now, judged.verdict.reason)
        if not write_pointers(rows, stood, after):
            raise Moved(_moved(row.slot))
    return after
