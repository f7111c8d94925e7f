"""`skuld plan-demo`: from a shop's demand to a forecast, suggestions with reasons, a purchase order, and goods on the shelf."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.app import app, console, load_settings
from gateway.cli.inspect import show_findings
from gateway.cli.own_system import OwnSystem, own_system, say
from gateway.cli.refused import model_errors
from gateway.verify import Finding, verify_journals, verify_running

if TYPE_CHECKING:  # numbers are loaded when the demo runs, not when orders are taken
    from gateway.buying.inputs import Inputs
    from gateway.replay.shop import Shop

FIRST_DAY: Final = date(2011, 2, 1)
TRADING_DAYS: Final = 260
"""Of a generated shop: 43 weeks, up to the end of November."""


@app.command("plan-demo")
def plan_demo(
    skus: Annotated[int, typer.Option(min=1, max=5000, help="so many, those that sell best")] = 300,
    output: Annotated[Path, typer.Option(help="folder for demand, charts and report")] = Path("plan-demo"),
    generated: Annotated[bool, typer.Option("--generated", help="a generated shop, even where real order lines are")] = False,
    keep: Annotated[bool, typer.Option(help="keep the data of its system and say where")] = False,
) -> None:
    """Start a system of its own, forecast a shop's demand, say what to order and why, order and receive it, check all.

    The shop's order lines become demand by day, moved so that they end yesterday. Suppliers, their terms and opening stock are
    made up. Writes the demand, what the system was told beside it, charts and a report into the folder of --output.

    Exit 1: something cannot be used or was refused, or an invariant is broken. Exit 2: the command line is wrong.
    """
    with own_system("skuld-plan-", keep=keep) as own, model_errors():
        inputs = _inputs(own, skus, output, generated=generated)
        own.start()
        findings = _walk(own, inputs, output)
    if any(finding.broken for finding in findings):
        raise typer.Exit(1)


def _inputs(own: OwnSystem, skus: int, output: Path, *, generated: bool) -> Inputs:
    """Demand of the shop until yesterday, and a supply for it; written down."""
    from forecasting.evaluation.outputs import make_folder
    from gateway.buying.files import DEMAND, write_inputs
    from gateway.buying.inputs import inputs_of
    from gateway.cli.plan_steps import today
    from gateway.replay.report import bad_rows

    make_folder(output)
    shop = _shop(generated=generated)
    for line in (*shop.notes, *bad_rows(shop.lines.bad)):
        console.print(line, soft_wrap=True)
    inputs = inputs_of(shop.lines, skus, today(own.settings) - timedelta(1))
    write_inputs(output, inputs.demand, inputs.supply)
    demand, first = inputs.demand, inputs.stocking.first_day
    console.print(
        f"{len(shop.lines.table):,} order lines ({shop.origin}) tell of {demand['units'].sum():,} units of the "
        f"{len(inputs.supply.products):,} SKUs that sell best, day by day; moved to {first} to {inputs.stocking.last_day}: "
        f"{output / DEMAND}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    return inputs


def _shop(*, generated: bool) -> Shop:
    from gateway.replay.generated import generated_lines
    from gateway.replay.shop import open_shop

    generate = partial(generated_lines, days=TRADING_DAYS, first_day=FIRST_DAY)
    where = "" if generated else None
    return open_shop(load_settings().data_dir, datasets=where, download=not generated, say=say, generate=generate)


def _walk(own: OwnSystem, inputs: Inputs, output: Path) -> list[Finding]:
    """The loop, step by step, as a planner, a buyer and a receiver go through it."""
    from gateway.cli import plan_steps as steps

    _head("Products, opening stock, suppliers with terms", "made up, but for the names")
    steps.stock(own, inputs)
    _head("History", "skuld forecast import")
    panel = steps.history(own.settings, output)
    _head("Models", "skuld forecast train, score")
    steps.train(own.settings, panel)
    _head("What to order, and why", "skuld suggest")
    before = steps.suggest(own)
    _head("Order, receipt, putaway", "as calls of the API")
    steps.buy(own, before, output)
    _head("How good the model is", "skuld forecast evaluate")
    steps.report(panel, output)
    _head("Invariants", "skuld verify")
    return show_findings(chain(verify_running(own.settings), verify_journals(own.settings)))


def _head(what: str, how: str) -> None:
    console.print(f"\n[bold]{what}[/bold] ({how})", highlight=False)
