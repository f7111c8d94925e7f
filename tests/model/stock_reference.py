"""Stock as a person would keep it on paper: a few dictionaries, no speed, no history. The shard must agree with it.

Where goods may come from several warehouses the shard chooses, and paper only says whether it may choose so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from actors.inventory.refusals import (
    InsufficientStock,
    NothingReserved,
    ReservationEnded,
    Shortage,
    Superseded,
    UnknownReservation,
)
from actors.kernel.messages import KeyReused, Refusal

UNSELLABLE = frozenset({"quarantine"})

Place = tuple[str, str]
"""A SKU in a warehouse."""


class NotToBeHad(Exception):
    """The model says no, in these words, and nothing has changed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


@dataclass
class Cell:
    """One SKU in one warehouse."""

    places: dict[str, int] = field(default_factory=dict)
    promised: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    shipped: dict[str, int] = field(default_factory=dict)

    def free(self) -> int:
        """Units in sellable places that nobody is promised."""
        return sum(n for place, n in self.places.items() if place not in UNSELLABLE) - sum(self.promised.values())

    def take_out(self, units: int) -> None:
        """Units leave, from the first sellable places by name."""
        for place in sorted(self.places):
            if place not in UNSELLABLE:
                taken = min(units, self.places[place])
                self.places[place] -= taken
                units -= taken
        assert units == 0


@dataclass
class Basket:
    """A hold."""

    sku: str
    warehouse: str
    units: int
    ends: int
    state: str = "active"


@dataclass
class ReferenceStock:
    """All cells, and what orders and baskets have of them."""

    cells: dict[Place, Cell] = field(default_factory=dict)
    wanted: dict[str, dict[str, int]] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    rank: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    baskets: dict[str, Basket] = field(default_factory=dict)

    def cell(self, sku: str, warehouse: str) -> Cell:
        """A SKU in a warehouse."""
        return self.cells.setdefault((sku, warehouse), Cell())

    def _fill(self, cell: Cell, but_not: str = "") -> None:
        """Give what is free to those who wait, oldest promise first."""
        for order in sorted(cell.waiting, key=self.rank.__getitem__):
            units = min(cell.free(), cell.waiting[order])
            if units > 0 and order != but_not:
                cell.promised[order] = cell.promised.get(order, 0) + units
                cell.waiting[order] -= units
        cell.waiting = {order: units for order, units in cell.waiting.items() if units}

    def _break(self, cell: Cell) -> None:
        """Take back promises that nothing stands behind: baskets, then the newest orders; a basket goes as a whole."""
        broken_baskets = False
        for basket in sorted((key for key in cell.promised if key in self.baskets), reverse=True):
            if cell.free() < 0:
                del cell.promised[basket]
                self.baskets[basket].state = "cancelled"
                broken_baskets = True
        for order in sorted((key for key in cell.promised if key in self.rank), key=self.rank.__getitem__, reverse=True):
            lost = min(-cell.free(), cell.promised[order])
            if lost > 0:
                cell.promised[order] -= lost
                cell.waiting[order] = cell.waiting.get(order, 0) + lost
        cell.promised = {holder: units for holder, units in cell.promised.items() if units}
        if broken_baskets and cell.free() > 0:
            self._fill(cell)

    # ── orders ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def _is_newer(self, order: str, revision: int) -> bool:
        """Whether this is news; what a newer revision has overtaken is refused."""
        known = self.revisions.get(order, 0)
        if revision < known:
            raise NotToBeHad(Superseded(order, known))
        return revision > known

    def reserve(
        self,
        order: str,
        revision: int,
        rank: tuple[int, int],
        shortage: str,
        wanted: dict[str, int],
        among: Collection[str],
        choice: Callable[[], dict[Place, tuple[int, int]]],
    ) -> None:
        """Make what an order has equal to what it wants, from the warehouses `among` which the shard may choose.

        How much it is promised of a SKU and waits for is decided here; the shard's `choice` of where must keep to it.
        """
        if not self._is_newer(order, revision):
            return
        shares = self._shares(order, shortage, wanted, among)
        self.revisions[order], self.rank[order], self.wanted[order] = revision, (*rank, order), wanted
        chosen = choice()
        for sku, share in shares.items():
            self._check_choice(order, sku, share, among, chosen)
        for key, cell in self.cells.items():
            promised, waiting = chosen.get(key, (0, 0))
            gives_back = promised < cell.promised.get(order, 0)
            cell.promised[order], cell.waiting[order] = promised, waiting
            cell.promised = {holder: units for holder, units in cell.promised.items() if units}
            cell.waiting = {other: units for other, units in cell.waiting.items() if units}
            if gives_back:
                self._fill(cell, but_not=order)

    def _shares(self, order: str, shortage: str, wanted: dict[str, int], among: Collection[str]) -> dict[str, tuple[int, int]]:
        """Units promised and waited for, by SKU: what it has stays, what is free is added, the rest is as `shortage` says."""
        shares: dict[str, tuple[int, int]] = {}
        short: list[Shortage] = []
        for sku in (*wanted, *(sku for sku in dict.fromkeys(sku for sku, _ in self.cells) if sku not in wanted)):
            mine = [cell for (name, _), cell in self.cells.items() if name == sku]
            keeps = min(sum(cell.promised.get(order, 0) for cell in mine), wanted.get(sku, 0))
            waits = min(sum(cell.waiting.get(order, 0) for cell in mine), wanted.get(sku, 0) - keeps)
            more = wanted.get(sku, 0) - keeps - waits
            got = min(more, sum(self.cell(sku, warehouse).free() for warehouse in among))
            if got < more:
                short.append(Shortage(sku, wanted.get(sku, 0), keeps + got))
            shares[sku] = keeps + got, waits + (more - got if shortage == "backorder" else 0)
        if short and shortage == "refuse":
            raise NotToBeHad(InsufficientStock(tuple(short)))
        return shares

    def _check_choice(
        self,
        order: str,
        sku: str,
        share: tuple[int, int],
        among: Collection[str],
        chosen: dict[Place, tuple[int, int]],
    ) -> None:
        """The places add up to the share; promises stay where they are; what is added is free, in a warehouse that may serve."""
        here = {warehouse: units for (name, warehouse), units in chosen.items() if name == sku}
        assert tuple(map(sum, zip(*here.values(), strict=True))) == share or (not here and share == (0, 0))
        before = {warehouse: cell for (name, warehouse), cell in self.cells.items() if name == sku}
        kept = sum(min(cell.promised.get(order, 0), here.get(name, (0, 0))[0]) for name, cell in before.items())
        assert kept == min(sum(cell.promised.get(order, 0) for cell in before.values()), share[0])
        for warehouse, (promised, waiting) in here.items():
            cell = self.cell(sku, warehouse)
            more = promised - cell.promised.get(order, 0)
            assert more <= 0 or (warehouse in among and more <= cell.free())
            assert waiting <= cell.waiting.get(order, 0) or warehouse in among

    def release(self, order: str, revision: int) -> None:
        """An order lets go of everything."""
        if not self._is_newer(order, revision):
            return
        self.revisions[order] = revision
        for cell in self.cells.values():
            cell.waiting.pop(order, None)
            if cell.promised.pop(order, 0):
                self._fill(cell)

    def ship(self, order: str, revision: int) -> None:
        """What an order is promised leaves."""
        if order not in self.revisions:
            raise NotToBeHad(UnknownReservation(order))
        if not self._is_newer(order, revision):
            return
        self.revisions[order] = revision
        for cell in self.cells.values():
            units = cell.promised.pop(order, 0)
            cell.take_out(units)
            if units:
                cell.shipped[order] = cell.shipped.get(order, 0) + units

    def force_release(self, order: str, sku: str) -> None:
        """An order's promise of a SKU becomes a backorder, in its old place; the units serve the others who wait now."""
        if order not in self.revisions or not any({**c.promised, **c.waiting}.get(order) for c in self.cells.values()):
            raise NotToBeHad(UnknownReservation(order))
        if not any(name == sku and cell.promised.get(order) for (name, _), cell in self.cells.items()):
            raise NotToBeHad(NothingReserved(order, sku))
        for (name, _), cell in self.cells.items():
            if name == sku and (units := cell.promised.pop(order, 0)):
                cell.waiting[order] = cell.waiting.get(order, 0) + units
                self._fill(cell, but_not=order)

    # ── counts ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def adjust(self, sku: str, warehouse: str, place: str, units: int) -> None:
        """Find or lose units."""
        cell = self.cell(sku, warehouse)
        if cell.places.get(place, 0) + units < 0:
            raise NotToBeHad(InsufficientStock((Shortage(sku, -units, cell.places.get(place, 0)),)))
        cell.places[place] = cell.places.get(place, 0) + units
        if place not in UNSELLABLE:
            self._fill(cell) if units > 0 else self._break(cell)

    def move(self, sku: str, warehouse: str, source: str, target: str, units: int) -> None:
        """Carry units from one place to another."""
        cell = self.cell(sku, warehouse)
        if cell.places.get(source, 0) < units:
            raise NotToBeHad(InsufficientStock((Shortage(sku, units, cell.places.get(source, 0)),)))
        cell.places[source] -= units
        cell.places[target] = cell.places.get(target, 0) + units
        if (source in UNSELLABLE) != (target in UNSELLABLE):
            self._fill(cell) if source in UNSELLABLE else self._break(cell)

    # ── holds ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def hold(self, basket: str, sku: str, among: Collection[str], units: int, ends: int, choice: Callable[[], str]) -> None:
        """Keep units for a basket, all in one of the warehouses `among`."""
        most = max(self.cell(sku, warehouse).free() for warehouse in among)
        if basket in self.baskets:
            raise NotToBeHad(KeyReused(basket))
        if most < units:
            raise NotToBeHad(InsufficientStock((Shortage(sku, units, most),)))
        warehouse = choice()
        assert warehouse in among
        assert self.cell(sku, warehouse).free() >= units
        self.cell(sku, warehouse).promised[basket] = units
        self.baskets[basket] = Basket(sku, warehouse, units, ends)

    def _basket(self, basket: str, *fine: str) -> Basket:
        """A basket in one of these states; others are over, or never were."""
        found = self.baskets.get(basket)
        if found is None:
            raise NotToBeHad(UnknownReservation(basket))
        if found.state not in fine:
            raise NotToBeHad(ReservationEnded(basket, found.state))
        return found

    def extend(self, basket: str, ends: int) -> None:
        """Let it end at another time."""
        self._basket(basket, "active").ends = ends

    def end_hold(self, basket: str, state: str) -> None:
        """Commit or release it."""
        found = self._basket(basket, "active", state)
        if found.state == "active":
            found.state = state
            cell = self.cell(found.sku, found.warehouse)
            units = cell.promised.pop(basket)
            cell.take_out(units) if state == "committed" else self._fill(cell)

    def expire(self, now: int) -> None:
        """End the holds whose time has come, all at once."""
        ended = [basket for basket in self.baskets.values() if basket.state == "active" and basket.ends <= now]
        for key, basket in self.baskets.items():
            if basket in ended:
                basket.state = "expired"
                self.cell(basket.sku, basket.warehouse).promised.pop(key, None)
        for basket in ended:
            self._fill(self.cell(basket.sku, basket.warehouse))
