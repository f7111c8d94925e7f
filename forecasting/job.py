"""Training and scoring as a job on a Ray cluster.

    ray job submit -- python -m forecasting.job score
    ray submit cluster.yaml forecasting/job.py train --slot "week 2+1"

Where data and database are is told by the environment, as to the rest of Skuld: `SKULD_DATA_DIR`, `SKULD_DATABASE_URL`. Prints
what came of it as JSON on standard output, progress on standard error. Exit 0: done; 1: the history, the database, a model's
file or Ray cannot be used; 2: the command line is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from forecasting.calendar.event_file import read_events
from forecasting.evaluation.evaluate import Request, evaluate
from forecasting.evaluation.outputs import figures_of, make_folder, write_outputs
from forecasting.history.store import HistoryStore
from forecasting.model.settings import Settings
from forecasting.panel.faults import HistoryError
from forecasting.panel.long_table import read_panel
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError
from forecasting.plain import plain
from forecasting.plans.kept import plan_for
from forecasting.registry.artefacts import ArtefactError
from forecasting.registry.database import open_record
from forecasting.registry.pointers import all_pointers
from forecasting.registry.slot import Slot
from forecasting.tasks import ray_runner
from forecasting.window import told
from forecasting.window.backtest import backtested
from forecasting.window.place import Moved, Place, RegistryMissing
from forecasting.window.score import score
from forecasting.window.source import panel_for, with_kept
from forecasting.window.train import train
from forecasting.work import Here, Progress, Runner, WorkLost

DONE, UNUSABLE, WRONG_OPTION = 0, 1, 2
TELL_EVERY_S: Final = 5.0
HERE: Final = "here"

Work = Callable[[argparse.Namespace, Runner, Progress], Any]


def main(arguments: list[str] | None = None) -> int:
    """Entry point; gives the exit code."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    given = _parser().parse_args(arguments)
    try:
        with _runner(given.ray, given.data_dir) as runner:
            work: Work = given.work
            print(json.dumps(plain(work(given, runner, _teller()))), flush=True)  # noqa: T201  # the outcome
    except ParameterError as error:
        return _failed(error, UNUSABLE if error.name == "history" else WRONG_OPTION)
    except (HistoryError, ArtefactError, Moved, RegistryMissing, WorkLost) as error:
        return _failed(error, UNUSABLE)
    except SQLAlchemyError as error:
        return _failed(f"the database: {str(getattr(error, 'orig', None) or error).splitlines()[0]}", UNUSABLE)
    except OSError as error:
        return _failed(f"{error.filename or 'the system'}: {error.strerror or error}", UNUSABLE)
    return DONE


def train_job(given: argparse.Namespace, runner: Runner, progress: Progress) -> Any:
    """Train a challenger, and promote it if it is better."""
    slot = Slot.read(given.slot)
    settings = _settings(given)
    place, plan = _place(given), plan_for(given.data_dir, given.plan)
    panel = _panel(given, slot, place)
    return told.figures(train(place, slot, panel, settings, runner, progress, given.cutoffs, plan))


def score_job(given: argparse.Namespace, runner: Runner, progress: Progress) -> Any:
    """Forecast by the champions of one slot, or of all that were trained."""
    place = _place(given)
    place.refuse_without_tables()
    with place.rows() as rows:
        names = [given.slot] if given.slot else [one.slot for one in all_pointers(rows)]
    if not names:
        raise ParameterError("slot", "missing", "trained first")
    plan = plan_for(given.data_dir, given.plan)
    slots = map(Slot.read, names)
    return [told.figures(score(place, slot, _panel(given, slot, place), runner, progress, plan)) for slot in slots]


def backtest_job(given: argparse.Namespace, runner: Runner, progress: Progress) -> Any:
    """Judge a model beside every baseline, and write tables, charts and a report; no model is changed."""
    slot = Slot.read(given.slot)
    folder = given.output or slot.folder
    make_folder(folder)
    panel = _panel(given, slot, _place(given))
    settings, plan = _settings(given), plan_for(given.data_dir, given.plan)
    found = backtested(slot, panel, settings, given.cutoffs, plan, runner, progress)
    return figures_of(found, write_outputs(found, folder, str(slot), given.charts, progress)) | {"slot": str(slot)}


def evaluate_job(given: argparse.Namespace, runner: Runner, progress: Progress) -> Any:
    """Judge the model on any history, and write tables, charts and a report."""
    request = Request(given.horizon, given.cutoffs, settings=_settings(given))
    panel = read_panel(given.history)
    make_folder(given.output)
    found = evaluate(panel, request, runner, progress)
    title = f"{given.history.name}, {given.horizon} ahead"
    return figures_of(found, write_outputs(found, given.output, title, given.charts, progress))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="forecasting.job", description="training and scoring on a Ray cluster")
    commands = parser.add_subparsers(required=True, metavar="train|score|backtest|evaluate")
    for name, work in (("train", train_job), ("score", score_job), ("backtest", backtest_job), ("evaluate", evaluate_job)):
        command = commands.add_parser(name, help=work.__doc__)
        command.set_defaults(work=work)
        command.add_argument("--ray", default="auto", help="auto, an address, local, or here for no Ray (default: auto)")
        command.add_argument("--data-dir", type=Path, default=Path(os.environ.get("SKULD_DATA_DIR") or "skuld-data"))
        command.add_argument("--history", type=Path, required=name == "evaluate", help="a file in place of the own history")
        if name in ("train", "score", "backtest"):
            command.add_argument("--plan", type=Path, help="a file in place of the plan that is kept")
            command.add_argument("--slot", default=None if name == "score" else "week 2+1")
        if name != "score":
            command.add_argument("--cutoffs", type=int, default=8)
            own = name != "evaluate"  # what is evaluated may be anybody's history
            command.add_argument("--country", default=(own and os.environ.get("SKULD_COUNTRY")) or None)
            command.add_argument("--events", type=Path, default=(own and os.environ.get("SKULD_EVENTS")) or None)
            command.add_argument("--seed", type=int, default=1)
        if name == "evaluate":
            command.add_argument("--horizon", type=int, required=True)
        if name in ("backtest", "evaluate"):
            default = Path("forecast") if name == "evaluate" else None
            command.add_argument("--output", type=Path, default=default, help="folder (default: forecast, or backtest-SLOT)")
            command.add_argument("--charts", type=int, default=6)
    return parser


@contextmanager
def _runner(where: str, data_dir: Path) -> Iterator[Runner]:
    if where == HERE:
        yield Here()
        return
    with ray_runner(where, data_dir / "ray-token") as runner:
        yield runner


def _settings(given: argparse.Namespace) -> Settings:
    events = tuple(read_events(given.events)) if given.events is not None else ()
    return Settings(given.seed, threads=1, country=given.country, events=events)


def _place(given: argparse.Namespace) -> Place:
    # not an option: the command line of a process can be read by everyone on the machine
    return Place(open_record(os.environ.get("SKULD_DATABASE_URL", ""), given.data_dir), given.data_dir)


def _panel(given: argparse.Namespace, slot: Slot, place: Place) -> Panel:
    """The history, with what the system keeps beside it."""
    panel = panel_for(slot.frequency, HistoryStore(given.data_dir / "history"), given.history)
    place.refuse_without_tables()
    with place.rows() as rows:
        return with_kept(panel, rows)


def _teller() -> Progress:
    """A line now and then: a log has no bar."""
    last = 0.0

    def tell(what: str, done: int, total: int) -> None:
        nonlocal last
        if done == total or time.monotonic() - last > TELL_EVERY_S:
            last = time.monotonic()
            print(f"{what} {done}/{total}", file=sys.stderr, flush=True)  # noqa: T201  # the log of the job

    return tell


def _failed(error: object, code: int) -> int:
    print(f"forecasting.job: {error}", file=sys.stderr, flush=True)  # noqa: T201  # the one line
    return code


if __name__ == "__main__":
    sys.exit(main())
