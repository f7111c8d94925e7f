"""What came of training and scoring, in a few lines for people; programs get the figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import polars as pl

from forecasting.window.score import Scored
from forecasting.window.train import Training

SHOWN = 12
"""Characters of a digest."""


def of_training(done: Training) -> Iterator[str]:
    """Who is champion, and why."""
    if not done.done:
        yield f"{done.slot}: nothing to do, {done.reason} (through {done.data_through})"
        yield from _remarks(done)
        return
    yield f"{done.slot}: trained through {done.data_through} in {done.seconds:.0f} s, {len(done.cutoffs)} cut-offs"
    for name, scores in sorted(done.metrics.items(), key=lambda one: (one[1]["pinball"] is None, one[1]["pinball"]))[:5]:
        figures = ", ".join(f"{kind} {'-' if value is None else format(value, '.3f')}" for kind, value in scores.items())
        yield f"  {name}: {figures}"
    yield f"  {done.reason}"
    if done.trees:
        yield f"  trees of {done.trees}" + (f"; in the backtest of {done.trees_before}" if done.trees_before else "")
    yield f"  champion {done.champion[:SHOWN]}, this model {done.model[:SHOWN]}"
    yield from _remarks(done)


def of_scoring(done: Scored) -> Iterator[str]:
    """How much was written, whether the champion changed, and every alarm."""
    shadow = f", {done.previous[:SHOWN]} in shadow" if done.previous else ""
    plan = f", with plan {done.plan[:SHOWN]}" if done.plan else ""
    yield f"{done.slot}: {done.written:,} forecasts after {done.cutoff} by champion {done.champion[:SHOWN]}{shadow}{plan}"
    yield from _remarks(done)
    if done.rolled_back:
        yield f"  {done.reason}"
    for alarm in done.alarms:
        yield f"  alarm, {alarm.kind}: {alarm.message}"


def _remarks(done: Training | Scored) -> Iterator[str]:
    yield from (f"  {remark}" for remark in done.remarks)


def figures(done: Training | Scored) -> dict[str, Any]:
    """Everything."""
    found: dict[str, Any] = msgspec.to_builtins(done)
    return found


def of_scores(metrics: pl.DataFrame) -> Iterator[str]:
    """Every forecaster, the best mean scaled pinball loss first."""
    whole = metrics.filter(pl.col("cutoff").is_null(), pl.col("target") == "sum")
    means = whole.group_by("forecaster", "metric").agg(pl.col("score").mean()).iter_rows()
    scores: dict[tuple[str, str], float] = {(name, metric): score for name, metric, score in means}
    names = whole["forecaster"].unique(maintain_order=True).to_list()
    kinds = ("scaled pinball", "wape", "bias")
    for name in sorted(names, key=lambda one: (scores[one, kinds[0]] != scores[one, kinds[0]], scores[one, kinds[0]])):
        yield f"  {name}: " + ", ".join(f"{kind} {scores[name, kind]:.3f}" for kind in kinds)
