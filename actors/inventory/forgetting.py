"""What a shard of stock no longer needs leaves its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.inventory.reservations import CLOSED_KEPT

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def keep_closed(shard: InventoryShard, reservation_id: str) -> None:
    """Remember what is over as a tombstone, and forget the oldest of them."""
    shard.closed[reservation_id] = None
    shard.closed.move_to_end(reservation_id)
    if len(shard.closed) > CLOSED_KEPT:
        oldest, _ = shard.closed.popitem(last=False)
        shard.baskets.pop(oldest, None)
        shard.unconfirmed.pop(oldest, None)
        gone = shard.reservations.pop(oldest, None)
        if gone is not None:
            shard.newest_forgotten = max(shard.newest_forgotten, gone.version)
