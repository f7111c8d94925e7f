"""`python -m tests.chaos run`: every fault again and again under load, and a report of what was found."""

from __future__ import annotations

import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.chaos.faults import FAULTS, SLOW_FAULTS, Scene
from tests.chaos.findings import Findings
from tests.chaos.load import Load
from tests.chaos.promises import broken_promises
from tests.chaos.scene import scene_in

app = typer.Typer(add_completion=False, no_args_is_help=True)
console = Console()


@app.callback()
def chaos() -> None:
    """Break a running system under load and check every answer it gave."""


@app.command()
def run(
    faults: Annotated[int, typer.Option(min=1, help="how many faults in all")] = 300,
    round_size: Annotated[int, typer.Option(min=1, help="faults between two full checks")] = 15,
    transport: Annotated[str, typer.Option(help="how commands travel: direct, zeromq, ray")] = "direct",
    seed: Annotated[int | None, typer.Option(help="repeats the choice of faults")] = None,
    report: Annotated[Path, typer.Option(help="where the report goes (Markdown)")] = Path("chaos-report.md"),
) -> None:
    """Make faults at random under load; after each round every acknowledged order is checked. Exit 1 when one is untrue."""
    seed = seed if seed is not None else random.SystemRandom().randrange(1_000_000)
    console.print(f"seed {seed}")
    found = Findings(seed, transport)
    folder = Path(tempfile.mkdtemp(prefix="sk-c-"))
    try:
        with scene_in(folder, transport=transport) as scene:
            _break_things(scene, found, faults, round_size)
    except Exception as error:  # a fault that did not heal is a finding too, and what was measured until then is kept
        found.broken.append(f"{type(error).__name__}: {error}")
        found.keep_logs(folder / "data" / "logs", report.with_suffix(".logs"))
        raise
    finally:
        report.write_text(found.markdown())
        console.print(f"{found.verdict} Report: {report}")
        shutil.rmtree(folder, ignore_errors=True)
    if found.broken:
        raise typer.Exit(1)


def _break_things(scene: Scene, found: Findings, faults: int, round_size: int) -> None:
    rng = random.Random(found.seed)
    while found.faults < faults and not found.broken:
        load = Load(scene.system, seed=len(found.loads))
        found.loads.append(load)
        load.start()
        for number in range(min(round_size, faults - found.faults)):
            name, make = rng.choice(list((SLOW_FAULTS if number == 0 else FAULTS).items()))
            time.sleep(rng.uniform(0, 0.5))
            found.under_way = name
            found.seconds[name].append(make(scene))
        load.stop()
        found.broken = broken_promises(scene.system, [load.promises for load in found.loads])
        found.checked = found.faults
        console.print(f"{found.faults} faults, {found.orders} orders, broken: {len(found.broken)}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that whatever was started is stopped
    app()
