"""Every stage at a size, each in a process of its own, and what the figures say beside what is aimed at."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import psutil

from tests.benchmarks.report import console

GOAL_SIZES: Final = (10_000, 100_000)
GROWTH_SIZES: Final = (10_000, 30_000, 100_000, 300_000, 1_000_000)
STAGES: Final = ("champions", "score", "suggest")
SET_WITHIN_S: Final = 240.0
SET_WITHIN_MB: Final = 2_000.0
SCORED_A_SECOND: Final = 5_000.0
SUGGESTED_WITHIN_S: Final = 120.0
ROOM: Final = 1.2
"""A stage is not begun where memory available is below that much times what it took before, grown with the SKUs."""
PATIENCE_S: Final = 3_600.0


def speed(sizes: Sequence[int], stages: Sequence[str] = STAGES) -> list[dict[str, Any]]:
    """A row for each size and stage: seconds, CPU seconds, resident MB at most, SKUs a second, and what its steps took.

    Sizes go up; a stage that would not fit into memory is left out, and so it is at larger sizes.
    """
    rows: list[dict[str, Any]] = []
    for skus in sorted(sizes):
        with tempfile.TemporaryDirectory(prefix="skuld-speed-") as folder:
            _stage("generate", skus, Path(folder))
            for stage in stages:
                if not _has_room(stage, skus, rows):
                    console.print(f"{stage} of {skus:,} SKUs left out: too little memory is free")
                    break  # the next stage needs what this one leaves behind
                rows.append(_row(stage, skus, _stage(stage, skus, Path(folder))))
                row = rows[-1]
                console.print(
                    f"[dim]{stage} {skus:,}: {row['seconds']:.1f} s, {row['cpu_seconds']:.1f} CPU, {row['peak_mb']:,.0f} MB[/dim]"
                )
    return rows


def _stage(stage: str, skus: int, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.forecasting.speed.stages", stage, str(skus), str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    if ended.returncode:
        raise RuntimeError(f"{stage} of {skus:,} SKUs failed: {ended.stderr.strip()[-800:]}")
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


def _row(stage: str, skus: int, found: dict[str, Any]) -> dict[str, Any]:
    seconds, cpu = (sum(step[name] for step in found["steps"]) for name in ("seconds", "cpu_seconds"))
    return {
        "skus": skus,
        "stage": stage,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "peak_mb": found["peak_mb"],
        "steps": found["steps"],
    }


def _has_room(stage: str, skus: int, rows: Sequence[dict[str, Any]]) -> bool:
    before = [row for row in rows if row["stage"] == stage]
    if not before:
        return not any(row["skus"] < skus for row in rows)  # it was left out at a smaller size
    wanted = ROOM * before[-1]["peak_mb"] * skus / before[-1]["skus"]
    return wanted < psutil.virtual_memory().available / 2**20


def verdicts(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each aim that the rows tell of, what was measured, and whether it is reached; by the clock, so on a quiet machine."""
    of = {(row["skus"], row["stage"]): row for row in rows}
    small, large = GOAL_SIZES
    if (small, "champions") in of:
        row = of[small, "champions"]
        yield _verdict(f"champion set of {small:,} SKUs, s", row["seconds"], SET_WITHIN_S)
        yield _verdict(f"champion set of {small:,} SKUs, MB", row["peak_mb"], SET_WITHIN_MB)
        yield _verdict(f"scoring {small:,} SKUs, SKUs/s", _scored_a_second(of[small, "score"]), SCORED_A_SECOND, least=True)
    if (large, "suggest") in of:
        yield _verdict(f"scoring {large:,} SKUs, SKUs/s", _scored_a_second(of[large, "score"]), SCORED_A_SECOND, least=True)
        seconds = of[large, "score"]["seconds"] + of[large, "suggest"]["seconds"]
        yield _verdict(f"{large:,} SKUs scored and turned into suggestions, s", seconds, SUGGESTED_WITHIN_S)


def _scored_a_second(row: dict[str, Any]) -> float:
    """Of one slot, rows written; the slower slot counts."""
    return float(row["skus"] / max(step["seconds"] for step in row["steps"] if step["name"].startswith("score")))


def _verdict(aim: str, measured: float, wanted: float, least: bool = False) -> dict[str, Any]:
    return {"aim": aim, "measured": measured, "wanted": wanted, "reached": measured >= wanted if least else measured <= wanted}
