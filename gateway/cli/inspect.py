"""`skuld status`, `verify`, `drain`, `journal show`: looking into a running system."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from actors.kernel import composition, deploy
from actors.kernel.entry import START, EntryCodec, Position
from actors.kernel.faults import Fault
from actors.kernel.messages import OwnerName
from actors.kernel.settings import SkuldSettings
from gateway.cli.app import app, console, hide_password, load_settings
from gateway.data_directory import RunningFile, find_running
from gateway.running import PROJECTOR
from gateway.verify import Finding, verify_running

journal = typer.Typer(help="Look into the journals.", no_args_is_help=True)
app.add_typer(journal, name="journal")

Json = Annotated[bool, typer.Option("--json", help="print JSON")]


@contextmanager
def joined(settings: SkuldSettings) -> Iterator[RunningFile]:
    """Join the system that runs on the data directory."""
    running = find_running(settings.data_dir)
    deploy.start_ray(settings.data_dir, address=running.ray_address, dashboard=False)
    try:
        yield running
    finally:
        deploy.leave_ray()


@app.command()
def status(
    json: Json = False,
    settings: Annotated[bool, typer.Option("--settings", help="list every setting with its value")] = False,
) -> None:
    """How the owners, the projector and the gateways are."""
    loaded = load_settings()
    if settings:
        _show_settings(loaded, json)
        return
    with joined(loaded) as running:
        names = composition.owner_names(loaded)
        owners = [_or_alarm(name, answer) for name, answer in deploy.call_all(names, "status").items()]
        behind = deploy.call_all([PROJECTOR], "status")[PROJECTOR]
    if json:
        console.print_json(data={"url": running.url, "owners": owners, "projector": _plain(behind)})
        return
    _show_status(running, owners, behind)


def _or_alarm(name: str, answer: Any) -> dict[str, Any]:
    return {"owner": name, "state": "away", "alarm": str(answer)} if isinstance(answer, Fault) else answer


def _plain(answer: Any) -> Any:
    return {"alarm": str(answer)} if isinstance(answer, Fault) else answer


def _show_status(running: RunningFile, owners: list[dict[str, Any]], behind: Any) -> None:
    applied = {} if isinstance(behind, Fault) else {row["owner"]: row for row in behind}
    console.print(f"[bold]{running.url}[/bold]  dashboard {running.dashboard or 'off'}")
    table = Table("owner", "state", "epoch", "events", "batches", "journal", "rows at", "alarm")
    for row in owners:
        rows = applied.get(row["owner"], {})
        figures = [f"{int(row.get(name, 0)):,}" for name in ("epoch", "events", "appends", "journal_entries")]
        alarm = row["alarm"] or rows.get("alarm", "")
        table.add_row(row["owner"], row["state"], *figures, rows.get("applied", ""), alarm)
    console.print(table)


def _show_settings(settings: SkuldSettings, json: bool) -> None:
    rows = [
        {"name": f"SKULD_{name.upper()}", "value": hide_password(str(getattr(settings, name))), "meaning": field.description}
        for name, field in SkuldSettings.model_fields.items()
    ]
    if json:
        console.print_json(data=rows)
        return
    table = Table("setting", "value", "meaning")
    for row in rows:
        table.add_row(str(row["name"]), str(row["value"]), str(row["meaning"]))
    console.print(table)


@app.command()
def verify(json: Json = False) -> None:
    """Check every invariant over the running system and its stores; exit 1 and the offending keys when one is broken."""
    settings = load_settings()
    with joined(settings):
        findings = verify_running(settings)
    show_findings(findings, json=json)
    if any(finding.broken for finding in findings):
        raise typer.Exit(1)


def show_findings(findings: list[Finding], *, json: bool = False) -> None:
    """Print what was checked and what is broken."""
    if json:
        console.print_json(data=[finding._asdict() for finding in findings])
        return
    for finding in findings:
        mark = "[red]BROKEN[/red]" if finding.broken else "[green]holds [/green]"
        console.print(f"  {mark}  {finding.invariant}")
        for line in finding.broken:
            console.print(f"          {line}", markup=False)


@app.command()
def drain() -> None:
    """Let the gateways finish what is under way and turn new requests away; `skuld up` then may be stopped."""
    settings = load_settings()
    with joined(settings):
        names = [f"gateway-{number}" for number in range(settings.gateways)]
        answers = deploy.call_all(names, "drain", settings.drain_s, timeout_s=settings.drain_s + 5)
    late = [name for name, done in answers.items() if done is not True]
    if late:
        raise DrainFailed(f"{', '.join(late)} still had requests under way after {settings.drain_s:g} s")
    console.print("drained")


class NoSuchOwner(Fault):
    """No owner of that name."""


class NoSuchPosition(Fault):
    """No position in a journal."""


class DrainFailed(Fault):
    """Requests were still under way."""


@journal.command("show")
def show(
    owner: Annotated[str, typer.Argument(help="inventory-0, orders-0, …")],
    after: Annotated[str, typer.Option(help="position E-n to begin after")] = str(START),
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="entries")] = 20,
    json: Json = False,
) -> None:
    """Print journal entries (those not trimmed yet), oldest first."""
    settings = load_settings()
    names = composition.owner_names(settings)
    if owner not in names:
        raise NoSuchOwner(f"no owner is called {owner}: there are {', '.join(names)}")
    try:
        position = Position.parse(after)
    except ValueError:
        raise NoSuchPosition(f"--after {after!r} is no position such as 1-42") from None
    rows = asyncio.run(_entries(OwnerName(owner), settings, position, limit))
    if json:
        console.print_json(data=rows)
        return
    for row in rows:
        console.print(f"[bold]{row['position']}[/bold] after {row['after']}")
        for event in row["events"]:
            console.print(f"  {event}", markup=False, highlight=False)


async def _entries(owner: OwnerName, settings: SkuldSettings, after: Position, limit: int) -> list[dict[str, Any]]:
    machine = composition.make_machine(owner, settings)
    codec: EntryCodec[Any] = EntryCodec(machine.event_types)
    store = composition.make_journal(owner, settings)
    try:
        await store.open()
        stored = await store.read(after, limit)
    finally:
        await store.close()
    rows = []
    for one in stored:
        entry = codec.decode(one)
        events = [{"event": type(event).__name__, **msgspec.structs.asdict(event)} for event in entry.events]
        rows.append({"position": str(one.position), "after": str(entry.after), "events": msgspec.to_builtins(events)})
    return rows
