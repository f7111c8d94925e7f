"""What an inventory shard decides: one function per command, from state and command to events or a refusal.

None of them changes anything. Where several refusals apply the first one checked is given, so answers repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from actors.inventory import messages as m
from actors.inventory.reservations import MOST_HOLDS_PER_CUSTOMER, newest_promises, reshape
from actors.inventory.stock import Bin, Promise, SiteStock
from actors.kernel.messages import ClientCommand, Event, KeyReused, Refusal

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard

Decision = Sequence[Event] | Refusal
_AFTER_EVERY_ORDER: Final = 1 << 62
"""A basket's place among promises: it is broken before any order is."""


# ── orders' reservations ────────────────────────────────────────────────────────────────────────────────────────────
def reserve(shard: InventoryShard, c: m.Reserve, now: int) -> Decision:
    """Make an order's reservation what it wants; what it gives back serves those who wait."""
    held = shard.reservations.get(c.order_id)
    if held is not None and c.revision <= held.revision:
        return () if c.revision == held.revision else m.Superseded(c.order_id, held.revision)
    items = shard.items
    unknown = [wanted.sku for wanted in c.wanted if wanted.sku not in items]
    if unknown:
        return m.UnknownSku(tuple(unknown))
    for wanted in c.wanted:
        if wanted.warehouse and wanted.warehouse not in shard.warehouses:
            return m.UnknownWarehouse(wanted.warehouse)
    lines = reshape(c, held.lines if held is not None else (), items, shard.only_warehouse)
    if isinstance(lines, m.InsufficientStock):
        return lines
    version = held.version + 1 if held is not None else 1
    event = m.Reserved(now, c.order_id, c.revision, version, c.promised_at, c.priority, lines)
    if held is None:
        return (event,)
    return (event, *_serve_waiting(shard, now, _freed(held.lines, lines), but_not=c.order_id))


def release(shard: InventoryShard, c: m.Release, now: int) -> Decision:
    """Free an order's stock. Unknown orders get a tombstone, so that a reserve still on its way is refused."""
    held = shard.reservations.get(c.order_id)
    if held is None:
        return (m.Released(now, c.order_id, c.revision, 1),)
    if c.revision <= held.revision:
        return () if c.revision == held.revision else m.Superseded(c.order_id, held.revision)
    event = m.Released(now, c.order_id, c.revision, held.version + 1)
    return (event, *_serve_waiting(shard, now, _freed(held.lines, ()), but_not=c.order_id))


def ship(shard: InventoryShard, c: m.Ship, now: int) -> Decision:
    """Take the reserved units out of the places they were counted in."""
    held = shard.reservations.get(c.order_id)
    if held is None:
        return m.UnknownReservation(c.order_id)
    if c.revision <= held.revision:
        return () if c.revision == held.revision else m.Superseded(c.order_id, held.revision)
    picks = [
        pick
        for line in held.lines
        for pick in shard.items[line.sku]
        .site(line.warehouse)
        .picks(line.sku, line.warehouse, line.reserved, shard.unsellable_in(line.warehouse))
    ]
    return (m.Shipped(now, c.order_id, c.revision, held.version + 1, tuple(picks)),)


def notice_heard(shard: InventoryShard, c: m.NoticeHeard, now: int) -> Decision:
    """Nothing is owed for this version any more."""
    held = shard.reservations.get(c.order_id)
    if held is None or held.told >= c.version:
        return ()
    return (m.NoticeDelivered(now, c.order_id, c.version),)


def force_release(shard: InventoryShard, c: m.ForceRelease, now: int) -> Decision:
    """Take a promise back: the order waits again, and those who waited before it are served."""
    held = shard.reservations.get(c.reservation_id)
    if held is None or held.closed:
        return m.UnknownReservation(c.reservation_id)
    taken = [line for line in held.lines if line.sku == c.sku and line.reserved]
    events: list[Event] = [
        m.Rebalanced(
            now, c.reservation_id, held.version + step, line.sku, line.warehouse, -line.reserved, f"{c.actor}: {c.reason}"
        )
        for step, line in enumerate(taken, 1)
    ]
    freed = {(line.sku, line.warehouse): line.reserved for line in taken}
    return (*events, *_serve_waiting(shard, now, freed, but_not=c.reservation_id))


def _freed(before: Iterable[m.ReservedLine], after: Iterable[m.ReservedLine]) -> dict[tuple[str, str], int]:
    """Units that a changed reservation gives back, by SKU and warehouse."""
    kept = {(line.sku, line.warehouse): line.reserved for line in after}
    freed = {}
    for line in before:
        units = line.reserved - kept.get((line.sku, line.warehouse), 0)
        if units > 0:
            freed[line.sku, line.warehouse] = units
    return freed


def _serve_waiting(shard: InventoryShard, now: int, freed: dict[tuple[str, str], int], *, but_not: str = "") -> list[Event]:
    """Give what became available to those who wait for it, oldest promise first."""
    versions: dict[str, int] = {}
    events: list[Event] = []
    for (sku, warehouse), units in freed.items():
        site = shard.items[sku].sites.get(warehouse)
        if site is None or not site.queue:
            continue
        for order_id, share in site.next_served(max(0, site.available) + units, but_not=but_not):
            versions[order_id] = versions.get(order_id, shard.reservations[order_id].version) + 1
            events.append(m.Rebalanced(now, order_id, versions[order_id], sku, warehouse, share, "stock arrived"))
    return events


# ── counting ────────────────────────────────────────────────────────────────────────────────────────────────────────
def adjust(shard: InventoryShard, c: m.Adjust, now: int) -> Decision:
    """Change a count. A count is the truth: when it falls below what is promised, the newest promises break."""
    known = _known(shard, c)
    if known is not None:
        return known
    refusal = _no_such_place(shard, c.sku, c.warehouse, (c.location,))
    if refusal is not None:
        return refusal
    site = shard.items[c.sku].sites.get(c.warehouse) or SiteStock()
    before = site.bins.get(Bin(c.location, c.lot), 0)
    if before + c.quantity < 0:
        return m.InsufficientStock((m.Shortage(c.sku, -c.quantity, before),))
    adjusted = m.Adjusted(
        now, c.op_id, c.fingerprint, c.actor, c.sku, c.warehouse, c.location, c.lot, c.quantity, c.reason, c.document,
        before, before + c.quantity,
    )  # fmt: skip
    if (c.warehouse, c.location) in shard.unsellable:
        return (adjusted,)
    if c.quantity > 0:
        return (adjusted, *_serve_waiting(shard, now, {(c.sku, c.warehouse): c.quantity}))
    return (*_break_promises(shard, now, c.sku, c.warehouse, -(site.available + c.quantity)), adjusted)


def move(shard: InventoryShard, c: m.Move, now: int) -> Decision:
    """Carry goods to another place. Promises are to the warehouse, so only going on hold can touch them."""
    known = _known(shard, c)
    if known is not None:
        return known
    refusal = _no_such_place(shard, c.sku, c.warehouse, (c.from_location, c.to_location))
    if refusal is not None:
        return refusal
    site = shard.items[c.sku].sites.get(c.warehouse) or SiteStock()
    there = site.bins.get(Bin(c.from_location, c.lot), 0)
    if there < c.quantity:
        return m.InsufficientStock((m.Shortage(c.sku, c.quantity, there),))
    moved = m.Moved(
        now, c.op_id, c.fingerprint, c.actor, c.sku, c.warehouse, c.lot, c.quantity,
        c.from_location, there, c.to_location, site.bins.get(Bin(c.to_location, c.lot), 0),
    )  # fmt: skip
    was_sellable = (c.warehouse, c.from_location) not in shard.unsellable
    is_sellable = (c.warehouse, c.to_location) not in shard.unsellable
    if was_sellable and not is_sellable:
        return (*_break_promises(shard, now, c.sku, c.warehouse, c.quantity - site.available), moved)
    if is_sellable and not was_sellable:
        return (moved, *_serve_waiting(shard, now, {(c.sku, c.warehouse): c.quantity}))
    return (moved,)


def _break_promises(shard: InventoryShard, now: int, sku: str, warehouse: str, missing: int) -> list[Event]:
    """Take back `missing` promised units: baskets first, then the newest promises to orders."""
    if missing <= 0:
        return []
    site = shard.items[sku].site(warehouse)

    def promise_of(holder: str) -> Promise:
        if holder in shard.baskets:
            return Promise(_AFTER_EVERY_ORDER, 0, holder)
        return shard.reservations[holder].promise(holder)

    events: list[Event] = []
    for holder, lost in newest_promises(site.holders, missing, promise_of):
        if holder in shard.baskets:
            events.append(m.HoldEnded(now, "", 0, holder, "cancelled"))
        else:
            version = shard.reservations[holder].version + 1
            events.append(m.Rebalanced(now, holder, version, sku, warehouse, -lost, "stock missing"))
    return events


# ── holds ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def hold(shard: InventoryShard, c: m.Hold, now: int) -> Decision:
    """Hold stock of one SKU in one warehouse for a while."""
    known = _known(shard, c)
    if known is not None:
        return known
    item = shard.items.get(c.sku)
    if item is None:
        return m.UnknownSku((c.sku,))
    if c.warehouse and c.warehouse not in shard.warehouses:
        return m.UnknownWarehouse(c.warehouse)
    if c.customer and shard.active_holds.get(c.customer, 0) >= MOST_HOLDS_PER_CUSTOMER:
        return m.TooManyHolds(c.customer, MOST_HOLDS_PER_CUSTOMER)
    fullest = max(item.sites, key=item.available, default=m.DEFAULT_WAREHOUSE)
    warehouse = c.warehouse or shard.only_warehouse or fullest
    if item.available(warehouse) < c.quantity:
        return m.InsufficientStock((m.Shortage(c.sku, c.quantity, item.available(warehouse)),))
    return (
        m.Held(
            now, c.op_id, c.fingerprint, c.actor, c.reservation_id, c.sku, warehouse, c.quantity, now + c.ttl_ms, c.customer
        ),
    )


def extend_hold(shard: InventoryShard, c: m.ExtendHold, now: int) -> Decision:
    """Let a hold run on."""
    known = _known(shard, c)
    if known is not None:
        return known
    basket = shard.baskets.get(c.reservation_id)
    if basket is None:
        return m.UnknownReservation(c.reservation_id)
    if basket.state != "active":
        return m.ReservationEnded(c.reservation_id, basket.state)
    return (m.HoldExtended(now, c.op_id, c.fingerprint, c.reservation_id, now + c.ttl_ms),)


def end_hold(shard: InventoryShard, c: m.EndHold, now: int) -> Decision:
    """Commit a hold (the goods leave) or release it (they are free). Ending twice the same way is a repeat."""
    known = _known(shard, c)
    if known is not None:
        return known
    basket = shard.baskets.get(c.reservation_id)
    if basket is None:
        return m.UnknownReservation(c.reservation_id)
    if basket.state == c.state:
        return ()
    if basket.state != "active":
        return m.ReservationEnded(c.reservation_id, basket.state)
    if c.state == "committed":
        site = shard.items[basket.sku].site(basket.warehouse)
        unsellable = shard.unsellable_in(basket.warehouse)
        picks = tuple(site.picks(basket.sku, basket.warehouse, basket.quantity, unsellable))
        return (m.HoldEnded(now, c.op_id, c.fingerprint, c.reservation_id, "committed", picks),)
    ended = m.HoldEnded(now, c.op_id, c.fingerprint, c.reservation_id, c.state)
    return (ended, *_serve_waiting(shard, now, {(basket.sku, basket.warehouse): basket.quantity}))


def expire_holds(shard: InventoryShard, c: m.ExpireHolds, now: int) -> Decision:
    """End the holds whose time has come, and serve those who wait."""
    due = sorted(end for end in shard.basket_ends if end[0] <= now)
    freed: dict[tuple[str, str], int] = {}
    for _, reservation_id in due:
        basket = shard.baskets[reservation_id]
        key = (basket.sku, basket.warehouse)
        freed[key] = freed.get(key, 0) + basket.quantity
    expired = [m.HoldEnded(now, "", 0, reservation_id, "expired") for _, reservation_id in due]
    return (*expired, *_serve_waiting(shard, now, freed))


# ── reference data ──────────────────────────────────────────────────────────────────────────────────────────────────
def put_product(shard: InventoryShard, c: m.PutProduct, now: int) -> Decision:
    """Create or replace a product; the same content again records nothing."""
    known = _known(shard, c)
    if known is not None:
        return known
    found = shard.items.get(c.product.sku)
    version = found.version if found is not None else 0
    if c.if_version is not None and c.if_version != version:
        return m.VersionConflict(version)
    if found is not None and found.product == c.product:
        return ()
    return (m.ProductPut(now, c.op_id, c.fingerprint, c.actor, version + 1, c.product),)


def put_warehouse(shard: InventoryShard, c: m.PutWarehouse, now: int) -> Decision:
    """Create or replace a warehouse; the first shard numbers the versions, the others take newer ones."""
    known = _known(shard, c)
    if known is not None:
        return known
    found, version = shard.warehouses.get(c.warehouse.id, (None, 0))
    if c.version is not None:
        newer = c.version > version
        return (m.WarehousePut(now, c.op_id, c.fingerprint, c.actor, c.version, c.warehouse),) if newer else ()
    if c.if_version is not None and c.if_version != version:
        return m.VersionConflict(version)
    if found == c.warehouse:
        return ()
    return (m.WarehousePut(now, c.op_id, c.fingerprint, c.actor, version + 1, c.warehouse),)


def put_location(shard: InventoryShard, c: m.PutLocation, now: int) -> Decision:
    """Create or replace a location of a known warehouse."""
    known = _known(shard, c)
    if known is not None:
        return known
    if c.location.warehouse not in shard.warehouses:
        return m.UnknownWarehouse(c.location.warehouse)
    found, version = shard.locations.get((c.location.warehouse, c.location.id), (None, 0))
    if c.version is not None and c.version <= version:
        return ()
    if c.version is None and c.if_version is not None and c.if_version != version:
        return m.VersionConflict(version)
    if found == c.location:
        return ()
    if _sellability_changes(shard, c.location) and _holds_stock(shard, c.location):
        return m.LocationInUse(c.location.id)
    return (m.LocationPut(now, c.op_id, c.fingerprint, c.actor, c.version or version + 1, c.location),)


def _sellability_changes(shard: InventoryShard, location: m.Location) -> bool:
    was = (location.warehouse, location.id) in shard.unsellable
    return was != (location.type in m.UNSELLABLE_LOCATION_TYPES)


def _holds_stock(shard: InventoryShard, location: m.Location) -> bool:
    return any(
        place.location == location.id
        for item in shard.items.values()
        for warehouse, site in item.sites.items()
        if warehouse == location.warehouse
        for place in site.bins
    )


# ── shared ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _known(shard: InventoryShard, c: ClientCommand) -> Decision | None:
    """A repeat records nothing; the same key with another body is refused."""
    done: Any = shard.ops.get(c.op_id)
    if done is None:
        return None
    return () if done.fingerprint == c.fingerprint else KeyReused(c.op_id)


def _no_such_place(shard: InventoryShard, sku: str, warehouse: str, locations: Iterable[str]) -> Refusal | None:
    if sku not in shard.items:
        return m.UnknownSku((sku,))
    if warehouse not in shard.warehouses:
        return m.UnknownWarehouse(warehouse)
    for location in locations:
        if location not in (m.DEFAULT_LOCATION, m.QUARANTINE_LOCATION) and (warehouse, location) not in shard.locations:
            return m.UnknownLocation(warehouse, location)
    return None


DECIDE: Final[dict[type, Callable[[Any, Any, int], Decision]]] = {
    m.Reserve: reserve,
    m.Release: release,
    m.Ship: ship,
    m.NoticeHeard: notice_heard,
    m.ForceRelease: force_release,
    m.Adjust: adjust,
    m.Move: move,
    m.Hold: hold,
    m.ExtendHold: extend_hold,
    m.EndHold: end_hold,
    m.ExpireHolds: expire_holds,
    m.PutProduct: put_product,
    m.PutWarehouse: put_warehouse,
    m.PutLocation: put_location,
}
