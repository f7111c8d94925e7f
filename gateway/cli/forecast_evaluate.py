"""`skuld forecast evaluate`: the model beside all baselines on any history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.box import SIMPLE
from rich.table import Table

from forecasting.plain import plain
from gateway.cli.app import console, settings_in_use
from gateway.cli.demo import progress_bar
from gateway.cli.forecast import forecast
from gateway.cli.model_settings import Country, EventTable, settings_of
from gateway.cli.refused import one_line_errors
from gateway.cli.runners import Where, runner_of

if TYPE_CHECKING:  # numbers are loaded when a forecast is made, not when orders are taken
    from forecasting.evaluation.evaluate import Evaluation
    from forecasting.evaluation.outputs import Written

RIVALS_SHOWN: Final = 5


@forecast.command()
def evaluate(
    history: Annotated[
        Path,
        typer.Option(
            help="Parquet or CSV: sku, location?, day|week|month, units, in_stock_share?, price?, promotion?, category?"
        ),
    ],
    horizon: Annotated[int, typer.Option(help="periods whose sum is forecast: lead time plus review")],
    cutoffs: Annotated[int, typer.Option(help="how many times the past is forecast; fewer when the history is short")] = 8,
    step: Annotated[int | None, typer.Option(help="periods between two of them (default: those there is room for)")] = None,
    output: Annotated[Path | None, typer.Option(help="folder for what is written (default: forecast-NAME)")] = None,
    forecaster: Annotated[list[str] | None, typer.Option(help="judge another one too: module:object; may be repeated")] = None,
    charts: Annotated[int, typer.Option(min=0, max=100, help="SKUs that get a chart")] = 6,
    country: Country = None,
    events: EventTable = None,
    seed: Annotated[int, typer.Option(min=0, help="of the model's random choices")] = 1,
    blind: Annotated[bool, typer.Option("--blind", help="forecasters are not told prices and promotions ahead")] = False,
    ray: Where = None,
    json: Annotated[bool, typer.Option("--json", help="print the outcome as JSON")] = False,
) -> None:
    """Judge the demand model beside every baseline on a history, and forecast what follows it.

    Everything is fitted anew at each cut-off on what was known there. Writes forecasts with quantiles, past forecasts against
    what came and all metrics as Parquet and CSV, charts of a few SKUs as PNG, and report.html, which holds everything.

    Exit 1: the history cannot be used. Exit 2: an option cannot be used, or does not fit the history.
    """
    with one_line_errors(), progress_bar() as tell:
        from forecasting.evaluation.evaluate import Request
        from forecasting.evaluation.evaluate import evaluate as evaluated
        from forecasting.evaluation.outputs import figures_of, make_folder, write_outputs
        from forecasting.panel.long_table import read_and_told

        request = Request(
            horizon, cutoffs, step, tuple(dict.fromkeys(forecaster or ())), blind,
            settings_of(None, seed, country, events),
        )  # fmt: skip
        panel, notes = read_and_told(history)
        folder = output or Path(f"forecast-{history.stem}")
        make_folder(folder)
        with runner_of(ray, settings_in_use()) as runner:
            found = evaluated(panel, request, runner, tell)
        written = write_outputs(found, folder, f"{history.name}, {horizon} ahead", charts, tell, notes)
        figures = figures_of(found, written) | {"read": notes} if json else {}
    if json:
        console.print_json(data=plain(figures))
    else:
        _show(found, written, notes)


def _show(found: Evaluation, written: Written, notes: list[str]) -> None:
    from forecasting.evaluation.report import summary, trees_of

    for note in notes:
        console.print(note, highlight=False, markup=False, soft_wrap=True)
    console.print(summary(found), highlight=False, soft_wrap=True)
    if found.model.stands_in:
        console.print(f"too short for a model: {found.model.stands_in}; {found.model.stand_in} stands in", soft_wrap=True)
    if trees := trees_of(found):
        console.print(trees, highlight=False, markup=False, soft_wrap=True)
    table = Table("beside", "pinball loss lower by", "WAPE lower by", box=SIMPLE, pad_edge=False)
    for rival in written.rivals[:RIVALS_SHOWN]:
        cells = [
            "nothing to judge by" if one.saved != one.saved else f"{one.saved:.1%} ({one.low:.1%} to {one.high:.1%})"
            for one in (rival.pinball, rival.wape)
        ]
        table.add_row(rival.name, *cells)
    console.print(table)
    console.print(f"{written.report}", highlight=False, soft_wrap=True, markup=False)
