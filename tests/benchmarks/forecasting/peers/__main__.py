"""`python -m tests.benchmarks.forecasting.peers`: Skuld beside mlforecast and statsforecast on the same histories, in one run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from forecasting.backtest import Backtest, latest_cutoffs
from forecasting.forecast import Horizon
from forecasting.panel.long_table import panel_from
from forecasting.panel.panel import Panel
from tests.benchmarks.forecasting import car_parts, online_retail
from tests.benchmarks.forecasting.generated import weekly_table
from tests.benchmarks.forecasting.peers.contest import CONTESTANTS, THREADS, Cost, contest, sample
from tests.benchmarks.forecasting.peers.tables import OURS, compared, rows_of
from tests.benchmarks.report import console, markdown, plain_table, write_json

HORIZON: Final = Horizon(2, 1)
GENERATED_SKUS: Final = 2_000
GENERATED_CUTOFFS: Final = 4
PARTS_CUTOFFS: Final = 3

Json = Annotated[Path, typer.Option("--json", help="the figures go here, a section for each data set")]
Names = Annotated[
    list[str] | None,
    typer.Argument(help="of: retail, parts, generated (default: retail and parts; without their files, generated)"),
]


def _retail() -> tuple[Panel, tuple[int, ...]]:
    return online_retail.top_sellers(), online_retail.CUTOFFS


def _parts() -> tuple[Panel, tuple[int, ...]]:
    panel = car_parts.sold_throughout()
    return panel, latest_cutoffs(panel, PARTS_CUTOFFS, HORIZON.protection, HORIZON.protection)


def _generated() -> tuple[Panel, tuple[int, ...]]:
    panel = panel_from(weekly_table(GENERATED_SKUS))
    return panel, latest_cutoffs(panel, GENERATED_CUTOFFS, HORIZON.protection, HORIZON.protection)


DATA: Final[dict[str, Callable[[], tuple[Panel, tuple[int, ...]]]]] = {
    "retail": _retail,
    "parts": _parts,
    "generated": _generated,
}


def usual_data() -> list[str]:
    """Real data where its files are there, what is generated otherwise."""
    return [name for name, there in (("retail", online_retail.IS_THERE), ("parts", car_parts.IS_THERE)) if there] or [
        "generated"
    ]


@dataclass(frozen=True, slots=True)
class Scope:
    """How much of a contest: peers whose title holds a part of `only` (all when empty), the latest `cutoffs`, evenly spaced
    `series`, `threads` of each contestant."""

    only: tuple[str, ...] = ()
    cutoffs: int | None = None
    series: int | None = None
    threads: int = THREADS


EVERYTHING: Final = Scope()


def peers(names: list[str], json: Path, scope: Scope = EVERYTHING, markdown_too: bool = False) -> None:
    """Run a contest on each data set and show what came of it.

    Raises:
        typer.BadParameter: no such data set, or its file is not there.
    """
    there = {*usual_data(), "generated"}
    if unknown := [name for name in names if name not in there]:
        raise typer.BadParameter(f"{', '.join(unknown)}: choose of {', '.join(sorted(there))}; real data needs SKULD_DATASETS")
    wanted = [one for one in CONTESTANTS if one.is_ours or not scope.only or any(part in one.title for part in scope.only)]
    for name in names:
        panel, cutoffs = DATA[name]()
        panel = panel.select(sample(panel, scope.series))
        with tempfile.TemporaryDirectory(prefix="skuld-peers-") as folder:
            latest = cutoffs[-scope.cutoffs :] if scope.cutoffs else cutoffs
            result, costs = contest(panel, latest, HORIZON, Path(folder), wanted, scope.threads)
        _show(name, result, costs, json, markdown_too)


def _show(name: str, result: Backtest, costs: dict[str, Cost], json: Path, markdown_too: bool) -> None:
    tables: dict[str, list[dict[str, Any]]] = {
        f"{name}: {result.series.height:,} series, {len(result.cutoffs)} cut-offs": rows_of(result, costs)
    }
    tables |= {f"{name}: {ours} beside": compared(result, costs, ours) for ours in OURS}
    for title, rows in tables.items():
        table = plain_table(title, rows)
        console.print(table)
        if markdown_too:
            console.print(markdown(table), soft_wrap=True)
    write_json(json, f"forecasting-peers-{name}", [row for rows in tables.values() for row in rows])


def main(
    names: Names = None,
    only: Annotated[list[str] | None, typer.Option(help="part of a peer's title; may be repeated")] = None,
    cutoffs: Annotated[int | None, typer.Option(min=1, help="the latest so many (default: 8 of retail, 3 of parts)")] = None,
    series: Annotated[int | None, typer.Option(min=2, help="so many, evenly spaced (default: all)")] = None,
    threads: Annotated[int, typer.Option(min=1, help="of each contestant; 1 on a shared machine")] = THREADS,
    json: Json = Path("bench-results.json"),
    markdown_too: Annotated[bool, typer.Option("--markdown", help="the tables also in Markdown, for a document")] = False,
) -> None:
    """Measure and print tables; the peers' environment is built when it is missing."""
    try:
        peers(names or usual_data(), json, Scope(tuple(only or ()), cutoffs, series, threads), markdown_too)
    except RuntimeError as error:  # a contestant failed, or the peers' environment cannot be built
        console.print(str(error))
        raise typer.Exit(1) from None


if __name__ == "__main__":
    typer.run(main)
