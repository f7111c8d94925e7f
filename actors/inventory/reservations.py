"""Reservations: what an order or a hold is promised, and how a new wish changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from actors.inventory.commands import Wanted
from actors.inventory.goods import DEFAULT_WAREHOUSE, ReservedLine
from actors.inventory.refusals import InsufficientStock, Shortage
from actors.inventory.sourcing import fewest_splits
from actors.inventory.stock import Promise, StockItem

CLOSED_KEPT: Final = 50_000
"""Closed reservations kept as tombstones, against commands that come later than their successors."""
MOST_HOLDS_PER_CUSTOMER: Final = 20
"""Active holds one customer may have on a shard: a basket that fills the shop is not a basket. Shards do not ask each other, so
on N of them it is N times as many: exact would cost every hold a second owner, that of the customer."""


class Reservation(msgspec.Struct, gc=False):
    """An order's share of this shard. Closed ones stay a while as tombstones that refuse late revisions.

    A struct, because a shard makes hundreds of thousands: it is made four times as fast as a dataclass, and the garbage
    collector need not look at it.
    """

    revision: int
    version: int
    promised_at: int
    priority: int
    lines: tuple[ReservedLine, ...]
    closed: bool = False
    told: int = 0
    """The version the order shard is known to have; `told < version` means a notice is owed."""
    intent: bytes = b""
    """The order as it came, until its order shard has it on record."""

    def promise(self, order_id: str) -> Promise:
        """The order's place in the queues of what it waits for."""
        return Promise(self.promised_at, -self.priority, order_id)


@dataclass(slots=True)
class Basket:
    """A hold with an end: `state` is active, committed, released, expired or cancelled."""

    sku: str
    warehouse: str
    quantity: int
    expires_at: int
    customer: str
    state: str = "active"


class Split(NamedTuple):
    """One line of a reservation in the making."""

    sku: str
    warehouse: str


def all_there(
    wanted: tuple[Wanted, ...], items: Mapping[str, StockItem], only_warehouse: str
) -> tuple[ReservedLine, ...] | None:
    """The common case, kept fast: a new order of different SKUs that name their warehouse (or there is one), all there."""
    if len(wanted) == 1:  # most orders have one line
        (line,) = wanted
        item = items.get(line.sku)
        warehouse = line.warehouse or only_warehouse
        site = item.sites.get(warehouse) if item is not None else None
        if site is None or site.on_hand - site.on_hold - site.reserved < line.quantity:
            return None
        return (ReservedLine(line.sku, warehouse, line.quantity),)
    if len({line.sku for line in wanted}) < len(wanted):
        return None
    lines = []
    for line in wanted:
        item = items.get(line.sku)
        warehouse = line.warehouse or only_warehouse
        site = item.sites.get(warehouse) if item is not None else None
        if site is None or site.on_hand - site.on_hold - site.reserved < line.quantity:
            return None
        lines.append(ReservedLine(line.sku, warehouse, line.quantity))
    return tuple(lines)


def reshape(
    wishes: tuple[Wanted, ...],
    shortage: str,
    current: tuple[ReservedLine, ...],
    items: Mapping[str, StockItem],
    only_warehouse: str,
    prefer: tuple[str, ...] = (),
) -> tuple[ReservedLine, ...] | InsufficientStock:
    """What a reservation becomes that is to be `wishes` (repeated SKUs are summed) and is `current` now.

    Units already promised stay where they are; fewer wanted takes from the backorder first; more wanted is sourced
    anew, from the named warehouse, the only one there is, or the fewest that have it, best one the order is in already or
    is to be in (`prefer`).
    `shortage` says what becomes of units that are not there: a refusal tells the units wanted in all, and those there are
    for this order, its own included; a backorder waits in the warehouse it names, else where the order has stock of the SKU,
    else where it has stock of anything.
    """
    reserved: dict[Split, int] = {}
    backordered: dict[Split, int] = {}
    shipped: dict[Split, int] = {}
    for line in current:
        split = Split(line.sku, line.warehouse)
        reserved[split], backordered[split], shipped[split] = line.reserved, line.backordered, line.shipped
    missing: dict[str, Wanted] = {}
    summed = _summed(wishes)
    for split in reserved:
        if split.sku not in summed:
            reserved[split] = backordered[split] = 0
    places = _by_sku(reserved)
    for wanted in summed.values():
        more = _keep(wanted.quantity, places.get(wanted.sku, ()), reserved, backordered)
        if more:
            missing[wanted.sku] = Wanted(wanted.sku, more, wanted.warehouse)
    short = _source(missing, items, only_warehouse, reserved, prefer)
    places = _by_sku(reserved)
    if short and shortage == "refuse":
        return InsufficientStock(
            tuple(Shortage(sku, summed[sku].quantity, sum(reserved[one] for one in places.get(sku, ()))) for sku in short)
        )
    if short and shortage == "backorder":
        anywhere = next((split.warehouse for split, units in reserved.items() if units), DEFAULT_WAREHOUSE)
        for sku, lack in short.items():
            same = next((one.warehouse for one in places.get(sku, ()) if reserved[one]), anywhere)
            split = Split(sku, missing[sku].warehouse or only_warehouse or same)
            backordered[split] = backordered.get(split, 0) + lack.requested - lack.available
    return tuple(
        ReservedLine(split.sku, split.warehouse, reserved.get(split, 0), backordered.get(split, 0), shipped.get(split, 0))
        for split in {**reserved, **backordered}
    )


def _by_sku(splits: Iterable[Split]) -> dict[str, list[Split]]:
    """A reservation's lines of each SKU."""
    found: dict[str, list[Split]] = {}
    for split in splits:
        found.setdefault(split.sku, []).append(split)
    return found


def _summed(wishes: tuple[Wanted, ...]) -> dict[str, Wanted]:
    """The wishes by SKU, repeated ones as one."""
    summed: dict[str, Wanted] = {}
    for wish in wishes:
        before = summed.get(wish.sku)
        summed[wish.sku] = wish if before is None else Wanted(wish.sku, before.quantity + wish.quantity, before.warehouse)
    return summed


def _keep(wanted: int, places: Sequence[Split], reserved: dict[Split, int], backordered: dict[Split, int]) -> int:
    """Keep what the order has of a SKU at its `places`, up to what it wants; gives what is missing."""
    left = wanted
    for have in (reserved, backordered):
        for split in places:
            have[split] = min(have[split], left)
            left -= have[split]
    return left


def _source(
    missing: Mapping[str, Wanted],
    items: Mapping[str, StockItem],
    only_warehouse: str,
    reserved: dict[Split, int],
    prefer: tuple[str, ...],
) -> dict[str, Shortage]:
    """Take what is missing from where it is; gives the shortages by SKU: units missing so far, and those there are."""
    open_choice: dict[str, int] = {}
    got: dict[str, int] = {}
    for sku, wanted in missing.items():
        warehouse = wanted.warehouse or only_warehouse
        if warehouse:
            taken = min(wanted.quantity, max(0, items[sku].available(warehouse)))
            if taken:
                split = Split(sku, warehouse)
                reserved[split] = reserved.get(split, 0) + taken
            got[sku] = taken
        else:
            open_choice[sku] = wanted.quantity
            got[sku] = 0
    if open_choice:
        available = {sku: {name: site.available for name, site in items[sku].sites.items()} for sku in open_choice}
        used = dict.fromkeys([*(split.warehouse for split, units in reserved.items() if units), *prefer])
        for source in fewest_splits(open_choice, available, tuple(used)):
            split = Split(source.sku, source.warehouse)
            reserved[split] = reserved.get(split, 0) + source.quantity
            got[source.sku] += source.quantity
    return {sku: Shortage(sku, wanted.quantity, got[sku]) for sku, wanted in missing.items() if got[sku] < wanted.quantity}


def newest_promises(holders: Mapping[str, int], missing: int, promise_of: Callable[[str], Promise]) -> list[tuple[str, int]]:
    """Whose promise breaks when `missing` promised units are not there: the newest promises first."""
    broken = []
    for holder in sorted(holders, key=promise_of, reverse=True):
        if missing <= 0:
            break
        lost = min(missing, holders[holder])
        missing -= lost
        broken.append((holder, lost))
    return broken
