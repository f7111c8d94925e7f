"""What is measured: one function per question, each starting its targets afresh."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from tests.benchmarks.harness import Run, load_ample_stock, median, started, wait_for_rows, wrk
from tests.benchmarks.load.flash_sale import SKU, hold
from tests.benchmarks.load.open_loop import Measured, send_orders
from tests.benchmarks.report import console
from tests.benchmarks.targets.port import Target

Makers = Mapping[str, Callable[[], Target]]

FULL: Final = 64
"""Connections with which single orders come about as fast as they can."""
WARM_UP_S: Final = 2
WRITTEN_WITHIN_S: Final = 30.0
PATIENCE_S: Final = 120.0


def orders(makers: Makers, connections: Sequence[int], seconds: int, runs: int, mixes: Sequence[str]) -> list[Run]:
    """Targets take turns (A, B, A, B), each started afresh in every round: a slow hour of the machine hits all alike."""
    cases = [(name, mix, count) for name in makers for mix in mixes for count in connections]
    found: dict[tuple[str, str, int], list[Run]] = {case: [] for case in cases}
    for _ in range(runs):
        for name, make in makers.items():
            with started(make) as target:
                load_ample_stock(target)
                wrk(target, connections[0], WARM_UP_S)
                for mix in mixes:
                    for count in connections:
                        wait_until_written(target)
                        run = wrk(target, count, seconds, mix)
                        tell(run)
                        found[name, mix, count].append(run)
    return [median(found[case]) for case in cases]


def tell(run: Run) -> None:
    console.print(
        f"[dim]{run.target} {run.mix} {run.connections}: {run.orders_per_s:,.0f} orders/s, p99 {run.p99_ms:.1f} ms[/dim]"
    )


def wait_until_written(target: Target) -> None:
    """Let the write-behind of the last run end, so that it does not weigh on the next."""
    before = -1
    while (now := target.rows_written()) != before:
        before = now
        wait_for_rows(target, now + 1, 0.5)


def latency(makers: Makers, rate: float, seconds: int, runs: int) -> list[dict[str, Any]]:
    """Targets take turns, as in `orders`: a burst of somebody else's work falls on one run of one target, not on all of its."""
    found: dict[str, list[Measured]] = {name: [] for name in makers}
    for _ in range(runs):
        for name, make in makers.items():
            with started(make) as target:
                load_ample_stock(target)
                send_orders(target.port, rate, WARM_UP_S)
                found[name].append(send_orders(target.port, rate, seconds))
            console.print(f"[dim]{name}: p50 {found[name][-1].p50_ms:.1f}, p99 {found[name][-1].p99_ms:.1f} ms[/dim]")
    return [{"target": name, "offered_per_s": rate, **summary(group)} for name, group in found.items()]


def summary(runs: Sequence[Measured]) -> dict[str, Any]:
    """Medians of the runs, each p99, and counts over all of them."""
    figures = ("p50_ms", "p99_ms", "p999_ms", "max_ms", "client_late_p99_ms")
    return {
        **{figure: statistics.median(getattr(one, figure) for one in runs) for figure in figures},
        "p99_ms_of_each": " ".join(f"{one.p99_ms:.1f}" for one in runs),
        "reserved": sum(one.statuses.get(201, 0) for one in runs),
        "not_reserved": sum(one.answered - one.statuses.get(201, 0) for one in runs),
        "unanswered": sum(one.unanswered for one in runs),
    }


def batch(make: Callable[[], Target], size: int, connections: Sequence[int], seconds: int, runs: int) -> list[Run]:
    """Single orders, on `FULL` connections and on as many as the batches get, then the batches: all on the same start."""
    with started(make) as target:
        load_ample_stock(target)
        wrk(target, FULL, WARM_UP_S)
        cases = [(count, 0) for count in dict.fromkeys((FULL, *connections))] + [(count, size) for count in connections]
        found: dict[tuple[int, int], list[Run]] = {case: [] for case in cases}
        for _ in range(runs):
            for count, orders in cases:
                wait_until_written(target)
                run = checked_batch(target, count, seconds, orders) if orders else wrk(target, count, seconds)
                found[count, orders].append(run)
    return [median(group) for group in found.values()]


def checked_batch(target: Target, connections: int, seconds: int, size: int) -> Run:
    """A batch answers 200 whatever became of its orders, so they are counted in MariaDB; the missing ones are `bad_status`."""
    before = target.rows_written()
    run = wrk(target, connections, seconds, mix=f"batch of {size}", batch=size)
    if wait_for_rows(target, before + run.orders, PATIENCE_S) is None:
        missing = before + run.orders - target.rows_written()
        run.bad_status += missing
        run.orders_per_s *= 1 - missing / max(run.orders, 1)
    return run


def flash_sale(makers: Makers, buyers: int, units: int, connections: int) -> list[dict[str, Any]]:
    rows = []
    for name, make in makers.items():
        with started(make) as target:
            target.load({SKU: units})
            sale = hold(target.port, buyers, units, connections)
            sale.units_left = target.units_left(SKU)
        rows.append({"target": name, **asdict(sale), "buyers_per_s": buyers / sale.seconds, "exact": sale.exact})
    return rows


def sustained(makers: Makers, seconds: int, connections: int) -> list[dict[str, Any]]:
    rows = []
    for name, make in makers.items():
        with started(make) as target:
            load_ample_stock(target)
            run = wrk(target, connections, seconds)
            at_once = target.rows_written()
            # wrk leaves with a request in flight on every connection, so up to that many more orders may exist
            waited = wait_for_rows(target, run.orders - run.bad_status, PATIENCE_S)
            wait_until_written(target)
            rows.append(
                {
                    "target": name,
                    "orders": run.orders,
                    "orders_per_s": run.orders_per_s,
                    "p99_ms": run.p99_ms,
                    "bad": run.bad_status + run.socket_errors,
                    "rows_at_the_end": at_once,
                    "rows_complete_after_s": waited,
                    "rows": target.rows_written(),
                    "in_time": waited is not None and waited <= WRITTEN_WITHIN_S,
                }
            )
    return rows
