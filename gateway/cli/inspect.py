"""`skuld status`, `verify`, `drain`, `journal show`: looking into a running system."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

import httpx
import msgspec
import typer
from rich.box import SIMPLE
from rich.table import Table

from actors.kernel import composition, deploy
from actors.kernel.entry import START, EntryCodec, Position
from actors.kernel.faults import Fault, JournalDamaged
from actors.kernel.messages import OwnerName
from actors.kernel.settings import SkuldSettings
from gateway.bounded import bounded
from gateway.cli.app import app, console, hide_password, one_line, settings_in_use
from gateway.data_directory import RunningFile, find_running
from gateway.running import PROJECTOR
from gateway.verify import Finding, verify_journals, verify_running

journal = typer.Typer(help="Look into the journals.", no_args_is_help=True)
app.add_typer(journal, name="journal")

Json = Annotated[bool, typer.Option("--json", help="print JSON")]


STATUS_S: Final = 20.0
VERIFY_S: Final = 900.0
REACH_S: Final = 3.0
READY_S: Final = 10.0


@contextmanager
def joined(settings: SkuldSettings, limit_s: float) -> Iterator[RunningFile]:
    """Join the system that runs on the data directory, for `limit_s` at most.

    Raises:
        Fault: none runs there, or it does not answer.
    """
    running = find_running(settings.data_dir)
    _reach(running)
    with bounded(limit_s):
        try:
            deploy.start_ray(settings.data_dir, address=running.ray_address, namespace=running.namespace, dashboard=False)
            yield running
        finally:
            deploy.leave_ray()


def _reach(running: RunningFile) -> None:
    host, _, port = running.ray_address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), REACH_S).close()
    except OSError as error:
        raise NotReached(f"Ray at {running.ray_address} does not answer: {error.strerror or error}") from None
    except (ValueError, OverflowError):
        raise NotReached(f"running.json names no address of Ray: {one_line(running.ray_address)}") from None


class NotReached(Fault):
    """The system is there, but Ray does not answer."""


@app.command()
def status(
    json: Json = False,
    settings: Annotated[bool, typer.Option("--settings", help="list every setting with its value")] = False,
) -> None:
    """How the owners, the projector and the gateways are; exit 1 when orders are not taken."""
    loaded = settings_in_use()
    if settings:
        _show_settings(loaded, json)
        return
    with joined(loaded, STATUS_S) as running:
        names = composition.owner_names(loaded)
        owners = [_or_alarm(name, answer) for name, answer in deploy.call_all(names, "status").items()]
        behind = deploy.call_all([PROJECTOR], "status")[PROJECTOR]
        ready = _readiness(running.url)
    _judge(owners, ready)
    if json:
        console.print_json(data={"url": running.url, "ready": ready == {}, "owners": owners, "projector": _plain(behind)})
    else:
        _show_status(running, owners, behind)
    if ready:
        raise typer.Exit(1)


def _readiness(url: str) -> dict[str, str]:
    """What keeps the gateway from taking orders, by owner; nothing when it takes them."""
    try:
        answer = httpx.get(f"{url}/readyz", timeout=READY_S).json()
        waits = {name: why for name, why in answer["owners"].items() if why != "serving"}
    except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
        return {"gateway": f"{url}/readyz gives no answer: {error or type(error).__name__}"}
    return waits if waits or answer["status"] == "ready" else {"gateway": answer["status"]}


def _judge(owners: list[dict[str, Any]], ready: dict[str, str]) -> None:
    """Who takes no commands does not serve, whatever it thinks; the gateway, asking, finds that out."""
    for row in owners:
        why = ready.get(row["owner"], "")
        if why and row["state"] == "serving":
            row["state"] = "not serving"
            row["alarm"] = row["alarm"] or why
    if "gateway" in ready:
        owners.append({"owner": "gateway", "state": "not ready", "alarm": ready["gateway"]})


def _or_alarm(name: str, answer: Any) -> dict[str, Any]:
    return {"owner": name, "state": "away", "alarm": str(answer)} if isinstance(answer, Fault) else answer


def _plain(answer: Any) -> Any:
    return {"alarm": str(answer)} if isinstance(answer, Fault) else answer


def _show_status(running: RunningFile, owners: list[dict[str, Any]], behind: Any) -> None:
    applied = {} if isinstance(behind, Fault) else {row["owner"]: row for row in behind}
    console.print(f"[bold]{running.url}[/bold]  dashboard {running.dashboard or 'off'}", soft_wrap=True)
    columns = ("owner", "state", "epoch", "events", "batches", "journal", "rows at")
    table = Table(*columns, box=SIMPLE, pad_edge=False)
    for column in table.columns:
        column.overflow, column.no_wrap = "fold", column.header in {"owner", "state"}
    alarms = [] if not isinstance(behind, Fault) else [f"{PROJECTOR}: {behind}"]
    for row in owners:
        rows = applied.get(row["owner"], {})
        figures = [f"{int(row.get(name, 0)):,}" for name in ("epoch", "events", "appends", "journal_entries")]
        table.add_row(row["owner"], row["state"], *figures, rows.get("applied", ""))
        alarms += [f"{row['owner']}: {row['alarm']}"] if row["alarm"] else []
        alarms += [f"rows of {row['owner']}: {rows['alarm']}"] if rows.get("alarm") else []
    console.print(table)
    for alarm in alarms:
        console.print(f"alarm  {alarm}", style="bold red", markup=False, highlight=False, soft_wrap=True)


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
    """Check every invariant over the running system and its stores; exit 1 and the offending keys when one is broken.

    Each is told as soon as it is checked: a long journal, or very many orders, take their time.
    """
    settings = settings_in_use()
    with joined(settings, VERIFY_S):
        findings = show_findings(verify_running(settings), json=json)
    findings += show_findings(verify_journals(settings), json=json)
    if json:
        console.print_json(data=[finding._asdict() for finding in findings])
    if any(finding.broken for finding in findings):
        raise typer.Exit(1)


def show_findings(findings: Iterable[Finding], *, json: bool = False) -> list[Finding]:
    """Print what was checked and what is broken, one by one, unless it is to be JSON in the end; gives them."""
    shown = []
    for finding in findings:
        shown.append(finding)
        if json:
            continue
        mark = "[red]BROKEN[/red]" if finding.broken else "[green]holds [/green]"
        console.print(f"  {mark}  {finding.invariant}")
        for line in finding.broken:
            console.print(f"          {line}", markup=False, soft_wrap=True)
    return shown


@app.command()
def drain(
    undo: Annotated[bool, typer.Option("--undo", help="take new requests again")] = False,
) -> None:
    """Let the gateways finish what is under way and turn new requests away (503) until `--undo`, or a restart."""
    settings = settings_in_use()
    names = [f"gateway-{number}" for number in range(settings.gateways)]
    with joined(settings, settings.drain_s + STATUS_S):
        if undo:
            answers = deploy.call_all(names, "undrain")
        else:
            answers = deploy.call_all(names, "drain", settings.drain_s, timeout_s=settings.drain_s + 5)
    away = [f"{name}: {answer}" for name, answer in answers.items() if isinstance(answer, Fault)]
    late = [name for name, done in answers.items() if done is False]
    if away:
        raise DrainFailed("; ".join(away))
    if late:
        raise DrainFailed(f"{', '.join(late)} still had requests under way after {settings.drain_s:g} s")
    console.print("new requests are taken again" if undo else "drained: new requests get 503 until `skuld drain --undo`")


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
    settings = settings_in_use()
    names = composition.owner_names(settings)
    if owner not in names:
        raise NoSuchOwner(f"no owner is called {one_line(owner)}: there are {', '.join(names)}")
    try:
        position = Position.parse(after)
    except ValueError as error:
        raise NoSuchPosition(f"--after {error}") from None
    if not settings.database_url and not (settings.data_dir / "journal" / f"{owner}.sqlite").exists():
        raise NoSuchOwner(f"there is no journal of {owner} in {settings.data_dir}: no Skuld was ever started there")
    rows, damage = asyncio.run(_entries(OwnerName(owner), settings, position, limit))
    if json:
        console.print_json(data=rows)
    else:
        _show_entries(rows)
    if damage is not None:
        raise JournalDamaged(f"{owner}: {damage}")


def _show_entries(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        console.print(f"[bold]{row['position']}[/bold] after {row['after']}", soft_wrap=True)
        for event in row["events"]:
            console.print(f"  {event}", markup=False, highlight=False, soft_wrap=True)


async def _entries(
    owner: OwnerName, settings: SkuldSettings, after: Position, limit: int
) -> tuple[list[dict[str, Any]], JournalDamaged | None]:
    """Entries up to the first that is damaged, and what is wrong with that one."""
    machine = composition.make_machine(owner, settings)
    codec: EntryCodec[Any] = EntryCodec(machine.event_types)
    store = composition.make_journal(owner, settings)
    try:
        await store.open()
        stored = await store.read(after, limit)
    finally:
        await store.close()
    rows: list[dict[str, Any]] = []
    for one in stored:
        try:
            entry = codec.decode(one)
        except JournalDamaged as damage:
            return rows, damage
        events = [{"event": type(event).__name__, **named(event)} for event in entry.events]
        rows.append({"position": str(one.position), "after": str(entry.after), "events": events})
    return rows, None


def named(value: Any) -> Any:
    """A value as JSON has it, structs within it with the names of their fields (the journal keeps them without)."""
    match value:
        case msgspec.Struct():
            return {name: named(field) for name, field in msgspec.structs.asdict(value).items()}
        case tuple() if hasattr(value, "_asdict"):
            return {name: named(field) for name, field in value._asdict().items()}
        case dict():
            return {key if isinstance(key, str) else str(key): named(field) for key, field in value.items()}
        case list() | tuple() | set() | frozenset():
            return [named(item) for item in value]
        case _:
            return msgspec.to_builtins(value)
