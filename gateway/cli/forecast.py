"""`skuld forecast`: the history of demand, and what is made of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from actors.kernel.clock import now_ms
from actors.kernel.record.database import faults_named, open_database
from actors.kernel.record.schema import migrate
from actors.kernel.settings import SkuldSettings
from gateway.cli.app import app, console, settings_in_use
from gateway.cli.demo import progress_bar
from gateway.cli.refused import one_line_errors

if TYPE_CHECKING:  # tables are loaded when history is asked for, not when orders are taken
    from forecasting.history.store import HistoryStore

forecast = typer.Typer(help="Demand: its history, models, forecasts.", no_args_is_help=True)
app.add_typer(forecast, name="forecast")


def history_of(settings: SkuldSettings) -> HistoryStore:
    """Where the history of an installation is."""
    from forecasting.history.store import HistoryStore

    return HistoryStore(settings.data_dir / "history")


@forecast.command()
def history(
    again: Annotated[bool, typer.Option("--rebuild", help="write all days anew from the system of record")] = False,
    json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Write demand of every day that is over to the history, as Parquet in the data directory. Run it each night.

    Exit 1: a file of the history cannot be used. Exit 2: its days are those of another time zone.
    """
    with one_line_errors():
        from forecasting.history.keeping import keep_up
        from forecasting.history.record import alarms
        from forecasting.history.site_days import SiteDays

        settings = settings_in_use()
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        store, site = history_of(settings), SiteDays(settings.time_zone)
        engine = open_database(settings.sql_url)
        migrate(engine)
        with progress_bar() as show, faults_named("reading demand"), engine.connect() as rows:

            def tell(_day: date, done: int, of: int) -> None:
                show("days", done, of)

            if again:
                store.clear_days()
            days = keep_up(store, rows, site, now_ms(), tell, stock_outs_hide=settings.stock_outs == "hide")
            behind = alarms(rows)
        known = store.days()
    if json:
        console.print_json(data={"written": len(days), "days": len(known), "folder": str(store.folder), "behind": behind})
        return
    span = f"from {known[0]} to {known[-1]}" if known else "empty: no day is over on which anything happened"
    console.print(f"{len(days)} days written, the history is {span}", highlight=False, soft_wrap=True)
    console.print(f"[dim]{store.folder}[/dim]", highlight=False, soft_wrap=True)
    for owner, alarm in behind.items():
        told = f"rows of {owner} do not follow, so that the latest days lack some: {alarm}; they are written again once they do"
        console.print(told, markup=False, highlight=False, soft_wrap=True)


@forecast.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="Parquet or CSV: sku, location?, day, units, in_stock_share?, price?, promotion?, category?")
    ],
    warehouse: Annotated[str, typer.Option(help="whose demand it is, where the file has no locations")] = "main",
) -> None:
    """Take demand from before Skuld into the history, in place of what was imported before. Exit 1: the file cannot be used."""
    with one_line_errors():
        from forecasting.history.importing import import_days, left_behind, parts_of_units

        settings = settings_in_use()
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = history_of(settings)
        before = store.imported_series()
        panel = import_days(store, file, warehouse)
        rounded, gone = parts_of_units(panel), left_behind(before, panel, warehouse)
    first, last = panel.periods.first, panel.periods.last_day
    console.print(f"{len(panel):,} series from {first} to {last} are in the history", highlight=False, soft_wrap=True)
    if gone:
        told = f"{gone:,} series that were imported before are not in this file, and not in the history any more"
        console.print(told, highlight=False, soft_wrap=True)
    if rounded:
        told = f"{rounded:,} days have parts of a unit, which are rounded: the history counts whole ones"
        console.print(told, highlight=False, soft_wrap=True)
