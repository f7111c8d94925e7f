"""`skuld bench`: how many orders a running system takes, and how fast it answers."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.cli.app import app, console, load_settings
from gateway.cli.demo import CONNECTIONS, ReplayFailed, replay_plan, where_and_who
from gateway.replay.driver import Target, Terms
from gateway.replay.load import load_plan, taking_back
from gateway.replay.outcome import Outcome

PLACED = "orders"


@app.command()
def bench(
    orders: Annotated[int, typer.Option(min=1, max=1_000_000, help="how many to place")] = 5000,
    connections: Annotated[int, typer.Option(min=1, max=1024, help="requests at a time")] = CONNECTIONS,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="orders per request")] = 1,
    lines: Annotated[
        int | None, typer.Option(min=1, help="at most so many lines per order (default: as in a real shop)")
    ] = None,
    url: Annotated[str | None, typer.Option(help="the gateway (default: the one running on the data directory)")] = None,
    key: Annotated[str | None, typer.Option(help="API key (default: the data directory's admin key)")] = None,
    keep: Annotated[bool, typer.Option(help="leave the orders and their stock in place")] = False,
    json: Annotated[bool, typer.Option("--json", help="print the figures as JSON")] = False,
) -> None:
    """Put a load of orders on a running system, through HTTP, and say how many it took per second and how fast it answered.

    The orders are those of a shop, durable like any other, on SKUs of their own (bench-…) with stock of their own;
    afterwards they are cancelled and the stock is written off. Exit 1 when one got no answer, or not the right one.
    """
    base_url, token = where_and_who(load_settings(), url, key)
    plan = load_plan(orders, secrets.token_hex(4), lines)
    target = Target(base_url, token, connections, batch, Terms(policy="all_or_nothing"))
    outcome = replay_plan(plan, target)
    figures = figures_of(outcome, target)
    if json:
        console.print_json(data=figures)
    else:
        _show(figures)
    if not keep:
        for undo in taking_back(plan):
            if not replay_plan(undo, target).complete:
                raise ReplayFailed(f"not all of the run could be taken back: its orders begin with {plan.fingerprint}")
    if outcome.counted[PLACED].accepted != orders:
        first = outcome.refused[0]
        raise ReplayFailed(
            f"{orders - outcome.counted[PLACED].accepted} orders were not taken; {first.subject}: {first.detail}"
        )


def figures_of(outcome: Outcome, target: Target) -> dict[str, Any]:
    """What a run has measured."""
    latency = outcome.latency[PLACED]
    return {
        "url": target.base_url,
        "connections": target.concurrency,
        "orders_per_request": target.batch_size,
        "orders": outcome.counted[PLACED].planned,
        "taken": outcome.counted[PLACED].accepted,
        "lines": outcome.lines_ordered,
        "seconds": round(outcome.seconds, 3),
        "orders_per_second": round(outcome.orders_per_second, 1),
        "lines_per_second": round(outcome.lines_per_second, 1),
        "latency_ms": {
            "p50": round(latency.p50_ms, 2),
            "p95": round(latency.p95_ms, 2),
            "p99": round(latency.p99_ms, 2),
            "max": round(latency.max_ms, 2),
        },
        "states": outcome.order_states,
        "sent_again": outcome.retries,
    }


def _show(figures: dict[str, Any]) -> None:
    table = Table("", "", show_header=False)
    sent = f"{figures['connections']} connections, {figures['orders_per_request']} per request"
    table.add_row("orders", f"{figures['orders']:,} ({figures['lines']:,} lines), {figures['taken']:,} taken; {sent}")
    table.add_row(
        "rate", f"[bold]{figures['orders_per_second']:,.0f} orders/s[/bold], {figures['lines_per_second']:,.0f} lines/s"
    )
    latency = ", ".join(f"{name} {value:,.1f} ms" for name, value in figures["latency_ms"].items())
    table.add_row("answered in", latency)
    for reason, times in figures["sent_again"].items():
        table.add_row("sent again", f"{times:,} × {reason}")
    console.print(table)
    console.print("The load runs on this machine too and takes its share of it.", style="dim")
