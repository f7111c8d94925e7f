"""Stock as a person would keep it on paper: a few dictionaries, no speed, no history. The shard must agree with it."""

from __future__ import annotations

from dataclasses import dataclass, field

UNSELLABLE = frozenset({"quarantine"})


class NotToBeHad(Exception):
    """The model says no, and nothing has changed."""


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

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
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
    def reserve(
        self, order: str, revision: int, rank: tuple[int, int], shortage: str, wanted: dict[tuple[str, str], int]
    ) -> None:
        """Make what an order has equal to what it wants."""
        if revision <= self.revisions.get(order, 0):
            return
        plan: dict[tuple[str, str], tuple[int, int]] = {}
        for key in {**self.cells, **wanted}:
            cell = self.cell(*key)
            keeps = min(cell.promised.get(order, 0), wanted.get(key, 0))
            waits = min(cell.waiting.get(order, 0), wanted.get(key, 0) - keeps)
            more = wanted.get(key, 0) - keeps - waits
            got = min(more, max(0, cell.free()))
            if got < more and shortage == "refuse":
                raise NotToBeHad
            plan[key] = keeps + got, waits + (more - got if shortage == "backorder" else 0)
        self.revisions[order], self.rank[order] = revision, (*rank, order)
        for key, (promised, waiting) in plan.items():
            cell = self.cell(*key)
            gives_back = promised < cell.promised.get(order, 0)
            cell.promised[order], cell.waiting[order] = promised, waiting
            cell.promised = {holder: units for holder, units in cell.promised.items() if units}
            cell.waiting = {other: units for other, units in cell.waiting.items() if units}
            if gives_back:
                self._fill(cell, but_not=order)

    def release(self, order: str, revision: int) -> None:
        """An order lets go of everything."""
        if revision <= self.revisions.get(order, 0):
            return
        self.revisions[order] = revision
        for cell in self.cells.values():
            cell.waiting.pop(order, None)
            if cell.promised.pop(order, 0):
                self._fill(cell)

    def ship(self, order: str, revision: int) -> None:
        """What an order is promised leaves."""
        if order not in self.revisions:
            raise NotToBeHad
        if revision <= self.revisions[order]:
            return
        self.revisions[order] = revision
        for cell in self.cells.values():
            units = cell.promised.pop(order, 0)
            cell.take_out(units)
            if units:
                cell.shipped[order] = cell.shipped.get(order, 0) + units

    def force_release(self, order: str, sku: str) -> None:
        """An order's promise of a SKU becomes a backorder, behind all who wait now."""
        if order not in self.revisions or not any({**c.promised, **c.waiting}.get(order) for c in self.cells.values()):
            raise NotToBeHad
        for (name, _), cell in self.cells.items():
            if name == sku and (units := cell.promised.pop(order, 0)):
                cell.waiting[order] = cell.waiting.get(order, 0) + units
                self._fill(cell, but_not=order)

    # ── counts ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def adjust(self, sku: str, warehouse: str, place: str, units: int) -> None:
        """Find or lose units."""
        cell = self.cell(sku, warehouse)
        if cell.places.get(place, 0) + units < 0:
            raise NotToBeHad
        cell.places[place] = cell.places.get(place, 0) + units
        if place not in UNSELLABLE:
            self._fill(cell) if units > 0 else self._break(cell)

    def move(self, sku: str, warehouse: str, source: str, target: str, units: int) -> None:
        """Carry units from one place to another."""
        cell = self.cell(sku, warehouse)
        if cell.places.get(source, 0) < units:
            raise NotToBeHad
        cell.places[source] -= units
        cell.places[target] = cell.places.get(target, 0) + units
        if (source in UNSELLABLE) != (target in UNSELLABLE):
            self._fill(cell) if source in UNSELLABLE else self._break(cell)

    # ── holds ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def hold(self, basket: str, sku: str, warehouse: str, units: int, ends: int) -> None:
        """Keep units for a basket."""
        cell = self.cell(sku, warehouse)
        if basket in self.baskets or cell.free() < units:
            raise NotToBeHad
        cell.promised[basket] = units
        self.baskets[basket] = Basket(sku, warehouse, units, ends)

    def extend(self, basket: str, ends: int) -> None:
        """Let it end at another time."""
        if basket not in self.baskets or self.baskets[basket].state != "active":
            raise NotToBeHad
        self.baskets[basket].ends = ends

    def end_hold(self, basket: str, state: str) -> None:
        """Commit or release it."""
        found = self.baskets.get(basket)
        if found is None or found.state not in {"active", state}:
            raise NotToBeHad
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
