"""`skuld forecast value-added`: what each step from the naive forecast to the order, and each person, was worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

from actors.kernel.clock import now_ms
from actors.kernel.record.database import faults_named, open_database
from actors.kernel.record.schema import migrate
from gateway.cli.app import console, settings_in_use
from gateway.cli.forecast import forecast, history_of
from gateway.cli.refused import one_line_errors

if TYPE_CHECKING:  # numbers are loaded when it is asked for, not when orders are taken
    from forecasting.value_added.reading import Decisions
    from forecasting.value_added.value import GroupValue, ValueAdded

DAY_MS = 86_400_000


@forecast.command("value-added")
def value_added(
    days: Annotated[int | None, typer.Option(min=1, help="decisions of so many days (default: all)")] = None,
    warehouse: Annotated[str, typer.Option(help="only this one")] = "",
    json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Say what each step and each person was worth, over the decisions whose protection period is over.

    Exit 1: a file of the history cannot be used.
    """
    with one_line_errors():
        from forecasting.value_added import value
        from forecasting.value_added.reading import read_decisions

        settings = settings_in_use()
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = open_database(settings.sql_url)
        migrate(engine)
        since = now_ms() - days * DAY_MS if days is not None else 0
        with faults_named("reading decisions"), engine.connect() as rows:
            read = read_decisions(rows, history_of(settings), since, warehouse)
        found = value.value_added(read.judged)
    if json:
        from gateway.answers.value_added import value_added_answer

        console.print_json(data=value_added_answer(read, found).model_dump())
    else:
        _show(read, found)


def _show(read: Decisions, found: ValueAdded) -> None:
    console.print(
        f"[bold]{found.decisions:,} decisions[/bold] can be judged, {found.units:,.0f} units came; "
        f"{read.waiting:,} are not over, {read.new:,} have no demand before, {read.silent:,} no forecast",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    if not found.decisions:
        return
    steps = _table("step", "error", "bias", "value added")
    for step in found.steps:
        steps.add_row(step.name, _percent(step.error), _percent(step.bias), _percent(step.value_added))
    console.print(steps)
    console.print(_groups("person", found.persons))
    if found.reasons:
        console.print(_groups("reason", found.reasons))


def _groups(what: str, groups: list[GroupValue]) -> Table:
    table = _table(what, "decisions", "changed", "error before", "after", "value added", "better", "worse")
    for one in groups:
        errors = _percent(one.error_before), _percent(one.error), _percent(one.value_added)
        table.add_row(escape(one.name or "-"), str(one.decisions), str(one.changed), *errors, str(one.better), str(one.worse))
    return table


def _table(*names: str) -> Table:
    table = Table(*names, box=SIMPLE, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:+.1%}" if share < 0 else f"{share:.1%}"
