"""The report of an evaluation: one HTML file that needs nothing else."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

import polars as pl

from forecasting.bootstrap import Comparison
from forecasting.evaluation.evaluate import MODEL, Evaluation, Rival
from forecasting.scores import trees_told

STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 1rem 0; font-size: 13px; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .5rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #ddd }
th:first-child, td:first-child { text-align: left } td small { display: block; color: #666; font-weight: 400 }
tr.ours { background: #eef4fb; font-weight: 600 } img { max-width: 100%; border: 1px solid #ddd } .note { color: #666 }
@media print { body { margin: 0 } table { font-size: 8px } }
"""
SHOWN: Final = (
    ("wape", None, "WAPE"),
    ("bias", None, "bias"),
    ("rmsse", None, "RMSSE"),
    ("scaled pinball", 0.5, "pinball .5"),
    ("scaled pinball", 0.95, "pinball .95"),
    ("coverage", 0.5, "covered .5"),
    ("coverage", 0.9, "covered .9"),
    ("coverage", 0.95, "covered .95"),
)
"""Metrics of the sum that the table has, by name and quantile."""


def html(
    title: str,
    evaluation: Evaluation,
    metrics: pl.DataFrame,
    rivals: Sequence[Rival],
    classes: pl.DataFrame,
    charts: Iterable[tuple[str, bytes]],
    notes: Iterable[str] = (),
) -> str:
    """The whole page.

    Args:
        title: what was evaluated, by name.
        metrics: as `score_table` gives them.
        rivals, classes: beside the model.
        charts: name and PNG of each.
        notes: what was made of the table.
    """
    shown = "".join(
        f'<p><img alt="{escape(name)}" src="data:image/png;base64,{b64encode(png).decode()}"></p>' for name, png in charts
    )
    remarks = [*notes, trees_of(evaluation)]
    if why := evaluation.model.stands_in:
        remarks.append(f"too short for a model: {why}; {evaluation.model.stand_in} stands in")
    parts = [
        f"<h1>{escape(title)}</h1><p>{escape(summary(evaluation))}</p>",
        *(f"<p><b>{escape(nearest(one))}</b></p>" for one in rivals[:1]),
        *(f'<p class="note">{escape(remark)}</p>' for remark in remarks if remark),
        "<h2>Single SKUs</h2>", shown or "<p>none is shown</p>",
        "<h2>Beside the baselines</h2>", _rivals(rivals),
        f"<h2>Metrics of the sum over {evaluation.request.horizon} {evaluation.panel.periods.frequency}s</h2>",
        _metrics(metrics),
        '<p class="note">Below each its 95 % interval over series and cut-offs. RMSSE and pinball are over what the '
        "naive forecast misses within the history. Coverage should be its level, or above it where demand is whole.</p>",
        '<h2>By class of demand</h2><p class="note">Mean scaled pinball loss.</p>',
        _table(classes.columns, classes.rows()),
    ]  # fmt: skip
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def summary(evaluation: Evaluation) -> str:
    """One sentence: on what it was judged."""
    panel, result = evaluation.panel, evaluation.result
    asked, there = evaluation.request.cutoffs, len(result.cutoffs)
    fewer = f" ({asked} were asked; the history has room for no more)" if there < asked else ""
    first, last = result.cutoffs[0], result.cutoffs[-1]
    return (
        f"{len(panel):,} series, {len(panel.periods):,} {panel.periods.frequency}s from {panel.periods.first} to "
        f"{panel.periods.last_day}; {there} cut-offs from {first} to {last}{fewer}, {evaluation.request.horizon} ahead"
    )


def nearest(rival: Rival) -> str:
    """One sentence: how the model does beside the one that comes nearest to it."""
    if math.isnan(rival.pinball.saved):
        return "Nothing came that a forecast could be judged by"
    saved, interval = _saved(rival.pinball)
    return f"Beside the nearest other forecaster, {rival.name}, the model's pinball loss is lower by {saved} ({interval})"


def trees_of(evaluation: Evaluation) -> str:
    """Whose trees the model has, and had at the cut-offs; empty where a simple method stood in throughout."""
    now = "" if evaluation.model.stands_in else evaluation.model.pools.told
    before = trees_told(evaluation.result.forecasts[MODEL])
    return "; ".join(
        part for part in (f"trees of {now}" if now else "", f"in the backtest of {before}" if before else "") if part
    )


def _rivals(rivals: Sequence[Rival]) -> str:
    names = ("forecaster", "model's pinball lower by", "model's WAPE lower by")
    rows = [(rival.name, _saved(rival.pinball), _saved(rival.wape)) for rival in rivals]
    return _table(names, rows)


def _saved(found: Comparison) -> tuple[str, str]:
    if math.isnan(found.saved):
        return "", ""
    return f"{found.saved:.1%}", f"{found.low:.1%} to {found.high:.1%}"


def _metrics(metrics: pl.DataFrame) -> str:
    whole = metrics.filter(pl.col("cutoff").is_null(), pl.col("target") == "sum")
    figures = {(row["forecaster"], row["metric"], row["quantile"]): row for row in whole.iter_rows(named=True)}
    names = whole["forecaster"].unique(maintain_order=True).to_list()
    rows = [(name, *(_cell(figures[name, metric, quantile]) for metric, quantile, _ in SHOWN)) for name in names]
    return _table(("forecaster", *(title for _, _, title in SHOWN)), rows)


def _cell(row: dict[str, float]) -> tuple[str, str]:
    if math.isnan(row["score"]):
        return "", ""
    return f"{row['score']:.3f}", f"{row['low']:.3f} to {row['high']:.3f}"


def _table(names: Iterable[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        f"<tr{' class=ours' if row[0] == MODEL else ''}>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _text(cell: object) -> str:
    """As HTML; of a pair the second one is an interval, below the first."""
    match cell:
        case float():
            return "" if math.isnan(cell) else f"{cell:.3f}"
        case (str(score), str(interval)):
            return f"{escape(score)}<small>{escape(interval)}</small>"
        case _:
            return escape(str(cell))
