"""How an owner comes to hold its state: claim the journal, load the newest snapshot, replay what came after it."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

import structlog

from actors.kernel.acknowledged import NOTHING, Acknowledged
from actors.kernel.checkpoint import load_checkpoint
from actors.kernel.entry import START, EntryCodec, Position, check_follows
from actors.kernel.faults import Fenced, JournalDamaged, StoreUnavailable
from actors.kernel.journal.port import Journal
from actors.kernel.journal.reading import JournalReader
from actors.kernel.machine import Machine
from actors.kernel.messages import OwnerName

log = structlog.get_logger()

CLAIM_ATTEMPTS: Final = 20
"""Each loses only to an owner that claimed meanwhile; losing so often means two live owners fight: leave."""
CLAIM_PAUSE_S: Final = 0.1


async def recover(
    name: OwnerName,
    machine: Machine,
    journal: Journal,
    codec: EntryCodec[Any],
    epoch_floor: int,
    stored: Position,
    acknowledged: Acknowledged = NOTHING,
) -> tuple[Position, int]:
    """Claim, load, replay.

    Args:
        epoch_floor: the epoch the system of record knows; the new one is above it.
        stored: the position its rows stand at; a journal that ends before it has lost what it acknowledged.
        acknowledged: what a predecessor had acknowledged when it noticed such a loss.
    Returns:
        The position of the claim, from which this owner goes on, and the number of events replayed.
    Raises:
        Fenced: the claim was lost again and again.
        JournalDamaged: an entry is missing or does not check.
        StoreUnavailable: try again with an empty machine.
    """
    last = await journal.last()
    if last < stored:
        raise JournalDamaged(
            f"the journal of {name} ends at {last}, but its rows stand at {stored}: the journal's store was lost, emptied, or "
            "is another one; nothing is served from it"
        )
    await check_rows_follow(name, journal, codec, stored)
    await check_has(name, journal, codec, acknowledged)
    claimed, end = await claim(name, journal, codec, epoch_floor)
    began = time.monotonic()
    snapshot_at = await load_checkpoint(machine, journal)
    log.info("snapshot loaded", owner=name, position=str(snapshot_at), seconds=round(time.monotonic() - began, 3))
    if end < snapshot_at < claimed:  # one past the claim is that of somebody newer, who has fenced this owner
        raise JournalDamaged(
            f"the snapshot of {name} stands at {snapshot_at}, but its journal ended at {end}: the journal's store has lost "
            "what it acknowledged; nothing is served from it"
        )
    try:
        replayed = await replay(machine, journal, codec, snapshot_at, claimed)
    except JournalDamaged:
        newest = await journal.load_snapshot()
        if newest is not None and newest.position > snapshot_at:
            raise StoreUnavailable(f"{name}: a newer snapshot was taken and the journal trimmed meanwhile") from None
        raise
    return claimed, replayed


async def check_rows_follow(name: OwnerName, journal: Journal, codec: EntryCodec[Any], stored: Position) -> None:
    """Check that the entry the rows stand at belongs to this journal.

    Raises:
        JournalDamaged: the store has lost entries that it had acknowledged and that are in the rows.
    """
    if gap := await _gap_after(journal, codec, stored):
        raise JournalDamaged(
            f"the rows of {name} stand at {stored}, but in its journal {gap}: the journal's store has lost what it "
            "acknowledged; nothing is served from it"
        )


async def check_has(name: OwnerName, journal: Journal, codec: EntryCodec[Any], acknowledged: Acknowledged) -> None:
    """Check that a journal has what a predecessor had acknowledged when it noticed that it was gone.

    Raises:
        JournalDamaged: it has not, and nobody has accepted that yet.
    """
    if acknowledged.position == START:
        return
    last = await journal.last()
    gap = f"{last} is the last" if last < acknowledged.position else await _gap_after(journal, codec, acknowledged.position)
    if gap:
        raise JournalDamaged(
            f"{name} had acknowledged {acknowledged.position}, but in its journal {gap}: the journal's store has lost answered "
            "commands; nothing is served from it. Restore a store that has them, or accept the loss "
            f"({acknowledged.to_accept}), and start Skuld again"
        )


async def _gap_after(journal: Journal, codec: EntryCodec[Any], known: Position) -> str:
    """What stands in a journal where the entry after `known` should; empty when the first one after it names it.

    Positions alone do not tell it. An owner that started while the system of record was away has begun a higher epoch, so
    the journal ends past what is known again, although entries of it were lost before.
    """
    for entry in await journal.read(known, 1) if known != START else ():
        after = codec.decode(entry).after
        if after == known:
            return ""
        snapshot = await journal.load_snapshot()
        if snapshot is None or snapshot.position <= known:  # else the rows have moved on, and the journal was trimmed
            return f"{entry.position} follows {after}"
    return ""


async def claim(name: OwnerName, journal: Journal, codec: EntryCodec[Any], epoch_floor: int) -> tuple[Position, Position]:
    """Append the entry that begins a new epoch: after it no older owner can append.

    Gives the position of that entry, and where the journal ended before it.
    """
    for attempt in range(CLAIM_ATTEMPTS):
        try:
            last = await journal.last()
            claimed = Position(max(last.epoch, epoch_floor) + 1, 0)
            await journal.append(claimed, last, codec.encode(last, []), {})
            return claimed, last
        except (Fenced, StoreUnavailable):
            if attempt == CLAIM_ATTEMPTS - 1:
                raise
            await asyncio.sleep(CLAIM_PAUSE_S)
    raise AssertionError("unreachable: the last attempt returns or raises")


async def replay(machine: Machine, journal: Journal, codec: EntryCodec[Any], position: Position, until: Position) -> int:
    """Apply every entry after `position`, up to and including `until`, checking the chain.

    What a batch changed whose last entry is missing is left among the machine's changes: the read model has none of it yet,
    and gets it with what is appended next.
    """
    replayed, unfinished = 0, False
    machine.forget_changes()
    reader = JournalReader(journal)
    while position < until:
        stored_entries = (await reader.after(position)).entries
        for stored in stored_entries:
            entry = codec.decode(stored)
            check_follows(position, stored, entry.after)
            if entry.more and not unfinished:
                machine.forget_changes()
            unfinished = entry.more or (unfinished and not entry.events)
            for event in entry.events:
                machine.apply(event)
            replayed += len(entry.events)
            position = stored.position
            if position >= until:
                break
        if not stored_entries:
            raise JournalDamaged(f"the journal ends at {position}, but {until} was appended to it")
        if not unfinished:
            machine.forget_changes()
        await asyncio.sleep(0)
    return replayed
