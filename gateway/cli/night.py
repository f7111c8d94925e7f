"""`skuld night`: everything that planning does while the warehouse sleeps, in order, once or every night."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from datetime import time as time_of_day
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from actors.kernel.clock import now_ms
from actors.kernel.settings import SkuldSettings
from gateway.cli.app import app, console, errors, one_line, settings_in_use
from gateway.cli.refused import UNUSABLE, one_line_errors
from gateway.nights import HISTORY, WEEK, Weekday, Work, models_due, work_of

USUAL_SLOT: Final = "week 2+1"
LOOK_S: Final = 30.0
"""A machine that slept, or whose clock was set, is noticed within this time."""


@app.command()
def night(
    suggest_options: Annotated[
        list[str] | None, typer.Argument(help="options of `skuld suggest`, after --", metavar="[-- OPTIONS OF SUGGEST]")
    ] = None,
    slot: Annotated[
        list[str] | None, typer.Option(help=f"models to train; may be repeated (default: those that were, else {USUAL_SLOT})")
    ] = None,
    train_on: Annotated[Weekday, typer.Option(help="the night on which models are trained anew")] = Weekday.MONDAY,
    at: Annotated[str | None, typer.Option(help="stay, and do it every night at this time of the site: 02:30")] = None,
) -> None:
    """Bring history up to date, train what is due, forecast and judge forecasts, and suggest what to order.

    Each step is the command of its name, in a process of its own. Without history nothing follows; the other steps do not wait
    for each other, and those that failed are named in the end. What was done tonight already is not done twice.

    Exit 1: a step failed. Exit 2: an option cannot be used.
    """
    options, slots = _options_of_suggest(suggest_options or ()), _slots(slot or ())
    if at is None:
        failed = _one_night(slots, train_on, options)
        raise typer.Exit(UNUSABLE if failed else 0)
    while True:
        _wait_until(at)
        _one_night(slots, train_on, options)


def _options_of_suggest(given: Sequence[str]) -> list[str]:
    """As they were given; what `skuld suggest` would not understand is refused before the night begins, not at its end."""
    commands: Any = typer.main.get_command(app)
    commands.commands["suggest"].make_context("skuld suggest", list(given)).close()
    return list(given)


def _slots(written: Sequence[str]) -> list[str]:
    with one_line_errors():
        from forecasting.registry.slot import Slot

        return [str(Slot.read(one)) for one in written]


def _wait_until(at: str) -> None:
    with one_line_errors():
        from forecasting.history.site_days import SiteDays

        zone = settings_in_use().time_zone
        begins = SiteDays(zone).next_time(now_ms(), _time_of(at))
    told = datetime.fromtimestamp(begins / 1000, ZoneInfo(zone))
    console.print(f"[dim]the next night begins at {told:%Y-%m-%d %H:%M} ({zone})[/dim]", highlight=False, soft_wrap=True)
    while (left := begins - now_ms()) > 0:
        time.sleep(min(left / 1000, LOOK_S))


def _time_of(written: str) -> time_of_day:
    from forecasting.parameters import ParameterError

    try:
        return datetime.strptime(written, "%H:%M").time()
    except ValueError:
        raise ParameterError("at", one_line(written), "a time of day such as 02:30") from None


def _one_night(asked: list[str], train_on: Weekday, options: list[str]) -> list[str]:
    """The names of the steps that failed."""
    if not _done(Work(HISTORY, ("forecast", "history"))):
        _tell_failed([HISTORY], "nothing is planned on a history that is not up to date")
        return [HISTORY]
    with one_line_errors():
        trained, due = _models(settings_in_use(), asked, train_on)
    failed = [work.name for work in work_of(due, trained, options) if not _done(work)]
    if failed:
        _tell_failed(failed, "their reasons are above")
    return failed


def _models(settings: SkuldSettings, asked: list[str], train_on: Weekday) -> tuple[list[str], list[str]]:
    """Slots that have a champion, and those that are to be trained tonight."""
    from actors.kernel.record.database import faults_named, open_database
    from forecasting.history.site_days import SiteDays
    from forecasting.planning.forecasts import is_long
    from forecasting.registry.pointers import all_pointers
    from gateway.cli.forecast import history_of

    with faults_named("reading the models"), open_database(settings.sql_url).connect() as rows:
        trained = [one.slot for one in all_pointers(rows) if one.champion is not None]
    today = SiteDays(settings.time_zone).day_of(now_ms())
    is_day = train_on is not Weekday.NEVER and WEEK.index(train_on) == today.weekday()
    return trained, models_due(asked, trained, USUAL_SLOT, is_day=is_day, is_long=is_long(history_of(settings)))


def _done(work: Work) -> bool:
    """Do a step; it says itself what it does."""
    console.print(f"[bold]{work.name}[/bold]", highlight=False)
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-P", "-m", "gateway", *work.arguments], check=False, env=os.environ)
    console.print(f"[dim]{work.name}: {time.monotonic() - began:.1f} s[/dim]", highlight=False)
    return done.returncode == 0


def _tell_failed(names: list[str], why: str) -> None:
    errors.print(f"skuld: failed tonight: {', '.join(names)}; {why}", markup=False, highlight=False, soft_wrap=True)
