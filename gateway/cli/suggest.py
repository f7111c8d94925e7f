"""`skuld suggest`: a run of planning, put into the running system; or, dry, what it would say, and what if."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec
import typer
from sqlalchemy import text

from actors.inventory.goods import DEFAULT_WAREHOUSE
from actors.kernel.clock import now_ms
from actors.kernel.record.database import faults_named, open_database
from actors.kernel.record.schema import migrate
from gateway.cli.app import app, console, one_line, settings_in_use
from gateway.cli.demo import ReplayFailed, progress_bar, where_and_who
from gateway.cli.forecast import history_of
from gateway.cli.refused import model_errors
from gateway.op_ids import new_id
from gateway.replay.requests import Request
from gateway.replay.wire import ReplayStopped, RetryPolicy, Wire
from gateway.supplier_calendars import SupplierCalendars

if TYPE_CHECKING:  # numbers are loaded when a run is made, not when orders are taken
    from actors.kernel.settings import SkuldSettings
    from forecasting.panel.panel import Panel
    from forecasting.planning.champion import Chosen
    from forecasting.planning.run import Asked, Run

PATH: Final = "/v1/replenishment-suggestions"
DIGITS_SHOWN: Final = 12
"""Of a model's digest."""
Told = dict[str, Any]


@app.command()
def suggest(
    history: Annotated[
        Path | None, typer.Option(help="Parquet or CSV: sku, location?, day|week|month, units (default: the system's own)")
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(help="Parquet or CSV in place of the plan kept: sku, location?, day|week|month, price?, promotion?"),
    ] = None,
    forecaster: Annotated[
        str, typer.Option(help="champion: of the trained slot that is nearest; or by name, or module:object")
    ] = "champion",
    warehouse: Annotated[str, typer.Option(help="whose demand it is, where the file has no locations")] = "main",
    review_days: Annotated[float, typer.Option(help="between two orders at one supplier")] = 7.0,
    target: Annotated[
        list[str] | None,
        typer.Option(
            help="chance of covering lead time plus review of a class: A=.98, or AX=.99, which goes before; may be repeated"
        ),
    ] = None,
    budget: Annotated[float | None, typer.Option(help="money for all orders of this run")] = None,
    holding: Annotated[float, typer.Option(help="what holding a unit for a year costs, as a share of its price")] = 0.25,
    early_days: Annotated[
        float,
        typer.Option(help="for fewer orders, a cheaper price or a supplier's minimum, buy at most so long before it is needed"),
    ] = 30.0,
    lost_sales: Annotated[bool, typer.Option("--lost-sales", help="what finds no stock is lost; else customers wait")] = False,
    lead_time_days: Annotated[int | None, typer.Option(help="what if every supplier took so long (with --dry-run)")] = None,
    demand_factor: Annotated[float, typer.Option(help="what if demand were so many times that (with --dry-run)")] = 1.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show it and post nothing")] = False,
    url: Annotated[str | None, typer.Option(help="the gateway (default: the one running on the data directory)")] = None,
    key: Annotated[str | None, typer.Option(help="API key (default: the data directory's admin key)")] = None,
    top: Annotated[int, typer.Option(min=0, help="suggestions shown")] = 10,
    json: Annotated[bool, typer.Option("--json", help="print it as JSON")] = False,
) -> None:
    """Say what to order: read stock, open orders, drafts, terms and reorder policies from the rows, forecast demand, and put a
    suggestion for each item into the running system, where planners approve, override or reject it.

    Demand is forecast by the champion of `skuld forecast train` whose lead time plus review is nearest to that of the run; by
    `combination` where none was trained. It sees the promotions and prices that are planned (`skuld forecast plan`) as far as
    it was trained to; the units that come of them are a step of their own.

    Where orders cost money, an order lasts the cycle in which ordering and holding cost least. It is raised to a price break
    when that saves more than holding costs, and a basket that is short of its supplier's minimum order is filled with what is
    needed soonest, or waits when that costs less: each a step of its own.

    A run replaces what is open. What was decided on while it was made, and what is overridden, stays as it is.

    Exit 1: the history, a model's file or the system cannot be used. Exit 2: an option cannot be used.
    """
    with model_errors():
        from forecasting.history.site_days import SiteDays
        from forecasting.parameters import ParameterError
        from forecasting.planning.policy import Policy
        from forecasting.planning.run import Asked

        if (lead_time_days is not None or demand_factor != 1.0) and not dry_run:
            name = "lead-time-days" if lead_time_days is not None else "demand-factor"
            raise ParameterError(name, lead_time_days or demand_factor, "given with --dry-run: it asks what if")
        policy = Policy(
            review_days=review_days, targets=_targets(target or []), budget=budget, holding=holding, early_days=early_days,
            lost_sales=lost_sales,
        )  # fmt: skip
        asked = Asked(policy, warehouse, lead_time_days, demand_factor)
        settings = settings_in_use()
        gateway = None if dry_run else where_and_who(settings, url, key)
        today = SiteDays(settings.time_zone).day_of(now_ms())
        panel, by, found = plan_run(settings, history, forecaster, today, asked, plan=plan)
        told = post_run(found, today, asked, *gateway) if gateway is not None else []
    if json:
        console.print_json(data=_figures(panel, by, found, told, dry=dry_run))
    else:
        show_run(panel, by, found, told, top, dry=dry_run)


def _targets(given: list[str]) -> dict[str, float]:
    from forecasting.parameters import ParameterError
    from forecasting.planning.policy import Policy

    targets = dict(Policy().targets)
    for one in given:
        name, _, chance = one.partition("=")
        try:
            targets[name.strip().upper()] = float(chance)
        except ValueError:
            raise ParameterError("target", one_line(one), "a class and a chance, as A=.98 or AX=.99") from None
    return targets


def plan_run(
    settings: SkuldSettings, history: Path | None, forecaster: str, today: date, asked: Asked, plan: Path | None = None
) -> tuple[Panel, Chosen, Run]:
    """Read, forecast, plan; items of warehouses that the system does not have are left out, with that reason.

    Args:
        plan: a file in place of the plan that is kept.
    """
    from forecasting.panel.long_table import read_panel
    from forecasting.planning.champion import chosen_forecaster
    from forecasting.planning.forecasts import DAYS_OF, own_panel
    from forecasting.planning.plan import Unplanned
    from forecasting.planning.record import read_books
    from forecasting.planning.run import run, usual_days
    from forecasting.plans.kept import plan_for
    from forecasting.plans.remarks import of_forecast
    from forecasting.window.place import Place
    from forecasting.window.source import with_kept

    panel = read_panel(history) if history is not None else own_panel(history_of(settings))
    told = plan_for(settings.data_dir, plan)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = open_database(settings.sql_url)
    migrate(engine)
    calendars = SupplierCalendars(ZoneInfo(settings.time_zone))
    with faults_named("reading what planning needs"), engine.connect() as rows:
        books, panel = read_books(rows), with_kept(panel, rows)
        there = {DEFAULT_WAREHOUSE, *rows.execute(text("SELECT id FROM warehouses")).scalars()}
        models, days = Place(engine, settings.data_dir).artefacts, usual_days(books, asked, today, calendars)
        by = chosen_forecaster(forecaster, rows, models, panel.periods.frequency, days, told)
    found = run(panel, by.forecaster, by.name, books, today, asked, by.horizon, calendars, told)
    periods = round(found.forecast_days / DAYS_OF[panel.periods.frequency])
    by = replace(by, plan=told.digest, remarks=tuple(of_forecast(told, panel, periods, by.sees, by.name)))
    known = [one for one in found.planned if one.warehouse in there]
    strangers = [one for one in found.planned if one.warehouse not in there]
    lost = [Unplanned(one.sku, one.warehouse, "there is no such warehouse") for one in strangers]
    return panel, by, replace(found, planned=known, unplanned=found.unplanned + lost)


def post_run(found: Run, today: date, asked: Asked, base_url: str, key: str | None) -> list[Told]:
    """Put the run, batch by batch; each is sent until it is answered.

    Raises:
        ReplayFailed: the system is away, or refuses it.
    """
    from forecasting.planning.run import bodies

    run_id = f"run-{new_id()}"
    batches = list(bodies(found, run_id, today, asked.policy))

    async def send() -> list[Told]:
        answers: list[Told] = []
        done = 0
        with progress_bar() as show:
            async with Wire(base_url, key, 1, RetryPolicy()) as wire:
                await wire.reach()
                for number, body in enumerate(batches):
                    request = Request("PUT", PATH, msgspec.json.encode(body), f"{run_id}-{number}")
                    status, content = await wire.exchange(request)
                    answers.append(_accepted(status, content))
                    done += len(body["items"])
                    show("suggestions", done, len(found.planned))
        return answers

    try:
        return asyncio.run(send())
    except ReplayStopped as stopped:
        raise ReplayFailed(str(stopped)) from None


def _accepted(status: int, content: bytes) -> Told:
    try:
        answer = msgspec.json.decode(content, type=Told)
    except msgspec.MsgspecError:
        answer = {}
    if status != 200:
        raise ReplayFailed(f"the run was not taken ({status}): {answer.get('detail', 'no reason was given')}")
    return answer


# ── what is shown ───────────────────────────────────────────────────────────────────────────────────────────────────
def _figures(panel: Panel, by: Chosen, found: Run, told: list[Told], *, dry: bool) -> Told:
    from forecasting.planning.run import items

    return {
        "run_id": told[0]["run_id"] if told else None,
        "dry_run": dry,
        "forecaster": {"name": by.name, "slot": by.slot, "model": by.model, "why": by.why},
        "plan": {"digest": by.plan or None, "remarks": list(by.remarks)},
        "remarks": list(found.remarks),
        "history_until": panel.periods.last_day.isoformat(),
        "forecast_days": found.forecast_days,
        "suggestions": list(items(found.planned)),
        "opened": sum(one["opened"] for one in told),
        "closed": sum(one["closed"] for one in told),
        "left_out": [
            *[{"sku": one.sku, "warehouse": one.warehouse, "reason": one.reason} for one in found.unplanned],
            *[row for one in told for row in one["left_out"]],
        ],
    }


def show_run(panel: Panel, by: Chosen, found: Run, told: list[Told], top: int, *, dry: bool) -> None:
    """The items to look at first, what became of the run, who forecast it, and what was left out."""
    from gateway.cli.suggest_report import show_left_out, show_planned

    figures = _figures(panel, by, found, told, dry=dry)
    show_planned(found, top)
    if dry:
        console.print("[bold]dry run[/bold]: nothing was posted", highlight=False)
    elif not told:
        console.print("nothing can be planned, so nothing was posted", highlight=False)
    else:
        console.print(
            f"{figures['run_id']}: {figures['opened']:,} suggestions are open, {figures['closed']:,} closed", highlight=False,
            soft_wrap=True,
        )  # fmt: skip
    console.print(
        f"[dim]demand is known until {figures['history_until']}, forecast for {found.forecast_days:g} days at once[/dim]",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    model = f", model {by.model[:DIGITS_SHOWN]}" if by.model else ""
    who = f"forecast by {by.name}{model}: {by.why}"
    console.print(who, style="dim", markup=False, highlight=False, soft_wrap=True)
    if by.plan:
        console.print(f"plan {by.plan[:DIGITS_SHOWN]}", style="dim", highlight=False)
    for remark in (*by.remarks, *found.remarks):
        console.print(f"  {remark}", markup=False, highlight=False, soft_wrap=True)
    show_left_out(figures["left_out"])
