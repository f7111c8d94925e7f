"""Stock of one SKU: what each warehouse has, promised to whom, and who waits for more."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from actors.inventory.goods import Pick, Product
from actors.inventory.levels import BinLevel, Level, SiteLevel


class Bin(NamedTuple):
    """A place and a lot: the finest thing that is counted."""

    location: str
    lot: str


class Promise(NamedTuple):
    """A backorder's place in the queue: oldest promise first, then the more urgent, then by order id."""

    promised_at: int
    urgency: int
    order_id: str


@dataclass(slots=True)
class SiteStock:
    """Stock of one SKU in one warehouse.

    Stored: `on_hand` (the sum of `bins`), `on_hold` (the part in unsellable places), `reserved` (the sum of `holders`),
    `backordered` (the sum of `waiting`). Derived: `available`. Invariant: 0 <= reserved <= on_hand - on_hold, and
    nobody waits while something is available, but for orders whose promise was taken back by force: what was taken is for
    others, until goods arrive or become free here the next time.
    """

    on_hand: int = 0
    on_hold: int = 0
    reserved: int = 0
    backordered: int = 0
    bins: dict[Bin, int] = field(default_factory=dict)
    holders: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    queue: list[Promise] = field(default_factory=list)
    bin_levels: tuple[BinLevel, ...] | None = None
    """The bins as they are told. Counts change seldom, promises with every order."""

    @property
    def available(self) -> int:
        """Units that may be promised now."""
        return self.on_hand - self.on_hold - self.reserved

    def count(self, place: Bin, quantity: int, *, sellable: bool) -> None:
        """Change what a place holds; an empty place is forgotten."""
        left = self.bins.get(place, 0) + quantity
        assert left >= 0, f"{place} would hold {left}"
        if left:
            self.bins[place] = left
        else:
            self.bins.pop(place, None)
        self.bin_levels = None
        self.on_hand += quantity
        if not sellable:
            self.on_hold += quantity

    def units_in(self, location: str) -> int:
        """What a location holds, of all lots."""
        return sum(units for place, units in self.bins.items() if place.location == location)

    def promise(self, holder: str, reserved: int) -> None:
        """Set what `holder` is promised."""
        self.reserved += reserved - self.holders.get(holder, 0)
        if reserved:
            self.holders[holder] = reserved
        else:
            self.holders.pop(holder, None)

    def wait(self, promise: Promise, backordered: int) -> None:
        """Set what an order waits for, and its place in the queue."""
        before = self.waiting.get(promise.order_id, 0)
        self.backordered += backordered - before
        if backordered:
            self.waiting[promise.order_id] = backordered
            if not before:
                insort(self.queue, promise)
        elif before:
            del self.waiting[promise.order_id]
            place = bisect_left(self.queue, promise)
            assert self.queue[place] == promise, f"{promise} is not in the queue"
            del self.queue[place]

    def next_served(self, freed: int, *, but_not: str = "") -> Iterator[tuple[str, int]]:
        """Who of the queue gets how much of `freed` units, oldest promise first."""
        for promise in self.queue:
            if freed <= 0:
                return
            if promise.order_id != but_not:
                share = min(freed, self.waiting[promise.order_id])
                freed -= share
                yield promise.order_id, share

    def picks(self, sku: str, warehouse: str, quantity: int, unsellable: frozenset[str]) -> Iterator[Pick]:
        """Where `quantity` units leave from: the places that were counted as available, in order of name.

        A bin-exact allocation replaces this order once a floor has made one.
        """
        for place in sorted(self.bins):
            if quantity <= 0:
                return
            if place.location not in unsellable:
                there = self.bins[place]
                taken = min(quantity, there)
                quantity -= taken
                yield Pick(sku, warehouse, place.location, place.lot, taken, there)
        assert quantity <= 0, f"{quantity} of {sku} promised in {warehouse} are in no sellable place"


@dataclass(slots=True)
class StockItem:
    """A SKU: its product and its stock by warehouse."""

    product: Product
    version: int
    sites: dict[str, SiteStock] = field(default_factory=dict)

    def site(self, warehouse: str) -> SiteStock:
        """The stock in a warehouse, made when it is first needed."""
        found = self.sites.get(warehouse)
        if found is None:
            found = self.sites[warehouse] = SiteStock()
        return found

    def available(self, warehouse: str) -> int:
        """Units that may be promised from a warehouse."""
        found = self.sites.get(warehouse)
        return found.available if found is not None else 0

    def level(self, as_of: int, unsellable: frozenset[tuple[str, str]]) -> Level:
        """Every quantity, for the read model and for people."""
        sites = []
        for warehouse, site in sorted(self.sites.items()) if len(self.sites) > 1 else self.sites.items():
            bins = site.bin_levels
            if bins is None:
                bins = site.bin_levels = tuple(
                    [
                        BinLevel(place.location, place.lot, units, units if (warehouse, place.location) in unsellable else 0)
                        for place, units in site.bins.items()
                    ]
                )
            sites.append(SiteLevel(warehouse, site.on_hand, site.on_hold, site.reserved, site.backordered, bins))
        return Level(self.product.sku, as_of, tuple(sites))
