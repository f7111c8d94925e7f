"""`skuld forecast`: the history of demand, and what is made of it."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from actors.kernel.faults import Fault
from actors.kernel.record.database import faults_named, open_database
from actors.kernel.record.schema import migrate
from actors.kernel.settings import SkuldSettings
from forecasting.history.importing import import_days
from forecasting.history.keeping import keep_up, rebuild
from forecasting.history.site_days import SiteDays
from forecasting.history.store import HistoryStore
from forecasting.panel.faults import HistoryError
from gateway.cli.app import app, console, errors, settings_in_use

forecast = typer.Typer(help="Demand: its history, models, forecasts.", no_args_is_help=True)
app.add_typer(forecast, name="forecast")


class Unusable(Fault):
    """A file or the history cannot be used; every fault of it."""


def history_of(settings: SkuldSettings) -> HistoryStore:
    """Where the history of an installation is."""
    return HistoryStore(settings.data_dir / "history")


@forecast.command()
def history(
    again: Annotated[bool, typer.Option("--rebuild", help="write all days anew from the system of record")] = False,
    json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Write demand of every day that is over to the history, as Parquet in the data directory. Run it each night."""
    settings = settings_in_use()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    store, site = history_of(settings), SiteDays(settings.time_zone)
    engine = open_database(settings.sql_url)
    migrate(engine)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    try:
        with Progress(*columns, console=errors, transient=True) as bar, faults_named("reading demand"):
            task = bar.add_task("days", total=None)

            def tell(day: date, done: int, of: int) -> None:
                bar.update(task, description=day.isoformat(), completed=done, total=of)

            with engine.connect() as rows:
                days = (rebuild if again else keep_up)(store, rows, site, time.time_ns() // 1_000_000, tell)
        known = store.days()
    except HistoryError as error:
        raise Unusable(str(error)) from None
    span = f"from {known[0]} to {known[-1]}" if known else "empty: no day is over on which anything happened"
    if json:
        console.print_json(data={"written": len(days), "days": len(known), "folder": str(store.folder)})
        return
    console.print(f"{len(days)} days written, the history is {span}", highlight=False, soft_wrap=True)
    console.print(f"[dim]{store.folder}[/dim]", highlight=False, soft_wrap=True)


@forecast.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Parquet or CSV: sku, day, units; location, price, promotion as you have them")],
    warehouse: Annotated[str, typer.Option(help="whose demand it is, where the file has no locations")] = "main",
) -> None:
    """Take demand from before Skuld into the history, in place of what was imported before."""
    settings = settings_in_use()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        panel = import_days(history_of(settings), file, warehouse)
    except HistoryError as error:
        raise Unusable(str(error)) from None
    first, last = panel.periods.first, panel.periods.last_day
    console.print(f"{len(panel):,} series from {first} to {last} are in the history", highlight=False, soft_wrap=True)
