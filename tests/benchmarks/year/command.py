"""`python -m tests.benchmarks year`: half a year of a real shop through the running system, by several policies."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from tests.benchmarks.forecasting import online_retail
from tests.benchmarks.report import console, markdown, plain_table
from tests.benchmarks.year import report
from tests.benchmarks.year.demand import WEEKS_KNOWN, Demand, retail
from tests.benchmarks.year.figures import Figures, figures_of, keep, kept
from tests.benchmarks.year.policies import Cover, MinMax, Policy, Suggestions, fixed_min_max
from tests.benchmarks.year.run import run
from tests.benchmarks.year.terms import Terms
from tests.benchmarks.year.twin import twin

AS_IT_IS: Final = "as-it-is"
CHART_AT: Final = 0.95
"""The fill rate near which runs are drawn, where none of suggestions as they are says which."""
Values = Annotated[str, typer.Option(help="comma-separated; empty: not run")]


def year(
    skus: Annotated[int, typer.Option(min=1, help="with the most units in the history")] = 300,
    suggestions: Annotated[
        str, typer.Option(help="targets of `skuld suggest`, for all classes of value; as-it-is: its own")
    ] = "as-it-is",
    forecaster: Annotated[str, typer.Option(help="of `skuld suggest`")] = "combination",
    train_every: Annotated[int, typer.Option(min=0, help="weeks between `skuld forecast train`; 0: never")] = 0,
    cover: Annotated[str, typer.Option(help="weeks of cover")] = "9",
    min_max: Annotated[str, typer.Option(help="minimum, in weeks of the mean of the history")] = "8",
    lost_sales: Annotated[bool, typer.Option(help="what finds no stock is lost; else it waits")] = False,
    put_away: Annotated[bool, typer.Option(help="carry goods from the dock to their place, task by task")] = True,
    system: Annotated[
        bool, typer.Option(help="through the running system; else by plain arithmetic and the planning code alone")
    ] = True,
    real_terms: Annotated[
        bool, typer.Option("--real-terms", help="packs, price breaks and minimum orders; else single units at one price")
    ] = False,
    early_days: Annotated[float | None, typer.Option(help="of `skuld suggest` (default: its own)")] = None,
    plan_lost: Annotated[bool, typer.Option("--plan-lost", help="suggestions are planned with `--lost-sales`")] = False,
    stock_outs: Annotated[str, typer.Option(help="hide or show demand (SKULD_STOCK_OUTS)")] = "show",
    seed: Annotated[int, typer.Option(help="of the lead times")] = 1,
    output: Annotated[
        Path,
        typer.Option(help="folder of figures and chart, one for each set of options; runs that are there are not made again"),
    ] = Path("year"),
) -> None:
    """A warehouse run by Skuld, day by day on real orders, beside the same warehouse run by fixed rules. Exit 1: something
    was not as plain arithmetic or an invariant has it."""
    if not online_retail.IS_THERE:
        raise typer.BadParameter("SKULD_DATASETS names no folder with Online Retail in it")
    demand, terms = retail(skus), Terms(lost_sales=lost_sales, put_away=put_away, seed=seed, real=real_terms)
    there = {(one.policy, one.value) for one in kept(output)}
    suggested = Suggestions(None, forecaster, stock_outs == "show", early_days, plan_lost)
    for policy in _policies(demand, suggested, suggestions, cover, min_max):
        if (policy.name, policy.value) not in there:
            _show_run(one_run(demand, policy, terms, output, train_every, system=system))
    found = kept(output)
    if found:
        show(found, output)
    if any(one.broken for one in found):
        raise typer.Exit(1)


def _policies(demand: Demand, suggested: Suggestions, suggestions: str, cover: str, min_max: str) -> Iterator[Policy]:
    for value in _values(suggestions):
        yield replace(suggested, value=value)
    for value in _values(cover):
        yield Cover(value or 0.0)
    for value in _values(min_max):
        yield fixed_min_max(demand, WEEKS_KNOWN, value or 0.0)


def _values(given: str) -> list[float | None]:
    try:
        return [None if one.strip() == AS_IT_IS else float(one) for one in given.split(",") if one.strip()]
    except ValueError:
        raise typer.BadParameter(f"{given}: numbers, comma-separated") from None


def one_run(demand: Demand, policy: Policy, terms: Terms, output: Path, train_every: int, *, system: bool) -> Figures:
    """Run a policy, on a system of its own or without one, and keep its figures."""
    if system:
        with tempfile.TemporaryDirectory(prefix="skuld-year-") as folder:
            ran = run(demand, policy, terms, Path(folder), _teller(policy), train_every)
    else:
        ran = twin(demand, policy, terms)
    found = figures_of(ran, policy, terms)
    keep(found, output)
    return found


def _teller(policy: Policy) -> Callable[[date, float], None]:
    def tell(day: date, seconds: float) -> None:
        if day.weekday() == 6:
            console.print(f"[dim]{policy.name} {policy.value}: {day}, {seconds:.0f} s[/dim]", highlight=False)

    return tell


def _show_run(one: Figures) -> None:
    console.print(
        f"{one.policy} {one.value}: fill {one.fill_rate:.3f}, {one.stock:,.0f} on hand, {one.system['seconds']:.0f} s"
    )
    for line in one.broken[:20]:
        console.print(f"[red]{line}[/red]", highlight=False, soft_wrap=True)


def show(found: list[Figures], output: Path) -> None:
    """Tables, and the chart of the runs that come nearest to one fill rate."""
    tables = [plain_table("Runs", report.rows(found))]
    swept = {one.policy for one in found if one.value is not None}
    tables += [plain_table("", report.at_equal_fill(found, name)) for name in (Cover.name, MinMax.name) if name in swept]
    for table in tables:
        console.print(markdown(table), soft_wrap=True, highlight=False)
        console.print()
    usual = [one.fill_rate for one in found if one.value is None]
    report.chart(report.nearest(found, usual[0] if usual else CHART_AT), output / "days.png")
