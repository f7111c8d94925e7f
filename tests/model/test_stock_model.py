"""One inventory shard against a model of a few dictionaries: whatever is asked, repeated, replayed or restored.

`SKULD_MODEL_EXAMPLES=10000 pytest tests/model/test_stock_model.py` looks longer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.inventory import commands
from actors.inventory.events import Adjusted, HoldEnded, Shipped
from actors.inventory.goods import DEFAULT_LOCATION, QUARANTINE_LOCATION, Location, Product, Warehouse
from actors.inventory.refusals import Superseded, UnknownSku
from actors.inventory.shard import InventoryShard
from actors.kernel.entry import EntryCodec, Position, StoredEntry
from actors.kernel.machine import broken_invariants
from actors.kernel.messages import Command, Event, Message, OwnerName, Refusal
from actors.kernel.routing import OrderShards
from tests.model.profiles import model_settings
from tests.model.stock_reference import UNSELLABLE, NotToBeHad, Place, ReferenceStock

SKUS: Final = ("apple", "pear")
WAREHOUSES: Final = ("main", "north")
OPENING_UNITS: Final = {DEFAULT_LOCATION: 4, "shelf": 1, QUARANTINE_LOCATION: 1}
CODEC: Final[EntryCodec[Any]] = EntryCodec(InventoryShard.event_types)

# Most happens to one SKU in one place, so that what is done there meets what was done before.
skus = st.sampled_from(["apple", "apple", "apple", "pear"])
warehouses = st.sampled_from(["main", "main", "main", "north"])
choices = st.sampled_from(["main", "main", "", "north"])
places = st.sampled_from([DEFAULT_LOCATION, DEFAULT_LOCATION, "shelf", QUARANTINE_LOCATION])
orders = st.sampled_from(["o1", "o2", "o3", "o4"])
baskets = st.sampled_from(["b1", "b2", "b3", "b4", "b5", "b6"])
few = st.integers(1, 6)
wishes = st.dictionaries(skus, few, max_size=2)
steps = st.sampled_from([1, 1, 1, 2, 0, -1])
"""From the newest revision of an order to that of the next command: most are new, some late."""


class StockModel(RuleBasedStateMachine):
    """The shard and the reference do the same; then they must be the same."""

    def __init__(self) -> None:
        super().__init__()
        self.shard = _fresh_shard()
        self.reference = ReferenceStock()
        self.base: list[Message] = []
        self.recorded: list[Event] = []
        self.accepted: list[tuple[Command, bool]] = []
        """Commands that were not refused, and whether there was anything to do."""
        self.idle: set[Place] = set()
        """Where a forced release freed goods in front of the order it took them from, until more come in."""
        self.now = 1_000
        self.next_op = 0

    @initialize()
    def open_shop(self) -> None:
        self._do(commands.PutWarehouse("north", 0, "test", Warehouse("north", "north")))
        for warehouse in WAREHOUSES:
            self._do(commands.PutLocation(f"{warehouse}/shelf", 0, "test", Location("shelf", warehouse)))
        for sku in SKUS:
            self._do(commands.PutProduct(sku, 0, "test", Product(sku, sku)))
            for warehouse in WAREHOUSES:
                for place, units in OPENING_UNITS.items():
                    self.adjust(sku, warehouse, place, units)

    # ── both do the same ────────────────────────────────────────────────────────────────────────────────────────────
    def _op(self) -> str:
        self.next_op += 1
        return f"op-{self.next_op}"

    def _revision(self, order: str, step: int) -> int:
        return max(1, self.reference.revisions.get(order, 0) + step)

    def _do(self, command: Command, on_paper: Callable[[], None] = lambda: None) -> Sequence[Event] | Refusal:
        """Expect the same of both: done, or refused in the same words."""
        self._sweep()
        outcome = self._carry_out(command)
        expected = _refusal(on_paper)
        assert (outcome if isinstance(outcome, Refusal) else None) == expected, f"{command}: {outcome}"
        if expected is None:
            self.accepted.append((command, bool(outcome)))
        return outcome

    def _sweep(self) -> None:
        for due in self.shard.due(self.now):
            self._carry_out(due)
        self.reference.expire(self.now)

    def _carry_out(self, command: Command) -> Sequence[Event] | Refusal:
        outcome = self.shard.decide(command, self.now)
        if not isinstance(outcome, Refusal):
            for event in outcome:
                self._check_picks(event)
                self.shard.apply(event)
                self.recorded.append(event)
        return outcome

    def _check_picks(self, event: Event) -> None:
        """The ledger says where goods left and what was there before; goods on hold do not leave."""
        if isinstance(event, Shipped | HoldEnded):
            for pick in event.picks:
                assert pick.location not in UNSELLABLE
                assert pick.before == self.reference.cell(pick.sku, pick.warehouse).places[pick.location] >= pick.quantity

    # ── orders ──────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(
        order=orders,
        step=steps,
        wanted=wishes,
        warehouse=choices,
        shortage=st.sampled_from(["refuse", "backorder", "drop"]),
        promised_at=st.integers(0, 3),
        priority=st.integers(0, 1),
        twice=st.booleans(),
    )
    def reserve(
        self,
        order: str,
        step: int,
        wanted: dict[str, int],
        warehouse: str,
        shortage: str,
        promised_at: int,
        priority: int,
        twice: bool,
    ) -> None:
        revision = self._revision(order, step)
        lines = tuple(commands.Wanted(sku, units, warehouse) for sku, units in wanted.items()) * (2 if twice else 1)
        on_paper = {sku: units * (2 if twice else 1) for sku, units in wanted.items()}
        among = [warehouse] if warehouse else WAREHOUSES
        rank = (promised_at, -priority)
        self._do(
            commands.Reserve(f"{order}:{revision}", order, revision, promised_at, priority, shortage, lines),
            lambda: self.reference.reserve(order, revision, rank, shortage, on_paper, among, lambda: self._places_of(order)),
        )

    def _places_of(self, order: str) -> dict[Place, tuple[int, int]]:
        """Where the shard has what it promised to an order, and lets it wait."""
        lines = self.shard.reservations[order].lines
        return {(line.sku, line.warehouse): (line.reserved, line.backordered) for line in lines}

    @rule(order=orders, step=steps)
    def release(self, order: str, step: int) -> None:
        revision = self._revision(order, step)
        self._do(commands.Release(f"{order}:{revision}", order, revision), lambda: self.reference.release(order, revision))

    @rule(order=orders, step=steps)
    def ship(self, order: str, step: int) -> None:
        revision = self._revision(order, step)
        self._do(commands.Ship(f"{order}:{revision}", order, revision), lambda: self.reference.ship(order, revision))

    @rule(order=orders, sku=skus)
    def force_release(self, order: str, sku: str) -> None:
        command = commands.ForceRelease(self._op(), 0, "boss", order, sku, "recall")
        if not isinstance(self._do(command, lambda: self.reference.force_release(order, sku)), Refusal):
            self.idle |= {(sku, warehouse) for warehouse in WAREHOUSES}

    @rule(order=orders)
    def the_order_shard_hears_of_a_change(self, order: str) -> None:
        for notice in self.shard.outgoing(order):
            heard = self.shard.hear(notice, UnknownSku(()), certain=True)
            assert heard is not None
            self._do(heard)
        assert not self.shard.outgoing(order)

    # ── counts ──────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(sku=skus, warehouse=warehouses, place=places, units=st.integers(-6, 8).filter(bool))
    def adjust(self, sku: str, warehouse: str, place: str, units: int) -> None:
        command = commands.Adjust(self._op(), 0, "test", sku, units, "correction", warehouse, place, tell_level=True)
        self._do(command, lambda: self.reference.adjust(sku, warehouse, place, units))
        if (done := self.shard.ops.get(command.op_id)) is not None:
            assert isinstance(done, Adjusted)
            assert done.level == self.shard.items[sku].level(done.at, self.shard.unsellable)
        if units > 0 and place not in UNSELLABLE:
            self.idle.discard((sku, warehouse))

    @rule(sku=skus, warehouse=warehouses, source=places, to=places, units=few)
    def move(self, sku: str, warehouse: str, source: str, to: str, units: int) -> None:
        command = commands.Move(self._op(), 0, "test", sku, units, source, to, warehouse)
        self._do(command, lambda: self.reference.move(sku, warehouse, source, to, units))

    # ── holds ───────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(basket=baskets, sku=skus, warehouse=choices, units=few, ttl_ms=st.integers(1, 60))
    def hold(self, basket: str, sku: str, warehouse: str, units: int, ttl_ms: int) -> None:
        command = commands.Hold(self._op(), 0, "test", basket, sku, units, ttl_ms, warehouse, "somebody")
        among, ends = [warehouse] if warehouse else WAREHOUSES, self.now + ttl_ms
        self._do(
            command,
            lambda: self.reference.hold(basket, sku, among, units, ends, lambda: self.shard.baskets[basket].warehouse),
        )

    @rule(basket=baskets, ttl_ms=st.integers(1, 60))
    def extend(self, basket: str, ttl_ms: int) -> None:
        command = commands.ExtendHold(self._op(), 0, "test", basket, ttl_ms)
        self._do(command, lambda: self.reference.extend(basket, self.now + ttl_ms))

    @rule(basket=baskets, state=st.sampled_from(["committed", "released"]))
    def end_hold(self, basket: str, state: str) -> None:
        command = commands.EndHold(self._op(), 0, "test", basket, state)
        self._do(command, lambda: self.reference.end_hold(basket, state))

    @rule(ms=st.integers(1, 20))
    def time_passes(self, ms: int) -> None:
        self.now += ms

    # ── what must change nothing ────────────────────────────────────────────────────────────────────────────────────
    @precondition(lambda self: self.accepted)
    @rule(data=st.data())
    def repeat_an_old_command(self, data: st.DataObject) -> None:
        command, done = data.draw(st.sampled_from(self.accepted))
        self._sweep()
        outcome = self.shard.decide(command, self.now)
        assert isinstance(outcome, Refusal) or not outcome, f"{command} was carried out again: {outcome}"
        if isinstance(command, commands.Reserve | commands.Release | commands.Ship):
            newest = self.reference.revisions[command.order_id]
            overtaken = Superseded(command.order_id, newest)
            assert outcome == (overtaken if command.revision < newest else ())
        elif done:
            assert not isinstance(outcome, Refusal), f"{command} is refused now: {outcome}"

    @rule()
    def crash_and_replay(self) -> None:
        before, self.shard = self.shard, self._rebuilt()
        self._check_same(before)

    @rule()
    def restore_a_snapshot(self) -> None:
        before, self.base, self.recorded = self.shard, list(self.shard.snapshot()), []
        self.shard = self._rebuilt()
        self._check_same(before)

    def _rebuilt(self) -> InventoryShard:
        shard = _fresh_shard()
        for record in self.base:
            shard.restore(record)
        stored = StoredEntry(Position(1, 1), CODEC.encode(Position(1, 0), self.recorded))
        for event in CODEC.decode(stored).events:
            shard.apply(event)
        return shard

    def _check_same(self, before: InventoryShard) -> None:
        assert list(self.shard.snapshot()) == list(before.snapshot())
        assert _essence(self.shard) == _essence(before)
        assert self.shard.due(self.now) == before.due(self.now)
        assert sorted(self.shard.unfinished()) == sorted(before.unfinished())

    # ── what must always hold ───────────────────────────────────────────────────────────────────────────────────────
    @invariant()
    def nothing_is_oversold_and_everything_adds_up(self) -> None:
        assert broken_invariants(self.shard) == []

    @invariant()
    def both_say_the_same(self) -> None:
        for (sku, warehouse), cell in self.reference.cells.items():
            item = self.shard.items.get(sku)
            site = item.sites.get(warehouse) if item is not None else None
            if site is None:
                assert (any(cell.places.values()), cell.promised, cell.waiting) == (False, {}, {})
                continue
            assert {place.location: units for place, units in site.bins.items()} == {k: n for k, n in cell.places.items() if n}
            assert (site.holders, site.waiting) == (cell.promised, cell.waiting)
            assert site.available == cell.free() >= 0
            for order, units in cell.shipped.items():
                lines = [
                    line for line in self.shard.reservations[order].lines if (line.sku, line.warehouse) == (sku, warehouse)
                ]
                assert sum(line.shipped for line in lines) == units
        states = {key: basket.state for key, basket in self.shard.baskets.items()}
        assert states == {key: basket.state for key, basket in self.reference.baskets.items()}

    @invariant()
    def nobody_waits_for_what_is_there(self) -> None:
        for sku, item in self.shard.items.items():
            for warehouse, site in item.sites.items():
                assert not (site.waiting and site.available) or (sku, warehouse) in self.idle, (sku, warehouse)

    @invariant()
    def nothing_is_held_beyond_what_was_wanted(self) -> None:
        for order, held in self.shard.reservations.items():
            for sku in SKUS:
                holds = sum(line.holds for line in held.lines if line.sku == sku)
                assert holds <= self.reference.wanted.get(order, {}).get(sku, 0)

    @invariant()
    def what_holds_nothing_is_closed(self) -> None:
        for order, held in self.shard.reservations.items():
            assert held.closed == (not any(line.holds for line in held.lines)) == (order in self.shard.closed)


def _refusal(on_paper: Callable[[], None]) -> Refusal | None:
    """Why the reference says no, if it does."""
    try:
        on_paper()
    except NotToBeHad as no:
        return no.refusal
    return None


def _fresh_shard() -> InventoryShard:
    return InventoryShard(OwnerName("inventory-0"), OrderShards(2))


def _essence(shard: InventoryShard) -> tuple[object, ...]:
    """The state without the order in which dictionaries came to hold it, but with every order that means something."""
    items = {
        (sku, warehouse): (site.bins, site.holders, site.waiting, site.queue, site.on_hand, site.on_hold, site.available)
        for sku, item in shard.items.items()
        for warehouse, site in item.sites.items()
        if site.bins or site.holders or site.waiting
    }
    return items, shard.reservations, shard.baskets, list(shard.closed), list(shard.ops.items()), shard.active_holds


TestStock = StockModel.TestCase
TestStock.settings = model_settings(examples=200, steps=40)
