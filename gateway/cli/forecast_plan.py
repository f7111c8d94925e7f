"""`skuld forecast plan`: the prices and promotions that people plan, kept for all that forecasts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from actors.kernel.clock import now_ms
from gateway.cli.app import console, settings_in_use
from gateway.cli.forecast import forecast, history_of
from gateway.cli.refused import one_line_errors

if TYPE_CHECKING:  # tables are loaded when a plan is told, not when orders are taken
    from actors.kernel.settings import SkuldSettings
    from forecasting.plans.plan import Plan

DIGITS_SHOWN: Final = 12


@forecast.command()
def plan(
    file: Annotated[
        Path | None, typer.Argument(help="Parquet or CSV: sku, location?, day|week|month, price?, promotion?; none: show it")
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="forget what was told of days that are over, too")] = False,
    json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Keep what is planned of prices and promotions, of the future and of the past, in place of what was told before.

    `train`, `score`, `skuld suggest` and `skuld night` use it. What was told of days that are over stays: models learn from it
    what a promotion does. Without a file it shows what is kept.

    Exit 1: the file cannot be used, every fault by row, column and value; nothing is changed then.
    """
    with one_line_errors():
        from forecasting.history.site_days import SiteDays
        from forecasting.plans.kept import KeptPlan
        from forecasting.plans.plan_file import read_plan

        settings = settings_in_use()
        store = KeptPlan(settings.data_dir)
        if file is None:
            known = store.read()
        else:
            told = read_plan(file)
            settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            known = store.keep(told, SiteDays(settings.time_zone).day_of(now_ms()), anew=anew)
        remarks = list(_strangers(settings, known))
    if json:
        console.print_json(data=_figures(known) | {"remarks": remarks})
        return
    for line in (_told(known), *remarks):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _figures(known: Plan) -> dict[str, Any]:
    rows = known.rows
    first, last = rows["first"].min(), rows["last"].max()
    return {
        "digest": known.digest or None,
        "rows": rows.height,
        "skus": rows["sku"].n_unique(),
        "columns": list(known.columns),
        "first": None if first is None else str(first),
        "last": None if last is None else str(last),
    }


def _told(known: Plan) -> str:
    from forecasting.plans.remarks import PLURAL

    told = _figures(known)
    if not told["rows"]:
        return "nothing is planned: `skuld forecast plan FILE` keeps a plan"
    what = " and ".join(PLURAL[name] for name in known.columns)
    return f"plan {known.digest[:DIGITS_SHOWN]}: {what} of {told['skus']:,} SKUs from {told['first']} to {told['last']}"


def _strangers(settings: SkuldSettings, known: Plan) -> Iterator[str]:
    """SKUs that the system's own history does not have, where there is one."""
    from forecasting.plans.remarks import of_strangers

    demand = history_of(settings).read()
    if not demand.is_empty():
        yield from of_strangers(known, demand.select("sku", location="warehouse").unique())
