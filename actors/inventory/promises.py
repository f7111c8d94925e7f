"""What becomes of orders' reservations: reserve, release, ship, and what people take back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.inventory.balance import Decision, already_done, freed_by, serve_waiting
from actors.inventory.commands import AskSources, ForceRelease, NoticeHeard, Release, Reserve, Ship
from actors.inventory.events import NoticeDelivered, Rebalanced, Released, Reserved, Shipped
from actors.inventory.goods import ReservedLine
from actors.inventory.intents import repeated, replaced
from actors.inventory.refusals import NothingReserved, Superseded, UnknownReservation, UnknownSku, UnknownWarehouse
from actors.inventory.replies import Offers
from actors.inventory.reservations import all_there, reshape
from actors.kernel.messages import Event, Refusal

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def reserve(shard: InventoryShard, c: Reserve, now: int) -> Decision:
    """Make an order's reservation what it wants; what it gives back serves those who wait."""
    if c.epoch and (refusal := replaced(shard, c)) is not None:
        return refusal
    held = shard.reservations.get(c.order_id)
    if held is not None and c.revision <= held.revision:
        return repeated(held, c) if c.revision == held.revision else Superseded(c.order_id, held.revision)
    if c.order_id in shard.baskets:  # two promises under one name would be counted as one
        return Superseded(c.order_id, c.revision)
    if held is None:
        lines = all_there(c.wanted, shard.items, shard.only_warehouse) or _reshaped(shard, c, ())
        if isinstance(lines, Refusal):
            return lines
        version = shard.newest_forgotten + 1
        return (Reserved(now, c.order_id, c.revision, version, c.promised_at, c.priority, lines, c.intent),)
    lines = _reshaped(shard, c, held.lines)
    if isinstance(lines, Refusal):
        return lines
    event = Reserved(now, c.order_id, c.revision, held.version + 1, c.promised_at, c.priority, lines)
    return (event, *serve_waiting(shard, now, freed_by(held.lines, lines), but_not=c.order_id))


def _reshaped(shard: InventoryShard, c: Reserve, current: tuple[ReservedLine, ...]) -> tuple[ReservedLine, ...] | Refusal:
    unknown = [wanted.sku for wanted in c.wanted if wanted.sku not in shard.items]
    if unknown:
        return UnknownSku(tuple(unknown))
    for wanted in c.wanted:
        if wanted.warehouse and wanted.warehouse not in shard.warehouses:
            return UnknownWarehouse(wanted.warehouse)
    return reshape(c.wanted, c.shortage, current, shard.items, shard.only_warehouse, c.prefer)


def ask_sources(shard: InventoryShard, c: AskSources, now: int) -> Decision:
    """A question changes nothing; unknown SKUs are refused when they are to be reserved."""
    return ()


def offers(shard: InventoryShard, c: AskSources) -> Offers:
    """What every warehouse could give now."""
    known = {sku: shard.items[sku] for sku in c.skus if sku in shard.items}
    return Offers(c.order_id, {sku: {name: site.available for name, site in item.sites.items()} for sku, item in known.items()})


def release(shard: InventoryShard, c: Release, now: int) -> Decision:
    """Free an order's stock. Unknown orders get a tombstone, so that a reserve still on its way is refused."""
    held = shard.reservations.get(c.order_id)
    if c.order_id in shard.baskets:  # reserves under this name are refused anyway, and a tombstone would bury the hold
        return Superseded(c.order_id, c.revision)
    if held is None:
        return (Released(now, c.order_id, c.revision, shard.newest_forgotten + 1),)
    if c.revision <= held.revision:
        return () if c.revision == held.revision else Superseded(c.order_id, held.revision)
    event = Released(now, c.order_id, c.revision, held.version + 1)
    return (event, *serve_waiting(shard, now, freed_by(held.lines, ()), but_not=c.order_id))


def ship(shard: InventoryShard, c: Ship, now: int) -> Decision:
    """Take the reserved units out of the places they were counted in."""
    held = shard.reservations.get(c.order_id)
    if held is None:
        return UnknownReservation(c.order_id)
    if c.revision <= held.revision:
        return () if c.revision == held.revision else Superseded(c.order_id, held.revision)
    picks = [
        pick
        for line in held.lines
        for pick in shard.items[line.sku]
        .site(line.warehouse)
        .picks(line.sku, line.warehouse, line.reserved, shard.unsellable_in(line.warehouse))
    ]
    return (Shipped(now, c.order_id, c.revision, held.version + 1, tuple(picks)),)


def notice_heard(shard: InventoryShard, c: NoticeHeard, now: int) -> Decision:
    """Nothing is owed for this version any more."""
    held = shard.reservations.get(c.order_id)
    if held is None or held.told >= c.version:
        return ()
    return (NoticeDelivered(now, c.order_id, c.version),)


def force_release(shard: InventoryShard, c: ForceRelease, now: int) -> Decision:
    """Take a promise back: the others who wait are served at once, the order waits again where its promise stood in the queue.

    What nobody else waits for stays available for whom it was taken: given to the order again it would not be taken back.
    """
    if (done := already_done(shard, c)) is not None:
        return done
    if c.sku not in shard.items:
        return UnknownSku((c.sku,))
    held = shard.reservations.get(c.reservation_id)
    if held is None or held.closed:
        return UnknownReservation(c.reservation_id)
    taken = [line for line in held.lines if line.sku == c.sku and line.reserved]
    if not taken:
        return NothingReserved(c.reservation_id, c.sku)
    events: list[Event] = []
    for version, line in enumerate(taken, held.version + 1):
        back = Rebalanced(
            now, c.reservation_id, version, line.sku, line.warehouse, -line.reserved, f"{c.actor}: {c.reason}",
            c.op_id, c.fingerprint,
        )  # fmt: skip
        events.append(back)
    freed = {(line.sku, line.warehouse): line.reserved for line in taken}
    return (*events, *serve_waiting(shard, now, freed, but_not=c.reservation_id))
