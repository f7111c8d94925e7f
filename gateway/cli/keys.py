"""`skuld keys`: API keys, straight in the system of record, so that it works before the first start and when locked out."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.table import Table

from actors.kernel.clock import now_ms
from actors.kernel.faults import Fault
from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from gateway.auth import CACHE_S, ROLES, make_key
from gateway.cli.app import app, console, errors, one_line, settings_in_use
from gateway.explained import judge
from gateway.key_store import SqlKeyStore
from gateway.problems import Problem
from gateway.routes.keys import KeyBody, key_json

keys = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)
app.add_typer(keys, name="keys")


class WrongKey(Fault):
    """No such key or role, or a name that is none."""


class NoStore(Fault):
    """There is nothing to look into."""


def _store(*, may_be_new: bool = False) -> SqlKeyStore:
    """Where the keys are. Only a first key may begin an installation."""
    settings = settings_in_use()
    if not settings.database_url and not (settings.data_dir / "skuld.sqlite").exists():
        if not may_be_new:
            raise NoStore(f"there are no keys in {settings.data_dir}: no Skuld was ever started there")
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        errors.print(f"[dim]a new installation begins in {settings.data_dir}[/dim]", soft_wrap=True)
    engine = open_database(settings.sql_url)
    migrate(engine)
    return SqlKeyStore(engine)


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="stands in every record as who did it")],
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = "integration",
) -> None:
    """Make a key and print it: it is shown once."""
    if role not in ROLES:
        raise WrongKey(f"role {role[:80]!r} is none of {', '.join(ROLES)}")
    try:
        body: KeyBody = judge(TypeAdapter(KeyBody), {"name": name, "role": role})
    except Problem as problem:
        raise WrongKey(problem.detail) from None
    token, stored = make_key(body.name, body.role)
    _store(may_be_new=True).add(stored)
    console.print(token, soft_wrap=True)


@keys.command("list")
def list_(json: Annotated[bool, typer.Option("--json", help="print JSON")] = False) -> None:
    """List keys, revoked ones too."""
    rows = [key_json(key) for key in _store().all()]
    if json:
        console.print_json(data=rows)
        return
    table = Table("id", "name", "role", "created", "revoked")
    for row in rows:
        table.add_row(row["id"], row["name"], row["role"], row["created_at"], row["revoked_at"] or "")
    console.print(table)


@keys.command()
def revoke(id: Annotated[str, typer.Argument(help="the id from `skuld keys list`")]) -> None:
    """Revoke a key."""
    may_be_one = id.isascii() and id.isalnum()
    if not may_be_one or not _store().revoke(id, now_ms()):
        raise WrongKey(f"no valid key {one_line(id)}")
    console.print(f"key {id} is revoked; a gateway that has just seen it takes it for up to {CACHE_S:g} s more", soft_wrap=True)
