"""`python -m tests.chaos run`: every fault again and again under load, and a report of what was found."""

from __future__ import annotations

import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.chaos.faults import FAULTS
from tests.chaos.load import Load, broken_promises
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
    seed: Annotated[int | None, typer.Option(help="repeats the choice of faults")] = None,
    report: Annotated[Path, typer.Option(help="where the report goes (Markdown)")] = Path("chaos-report.md"),
) -> None:
    """Make faults at random under load; after each round every acknowledged order is checked. Exit 1 when one is untrue."""
    seed = seed if seed is not None else random.SystemRandom().randrange(1_000_000)
    console.print(f"seed {seed}")
    rng = random.Random(seed)
    seconds: dict[str, list[float]] = {name: [] for name in FAULTS}
    loads: list[Load] = []
    broken: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="sk-c-"))
    try:
        with scene_in(folder) as scene:
            while sum(map(len, seconds.values())) < faults and not broken:
                loads.append(Load(scene.system, seed=len(loads)))
                loads[-1].start()
                for _ in range(round_size):
                    name = rng.choice(list(FAULTS))
                    time.sleep(rng.uniform(0, 0.5))
                    seconds[name].append(FAULTS[name](scene))
                loads[-1].stop()
                broken = broken_promises(scene.system, loads)
                done = sum(map(len, seconds.values()))
                console.print(f"{done} faults, {sum(len(load.acknowledged) for load in loads)} orders, broken: {len(broken)}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _report(report, seed, seconds, loads, broken)
    if broken:
        raise typer.Exit(1)


def _report(path: Path, seed: int, seconds: dict[str, list[float]], loads: list[Load], broken: list[str]) -> None:
    table = Table("fault", "times", "back after, median s", "slowest s")
    lines = [f"# Chaos, seed {seed}", "", "| fault | times | back after, median s | slowest s |", "|---|---|---|---|"]
    for name, each in seconds.items():
        if each:
            row = (name.replace("_", " "), str(len(each)), f"{statistics.median(each):.2f}", f"{max(each):.2f}")
            table.add_row(*row)
            lines.append("| " + " | ".join(row) + " |")
    orders = sum(len(load.acknowledged) for load in loads)
    retries = sum(load.retries for load in loads)
    slowest = max((load.slowest_s for load in loads), default=0.0)
    lines += ["", f"{orders} orders acknowledged, {retries} requests repeated, slowest answer {slowest:.1f} s.", ""]
    lines += ["Every answer was still true."] if not broken else ["Broken:", *[f"- {line}" for line in broken]]
    path.write_text("\n".join(lines) + "\n")
    console.print(table)
    console.print(f"{lines[-1]} Report: {path}")


if __name__ == "__main__":
    app()
