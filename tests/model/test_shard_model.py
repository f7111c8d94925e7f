"""One inventory shard against a simple model: whatever is asked, repeated, replayed or restored, no unit is promised twice.

The model knows nothing of bins, queues or versions. It knows what every place holds, who was promised how much, and
who waits; what a command may change in those follows from its events, and from nothing else.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.inventory import commands
from actors.inventory.events import HoldEnded, Rebalanced, Shipped
from actors.inventory.goods import Location, Product, Warehouse
from actors.inventory.refusals import InsufficientStock, ReservationEnded, Shortage, Superseded, UnknownReservation, UnknownSku
from actors.inventory.shard import InventoryShard
from actors.kernel.entry import EntryCodec, Position
from actors.kernel.entry import StoredEntry as Stored
from actors.kernel.machine import broken_invariants
from actors.kernel.messages import Command, Event, KeyReused, Message, OwnerName, Refusal
from actors.kernel.routing import OrderShards
from tests.model.world import NOW

SKUS: Final = ("apple", "pear")
WAREHOUSES: Final = ("main", "north")
PLACES: Final = ("stock", "quarantine", "shelf")
SELLABLE: Final = ("stock", "shelf")
ORDERS: Final = tuple(f"o{number}" for number in range(5))
BASKETS: Final = tuple(f"b{number}" for number in range(15))

# Most happens to one SKU in one place, so that what is done there meets what was done before.
skus = st.sampled_from(("apple", "apple", "apple", "pear"))
warehouses = st.sampled_from(("main", "main", "main", "north"))
choices = st.sampled_from(("main", "main", "", "north"))
places = st.sampled_from(("stock", "stock", "stock", "quarantine", "shelf"))
orders = st.sampled_from(ORDERS)
baskets = st.sampled_from(BASKETS)
units = st.integers(1, 6)


class ShardModel(RuleBasedStateMachine):
    """A shard, the commands it was given with their answers, and what the model thinks there is."""

    def __init__(self) -> None:
        super().__init__()
        self.shard = _fresh()
        self.recorded: list[Event] = []
        self.given: list[tuple[Command, Message | None]] = []
        self.revisions: Counter[str] = Counter()
        self.now = NOW
        self.there: Counter[tuple[str, str, str]] = Counter()
        self.active: dict[str, tuple[str, str, int, int]] = {}
        self.wanted: dict[str, dict[str, int]] = {}
        self.gone: Counter[str] = Counter()
        self.idle: set[tuple[str, str]] = set()
        """Where a forced release freed goods in front of the order it took them from, until more come in."""
        self.restored = False
        self._ops = 0

    # ── doing ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def _do(self, command: Command) -> Sequence[Event] | Refusal:
        """As the kernel does: first what is due, then the command; deciding changes nothing."""
        for due in self.shard.due(self.now):
            self._carry_out(due)
        self.active = {key: basket for key, basket in self.active.items() if basket[3] > self.now}
        outcome = self._carry_out(command)
        answer = outcome if isinstance(outcome, Refusal) else self.shard.answer(command)
        self.given.append((command, answer))
        return outcome

    def _carry_out(self, command: Command) -> Sequence[Event] | Refusal:
        outcome = self.shard.decide(command, self.now)
        if not isinstance(outcome, Refusal):
            for event in outcome:
                self.shard.apply(event)
                self.recorded.append(event)
                self._note(event)
        return outcome

    def _note(self, event: Event) -> None:
        """What the model learns from an event: goods that moved, baskets that ended because goods were missing."""
        if isinstance(event, Shipped | HoldEnded):
            for pick in event.picks:
                assert pick.location in SELLABLE, "goods on hold do not ship"
                assert self.there[pick.sku, pick.warehouse, pick.location] == pick.before
                self.there[pick.sku, pick.warehouse, pick.location] -= pick.quantity
                self.gone[pick.sku] += pick.quantity
        if isinstance(event, HoldEnded) and event.state == "cancelled":
            del self.active[event.reservation_id]

    def _op(self) -> str:
        self._ops += 1
        return f"op-{self._ops}"

    def _available(self, sku: str, warehouse: str) -> int:
        """By the model's own figures: what sellable places hold, less what reservations and baskets have."""
        have = sum(self.there[sku, warehouse, place] for place in SELLABLE)
        for held in self.shard.reservations.values():
            have -= sum(line.reserved for line in held.lines if (line.sku, line.warehouse) == (sku, warehouse))
        return have - sum(b[2] for b in self.active.values() if b[:2] == (sku, warehouse))

    def _newest_promises_broke(self, sku: str, warehouse: str, events: Sequence[Event]) -> None:
        """Whose promise broke: nobody with a newer one kept any of it, and no basket did."""
        for event in events:
            if isinstance(event, Rebalanced) and event.quantity < 0:
                assert not any(basket[:2] == (sku, warehouse) for basket in self.active.values())
                broken = self.shard.reservations[event.order_id].promise(event.order_id)
                for order, held in self.shard.reservations.items():
                    kept = any(line.reserved for line in held.lines if (line.sku, line.warehouse) == (sku, warehouse))
                    assert not kept or held.promise(order) <= broken

    # ── rules ───────────────────────────────────────────────────────────────────────────────────────────────────────
    @initialize()
    def open(self) -> None:
        for sku in SKUS:
            self._do(commands.PutProduct(self._op(), 0, "test", Product(sku, sku)))
        self._do(commands.PutWarehouse(self._op(), 0, "test", Warehouse("north", "North")))
        for warehouse in WAREHOUSES:
            self._do(commands.PutLocation(self._op(), 0, "test", Location("shelf", warehouse)))
            for sku in SKUS:
                self.adjust(sku, warehouse, "stock", 4)

    @rule(sku=skus, warehouse=warehouses, place=places, quantity=st.integers(-6, 6).filter(bool))
    def adjust(self, sku: str, warehouse: str, place: str, quantity: int) -> None:
        before = self.there[sku, warehouse, place]
        if before + quantity >= 0:
            self.there[sku, warehouse, place] += quantity
        outcome = self._do(commands.Adjust(self._op(), 0, "test", sku, quantity, "correction", warehouse, place))
        if before + quantity < 0:
            assert outcome == InsufficientStock((Shortage(sku, -quantity, before),))
        else:
            assert not isinstance(outcome, Refusal)
            self._newest_promises_broke(sku, warehouse, outcome)
        if quantity > 0 and place in SELLABLE:
            self.idle.discard((sku, warehouse))

    @rule(sku=skus, warehouse=warehouses, source=places, to=places, quantity=units)
    def move(self, sku: str, warehouse: str, source: str, to: str, quantity: int) -> None:
        enough = self.there[sku, warehouse, source] >= quantity
        outcome = self._do(commands.Move(self._op(), 0, "test", sku, quantity, source, to, warehouse))
        assert isinstance(outcome, Refusal) != enough
        if not isinstance(outcome, Refusal):
            self._newest_promises_broke(sku, warehouse, outcome)
            self.there[sku, warehouse, source] -= quantity
            self.there[sku, warehouse, to] += quantity

    @rule(
        order=orders,
        lines=st.dictionaries(skus, units, min_size=1),
        warehouse=choices,
        shortage=st.sampled_from(("refuse", "backorder", "drop")),
        promised_at=st.integers(0, 3),
    )
    def reserve(self, order: str, lines: dict[str, int], warehouse: str, shortage: str, promised_at: int) -> None:
        self.revisions[order] += 1
        revision = self.revisions[order]
        wanted = tuple(commands.Wanted(sku, quantity, warehouse) for sku, quantity in lines.items())
        outcome = self._do(commands.Reserve(f"{order}:{revision}", order, revision, promised_at, 0, shortage, wanted))
        if isinstance(outcome, Refusal):
            assert isinstance(outcome, InsufficientStock)
            assert shortage == "refuse"
            return
        self.wanted[order] = lines
        got = self._held(order)
        for sku, quantity in lines.items():
            has = sum(got.get(sku, (0, 0)))
            assert has == quantity or (has < quantity and shortage == "drop")
        assert set(got) - set(lines) <= {sku for sku in got if not any(got[sku])}

    @rule(order=orders)
    def release(self, order: str) -> None:
        self.revisions[order] += 1
        revision = self.revisions[order]
        assert not isinstance(self._do(commands.Release(f"{order}:{revision}", order, revision)), Refusal)
        assert not any(any(units) for units in self._held(order).values())

    @rule(order=orders)
    def ship(self, order: str) -> None:
        before = {sku: reserved for sku, (reserved, _) in self._held(order).items()}
        gone = Counter(self.gone)
        self.revisions[order] += 1
        revision = self.revisions[order]
        outcome = self._do(commands.Ship(f"{order}:{revision}", order, revision))
        if isinstance(outcome, Refusal):
            assert outcome == UnknownReservation(order)
            self.revisions[order] -= 1
            return
        assert self.gone - gone == +Counter(before), "what was reserved left, and nothing else"

    @rule(basket=baskets, sku=skus, warehouse=choices, quantity=units, ttl_ms=st.integers(1, 60))
    def hold(self, basket: str, sku: str, warehouse: str, quantity: int, ttl_ms: int) -> None:
        known = basket in self.shard.baskets
        outcome = self._do(commands.Hold(self._op(), 0, "test", basket, sku, quantity, ttl_ms, warehouse, "ann"))
        if known:
            assert outcome == KeyReused(basket)
        elif isinstance(outcome, Refusal):
            assert isinstance(outcome, InsufficientStock)
            assert all(self._available(sku, name) < quantity for name in ([warehouse] if warehouse else WAREHOUSES))
        else:
            held = self.shard.baskets[basket]
            assert self._available(sku, held.warehouse) >= quantity
            self.active[basket] = (sku, held.warehouse, quantity, self.now + ttl_ms)

    @rule(basket=baskets, state=st.sampled_from(("committed", "released")))
    def end_hold(self, basket: str, state: str) -> None:
        self._sweep()
        had = self.active.get(basket)
        gone = Counter(self.gone)
        outcome = self._do(commands.EndHold(self._op(), 0, "test", basket, state))
        if had is None:
            assert outcome == () or isinstance(outcome, UnknownReservation | ReservationEnded)
            return
        del self.active[basket]
        assert self.gone - gone == (Counter({had[0]: had[2]}) if state == "committed" else Counter())

    @rule(basket=baskets, ttl_ms=st.integers(1, 60))
    def extend_hold(self, basket: str, ttl_ms: int) -> None:
        self._sweep()
        outcome = self._do(commands.ExtendHold(self._op(), 0, "test", basket, ttl_ms))
        assert isinstance(outcome, Refusal) == (basket not in self.active)
        if basket in self.active:
            self.active[basket] = (*self.active[basket][:3], self.now + ttl_ms)

    @rule(order=orders, sku=skus)
    def force_release(self, order: str, sku: str) -> None:
        outcome = self._do(commands.ForceRelease(self._op(), 0, "boss", order, sku, "recall"))
        if not isinstance(outcome, Refusal):
            assert self._held(order).get(sku, (0, 0))[0] == 0
            self.idle |= {(sku, warehouse) for warehouse in WAREHOUSES}

    @rule(order=orders)
    def hear_notice(self, order: str) -> None:
        for step in self.shard.outgoing(order):
            command = self.shard.hear(step, UnknownSku(()), certain=True)
            assert command is not None
            self._do(command)
        assert not self.shard.outgoing(order)

    @rule(ms=st.integers(1, 10))
    def time_passes(self, ms: int) -> None:
        self.now += ms

    def _sweep(self) -> None:
        for due in self.shard.due(self.now):
            self._carry_out(due)
        self.active = {key: basket for key, basket in self.active.items() if basket[3] > self.now}

    # ── repeats, crashes, snapshots ─────────────────────────────────────────────────────────────────────────────────
    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """A client's command, or a step of a saga, comes again long after: what was done is not done again."""
        command, answer = data.draw(st.sampled_from(self.given))
        self._sweep()
        outcome = self.shard.decide(command, self.now)
        if not isinstance(answer, Refusal):
            assert isinstance(outcome, Refusal) or outcome == ()
        if isinstance(command, commands.Reserve | commands.Release | commands.Ship):
            held = self.shard.reservations.get(command.order_id)
            if held is not None and command.revision < held.revision:
                assert outcome == Superseded(command.order_id, held.revision)

    @rule()
    def crash_and_replay(self) -> None:
        replayed = _fresh()
        codec: EntryCodec[Any] = EntryCodec(self.shard.event_types)
        start = Position(1, 0)
        entry = codec.decode(Stored(Position(1, 1), codec.encode(start, self.recorded)))
        for event in entry.events:
            replayed.apply(event)
        assert _essence(replayed) == _essence(self.shard)
        assert self.restored or list(replayed.snapshot()) == list(self.shard.snapshot())
        assert replayed.due(self.now) == self.shard.due(self.now)
        self.shard, self.restored = replayed, False

    @rule()
    def leave_and_restore(self) -> None:
        restored = _fresh()
        for record in self.shard.snapshot():
            restored.restore(record)
        assert list(restored.snapshot()) == list(self.shard.snapshot())
        assert _essence(restored) == _essence(self.shard)
        assert restored.due(self.now) == self.shard.due(self.now)
        assert sorted(restored.unfinished()) == sorted(self.shard.unfinished())
        self.shard, self.restored = restored, True

    # ── what always holds ───────────────────────────────────────────────────────────────────────────────────────────
    def _held(self, order: str) -> dict[str, tuple[int, int]]:
        """(reserved, backordered) of an order by SKU."""
        found: dict[str, tuple[int, int]] = {}
        held = self.shard.reservations.get(order)
        for line in held.lines if held is not None else ():
            reserved, backordered = found.get(line.sku, (0, 0))
            found[line.sku] = (reserved + line.reserved, backordered + line.backordered)
        return found

    @invariant()
    def every_unit_is_where_the_model_has_it(self) -> None:
        for sku, item in self.shard.items.items():
            for warehouse, site in item.sites.items():
                bins = {place.location: count for place, count in site.bins.items()}
                assert bins == {place: n for place in PLACES if (n := self.there[sku, warehouse, place])}

    @invariant()
    def no_unit_is_promised_twice(self) -> None:
        for sku in self.shard.items:
            for warehouse in WAREHOUSES:
                ended = [b for b in self.active.values() if b[3] <= self.now]
                if not ended:
                    assert self.shard.items[sku].available(warehouse) == self._available(sku, warehouse) >= 0

    @invariant()
    def nobody_waits_for_what_is_there(self) -> None:
        for sku, item in self.shard.items.items():
            for warehouse, site in item.sites.items():
                idle = site.available if (sku, warehouse) not in self.idle else 0
                assert not (site.waiting and idle), f"{idle} of {sku} in {warehouse} idle, {site.waiting} wait"

    @invariant()
    def nothing_is_held_beyond_what_was_wanted(self) -> None:
        for order in self.shard.reservations:
            for sku, figures in self._held(order).items():
                assert sum(figures) <= self.wanted.get(order, {}).get(sku, 0)

    @invariant()
    def the_books_balance(self) -> None:
        assert broken_invariants(self.shard) == []


def _fresh() -> InventoryShard:
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


ShardModel.TestCase.settings = settings(
    max_examples=int(os.environ.get("SKULD_MODEL_EXAMPLES", "250")), stateful_step_count=40, deadline=None
)
TestShardModel = ShardModel.TestCase
