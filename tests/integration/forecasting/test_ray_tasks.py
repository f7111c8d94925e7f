"""Work in pieces on a real, small Ray: the same bytes as here, whatever dies meanwhile."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from forecasting.baselines.baseline import BASELINES
from forecasting.fitting import fit_in_pieces
from forecasting.folds import backtest_in_folds
from forecasting.forecast import Horizon
from forecasting.model.forecaster import Fresh
from forecasting.model.settings import Settings
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError, positive
from forecasting.shards import forecast_in_shards
from forecasting.tasks import RayRunner, ray_runner
from forecasting.work import Here, Runner
from tests.unit.forecasting.panels import full_panel

SETTINGS = Settings(threads=1, trees=8)
HORIZON = Horizon(2, 1)
IN_TIME_S = 120.0


@pytest.fixture(scope="module")
def on_ray() -> Iterator[RayRunner]:
    """Two workers."""
    with ray_runner(cpus=2) as runner:
        yield runner


@pytest.fixture(scope="module")
def history() -> Panel:
    """Weekly demand of 60 SKUs."""
    return full_panel(60, 40, 5)


def everything(runner: Runner, history: Panel) -> list[bytes]:
    """Fit, forecast and backtest, as bytes."""
    model = fit_in_pieces(runner, history, HORIZON, SETTINGS)
    ahead = forecast_in_shards(runner, model, history, HORIZON, size=25)
    forecasters = {"model": Fresh(SETTINGS), **BASELINES}
    judged = backtest_in_folds(runner, history, forecasters, (30, 34, 37), HORIZON).forecasts
    arrays = [ahead.mean, ahead.quantiles, ahead.by_period, *(one.quantiles for one in judged.values())]
    return [model.to_bytes(), *(np.asarray(array).tobytes() for array in arrays)]


def test_ray_gives_the_same_bytes_as_this_process(on_ray: RayRunner, history: Panel) -> None:
    assert everything(on_ray, history) == everything(Here(), history)


def squared_slowly(folder: Path, number: int) -> tuple[int, bytes]:
    """Says which process works on it, and waits until it may go on."""
    (folder / f"{number}-{os.getpid()}").touch()
    while number == 0 and not (folder / "go").exists():
        time.sleep(0.02)
    return number, np.arange(number * 1000, dtype=np.float64).tobytes()


def test_a_worker_that_is_killed_costs_its_piece_and_no_more(on_ray: RayRunner, tmp_path: Path) -> None:
    found: list[object] = []
    work = threading.Thread(target=lambda: found.extend(on_ray.run(squared_slowly, tmp_path, list(range(6)), "squares")))
    work.start()
    deadline = time.monotonic() + IN_TIME_S
    while not (began := list(tmp_path.glob("0-*"))):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(int(began[0].name.split("-")[1]), signal.SIGKILL)
    while len(list(tmp_path.glob("0-*"))) < 2:  # somebody else has begun it again
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (tmp_path / "go").touch()
    work.join(IN_TIME_S)
    (tmp_path / "go").touch()
    assert pickle.dumps(found) == pickle.dumps(Here().run(squared_slowly, tmp_path, list(range(6)), "squares"))
    assert len(list(tmp_path.glob("[1-5]-*"))) <= 10, "five pieces, each at most once more: here"


def refuse(least: float, number: float) -> float:
    """Raises as a formula does."""
    positive(number=number - least)
    return number


def test_what_a_piece_raises_arrives_as_it_was(on_ray: RayRunner) -> None:
    assert on_ray.run(refuse, 0.0, [1.0, 2.0], "checks") == [1.0, 2.0]
    with pytest.raises(ParameterError, match=r"number is -1\.0: it must be a finite number above zero") as raised:
        on_ray.run(refuse, 2.0, [3.0, 1.0], "checks")
    assert raised.value.name == "number"


def test_at_most_twice_as_many_pieces_as_there_are_cpus_are_in_flight(on_ray: RayRunner, tmp_path: Path) -> None:
    told: list[int] = []
    on_ray.run(squared_slowly, tmp_path, list(range(1, 13)), "squares", lambda _, done, total: told.append(done))
    assert told == list(range(13)) or told == sorted(told), "each step is told"
    assert on_ray._most_in_flight == 4


def test_told_to_stop_it_cancels_its_pieces_and_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from gateway.cli import _terminate; import signal; signal.signal(signal.SIGTERM, _terminate)\n"
        "from forecasting.tasks import ray_runner\n"
        "from tests.integration.forecasting.test_ray_tasks import squared_slowly\n"
        "with ray_runner(cpus=1) as runner: runner.run(squared_slowly, pathlib.Path(sys.argv[1]), [0, 0, 0], 'waits')"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + IN_TIME_S
        while not list(tmp_path.glob("0-*")):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        below = psutil.Process(process.pid).children(recursive=True)
        assert below
        process.terminate()
        assert process.wait(IN_TIME_S) == 128 + signal.SIGTERM
        assert psutil.wait_procs(below, timeout=IN_TIME_S)[1] == []
    finally:
        (tmp_path / "go").touch()  # whatever happened, the pieces come to their end
        if process.poll() is None:
            process.terminate()
            process.wait(IN_TIME_S)
