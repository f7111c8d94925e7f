"""The sixteen faults that users of other systems reported: each is a test here, named for it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import msgspec
import pytest

from actors.inventory.commands import Adjust, Move, PutProduct, Release
from actors.inventory.events import Shipped
from actors.inventory.goods import Location, Pack, Product
from actors.inventory.levels import Level
from actors.inventory.refusals import UnitInUse
from actors.inventory.units import units_in, whole_packs
from actors.kernel.machine import broken_invariants
from actors.kernel.messages import Command
from actors.orders.commands import CancelOrder, EditLines, PlaceOrder, ReturnLines
from actors.orders.lines import NewOrder, OrderedLine, ReturnedLine
from tests.model.world import PureWorld, skus_on_different_shards

SHARDS = 3


@pytest.fixture
def world() -> Iterator[PureWorld]:
    """Three inventory shards and two order books."""
    made = PureWorld(SHARDS, 2)
    yield made
    made.away.clear()
    made.pump()
    assert made.broken() == []


def _place(world: PureWorld, order_id: str, *lines: tuple[str, int], policy: str = "all_or_nothing") -> None:
    """Record an order; its steps wait, so that they can be carried out in any order."""
    order = NewOrder(tuple(OrderedLine(*line) for line in lines), policy)
    world.give(world.orders.owner_of(order_id), PlaceOrder(order_id, 0, "test", order_id, order))


def test_fault_1_two_orders_one_last_unit(world: PureWorld) -> None:
    world.stock(apple=1)
    _place(world, "o1", ("apple", 1))
    _place(world, "o2", ("apple", 1))
    world.pump()
    assert sorted([world.state("o1"), world.state("o2")]) == ["rejected", "reserved"]
    assert world.site("apple").reserved == 1


def test_fault_2_one_sku_on_two_lines_of_an_order(world: PureWorld) -> None:
    world.stock(apple=5)
    assert world.place("o1", ("apple", 3), ("apple", 3)).state == "rejected"
    assert world.place("o2", ("apple", 2), ("apple", 3)).state == "reserved"
    assert world.line("o2", "apple").reserved == 5


def test_fault_3_two_orders_opposite_line_order(world: PureWorld) -> None:
    here, there = skus_on_different_shards(world)
    world.stock(**{here: 1, there: 1})
    for order_id, lines in (("o1", (here, there)), ("o2", (there, here))):
        _place(world, order_id, *((sku, 1) for sku in lines))
    world.pump()
    states = [world.state("o1"), world.state("o2")]
    assert set(states) <= {"reserved", "rejected"}, "nobody waits for the other"
    reserved = [world.site(sku).reserved for sku in (here, there)]
    assert reserved == [states.count("reserved")] * 2, "nobody keeps half an order"


@pytest.mark.parametrize("order", list(permutations(["reserve", "count"])))
def test_fault_4_reserve_beside_a_count_adjustment(world: PureWorld, order: tuple[str, str]) -> None:
    world.stock(apple=5)
    for step in order:
        if step == "reserve":
            world.place("o1", ("apple", 5), policy="ship_partial")
        else:
            world.adjust("apple", -2, "recounted")
    assert (world.line("o1", "apple").reserved, world.line("o1", "apple").backordered) == (3, 2)
    assert world.available("apple") == 0


@pytest.mark.parametrize("order", list(permutations(["reserve", "return", "edit", "cancel"])))
def test_fault_5_reserve_beside_return_edit_cancel_on_one_sku(world: PureWorld, order: tuple[str, ...]) -> None:
    world.stock(apple=6)
    world.place("shipped", ("apple", 2))
    world.ship("shipped")
    world.place("edited", ("apple", 1), policy="ship_partial")
    world.place("cancelled", ("apple", 1))
    returned = ReturnLines("r", 0, "test", "shipped", "r", (ReturnedLine("apple", 2),))
    commands: dict[str, Command] = {
        "return": returned,
        "edit": EditLines("e", 0, "test", "edited", (OrderedLine("apple", 3),)),
        "cancel": CancelOrder("c", 0, "test", "cancelled", "customer"),
    }
    for step in order:  # every order is recorded before any step is carried out
        if step == "reserve":
            _place(world, "new", ("apple", 3), policy="ship_partial")
        else:
            world.give(world.owner_of(commands[step]), commands[step])
    world.pump()
    assert [world.line(o, "apple").reserved for o in ("edited", "cancelled", "new")] == [3, 0, 3]
    assert (world.site("apple").on_hand, world.available("apple")) == (6, 0)


def test_fault_6_cancel_before_anything_was_reserved(world: PureWorld) -> None:
    world.stock(apple=5)
    _place(world, "o1", ("apple", 5))
    reserves = world.under_way()
    world.give(world.orders.owner_of("o1"), CancelOrder("c", 0, "test", "o1", "customer"))
    for sender, step in world.under_way():
        if (sender, step) not in reserves:
            world.deliver(sender, step)
    world.pump()  # the reserve arrives after the cancel
    assert world.state("o1") == "cancelled"
    assert world.available("apple") == 5


def test_fault_7_cancel_twice_release_twice(world: PureWorld) -> None:
    world.stock(apple=5)
    world.place("o1", ("apple", 2))
    world.place("o2", ("apple", 3))
    assert world.cancel("o1") == world.cancel("o1")
    assert world.available("apple") == 2
    name = world.inventory.owner_of("apple")
    for _ in range(2):
        world.give(name, Release("again", "o1", 2))
    assert (world.available("apple"), world.site("apple").reserved) == (2, 3)


def test_fault_8_retry_after_a_time_out(world: PureWorld) -> None:
    world.stock(apple=5)
    _place(world, "o1", ("apple", 2))
    for sender, step in world.under_way():
        world.give(step.to, step.command)  # carried out, but the answer is lost on the way
        world.deliver(sender, step, certain=False)
    command = Adjust("count", 1, "test", "apple", 3, "found")
    assert world.ask(command) == world.ask(command)
    order = NewOrder((OrderedLine("apple", 2),))
    assert world.ask(PlaceOrder("o1", 0, "test", "o1", order)).state == "reserved"
    assert (world.site("apple").on_hand, world.site("apple").reserved) == (8, 2)


def test_fault_9_reservation_moved_between_locations(world: PureWorld) -> None:
    world.stock(apple=5)
    world.open_location(Location("shelf", "main"))
    world.place("o1", ("apple", 5))
    world.ask(Move("m", 0, "test", "apple", 4, "stock", "shelf"))
    assert world.site("apple").reserved == 5
    assert world.ship("o1").state == "shipped"
    assert world.site("apple").bins == ()


def test_fault_10_checked_over_many_locations_taken_from_one(world: PureWorld) -> None:
    world.stock(apple=2)
    for number in range(3):
        world.open_location(Location(f"shelf{number}", "main"))
        world.adjust("apple", 2, "receipt", location=f"shelf{number}")
    world.adjust("apple", 9, "receipt", location="quarantine")
    world.place("o1", ("apple", 7))
    world.ship("o1")
    shipped = next(event for event in world.recorded[world.inventory.owner_of("apple")] if isinstance(event, Shipped))
    assert sum(pick.quantity for pick in shipped.picks) == 7
    assert all(pick.quantity <= pick.before for pick in shipped.picks)
    assert "quarantine" not in {pick.location for pick in shipped.picks}
    assert (world.site("apple").on_hand, world.available("apple")) == (10, 1)


def test_fault_11_short_pick_re_allocate_cancel(world: PureWorld) -> None:
    world.stock(apple=6)
    world.place("old", ("apple", 3), policy="ship_partial", ship_by=1)
    world.place("new", ("apple", 3), policy="ship_partial", ship_by=2)
    world.adjust("apple", -2, "could_not_locate")  # two were not in their bin
    assert [world.line(o, "apple").backordered for o in ("old", "new")] == [0, 2]
    world.cancel("old")  # its units go to the order that came up short
    assert [world.line("new", "apple").reserved, world.line("new", "apple").backordered] == [3, 0]
    world.cancel("new")
    assert (world.site("apple").reserved, world.available("apple")) == (0, 4)


def test_fault_12_unit_change_on_a_reserved_line_rounding(world: PureWorld) -> None:
    world.ask(PutProduct("p1", 0, "test", Product("apple", "Apple", packs=(Pack("box", 12),))))
    world.adjust("apple", 30, "receipt")
    box = world.shard("apple").items["apple"].product.packs[0]
    boxes = whole_packs(30, box)
    assert boxes == 2, "what is reserved is rounded down: two boxes and a half are two"
    world.place("o1", ("apple", units_in(boxes, box)))
    assert world.ask(PutProduct("p2", 0, "test", Product("apple", "Apple", unit="kg"))) == UnitInUse("apple")
    repacked = Product("apple", "Apple", packs=(Pack("box", 10),))
    world.ask(PutProduct("p3", 0, "test", repacked))
    assert world.site("apple").reserved == 24, "base units are what is promised, whatever a box holds now"


@pytest.mark.parametrize("steps_before", range(6))
def test_fault_13_crash_between_reserve_and_order_write(world: PureWorld, steps_before: int) -> None:
    here, there = skus_on_different_shards(world)
    world.stock(**{here: 5, there: 5})
    _place(world, "o1", (here, 2), (there, 2))
    for number in range(steps_before):
        if world.under_way():
            sender, step = world.under_way()[0]
            if number % 2:
                world.give(step.to, step.command)  # the shard has reserved, the order has not heard of it
            else:
                world._under_way.popleft()
                world.deliver(sender, step)
        world.crash(world.orders.owner_of("o1"))
    world.pump()
    assert world.state("o1") == "reserved"
    assert [world.site(sku).reserved for sku in (here, there)] == [2, 2]


def _view_of(sku: str, read_model: dict[str, bytes]) -> Level:
    return msgspec.msgpack.decode(read_model[sku], type=Level)


def test_fault_14_availability_view_stale_beside_the_allocator(world: PureWorld) -> None:
    world.stock(apple=5)
    shard = world.shard("apple")
    stale = _view_of("apple", shard.changed_read_model())
    world.place("o1", ("apple", 4))
    assert stale.sites[0].reserved == 0, "somebody who has read it before still sees five"
    assert world.place("o2", ("apple", 2)).state == "rejected", "the owner decides by its own figures, not by a view"
    fresh = _view_of("apple", shard.changed_read_model())
    assert fresh.sites[0].reserved == 4, "what changed is written with the batch that changed it"


def test_fault_15_reconciliation_beside_live_traffic(world: PureWorld) -> None:
    here, there = skus_on_different_shards(world)
    world.stock(**{here: 5, there: 1})
    _place(world, "o1", (here, 2), (there, 2))
    _place(world, "o2", (here, 4), policy="ship_partial")
    while world.under_way():
        for machine in world.machines.values():
            assert broken_invariants(machine) == []
        sender, step = world._under_way.popleft()
        world.deliver(sender, step)


def test_fault_16_prior_allocations_holds_and_concurrency_together(world: PureWorld) -> None:
    world.stock(apple=10)
    world.place("prior", ("apple", 4))
    world.hold("basket", "apple", 3)
    for number in range(4):
        _place(world, f"o{number}", ("apple", 2))
    world.pump()
    states = [world.state(f"o{number}") for number in range(4)]
    assert sorted(states) == ["rejected", "rejected", "rejected", "reserved"]
    assert (world.site("apple").reserved, world.available("apple")) == (9, 1)
    world.now += 60_000
    assert world.place("late", ("apple", 4)).state == "reserved", "the basket ran out"
    assert world.available("apple") == 0
