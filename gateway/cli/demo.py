"""`skuld replay` and `skuld demo`: real order lines through the HTTP API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from actors.kernel.faults import Fault
from actors.kernel.settings import LOOPBACK, SkuldSettings
from gateway.cli.app import app, console, errors, load_settings
from gateway.cli.inspect import show_findings
from gateway.cli.own_system import own_system, say
from gateway.data_directory import find_running
from gateway.replay.actions import Plan
from gateway.replay.driver import Target, run_replay
from gateway.replay.lines import read_lines
from gateway.replay.outcome import Outcome
from gateway.replay.plan import make_plan
from gateway.replay.report import print_outcome
from gateway.replay.shop import open_shop
from gateway.replay.stretch import DEMO_DAYS, peak_stretch
from gateway.replay.table_files import BadFile
from gateway.replay.wire import ReplayStopped, check_address
from gateway.verify import verify_journals, verify_running

CONNECTIONS: Final = 64


class ReplayFailed(Fault):
    """The replay did not come to its end."""


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each phase of a replay, on standard error: standard output is for what came of it."""
    columns = (TextColumn("{task.description:>14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bars = Progress(*columns, console=errors)
    tasks: dict[str, TaskID] = {}

    def show(phase: str, done: int, total: int) -> None:
        if not tasks:
            bars.start()
        if phase not in tasks:
            tasks[phase] = bars.add_task(phase, total=total)
        bars.update(tasks[phase], completed=done, total=total)

    try:
        yield show
    finally:
        if tasks:
            bars.stop()


def replay_plan(plan: Plan, target: Target) -> Outcome:
    """Replay with a progress bar.

    Raises:
        ReplayFailed: the system went away and stayed away.
    """
    try:
        with progress_bar() as show:
            return run_replay(plan, target, show)
    except ReplayStopped as stopped:
        raise ReplayFailed(str(stopped)) from None


def where_and_who(settings: SkuldSettings, url: str | None, key: str | None) -> tuple[str, str | None]:
    """The gateway's address and the key to use: those given, else those of the system on the data directory.

    The data directory's admin key is sent to no other machine.

    Raises:
        ReplayFailed: one of them is none.
    """
    base_url = url or find_running(settings.data_dir).url
    try:
        check_address(base_url)
    except ReplayStopped as stopped:
        raise ReplayFailed(str(stopped)) from None
    key_file = settings.data_dir / "admin-key"
    here = not url or urlsplit(url).hostname in LOOPBACK
    token = key or (key_file.read_text(errors="replace").strip() if here and key_file.exists() else None)
    if token is not None and not (token.isascii() and token.isprintable()):
        raise ReplayFailed(f"the API key {'given' if key else f'in {key_file}'} is none: a key is printable ASCII on one line")
    return base_url, token


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="order lines, Parquet or CSV: order id, SKU, quantity at least")],
    url: Annotated[str | None, typer.Option(help="the gateway (default: the one running on the data directory)")] = None,
    key: Annotated[str | None, typer.Option(help="API key (default: the data directory's admin key)")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="replay only the heaviest so many days")] = None,
    connections: Annotated[int, typer.Option(min=1, max=1024, help="requests at a time")] = CONNECTIONS,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="orders per request")] = 1,
    json: Annotated[bool, typer.Option("--json", help="print the outcome as JSON")] = False,
) -> None:
    """Replay order lines from FILE through the HTTP API of the running system, or of the one at --url.

    Before the orders it creates what they need there, for good: a product for each SKU, and opening stock in the warehouse
    main for what the file usually sells. Running it twice changes nothing the second time.

    Exit codes: 0, all was answered, and refused only as a business refuses (not enough stock, the order's state, more
    returned than shipped); 1, the file or the system cannot be used, some actions got no answer, or some were refused for
    another reason, which is told; 2, the command line is wrong.
    """
    settings = load_settings()
    try:
        lines = read_lines(file)
    except BadFile as bad:
        raise ReplayFailed(str(bad)) from None
    plan = make_plan(peak_stretch(lines, days) if days is not None else lines)
    base_url, token = where_and_who(settings, url, key)
    if not json:
        console.print(what_it_makes(plan, base_url), soft_wrap=True)
    outcome = replay_plan(plan, Target(base_url, token, connections, batch))
    if json:
        console.print_json(data=outcome.to_dict())
    else:
        print_outcome(outcome, console)
    if not outcome.complete:
        raise ReplayFailed("some actions got no answer: run the same command again to complete them")
    if outcome.refused_by_fault:
        raise ReplayFailed(told_faults(outcome))


def what_it_makes(plan: Plan, base_url: str) -> str:
    """What a replay makes in the system that it runs against, told before it does."""
    units = sum(quantity for _, quantity in plan.opening)
    return (
        f"replaying {plan.orders:,} orders into {base_url}, after creating there {len(plan.products):,} products "
        f"with an opening stock of {units:,} units"
    )


def told_faults(outcome: Outcome) -> str:
    """How many were refused for no reason of business, and why the first was."""
    faults = outcome.refused_by_fault
    first = faults[0]
    where = f"row {first.row:,}, {first.subject}" if first.row else first.subject
    why = f"{first.problem}, {first.detail}"
    return f"{len(faults):,} actions were refused by fault, not by business: {where} ({first.kind}): {why}"


@app.command()
def demo(
    days: Annotated[int, typer.Option(min=1, max=305, help="heaviest consecutive trading days to replay")] = DEMO_DAYS,
    connections: Annotated[int, typer.Option(min=1, max=1024, help="requests at a time")] = CONNECTIONS,
    keep: Annotated[bool, typer.Option(help="keep the demo's data and say where")] = False,
) -> None:
    """Start a system of its own, replay a peak stretch of a real shop's orders through it, check everything, and stop."""
    with own_system("skuld-demo-", keep=keep) as own:
        shop = open_shop(load_settings().data_dir, say=say)
        for note in shop.notes:
            console.print(note, soft_wrap=True)
        plan = make_plan(peak_stretch(shop.lines, days))
        own.start()
        others = len(plan.actions) - plan.orders
        console.print(f"replaying {plan.orders:,} orders and {others:,} other actions ({shop.origin})", soft_wrap=True)
        outcome = replay_plan(plan, Target(own.running.url, own.admin_key, connections))
        print_outcome(outcome, console)
        console.print("\n[bold]Invariants[/bold] (skuld verify)")
        findings = show_findings(chain(verify_running(own.settings), verify_journals(own.settings)))
        _where_next()
    if any(finding.broken for finding in findings) or not outcome.complete or outcome.refused_by_fault:
        raise typer.Exit(1)


def _where_next() -> None:
    lines = (
        "skuld plan-demo        forecast a year of its days, suggest, order, receive",
        "skuld up               serve (http://127.0.0.1:8000/docs, Ray's dashboard)",
        "skuld replay FILE      replay your own order lines into it",
        "skuld status           owners, journals, rows",
    )
    console.print("\n[bold]Where to look next[/bold]")
    for line in lines:
        console.print(f"  .venv/bin/{line}", soft_wrap=True)
    console.print("  ARCHITECTURE.md                  how an order travels", soft_wrap=True)
