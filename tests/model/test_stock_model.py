"""One inventory shard against a model of a few dictionaries: whatever is asked, repeated, replayed or restored.

`SKULD_MODEL_EXAMPLES=10000 pytest tests/model/test_stock_model.py` looks longer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.inventory import commands
from actors.inventory.goods import DEFAULT_LOCATION, QUARANTINE_LOCATION, Location, Product, Warehouse
from actors.inventory.refusals import Superseded
from actors.inventory.shard import InventoryShard
from actors.kernel.machine import broken_invariants
from actors.kernel.messages import Command, Event, Message, OwnerName, Refusal
from actors.kernel.routing import OrderShards
from tests.model.profiles import model_settings
from tests.model.stock_reference import NotToBeHad, ReferenceStock

SKUS = ("apple", "pear")
WAREHOUSES = ("main", "north")
PLACES = (DEFAULT_LOCATION, "shelf", QUARANTINE_LOCATION)
ORDERS = ("main-1", "main-2", "main-3", "north-1")
BASKETS = ("b1", "b2", "b3")

skus = st.sampled_from(SKUS)
warehouses = st.sampled_from(["main", "main", "main", "north"])
places = st.sampled_from(PLACES)
orders = st.sampled_from(ORDERS)
baskets = st.sampled_from(BASKETS)
few = st.integers(1, 6)
wishes = st.dictionaries(skus, st.integers(1, 6), max_size=2)


def fresh_shard() -> InventoryShard:
    """An empty shard."""
    return InventoryShard(OwnerName("inventory-0"), OrderShards(2))


class StockModel(RuleBasedStateMachine):
    """The shard and the reference do the same; then they must be the same."""

    def __init__(self) -> None:
        super().__init__()
        self.shard = fresh_shard()
        self.reference = ReferenceStock()
        self.base: list[Message] = []
        self.recorded: list[Event] = []
        self.done: list[Command] = []
        self.now = 1_000
        self.next_op = 0

    @initialize()
    def open_shop(self) -> None:
        self._carry_out(commands.PutWarehouse("north", 0, "test", Warehouse("north", "north")))
        for warehouse in WAREHOUSES:
            self._carry_out(commands.PutLocation(f"{warehouse}/shelf", 0, "test", Location("shelf", warehouse)))
        for sku in SKUS:
            self._carry_out(commands.PutProduct(sku, 0, "test", Product(sku, sku)))

    # ── both do the same ────────────────────────────────────────────────────────────────────────────────────────────
    def _op(self) -> str:
        self.next_op += 1
        return f"op-{self.next_op}"

    def _do(self, command: Command, on_paper: Callable[[], None]) -> None:
        """Expect the same of both: done, or refused."""
        for due in self.shard.due(self.now):
            self._carry_out(due)
        self.reference.expire(self.now)
        outcome = self._carry_out(command)
        try:
            on_paper()
        except NotToBeHad:
            assert isinstance(outcome, Refusal), f"{command} was carried out: {outcome}"
        else:
            assert not isinstance(outcome, Refusal) or isinstance(outcome, Superseded), f"{command}: {outcome}"

    def _carry_out(self, command: Command) -> Any:
        outcome = self.shard.decide(command, self.now)
        if not isinstance(outcome, Refusal):
            for event in outcome:
                self.shard.apply(event)
                self.recorded.append(event)
            if outcome:
                self.done.append(command)
        return outcome

    # ── orders ──────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(
        order=orders,
        step=st.integers(-1, 2),
        wanted=wishes,
        shortage=st.sampled_from(["refuse", "backorder", "drop"]),
        promised_at=st.integers(0, 2),
        priority=st.integers(0, 1),
        twice=st.booleans(),
    )
    def reserve(
        self, order: str, step: int, wanted: dict[str, int], shortage: str, promised_at: int, priority: int, twice: bool
    ) -> None:
        warehouse = order.split("-")[0]
        revision = max(1, self.reference.revisions.get(order, 0) + step)
        on_paper = {(sku, warehouse): units * (2 if twice else 1) for sku, units in wanted.items()}
        lines = tuple(commands.Wanted(sku, units, warehouse) for sku, units in wanted.items()) * (2 if twice else 1)
        self._do(
            commands.Reserve(f"{order}:{revision}", order, revision, promised_at, priority, shortage, lines),
            lambda: self.reference.reserve(order, revision, (promised_at, -priority), shortage, on_paper),
        )

    @rule(order=orders, step=st.integers(-1, 2))
    def release(self, order: str, step: int) -> None:
        revision = max(1, self.reference.revisions.get(order, 0) + step)
        self._do(commands.Release(f"{order}:{revision}", order, revision), lambda: self.reference.release(order, revision))

    @rule(order=orders, step=st.integers(-1, 2))
    def ship(self, order: str, step: int) -> None:
        revision = max(1, self.reference.revisions.get(order, 0) + step)
        self._do(commands.Ship(f"{order}:{revision}", order, revision), lambda: self.reference.ship(order, revision))

    @rule(order=orders, sku=skus)
    def force_release(self, order: str, sku: str) -> None:
        command = commands.ForceRelease(self._op(), 0, "boss", order, sku, "recall")
        self._do(command, lambda: self.reference.force_release(order, sku))

    # ── counts ──────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(sku=skus, warehouse=warehouses, place=places, units=st.integers(-6, 8).filter(bool))
    def adjust(self, sku: str, warehouse: str, place: str, units: int) -> None:
        command = commands.Adjust(self._op(), 0, "test", sku, units, "correction", warehouse, place)
        self._do(command, lambda: self.reference.adjust(sku, warehouse, place, units))

    @rule(sku=skus, warehouse=warehouses, source=places, to=places, units=few)
    def move(self, sku: str, warehouse: str, source: str, to: str, units: int) -> None:
        command = commands.Move(self._op(), 0, "test", sku, units, source, to, warehouse)
        self._do(command, lambda: self.reference.move(sku, warehouse, source, to, units))

    # ── holds ───────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(basket=baskets, sku=skus, warehouse=warehouses, units=few, ttl_ms=st.integers(1, 10))
    def hold(self, basket: str, sku: str, warehouse: str, units: int, ttl_ms: int) -> None:
        command = commands.Hold(self._op(), 0, "test", basket, sku, units, ttl_ms, warehouse, "somebody")
        self._do(command, lambda: self.reference.hold(basket, sku, warehouse, units, self.now + ttl_ms))

    @rule(basket=baskets, ttl_ms=st.integers(1, 10))
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
    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def repeat_an_old_command(self, data: st.DataObject) -> None:
        self._do(data.draw(st.sampled_from(self.done)), lambda: None)

    @rule()
    def crash_and_replay(self) -> None:
        before, self.shard = self.shard, self._rebuilt()
        assert list(self.shard.snapshot()) == list(before.snapshot())
        assert self.shard.active_holds == before.active_holds

    @rule()
    def restore_a_snapshot(self) -> None:
        self.base, self.recorded = list(self.shard.snapshot()), []
        self.shard = self._rebuilt()
        assert list(self.shard.snapshot()) == self.base

    def _rebuilt(self) -> InventoryShard:
        shard = fresh_shard()
        for record in self.base:
            shard.restore(record)
        for event in self.recorded:
            shard.apply(event)
        return shard

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
    def what_holds_nothing_is_closed(self) -> None:
        for order, held in self.shard.reservations.items():
            assert held.closed == (not any(line.holds for line in held.lines)) == (order in self.shard.closed)


TestStock = StockModel.TestCase
TestStock.settings = model_settings(examples=150, steps=40)
