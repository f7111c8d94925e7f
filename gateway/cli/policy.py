"""`skuld policy simulate`: stock policies replayed over a history of demand, beside experience, at equal fill rate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.app import app, console, one_line
from gateway.cli.demo import progress_bar
from gateway.cli.refused import one_line_errors

if TYPE_CHECKING:  # numbers are loaded when a policy is simulated, not when orders are taken
    from forecasting.simulation.outcome import Costs
    from forecasting.simulation.request import Request

policy = typer.Typer(help="Try stock policies on the past.", no_args_is_help=True)
app.add_typer(policy, name="policy")
SUPPLY, POLICY, REPLAY, MONEY = "Supply", "Policy and forecast", "Replay", "Money"
"""Groups of options in the help."""


@policy.command()
def simulate(
    history: Annotated[
        Path,
        typer.Option(
            help="Parquet or CSV: sku, location?, day|week|month, units, in_stock_share?, price?, promotion?, category?"
        ),
    ],
    lead_time: Annotated[
        str,
        typer.Option(
            help="periods from order to arrival: 2, or those seen, 1,2,2,5: each order draws one", rich_help_panel=SUPPLY
        ),
    ] = "",
    review: Annotated[int, typer.Option(help="periods between reviews", rich_help_panel=SUPPLY)] = 1,
    minimum: Annotated[float, typer.Option(help="least order, units (MOQ)", rich_help_panel=SUPPLY)] = 0,
    multiple: Annotated[
        float, typer.Option(help="orders are multiples of it (pack), units; 0 for any quantity", rich_help_panel=SUPPLY)
    ] = 1,
    most: Annotated[float | None, typer.Option(help="largest order, units", rich_help_panel=SUPPLY)] = None,
    forecaster: Annotated[
        list[str] | None,
        typer.Option(help="by name, or module:object; may be repeated (default: combination)", rich_help_panel=POLICY),
    ] = None,
    policy: Annotated[
        str, typer.Option(help="order-up-to (R,S), min-max (R,s,S) or lot (s,Q)", rich_help_panel=POLICY)
    ] = "order-up-to",
    lot: Annotated[float, typer.Option(help="Q, or S less s: periods of mean demand", rich_help_panel=POLICY)] = 4.0,
    fill_rate: Annotated[
        list[float] | None, typer.Option(help="compare at it; may be repeated (default: .90 .95 .98)", rich_help_panel=POLICY)
    ] = None,
    by_class: Annotated[
        bool, typer.Option("--by-class", help="tune safety by ABC/XYZ class on earlier periods, too", rich_help_panel=POLICY)
    ] = False,
    floor: Annotated[
        list[str] | None,
        typer.Option(help="least fill rate of a class, A=.97 or CZ=.85; may be repeated", rich_help_panel=POLICY),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(help="ask forecasters at each so many reviews (default: 150 times at most)", rich_help_panel=POLICY),
    ] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="forecasters are not told prices and promotions ahead", rich_help_panel=POLICY)
    ] = False,
    warm_up: Annotated[
        int | None,
        typer.Option(
            help="periods of history before policies are judged (default: half, or what one SKU needs)", rich_help_panel=REPLAY
        ),
    ] = None,
    least_history: Annotated[int, typer.Option(help="known periods before a SKU gets a level", rich_help_panel=REPLAY)] = 8,
    lost_sales: Annotated[
        bool, typer.Option("--lost-sales", help="demand that finds nothing is lost (default: it waits)", rich_help_panel=REPLAY)
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="of the lead times that are drawn", rich_help_panel=REPLAY)] = 0,
    holding_cost: Annotated[float, typer.Option(help="for a unit on hand at the end of a period", rich_help_panel=MONEY)] = 1,
    order_cost: Annotated[float, typer.Option(help="for an order", rich_help_panel=MONEY)] = 0,
    shortage_cost: Annotated[float, typer.Option(help="for a unit not served at once", rich_help_panel=MONEY)] = 0,
    budget: Annotated[
        float | None, typer.Option(help="money for all orders of a review, by the prices of the history", rich_help_panel=MONEY)
    ] = None,
    chart: Annotated[Path | None, typer.Option(help="write stock against fill rate as a PNG")] = None,
    json: Annotated[bool, typer.Option("--json", help="print the outcome as JSON")] = False,
) -> None:
    """Replay a stock policy over a history of demand and say how much stock each forecaster needs at equal fill rate.

    Each forecaster sees only what was known at each review. All are measured against experience: the mean of 13 periods times a
    cover. SKUs with too little history are named and get no level.

    Exit 1: the history cannot be used. Exit 2: an option cannot be used, or does not fit the history.
    """
    with one_line_errors():
        from forecasting.simulation.outcome import Costs
        from forecasting.simulation.request import Request

        costs = Costs(holding_cost, order_cost, shortage_cost)
        request = Request(
            lead_times=_lead_times(lead_time),
            review=review,
            warm_up=warm_up,
            least_history=least_history,
            every=every,
            forecasters=tuple(dict.fromkeys(forecaster or ("combination",))),
            policy=policy,
            lot=lot,
            fill_rates=tuple(sorted(set(fill_rate or (0.90, 0.95, 0.98)))),
            lost_sales=lost_sales,
            minimum=minimum,
            multiple=multiple,
            most=most,
            budget=budget,
            by_class=by_class,
            floors=dict(map(_floor, floor or ())),
            seed=seed,
        )
        _refuse_unwritable(chart)
        _run(history, request, costs, blind=blind, chart=chart, json=json)


def _lead_times(given: str) -> tuple[int, ...]:
    from forecasting.parameters import ParameterError

    if not given.strip():
        raise ParameterError("lead-time", "missing", "whole periods, 1 or more: without it no level can be set")
    try:
        return tuple(int(part) for part in given.split(","))
    except ValueError:
        raise ParameterError("lead-time", one_line(given), "whole periods, as 2 or 1,2,2,5") from None


def _floor(given: str) -> tuple[str, float]:
    from forecasting.parameters import ParameterError

    name, _, rate = given.partition("=")
    try:
        return name.strip().upper(), float(rate)
    except ValueError:
        raise ParameterError("floor", one_line(given), "a class and a fill rate, as A=.97") from None


def _refuse_unwritable(chart: Path | None) -> None:
    """Raise OSError or ParameterError now, not after minutes of work."""
    from forecasting.parameters import ParameterError

    if chart is None:
        return
    if chart.suffix.lower() != ".png":
        raise ParameterError("chart", one_line(str(chart)), "the name of a .png file")
    is_new = not chart.exists()
    with chart.open("ab"):
        pass
    if is_new:
        chart.unlink()


def _run(history: Path, request: Request, costs: Costs, *, blind: bool, chart: Path | None, json: bool) -> None:
    from forecasting.panel.long_table import read_and_told
    from forecasting.simulation.comparison import contest, rows
    from forecasting.simulation.request import prepare
    from gateway.cli.policy_report import figures_of, show

    panel, notes = read_and_told(history)
    plan = prepare(request, panel)
    known = () if blind else tuple(name for name in ("promotion", "price") if getattr(panel, name) is not None)
    with progress_bar() as tell:
        found = contest(plan.trial, plan.forecasters, plan.shape, request.fill_rates, plan.groups, plan.floors, known, tell)
    table = rows(found, request.fill_rates, costs, plan.price)
    if chart is not None:
        from forecasting.simulation.chart import draw_chart

        draw_chart(found, request.fill_rates, chart, f"{history.name}: {len(plan.trial.rows):,} SKUs")
    if json:
        console.print_json(data=figures_of(plan, panel, table, found) | {"read": notes})
    else:
        show(plan, panel, table, found, notes)
