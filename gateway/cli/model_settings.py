"""What a model is to be fitted with, as the command line and the settings of this installation say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # numbers are loaded when a model is fitted, not when orders are taken
    from actors.kernel.settings import SkuldSettings
    from forecasting.model.settings import Settings

Country = Annotated[str | None, typer.Option(help="whose holidays matter: CN or GB (train, backtest: else SKULD_COUNTRY)")]
EventTable = Annotated[
    Path | None,
    typer.Option(
        help="Parquet or CSV of what is known ahead: type, start, end?, depth?, skus?, day_off?, known_from? "
        "(train, backtest: else SKULD_EVENTS)"
    ),
]


def settings_of(site: SkuldSettings | None, seed: int, country: str | None, events: Path | None) -> Settings:
    """Settings with the holidays of a country and the events of a table.

    Args:
        site: says which where the command line does not; None where the history is of no site of ours.
    Raises:
        HistoryError: the event table cannot be used; every fault of it.
        ParameterError: there are no rules for the country's holidays.
    """
    from forecasting.calendar.event_file import read_events
    from forecasting.model.settings import Settings

    table = events or (site.events if site is not None else None)
    whose = country or (site.country if site is not None else None) or None
    return Settings(seed, threads=1, country=whose, events=tuple(read_events(table)) if table is not None else ())
