"""One stage of the work in a process of its own, which measures itself: `python -m tests.benchmarks.forecasting.speed.stages STAGE SKUS FOLDER`.

Stages share a folder as those of an installation share their data directory: history in a Parquet file, models in the registry,
forecasts in rows of SQLite. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from forecasting.fitting import fit_in_pieces
from forecasting.model.model import Model
from forecasting.model.settings import Settings
from forecasting.panel.long_table import read_panel
from forecasting.panel.panel import Panel
from forecasting.planning.policy import Policy
from forecasting.planning.run import Asked, bodies, run
from forecasting.registry.models import ModelRow, add_model
from forecasting.registry.pointers import Pointers, read_pointers, write_pointers
from forecasting.registry.slot import Slot
from forecasting.window.place import Place, code_version, now_ms
from forecasting.window.score import score
from forecasting.window.train import train
from forecasting.work import Here
from tests.benchmarks.forecasting.generated import weekly_table
from tests.benchmarks.forecasting.peers.worker import cpu_seconds, peak_mb
from tests.benchmarks.forecasting.speed.books import WAREHOUSE, books_of

SLOTS: Final = ("week 2+1", "week 5+1")
"""Two protection periods: three weeks, and six."""
SETTINGS: Final = Settings(threads=2)


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a stage, and what it took."""

    name: str
    seconds: float
    cpu_seconds: float


class Clock:
    """Measures steps, one after the other."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """What runs within is a step."""
        began, spent = time.perf_counter(), cpu_seconds()
        yield
        self.steps.append(Step(name, time.perf_counter() - began, cpu_seconds() - spent))


def generate(clock: Clock, skus: int, folder: Path) -> None:
    """The history, as a file."""
    with clock.step("generate"):
        weekly_table(skus).write_parquet(_history(folder))


def champions(clock: Clock, skus: int, folder: Path) -> None:
    """One full champion set: mean and quantiles for each slot, kept in the registry."""
    place, panel = _place(folder), _read(clock, folder)
    for name in SLOTS:
        with clock.step(f"fit {name}"):
            model = fit_in_pieces(Here(), panel, Slot.read(name).horizon, SETTINGS)
            _promote(place, name, model, panel)


def gate(clock: Clock, skus: int, folder: Path) -> None:
    """All that `skuld forecast train` does for the first slot: backtest beside every baseline, replay as policies, fit."""
    panel = _read(clock, folder)
    with clock.step(f"train {SLOTS[0]} with its gate"):
        train(_place(folder / "gate"), Slot.read(SLOTS[0]), panel, SETTINGS, Here())


def scored(clock: Clock, skus: int, folder: Path) -> None:
    """What `skuld forecast score` does: forecasts by the champion of each slot, written down as rows."""
    place, panel = _place(folder), _read(clock, folder)
    for name in SLOTS:
        with clock.step(f"score {name}"):
            done = score(place, Slot.read(name), panel, Here())
        assert done.written > 0.9 * skus, done


def suggested(clock: Clock, skus: int, folder: Path) -> None:
    """What `skuld suggest` does with the champion's forecast, up to the bodies of its requests."""
    panel = _read(clock, folder)
    place = _place(folder)
    with place.rows() as rows:
        digest = read_pointers(rows, SLOTS[0]).champion
    assert digest is not None
    model = place.artefacts.load(digest)
    assert isinstance(model, Model)
    today = panel.periods.last_day + timedelta(days=1)
    demand = panel.series["sku"].to_frame().with_columns(mean=np.nan_to_num(np.nanmean(panel.units[:, -13:], axis=1)))
    books = books_of(demand["sku"], demand["mean"], today)

    with clock.step("forecast"):
        forecast = model.forecast(panel, Slot.read(SLOTS[0]).horizon)
    asked = Asked(Policy(), WAREHOUSE)
    with clock.step("plan"):
        found = run(panel, lambda *_: forecast, "champion", books, today, asked)
    with clock.step("write requests"):
        size = sum(len(msgspec.json.encode(body)) for body in bodies(found, "run-1", today, asked.policy))
    assert len(found.planned) > 0.9 * skus, len(found.planned)
    assert size > 0


STAGES: Final = {"generate": generate, "champions": champions, "gate": gate, "score": scored, "suggest": suggested}


def _read(clock: Clock, folder: Path) -> Panel:
    with clock.step("read"):
        return read_panel(_history(folder))


def _history(folder: Path) -> Path:
    return folder / "history.parquet"


def _place(folder: Path) -> Place:
    folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(f"sqlite:///{folder / 'skuld.sqlite'}")
    migrate(engine)
    return Place(engine, folder)


def _promote(place: Place, slot: str, model: Model, panel: Panel) -> None:
    """Champion without a gate: what is measured is not who wins."""
    place.artefacts.keep(model)
    through, now = panel.periods.last_day, now_ms()
    with place.rows() as rows:
        add_model(rows, ModelRow(model.digest, slot, "model", through, code_version(), trained_at=now))
        before = read_pointers(rows, slot)
        assert write_pointers(rows, before, Pointers(slot).promoted(model.digest, through, now, "measured"))


def main(stage: str, skus: int, folder: Path) -> None:
    """Run it and print what it took."""
    clock = Clock()
    STAGES[stage](clock, skus, folder)
    print(json.dumps({"steps": [asdict(step) for step in clock.steps], "peak_mb": peak_mb(0)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
