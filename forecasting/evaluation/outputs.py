"""What an evaluation leaves behind: tables, charts and the report, in a folder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from forecasting.bootstrap import draws
from forecasting.evaluation.chart import draw
from forecasting.evaluation.evaluate import Evaluation, Rival, rivals
from forecasting.evaluation.report import html, trees_of
from forecasting.evaluation.stories import stories
from forecasting.evaluation.tables import ahead_table, class_table, past_table
from forecasting.scores import score_table
from forecasting.work import Progress, silent

RESAMPLES, FEWEST_RESAMPLES = 200, 50
MOST_DRAWN: Final = 2_000_000
"""Resamples times series: intervals over very many series are narrow, and need fewer."""
TABLES: Final = ("forecasts", "past-forecasts", "metrics", "classes")
_NOT_A_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Where everything is, and what is worth printing of it."""

    folder: Path
    report: Path
    charts: tuple[Path, ...]
    metrics: pl.DataFrame
    classes: pl.DataFrame
    rivals: Sequence[Rival]


def make_folder(folder: Path) -> None:
    """Make the folder before the work, not after it.

    Raises:
        OSError: it cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".probe"
    probe.touch()
    probe.unlink()


def write_outputs(
    evaluation: Evaluation, folder: Path, title: str, charts: int, progress: Progress = silent, notes: Sequence[str] = ()
) -> Written:
    """Write `forecasts` (ahead), `past-forecasts`, `metrics` and `classes` as Parquet and CSV, `charts/*.png`, `report.html`.

    Args:
        charts: of so many series.
        notes: what is to be said of the history.
    Raises:
        OSError: a file cannot be written.
    """
    progress("report", 0, 2 + charts)
    resamples = int(np.clip(MOST_DRAWN // len(evaluation.panel), FEWEST_RESAMPLES, RESAMPLES))
    metrics = score_table(evaluation.result, resamples)
    beside = rivals(evaluation.result, draws(len(evaluation.result.cutoffs), len(evaluation.panel), resamples))
    nearest = beside[0].name
    classes = class_table(evaluation.panel, evaluation.result, nearest)
    ahead = ahead_table(evaluation.panel, evaluation.ahead, evaluation.request.horizon)
    for name, table in zip(TABLES, (ahead, past_table(evaluation), metrics, classes), strict=True):
        write_table(table, folder / name)
    progress("report", 1, 2 + charts)
    drawn = _charts(evaluation, folder, nearest, charts, progress)
    report = folder / "report.html"
    report.write_text(html(title, evaluation, metrics, beside, classes, [(name, png) for name, _, png in drawn], notes))
    progress("report", 2 + charts, 2 + charts)
    return Written(folder, report, tuple(path for _, path, _ in drawn), metrics, classes, beside)


def write_table(table: pl.DataFrame, path: Path) -> None:
    """As Parquet and as CSV; a list is written to the latter as numbers between spaces."""
    table.write_parquet(path.with_suffix(".parquet"))
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    flat = [pl.col(name).list.eval(pl.element().round(6).cast(pl.String)).list.join(" ") for name in lists]
    table.with_columns(flat).write_csv(path.with_suffix(".csv"))


def _charts(evaluation: Evaluation, folder: Path, beside: str, most: int, progress: Progress) -> list[tuple[str, Path, bytes]]:
    into = folder / "charts"
    into.mkdir(exist_ok=True)
    for old in into.glob("[0-9][0-9]-*.png"):  # of a run before
        old.unlink()
    drawn = []
    for number, (name, story) in enumerate(stories(evaluation, beside, most), start=1):
        path = into / f"{number:02}-{_NOT_A_NAME.sub('-', name)[:60]}.png"
        png = draw(story)
        path.write_bytes(png)
        drawn.append((story.title, path, png))
        progress("report", 1 + number, 2 + most)
    return drawn


def figures_of(evaluation: Evaluation, written: Written) -> dict[str, Any]:
    """Everything for programs; NaN is left to who writes JSON."""
    whole = written.metrics.filter(pl.col("cutoff").is_null()).drop("cutoff")
    return {
        "period": evaluation.panel.periods.frequency.value,
        "series": len(evaluation.panel),
        "periods": len(evaluation.panel.periods),
        "horizon": evaluation.request.horizon,
        "cutoffs": [str(day) for day in evaluation.result.cutoffs],
        "cutoffs_asked": evaluation.request.cutoffs,
        "model": evaluation.model.digest,
        "stands_in": evaluation.model.stands_in,
        "trees": trees_of(evaluation),
        "metrics": whole.to_dicts(),
        "classes": written.classes.to_dicts(),
        "beside": [
            {"forecaster": one.name, **{name: _figures(getattr(one, name)) for name in ("pinball", "wape")}}
            for one in written.rivals
        ],
        "folder": str(written.folder),
        "report": str(written.report),
        "charts": [str(path) for path in written.charts],
    }


def _figures(found: Any) -> dict[str, float]:
    return {name: getattr(found, name) for name in ("saved", "low", "high", "chance")}
