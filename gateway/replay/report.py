"""The outcome of a replay as tables for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.replay.lines import BadRow, describe
from gateway.replay.outcome import Outcome

EXAMPLES = 5
HELD_BACK = "held back: not sent, as a step before it has not happened (an order that still waits for stock is not delivered)"


def print_outcome(outcome: Outcome, console: Console) -> None:
    """Print what happened, most important first; parts with nothing to say are left out."""
    console.print(speed_table(outcome))
    console.print(stock_table(outcome))
    console.print(actions_table(outcome))
    for table in (refusals_table(outcome), skipped_table(outcome)):
        if table.row_count:
            console.print(table)
    for line in closing_lines(outcome):
        console.print(line, soft_wrap=True)


def speed_table(outcome: Outcome) -> Table:
    """Rates and latency."""
    plan, orders, every = outcome.plan, outcome.latency.get("orders"), outcome.latency["all"]
    table = _table("Speed", "", "")
    if plan.first_day is not None:
        stretch = f"{plan.first_day:%d %b %Y} to {plan.last_day:%d %b %Y}"
        table.add_row("stretch", f"{stretch}, {plan.trading_days} trading days")
    table.add_row("time", f"{outcome.seconds:.1f} s, and {outcome.setup_seconds:.1f} s for products and opening stock")
    table.add_row("orders per second", f"{outcome.orders_per_second:,.0f}")
    table.add_row("order lines per second", f"{outcome.lines_per_second:,.0f}")
    table.add_row("requests per second", f"{outcome.requests_per_second:,.0f}")
    for name, latency in (("order", orders), ("any request", every)):
        if latency is not None:
            shown = f"p50 {latency.p50_ms:,.1f}   p95 {latency.p95_ms:,.1f}   p99 {latency.p99_ms:,.1f}"
            table.add_row(f"latency of {name}, ms", f"{shown}   max {latency.max_ms:,.1f}")
    if outcome.retries:
        table.add_row("sent again", ", ".join(f"{count:,} × {escape(why)}" for why, count in outcome.retries.items()))
    return table


def stock_table(outcome: Outcome) -> Table:
    """What became of orders and units when they were placed."""
    table = _table("Orders, as first answered", "", "number", "share")
    orders = sum(outcome.order_states.values())
    for state, count in sorted(outcome.order_states.items(), key=lambda item: -item[1]):
        table.add_row(f"orders {escape(state).replace('_', ' ')}", f"{count:,}", _share(count, orders))
    table.add_section()
    table.add_row("lines ordered", f"{outcome.lines_ordered:,}", "")
    table.add_row(
        "lines reserved in full", f"{outcome.lines_reserved:,}", _share(outcome.lines_reserved, outcome.lines_ordered)
    )
    table.add_section()
    table.add_row("units ordered", f"{outcome.units_ordered:,}", "")
    for name, units in (("reserved", outcome.units_reserved), ("backordered", outcome.units_backordered)):
        table.add_row(f"units {name}", f"{units:,}", _share(units, outcome.units_ordered))
    return table


def actions_table(outcome: Outcome) -> Table:
    """Every kind of action: planned, done, refused, held back."""
    table = _table("What was asked for", "", "planned", "done", "refused", "held back", "unanswered")
    for kind, counted in outcome.counted.items():
        if counted.planned:
            figures = (counted.planned, counted.accepted, counted.refused, counted.held_back, counted.unanswered)
            table.add_row(kind, *(f"{figure:,}" if figure else "-" for figure in figures))
    if any(counted.held_back for counted in outcome.counted.values()):
        table.caption = HELD_BACK
    return table


def refusals_table(outcome: Outcome) -> Table:
    """Refusals by kind and problem, with the first one as example."""
    table = _table("Refused", "", "why", "number", "for example")
    for (kind, problem), count in sorted(outcome.refusals.items(), key=lambda item: -item[1]):
        first = next(item for item in outcome.refused if (item.kind, item.problem) == (kind, problem))
        where = f"row {first.row:,}, {first.subject}" if first.row else first.subject
        table.add_row(kind, escape(problem), f"{count:,}", escape(f"{where}: {first.detail}" if first.detail else where))
    return table


def skipped_table(outcome: Outcome) -> Table:
    """Lines of the file that are no goods, by code."""
    table = _table("Lines left out: no goods", "code", "name", "lines")
    for skipped in outcome.plan.skipped:
        table.add_row(escape(skipped.code), escape(skipped.name), f"{skipped.lines:,}")
    return table


def closing_lines(outcome: Outcome) -> Sequence[str]:
    """Bad rows with examples, and a word when something stayed unanswered."""
    told = bad_rows(outcome.plan.bad)
    return told if outcome.complete else [*told, _INCOMPLETE]


def bad_rows(bad: Sequence[BadRow]) -> list[str]:
    """How many rows could not be used, why, and the first of them; nothing when all could."""
    if not bad:
        return []
    problems = Counter(f"{row.column} {row.problem}" for row in bad)
    told = [f"[bold]{len(bad):,} bad rows left out:[/] " + escape("; ".join(f"{n:,} × {p}" for p, n in problems.items()))]
    told += [f"  {escape(describe(row))}" for row in bad[:EXAMPLES]]
    return [*told, f"  and {len(bad) - EXAMPLES:,} more"] if len(bad) > EXAMPLES else told


_INCOMPLETE = "[bold]Some requests stayed unanswered.[/] Run the replay again: what was done is not done twice."


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", caption_justify="left", show_header=any(columns))
    for number, column in enumerate(columns):
        words = number == 0 or column in ("", "why", "for example", "name")
        table.add_column(column, justify="left" if words else "right", overflow="fold")
    return table


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""
