"""`python -m tests.benchmarks.forecasting.speed`: what training, scoring and suggesting cost, and whether the aims are reached.

By default the sizes of the aims, 10,000 and 100,000 SKUs. `--growth` goes on to a million, as far as memory reaches.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from tests.benchmarks.forecasting.speed.growth import draw, growth
from tests.benchmarks.forecasting.speed.measure import GOAL_SIZES, GROWTH_SIZES, STAGES, speed, verdicts
from tests.benchmarks.report import console, plain_table, write_json

MILLION: Final = max(GROWTH_SIZES)
CHART: Final = Path("bench-forecasting-growth.png")

Sizes = Annotated[list[int] | None, typer.Option("--skus", help="a size; may be repeated (default: 10,000 and 100,000)")]


def main(
    skus: Sizes = None,
    growing: Annotated[bool, typer.Option("--growth", help="10,000 to 1,000,000 SKUs; about an hour")] = False,
    gate: Annotated[bool, typer.Option(help="also all of `skuld forecast train`, its backtest and replay")] = False,
    chart: Annotated[Path, typer.Option(help="PNG, when there is more than one size")] = CHART,
    json: Annotated[Path, typer.Option("--json", help="the figures go here, as section forecasting-speed")] = Path(
        "bench-results.json"
    ),
) -> None:
    """Measure, print tables, draw the growth."""
    stages = ("gate", *STAGES) if gate else STAGES
    try:
        rows = speed(skus or (GROWTH_SIZES if growing else GOAL_SIZES), stages)
    except RuntimeError as error:  # a stage failed
        console.print(str(error))
        raise typer.Exit(1) from None
    show_speed(rows, chart, json)


def show_speed(rows: list[dict[str, Any]], chart: Path, json: Path) -> None:
    """Tables, JSON, and the chart."""
    console.print(plain_table("Forecasting: training, scoring, suggesting", [_told(row) for row in rows]))
    aims = list(verdicts(rows))
    console.print(plain_table("What is aimed at, by the clock of a quiet machine", aims))
    costs = {stage: [(row["skus"], row["cpu_seconds"]) for row in rows if row["stage"] == stage] for stage in STAGES}
    several = {stage: points for stage, points in costs.items() if len(points) > 1}
    for stage, points in several.items():
        cpu, mb = growth(points), growth([(row["skus"], row["peak_mb"]) for row in rows if row["stage"] == stage])
        told = f"CPU seconds grow as SKUs^{cpu.exponent:.2f}, MB as SKUs^{mb.exponent:.2f}"
        console.print(f"{stage}: {told}; a million: {cpu.at(MILLION):,.0f} CPU seconds, {mb.at(MILLION):,.0f} MB")
    if several:
        draw(several, MILLION, chart)
        console.print(f"[dim]drawn in {chart}[/dim]")
    write_json(json, "forecasting-speed", [*rows, *aims])


def _told(row: dict[str, Any]) -> dict[str, Any]:
    steps = "\n".join(f"{step['name']} {step['seconds']:.1f} ({step['cpu_seconds']:.1f})" for step in row["steps"])
    return {**row, "steps": steps}


if __name__ == "__main__":
    typer.run(main)
