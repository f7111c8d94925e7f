"""What every decision keeps in balance: units that became free serve those who wait, missing units break promises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from actors.inventory.events import HoldEnded, Rebalanced
from actors.inventory.goods import ReservedLine
from actors.inventory.reservations import newest_promises
from actors.inventory.stock import Promise
from actors.kernel.doubtful import not_in_rows_yet
from actors.kernel.messages import ClientCommand, Event, KeyForgotten, KeyReused, Refusal

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


Decision = Sequence[Event] | Refusal
"""The events to record (none for a repeat), or a refusal."""
_AFTER_EVERY_ORDER: Final = 1 << 62
"""A basket's place among promises: it is broken before any order is."""


def already_done(shard: InventoryShard, c: ClientCommand) -> Decision | None:
    """A repeat records nothing; the same key with another body is refused, and so is a repeat of what was forgotten.

    What can be recalled was looked for before, and is new when nothing was found.
    """
    done: Any = shard.ops.get(c.op_id)
    if done is None:
        if c.op_id not in shard.forgotten:
            return None
        if shard.recall_key(c) is None:
            return KeyForgotten(c.op_id)
        in_no_row = c.op_id in shard.forgotten.lately  # what came just before it has pushed it out of memory
        return not_in_rows_yet(c.op_id) if in_no_row else None
    return () if done.fingerprint == c.fingerprint else KeyReused(c.op_id)


def freed_by(before: Iterable[ReservedLine], after: Iterable[ReservedLine]) -> dict[tuple[str, str], int]:
    """Units that a changed reservation gives back, by SKU and warehouse."""
    kept = {(line.sku, line.warehouse): line.reserved for line in after}
    freed = {}
    for line in before:
        units = line.reserved - kept.get((line.sku, line.warehouse), 0)
        if units > 0:
            freed[line.sku, line.warehouse] = units
    return freed


def serve_waiting(shard: InventoryShard, now: int, freed: dict[tuple[str, str], int], *, but_not: str = "") -> list[Event]:
    """Give what became available to those who wait for it, oldest promise first."""
    versions: dict[str, int] = {}
    events: list[Event] = []
    for (sku, warehouse), units in freed.items():
        site = shard.items[sku].sites.get(warehouse)
        if site is None or not site.queue:
            continue
        for order_id, share in site.next_served(max(0, site.available) + units, but_not=but_not):
            versions[order_id] = versions.get(order_id, shard.reservations[order_id].version) + 1
            events.append(Rebalanced(now, order_id, versions[order_id], sku, warehouse, share, "stock arrived"))
    return events


def break_promises(
    shard: InventoryShard, now: int, sku: str, warehouse: str, missing: int, versions: dict[str, int] | None = None
) -> list[Event]:
    """Take back `missing` promised units: baskets first, then the newest promises to orders.

    A basket ends as a whole; what of it is there all the same serves those who wait. `versions` keeps count of orders
    when promises of several SKUs break at once.
    """
    if missing <= 0:
        return []
    site = shard.items[sku].site(warehouse)
    versions = {} if versions is None else versions

    def next_version(order_id: str) -> int:
        versions[order_id] = versions.get(order_id, shard.reservations[order_id].version) + 1
        return versions[order_id]

    def promise_of(holder: str) -> Promise:
        if holder in shard.baskets:
            return Promise(_AFTER_EVERY_ORDER, 0, holder)
        return shard.reservations[holder].promise(holder)

    events: list[Event] = []
    left_over = 0
    for holder, lost in newest_promises(site.holders, missing, promise_of):
        if holder in shard.baskets:
            events.append(HoldEnded(now, "", 0, holder, "cancelled"))
            left_over += site.holders[holder] - lost
        else:
            events.append(Rebalanced(now, holder, next_version(holder), sku, warehouse, -lost, "stock missing"))
    for order_id, share in site.next_served(left_over):
        events.append(Rebalanced(now, order_id, next_version(order_id), sku, warehouse, share, "hold cancelled"))
    return events
