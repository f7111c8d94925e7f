"""Who holds a SKU, and who waits for it: by page, for a hot SKU has a hundred thousand of them, and they are read in a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.inventory.queries import ReadHolders
from actors.inventory.replies import Holder, Holders
from actors.inventory.stock import SiteStock

if TYPE_CHECKING:
    from actors.inventory.shard import InventoryShard


def page_of(shard: InventoryShard, asked: ReadHolders) -> Holders:
    """The holders after `asked.after`, oldest promise first, `asked.limit` of them at most.

    Only the moments of all promises are looked through (a fifth of a microsecond each); what is told is made for those
    on the page.
    """
    by_site = [(warehouse, *_promises(shard, site)) for warehouse, site in shard.items[asked.sku].sites.items()]
    since = asked.after[0] if asked.after is not None else 0
    moments = sorted([at for _, _, promised in by_site for at in promised if at >= since])
    if not moments:
        return Holders(asked.sku, ())
    until = moments[min(len(moments), moments.count(since) + asked.limit) - 1]
    places = sorted(
        (at, key, warehouse)
        for warehouse, keys, promised in by_site
        for key, at in zip(keys, promised, strict=True)
        if since <= at <= until and (asked.after is None or (at, key, warehouse) > asked.after)
    )
    return Holders(asked.sku, tuple(_holder(shard, asked.sku, *place) for place in places[: asked.limit]))


def _promises(shard: InventoryShard, site: SiteStock) -> tuple[list[str], list[int]]:
    """Who holds stock of a site or waits for it, and since when (a hold: until when)."""
    reservations, baskets = shard.reservations, shard.baskets
    keys = [*site.holders, *(key for key in site.waiting if key not in site.holders)]
    return keys, [reservations[key].promised_at if key in reservations else baskets[key].expires_at for key in keys]


def _holder(shard: InventoryShard, sku: str, promised_at: int, key: str, warehouse: str) -> Holder:
    site = shard.items[sku].sites[warehouse]
    kind = "order" if key in shard.reservations else "hold"
    return Holder(key, kind, warehouse, site.holders.get(key, 0), site.waiting.get(key, 0), promised_at)
