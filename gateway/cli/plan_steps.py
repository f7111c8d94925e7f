"""The steps of `skuld plan-demo`: each does what a command, or a few calls of the API, would do, and prints what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from actors.inventory.goods import DEFAULT_WAREHOUSE
from actors.kernel import deploy
from actors.kernel.clock import now_ms
from actors.kernel.record.database import faults_named, open_database
from actors.kernel.settings import SkuldSettings
from forecasting.evaluation.evaluate import Request, evaluate
from forecasting.evaluation.outputs import write_outputs
from forecasting.evaluation.report import nearest
from forecasting.history.importing import import_days
from forecasting.history.site_days import SiteDays
from forecasting.model.settings import Settings
from forecasting.panel.panel import Panel
from forecasting.planning.champion import CHAMPION
from forecasting.planning.policy import Policy
from forecasting.planning.run import Asked
from forecasting.registry.slot import Slot
from forecasting.window import told
from forecasting.window.place import Place
from forecasting.window.score import score
from forecasting.window.source import panel_for
from forecasting.window.train import train as trained
from forecasting.work import Here
from gateway.buying import desk, dock
from gateway.buying.api import Api, CallFailed, Told, calling
from gateway.buying.desk import Show
from gateway.buying.files import DEMAND
from gateway.buying.inputs import Inputs
from gateway.buying.report import order_table, skus_to_show, stock_table
from gateway.cli.app import console
from gateway.cli.demo import CONNECTIONS, progress_bar, replay_plan, told_faults
from gateway.cli.forecast import history_of
from gateway.cli.own_system import OwnSystem
from gateway.cli.suggest import plan_run, post_run, show_run
from gateway.forecast_reads import chart_of, read_latest, read_past
from gateway.replay.driver import Target
from gateway.running import PROJECTOR
from gateway.verify import why_not_level

SLOT: Final = Slot.read("week 2+1")
SHOWN: Final = 8
"""Suggestions in the table."""
CHARTS: Final = 6
JUDGED_AT: Final = 4
"""Cut-offs of the report: training has judged at eight already."""
Chances = Mapping[str, float]


def today(settings: SkuldSettings) -> date:
    """The site's day."""
    return SiteDays(settings.time_zone).day_of(now_ms())


def stock(own: OwnSystem, inputs: Inputs) -> None:
    """Products and opening stock as `skuld replay` makes them, then who sells what."""
    outcome = replay_plan(inputs.stocking, Target(own.running.url, own.admin_key, CONNECTIONS))
    if outcome.refused_by_fault:
        raise CallFailed(told_faults(outcome))
    with progress_bar() as show:
        calling(own.running.url, own.admin_key, lambda api: desk.put_terms(api, inputs.supply, show))
    supply, units = inputs.supply, sum(quantity for _, quantity in inputs.supply.opening)
    sellers = ", ".join(f"{one.name} ({one.lead_time_days} working days)" for one in supply.suppliers)
    _say(f"{len(supply.products):,} products, {units:,} units in stock; suppliers: {sellers}")


def history(settings: SkuldSettings, folder: Path) -> Panel:
    """Take the demand in; gives it by the week."""
    import_days(history_of(settings), folder / DEMAND, DEFAULT_WAREHOUSE)
    panel = panel_for(SLOT.frequency, history_of(settings))
    _say(f"{len(panel):,} SKUs over {len(panel.periods)} whole weeks, {panel.periods.first} to {panel.periods.last_day}")
    return panel


def train(settings: SkuldSettings, panel: Panel) -> None:
    """A challenger beside every baseline; who wins forecasts every SKU."""
    place = Place(open_database(settings.sql_url), settings.data_dir, now_ms)
    with faults_named("reading and writing models"), progress_bar() as show:
        training = trained(place, SLOT, panel, Settings(threads=1), Here(), show)
        scored = score(place, SLOT, panel, Here(), show)
    for line in (*told.of_training(training), *told.of_scoring(scored)):
        _say(line)


def suggest(own: OwnSystem) -> Chances:
    """Put a run of planning into the system; gives each SKU's chance of running out."""
    _level()
    asked, day = Asked(Policy()), today(own.settings)
    panel, by, found = plan_run(own.settings, None, CHAMPION, day, asked)
    posted = post_run(found, day, asked, own.running.url, own.admin_key)
    show_run(panel, by, found, posted, SHOWN, dry=False)
    _level()
    return {one.sku: one.suggestion.chance_without for one in found.planned}


def buy(own: OwnSystem, before: Chances, folder: Path) -> None:
    """Approve the first supplier's basket, order it, receive it not quite whole, put it away; stock before and after."""
    with progress_bar() as show:
        order, shown, levels = calling(own.running.url, own.admin_key, lambda api: _bought(api, show))
    _level()
    console.print(order_table(order, shown))
    _, _, found = plan_run(own.settings, None, CHAMPION, today(own.settings), Asked(Policy()))
    after = {one.sku: one.suggestion for one in found.planned}
    chances = {sku: said.chance_without for sku, said in after.items()}
    console.print(stock_table(*levels, (before, chances)))
    again = sum(after[line["sku"]].units > 0 for line in order["lines"] if line["sku"] in after)
    _say(f"planned again, {again:,} of these {len(order['lines']):,} SKUs are to be ordered: what is still to come counts")
    _say(f"what is expected of the first of them: {_draw(own.settings, shown[:CHARTS], folder / 'ordered')}")


def _draw(settings: SkuldSettings, skus: list[str], folder: Path) -> Path:
    """Charts of these SKUs, as `GET /v1/forecasts/{sku}/chart.png` has them."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.png"):  # of a run before
        old.unlink()
    engine = open_database(settings.sql_url)
    for sku in skus:
        for row in read_latest(engine, sku):
            (folder / f"{quote(sku, safe='')}.png").write_bytes(chart_of(row, read_past(engine, sku), settings.data_dir))
    return folder


async def _bought(api: Api, show: Show) -> tuple[Told, list[str], tuple[dict[str, Told], dict[str, Told]]]:
    """The order as it stands in the end, the SKUs to show of it, and their levels before and after."""
    basket = await desk.approve_basket(api, await desk.open_suggestions(api), show)
    _say(f"{basket['supplier']}: {basket['lines']:,} lines, {basket['units']:,} units, {float(basket['money']):,.2f} in money")
    order = await desk.place(api, basket["purchase_order_id"])
    for one in order["warnings"]:
        _say(one["detail"])
    shown = skus_to_show(order, dock.arrived(order))
    before = await dock.levels(api, shown)
    receipt = await dock.receive(api, order)
    carried = await dock.put_away(api, receipt, show)
    tasks = len(receipt["putaway_tasks"])
    _say(f"{receipt['receipt_id']}: {tasks:,} putaway tasks carried out, {carried:,} units are where they are sold from")
    return await desk.read_order(api, basket["purchase_order_id"]), shown, (before, await dock.levels(api, shown))


def report(panel: Panel, folder: Path) -> None:
    """The model beside every baseline: tables, charts and the report."""
    with progress_bar() as show:
        found = evaluate(panel, Request(SLOT.horizon.protection, JUDGED_AT), Here(), show)
        written = write_outputs(found, folder, f"the demo's shop, {SLOT}", CHARTS, show)
    _say(nearest(written.rivals[0]))
    _say(f"{written.report}, {len(written.charts)} charts in {folder / 'charts'}")


def _level() -> None:
    """Wait until the rows, which planning reads, have all that was answered."""

    def ask(method: str, *arguments: Any) -> Any:
        return deploy.call(PROJECTOR, method, *arguments)

    if behind := why_not_level(ask):
        raise CallFailed("; ".join(behind))


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
