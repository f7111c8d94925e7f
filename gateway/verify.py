"""Every invariant, checked over a running system: in the owners' memory, in the rows, between both, and in the journals.

Findings come one by one, as they are found: the caller can show how far it is. What is held at a time is a page of keys.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine

from actors.kernel import composition, deploy
from actors.kernel.chain_check import Chain, check_chain
from actors.kernel.client import OwnerClient, Owners
from actors.kernel.entry import EntryCodec
from actors.kernel.faults import Fault
from actors.kernel.messages import OwnerName
from actors.kernel.read_model import RedisReadModel
from actors.kernel.record.checks import broken_checks, key_of
from actors.kernel.record.database import open_database
from actors.kernel.record.writer import known_position
from actors.kernel.settings import SkuldSettings
from actors.kernel.transport.ray_call import RayDirectory
from gateway.compared import Kept, compare
from gateway.kept_open import OpenOrders, OpenPurchases, OpenSuggestions
from gateway.kept_twice import Levels, ReadLevels, Reservations, Skus
from gateway.running import DIALLERS

LEVEL_TIMEOUT_S: Final = 60.0
LEVEL_SLICE_S: Final = 2.0
ALARM_PASSES_S: Final = 5.0
"""A store that has just come back is an alarm for a moment more; one that stays longer is told."""
PROJECTOR: Final = "projector"
LOOKS: Final = 4
LOOK_AGAIN_S: Final = 0.5
"""Rows of orders and stock are written apart: under traffic only what stays broken while both go on is broken."""


class Finding(NamedTuple):
    """An invariant, and the keys that break it."""

    invariant: str
    broken: list[str]


def verify_running(settings: SkuldSettings) -> Iterator[Finding]:
    """Check the owners' memory, wait until the rows have all that is in the journals now, then check the rows, alone and
    against the memory."""
    names = composition.owner_names(settings)
    for name, answer in deploy.call_all(names, "broken_invariants", timeout_s=LEVEL_TIMEOUT_S).items():
        yield Finding(f"memory of {name} adds up", [str(answer)] if isinstance(answer, Fault) else answer)
    behind = why_not_level(_ask_projector)
    yield Finding("rows are level with the journals as they were at the start", behind)
    if not behind:  # else all of them would differ, and why is told
        yield from _rows(settings)
        with asyncio.Runner() as runner:
            findings = _against_memory(settings)
            while (finding := runner.run(anext(findings, None))) is not None:
                yield finding


async def _against_memory(settings: SkuldSettings) -> AsyncIterator[Finding]:
    inventory, orders = composition.inventory_shards(settings), composition.order_shards(settings)
    owners = OwnerClient(inventory, orders, RayDirectory(), DIALLERS[settings.transport](), dict(composition.REPLY_TYPES))

    async def settle() -> bool:
        await asyncio.sleep(LOOK_AGAIN_S)
        return not await asyncio.to_thread(why_not_level, _ask_projector)

    read_model = RedisReadModel(settings.redis_url, inventory) if settings.redis_url else None
    try:
        for kind in kept_twice(owners, open_database(settings.sql_url), read_model):
            yield await against_memory(kind, settle)
    finally:
        await owners.close()
        if read_model is not None:
            await read_model.close()


def kept_twice(owners: Owners, rows: Engine, read_model: RedisReadModel | None) -> list[Kept]:
    """Every kind of thing that is kept beside the owners' memory."""
    kinds: list[Kept] = [
        kind(owners, rows) for kind in (Skus, Levels, Reservations, OpenOrders, OpenPurchases, OpenSuggestions)
    ]
    return kinds if read_model is None else [*kinds, ReadLevels(owners, rows, read_model)]


async def against_memory(kind: Kept, settle: Callable[[], Awaitable[bool]]) -> Finding:
    """Compare one kind, and say how much of it was compared."""
    try:
        found = await compare(kind, settle)
    except Fault as fault:
        return Finding(kind.name, [str(fault)])
    extent = f"{found.keys:,} {kind.keys}" if found.all else f"the first {found.keys:,} {kind.keys}: time was up"
    return Finding(f"{kind.name} ({extent})", found.broken)


def verify_journals(settings: SkuldSettings) -> Iterator[Finding]:
    """Read every journal from its first entry: also of a system that does not run."""
    for name in composition.owner_names(settings):
        try:
            chain = asyncio.run(_chain(name, settings))
        except Fault as fault:
            yield Finding(f"journal of {name} is one chain", [str(fault)])
        else:
            yield Finding(f"journal of {name} is one chain ({chain.entries:,} entries not trimmed)", chain.broken)


async def _chain(name: OwnerName, settings: SkuldSettings) -> Chain:
    codec: EntryCodec[Any] = EntryCodec(composition.make_machine(name, settings).event_types)
    journal, engine = composition.make_journal(name, settings), open_database(settings.sql_url)

    async def rows_at() -> Any:
        return (await asyncio.to_thread(known_position, engine, name))[0]

    try:
        await journal.open()
        return await check_chain(journal, codec, rows_at)
    finally:
        await journal.close()


def _ask_projector(method: str, *arguments: Any) -> Any:
    return deploy.call(PROJECTOR, method, *arguments)


def why_not_level(ask: Callable[..., Any]) -> list[str]:
    """Wait for the rows to have what is in the journals now; what keeps them is told as soon as it is clear that it stays.

    `ask` calls a method of the projector.
    """
    began, ends = time.monotonic(), None
    while (waited_s := time.monotonic() - began) < LEVEL_TIMEOUT_S:
        try:
            alarms = [row for row in ask("status") if row["alarm"]]
            if waited_s > ALARM_PASSES_S or any(row["refused"] for row in alarms):
                named = [f"{row['owner']}: {row['alarm']}" for row in alarms]
                if named:
                    return named
            ends = ends or ask("journal_ends")
            if ask("catch_up", LEVEL_SLICE_S, ends):
                return []
        except Fault as fault:  # a projector that was ended is placed again in a moment
            if waited_s > ALARM_PASSES_S:
                return [str(fault)]
            time.sleep(LOOK_AGAIN_S)
    return [f"the rows are still behind after {LEVEL_TIMEOUT_S:g} s"]


def _rows(settings: SkuldSettings) -> list[Finding]:
    engine = open_database(settings.sql_url)
    broken = broken_checks(engine)
    for _ in range(LOOKS - 1):
        if not any(broken.values()):
            break
        time.sleep(LOOK_AGAIN_S)
        if why_not_level(_ask_projector):  # all that was under way at the last look has been written since
            break
        found = broken_checks(engine)
        broken = {name: [line for line in found[name] if _same_key(line, lines)] for name, lines in broken.items()}
    return [Finding(name, lines) for name, lines in broken.items()]


def _same_key(line: str, before: list[str]) -> bool:
    return any(key_of(other) == key_of(line) for other in before)
