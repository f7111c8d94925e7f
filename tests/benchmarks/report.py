"""Tables for people, JSON for everything else."""

import json
import os
import platform
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from tests.benchmarks.harness import Run

console = Console(width=None if Console().is_terminal else 150)
BASE = "skuld"


def machine() -> dict[str, Any]:
    processors = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in processors if line.startswith("model name")), "")
    version = {tool: first_line([tool, "--version"]) for tool in ("redis-server", "mariadbd", "wrk")}
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": os.getloadavg(),
        **version,
    }


def first_line(command: list[str]) -> str:
    """Of what a tool says; nothing where it is not installed: forecasts are measured without servers."""
    if shutil.which(command[0]) is None:
        return ""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return (ended.stdout or ended.stderr).splitlines()[0] if ended.stdout or ended.stderr else ""


def ratio(ours: float | None, theirs: float) -> str:
    return f"{ours / theirs:.2f}" if ours and theirs else "–"


def orders_table(title: str, runs: list[Run]) -> Table:
    """A row per target, mix and number of connections; the ratio says how many times Skuld does what that row does."""
    table = Table(title=title)
    for heading in ("target", "mix", "connections"):
        table.add_column(heading)
    for heading in ("orders/s", "skuld is ×", "p50 ms", "p99 ms", "not 2xx", "errors", "cores elsewhere", "CPU µs/order"):
        table.add_column(heading, justify="right")
    ours = {(run.mix, run.connections): run.orders_per_s for run in runs if run.target == BASE}
    for run in runs:
        cells = (
            run.target,
            run.mix,
            str(run.connections),
            f"{run.orders_per_s:,.0f}",
            ratio(ours.get((run.mix, run.connections)), run.orders_per_s),
            f"{run.p50_ms:.1f}",
            f"{run.p99_ms:.1f}",
            str(run.bad_status),
            str(run.socket_errors),
            f"{run.cores_taken_elsewhere:.2f}",
            f"{sum(run.cpu_us_per_order.values()):.0f}",
        )
        table.add_row(*cells)
    return table


def show_orders(title: str, runs: list[Run], markdown_too: bool = False) -> None:
    """The table, and below it where the CPU time of an order goes."""
    table = orders_table(title, runs)
    console.print(table)
    if markdown_too:
        console.print(markdown(table), soft_wrap=True)
    for run in runs:
        costs = sorted(run.cpu_us_per_order.items(), key=lambda one: -one[1])
        parts = " · ".join(f"{role} {cost:.0f}" for role, cost in costs if cost >= 1)
        console.print(f"CPU µs/order {run.target}, {run.mix}, {run.connections}: {parts}")


def markdown(table: Table) -> str:
    """The same table for a document."""
    columns = [list(column.cells) for column in table.columns]
    rows = [[str(column.header) for column in table.columns], ["---"] * len(columns), *map(list, zip(*columns, strict=True))]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


def plain_table(title: str, rows: list[dict[str, Any]]) -> Table:
    table = Table(title=title)
    headings = list(dict.fromkeys(name for row in rows for name in row))
    for name in headings:
        table.add_column(name.replace("_", " "), justify="left" if name == "target" else "right")
    for row in rows:
        table.add_row(*(shown(row.get(name)) for name in headings))
    return table


def chart(title: str, points: list[tuple[str, float]], width: int = 60) -> str:
    """A bar per point, from zero."""
    most = max((value for _, value in points), default=0.0) or 1.0
    margin = max((len(name) for name, _ in points), default=0)
    bars = [f"{name:>{margin}} {'█' * round(width * value / most)} {value:,.0f}" for name, value in points]
    return "\n".join([title, *bars])


def shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "NO", None: "–"}[value]
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def write_json(path: Path, section: str, rows: list[dict[str, Any]]) -> None:
    """Add a section to the file, next to what it already holds."""
    held = json.loads(path.read_text()) if path.exists() else {}
    held["machine"] = machine()
    held[section] = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "rows": rows}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(held, indent=2) + "\n")
    console.print(f"[dim]{section} written to {path}[/dim]")
