"""`skuld forecast train`, `score` and `backtest`: the models of this installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecasting.plain import plain
from gateway.cli.app import console, settings_in_use
from gateway.cli.demo import progress_bar
from gateway.cli.forecast import forecast, history_of
from gateway.cli.model_settings import Country, EventTable, settings_of
from gateway.cli.refused import model_errors
from gateway.cli.runners import Where, runner_of

if TYPE_CHECKING:  # numbers are loaded when a model is trained, not when orders are taken
    from forecasting.window.place import Place

History = Annotated[
    Path | None,
    typer.Option(
        help="Parquet or CSV in place of the system's own history: sku, location?, day|week|month, units …; days are summed"
    ),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(help="Parquet or CSV in place of the plan that is kept: sku, location?, day|week|month, price?, promotion?"),
]
SlotName = Annotated[str, typer.Option("--slot", help="length of a period, lead time + review in periods")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


@forecast.command()
def train(
    slot: SlotName = "week 2+1",
    history: History = None,
    plan: PlanFile = None,
    cutoffs: Annotated[int, typer.Option(min=1, help="of the backtest; fewer when the history is short")] = 8,
    country: Country = None,
    events: EventTable = None,
    seed: Annotated[int, typer.Option(min=0, help="of the model's random choices")] = 1,
    ray: Where = None,
    json: Json = False,
) -> None:
    """Train a model on the whole history and promote it if it is better than the champion. Run it each week.

    Better means: surely lower pinball loss over all cut-offs, and surely less stock for the same fill rate. The first champion
    must beat every baseline. The same history, settings and release change nothing.

    With a plan (`skuld forecast plan`) the model learns to look ahead at the promotions and prices that it tells of.

    Exit 1: the history, the database or a model's file cannot be used. Exit 2: an option cannot be used.
    """
    with model_errors(), progress_bar() as tell:
        from forecasting.plans.kept import plan_for
        from forecasting.registry.slot import Slot
        from forecasting.window import told
        from forecasting.window.source import panel_for, with_kept
        from forecasting.window.train import train as trained

        wanted, configured = Slot.read(slot), settings_in_use()
        panel = panel_for(wanted.frequency, history_of(configured), history)
        settings, planned = settings_of(configured, seed, country, events), plan_for(configured.data_dir, plan)
        with _place() as place, runner_of(ray, configured) as runner:
            with place.rows() as rows:
                panel = with_kept(panel, rows)
            done = trained(place, wanted, panel, settings, runner, tell, cutoffs, planned)
    _print(told.of_training(done), told.figures(done), json)


@forecast.command()
def score(
    slot: Annotated[str | None, typer.Option(help="only this one (default: every slot that was trained)")] = None,
    history: History = None,
    plan: PlanFile = None,
    ray: Where = None,
    json: Json = False,
) -> None:
    """Forecast every SKU by the champion, and by the one before it in shadow; a champion that does worse goes. Run it daily.

    Alarms tell of forecasts that were off in sum, of quantiles that hold too little, and of losses above those of the backtest.
    The same history scored again changes nothing; with another plan it is forecast anew.

    Exit 1: the history, the database or a model's file cannot be used. Exit 2: an option cannot be used.
    """
    done = []
    with model_errors(), progress_bar() as tell:
        from forecasting.parameters import ParameterError
        from forecasting.plans.kept import plan_for
        from forecasting.registry.pointers import all_pointers
        from forecasting.registry.slot import Slot
        from forecasting.window import told
        from forecasting.window.score import score as scored
        from forecasting.window.source import panel_for, with_kept

        configured = settings_in_use()
        planned = plan_for(configured.data_dir, plan)
        with _place() as place, runner_of(ray, configured) as runner:
            with place.rows() as rows:
                names = [slot] if slot is not None else [one.slot for one in all_pointers(rows)]
            if not names:
                raise ParameterError("slot", "missing", "trained first: `skuld forecast train`")
            for wanted in map(Slot.read, names):
                panel = panel_for(wanted.frequency, history_of(configured), history)
                with place.rows() as rows:
                    panel = with_kept(panel, rows)
                done.append(scored(place, wanted, panel, runner, tell, planned))
    lines = [line for one in done for line in told.of_scoring(one)]
    _print(iter(lines), [told.figures(one) for one in done], json)


@forecast.command()
def backtest(
    slot: SlotName = "week 2+1",
    history: History = None,
    plan: PlanFile = None,
    cutoffs: Annotated[int, typer.Option(min=1, help="fewer when the history is short")] = 8,
    output: Annotated[Path | None, typer.Option(help="folder for what is written (default: backtest-SLOT)")] = None,
    charts: Annotated[int, typer.Option(min=0, max=100, help="SKUs that get a chart")] = 6,
    country: Country = None,
    events: EventTable = None,
    seed: Annotated[int, typer.Option(min=0, help="of the model's random choices")] = 1,
    ray: Where = None,
    json: Json = False,
) -> None:
    """Judge a model with these settings beside every baseline, and forecast what follows; no model is kept, none changed.

    Writes the same tables, charts and report.html as `skuld forecast evaluate`.

    Exit 1: the history cannot be used. Exit 2: an option cannot be used, or does not fit the history.
    """
    with model_errors(), progress_bar() as tell:
        from forecasting.evaluation.outputs import figures_of, make_folder, write_outputs
        from forecasting.evaluation.report import summary, trees_of
        from forecasting.plans.kept import plan_for
        from forecasting.registry.slot import Slot
        from forecasting.window import told
        from forecasting.window.backtest import backtested
        from forecasting.window.source import panel_for, with_kept

        wanted, configured = Slot.read(slot), settings_in_use()
        panel = panel_for(wanted.frequency, history_of(configured), history)
        folder = output or wanted.folder
        make_folder(folder)
        with _place() as place, place.rows() as rows:
            panel = with_kept(panel, rows)
        settings, planned = settings_of(configured, seed, country, events), plan_for(configured.data_dir, plan)
        with runner_of(ray, configured) as runner:
            found = backtested(wanted, panel, settings, cutoffs, planned, runner, tell)
        written = write_outputs(found, folder, str(wanted), charts, tell)
    trees = [f"  {told_of}"] if (told_of := trees_of(found)) else []
    lines = [f"{slot}: {summary(found)}", *told.of_scores(written.metrics), *trees, str(written.report)]
    _print(iter(lines), figures_of(found, written) | {"slot": slot}, json)


@contextmanager
def _place() -> Iterator[Place]:
    """This installation, its database brought up to date."""
    from actors.kernel.clock import now_ms
    from actors.kernel.record.database import faults_named, open_database
    from actors.kernel.record.schema import migrate
    from forecasting.window.place import Place

    settings = settings_in_use()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = open_database(settings.sql_url)
    migrate(engine)
    with faults_named("reading and writing models"):
        yield Place(engine, settings.data_dir, now_ms)


def _print(lines: Iterator[str], figures: object, json: bool) -> None:
    if json:
        console.print_json(data=plain(figures))
        return
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
