"""An order from placing to delivery, and every cancel on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from actors.inventory.commands import Release, Reserve
from actors.inventory.refusals import Superseded
from actors.kernel.messages import KeyReused
from actors.orders.commands import CancelOrder, HoldOrder, ResumeOrder, ReturnLines, ShipOrder
from actors.orders.lines import ReturnedLine
from actors.orders.refusals import NotOnOrder, UnknownOrder, WrongState
from tests.model.world import PureWorld


def _received(world: PureWorld) -> None:
    world.away.update(world.inventory.names())
    world.place("o1", ("apple", 2), ("pear", 2), policy="ship_partial")


def _reserved(world: PureWorld) -> None:
    world.place("o1", ("apple", 2), ("pear", 2), policy="ship_partial")


def _partially_reserved(world: PureWorld) -> None:
    world.place("o1", ("apple", 2), ("pear", 9), policy="ship_partial")


def _backordered(world: PureWorld) -> None:
    world.place("o1", ("plum", 2), policy="ship_partial")


def _rejected(world: PureWorld) -> None:
    world.place("o1", ("plum", 2))


def _on_hold(world: PureWorld) -> None:
    _reserved(world)
    world.ask(HoldOrder(world.op(), 0, "test", "o1", "fraud check"))


def _partially_shipped(world: PureWorld) -> None:
    _partially_reserved(world)
    world.ship("o1")


def _shipped(world: PureWorld) -> None:
    _reserved(world)
    world.ship("o1")


def _delivered(world: PureWorld) -> None:
    _shipped(world)
    world.deliver_order("o1")


def _cancelled(world: PureWorld) -> None:
    _reserved(world)
    world.cancel("o1")


@pytest.fixture
def stocked(world: PureWorld) -> PureWorld:
    world.stock(apple=5, pear=5, plum=0)
    return world


@pytest.mark.parametrize(
    ("reach", "before", "after"),
    [
        (_received, "received", "cancelled"),
        (_reserved, "reserved", "cancelled"),
        (_partially_reserved, "partially_reserved", "cancelled"),
        (_backordered, "backordered", "cancelled"),
        (_on_hold, "on_hold", "cancelled"),
        (_cancelled, "cancelled", "cancelled"),
        (_partially_shipped, "partially_shipped", "shipped"),
    ],
)
def test_cancelling_frees_whatever_has_not_left(
    stocked: PureWorld, reach: Callable[[PureWorld], None], before: str, after: str
) -> None:
    reach(stocked)
    assert stocked.state("o1") == before
    stocked.cancel("o1")
    stocked.away.clear()
    stocked.pump()
    assert stocked.state("o1") == after
    for sku in ("apple", "pear", "plum"):
        assert (stocked.site(sku).reserved, stocked.site(sku).backordered) == (0, 0)


@pytest.mark.parametrize(("reach", "state"), [(_rejected, "rejected"), (_shipped, "shipped"), (_delivered, "delivered")])
def test_what_is_over_or_gone_cannot_be_cancelled(stocked: PureWorld, reach: Callable[[PureWorld], None], state: str) -> None:
    reach(stocked)
    assert stocked.cancel("o1") == WrongState("o1", state, "cancel")


def test_an_unknown_order_cannot_be_cancelled(world: PureWorld) -> None:
    assert world.cancel("nobody") == UnknownOrder("nobody")


def test_shipping_takes_the_units_out_of_the_places_they_were_counted_in(stocked: PureWorld) -> None:
    _shipped(stocked)
    assert stocked.state("o1") == "shipped"
    assert (stocked.site("apple").on_hand, stocked.site("apple").reserved) == (3, 0)
    assert stocked.line("o1", "pear").shipped == 2


def test_shipping_twice_ships_once(stocked: PureWorld) -> None:
    _shipped(stocked)
    assert stocked.ship("o1").state == "shipped"
    assert stocked.site("apple").on_hand == 3


def test_a_partial_shipment_leaves_the_rest_waiting_and_ships_it_later(stocked: PureWorld) -> None:
    _partially_shipped(stocked)
    assert (stocked.line("o1", "pear").shipped, stocked.line("o1", "pear").backordered) == (5, 4)
    stocked.adjust("pear", 4, "receipt")
    assert stocked.line("o1", "pear").reserved == 4
    assert stocked.ship("o1").state == "shipped"
    assert stocked.line("o1", "pear").shipped == 9


@pytest.mark.parametrize("policy", ["ship_complete"])
def test_a_complete_shipment_waits_for_everything(stocked: PureWorld, policy: str) -> None:
    stocked.place("o1", ("apple", 2), ("pear", 9), policy=policy)
    assert stocked.ship("o1") == WrongState("o1", "partially_reserved", "ship")
    stocked.adjust("pear", 4, "receipt")
    assert stocked.ship("o1").state == "shipped"


def test_the_rest_of_a_complete_shipment_that_lost_units_on_the_way_can_be_shipped_or_cancelled(stocked: PureWorld) -> None:
    for order_id in ("ships", "cancels"):
        stocked.place(order_id, ("apple", 2), policy="ship_complete")
        name = stocked.orders.owner_of(order_id)
        stocked.give(name, ShipOrder(f"ship-{order_id}", 0, "test", order_id))
        stocked.away.add(name)
        left = stocked.site("apple").on_hand - stocked.site("apple").reserved
        stocked.adjust("apple", -left - 1, "missing")  # before the shipment arrives at the stock
        stocked.away.clear()
        stocked.pump()
        assert stocked.state(order_id) == "partially_shipped"
        if order_id == "ships":
            stocked.adjust("apple", 4, "receipt")
            assert stocked.ship(order_id).state == "shipped"
    assert stocked.cancel("cancels").state == "shipped"
    assert stocked.line("cancels", "apple").cancelled == 1


def test_only_a_shipped_order_can_be_delivered(stocked: PureWorld) -> None:
    _reserved(stocked)
    assert stocked.deliver_order("o1") == WrongState("o1", "reserved", "deliver")
    stocked.ship("o1")
    assert stocked.deliver_order("o1").state == "delivered"
    assert stocked.deliver_order("o1").state == "delivered"


def test_an_order_on_hold_keeps_its_promise_and_does_not_ship(stocked: PureWorld) -> None:
    _on_hold(stocked)
    assert stocked.ship("o1") == WrongState("o1", "on_hold", "ship")
    assert stocked.site("apple").reserved == 2
    assert stocked.ask(ResumeOrder(stocked.op(), 0, "test", "o1")).state == "reserved"
    assert stocked.ship("o1").state == "shipped"


def test_a_late_copy_of_a_hold_or_resume_that_changed_nothing_changes_nothing(stocked: PureWorld) -> None:
    _reserved(stocked)
    resume, hold = ResumeOrder("resume early", 0, "test", "o1"), HoldOrder("hold again", 0, "test", "o1", "fraud check")
    assert stocked.ask(resume).state == "reserved"
    stocked.ask(HoldOrder(stocked.op(), 0, "test", "o1", "fraud check"))
    assert stocked.ask(hold).state == "on_hold"
    assert stocked.ask(resume).state == "on_hold"
    stocked.ask(ResumeOrder(stocked.op(), 0, "test", "o1"))
    assert stocked.ask(hold).state == "reserved"


def test_a_late_copy_of_a_shipment_that_was_under_way_already_does_not_ship_what_came_in_since(stocked: PureWorld) -> None:
    stocked.place("o1", ("pear", 9), policy="ship_partial")
    again = ShipOrder("ship again", 0, "test", "o1")
    stocked.away.add(stocked.shard("pear").name)
    name = stocked.orders.owner_of("o1")
    stocked.give(name, ShipOrder("ship", 0, "test", "o1"))
    stocked.give(name, again)
    stocked.away.clear()
    stocked.pump()
    stocked.adjust("pear", 4, "receipt")
    assert (stocked.line("o1", "pear").shipped, stocked.line("o1", "pear").reserved) == (5, 4)
    stocked.ask(again)
    assert stocked.line("o1", "pear").shipped == 5


def test_an_order_put_on_hold_while_it_is_reserved_comes_to_rest_on_hold(stocked: PureWorld) -> None:
    _received(stocked)
    stocked.ask(HoldOrder(stocked.op(), 0, "test", "o1", "fraud check"))
    stocked.away.clear()
    stocked.pump()
    assert stocked.state("o1") == "on_hold"
    assert stocked.site("apple").reserved == 2


def test_a_cancel_that_overtakes_the_reserve_leaves_a_tombstone_that_refuses_it(stocked: PureWorld) -> None:
    _received(stocked)
    late = [(sender, step) for sender, step in stocked.under_way() if isinstance(step.command, Reserve)]
    stocked.give(stocked.orders.owner_of("o1"), CancelOrder(stocked.op(), 0, "test", "o1", "customer"))
    for sender, step in stocked.under_way():
        if isinstance(step.command, Release):
            stocked.deliver(sender, step)
    assert stocked.state("o1") == "cancelled"
    for sender, step in late:
        assert stocked.deliver(sender, step) == Superseded("o1", 2)
    assert stocked.site("apple").reserved == 0


def test_a_cancel_that_loses_its_race_against_shipping_says_so(stocked: PureWorld) -> None:
    _reserved(stocked)
    name = stocked.orders.owner_of("o1")
    stocked.give(name, ShipOrder("ship", 0, "test", "o1"))
    ships = stocked.under_way()
    cancel = CancelOrder("cancel", 0, "test", "o1", "customer")
    stocked.give(name, cancel)
    for sender, step in ships:
        stocked.deliver(sender, step)
    stocked.pump()
    assert stocked.state("o1") == "shipped"
    assert stocked.machines[name].answer(cancel) == WrongState("o1", "shipped", "cancel")


def test_a_cancel_that_wins_its_race_against_shipping_ships_nothing(stocked: PureWorld) -> None:
    _reserved(stocked)
    name = stocked.orders.owner_of("o1")
    stocked.give(name, ShipOrder("ship", 0, "test", "o1"))
    ships = stocked.under_way()
    stocked.give(name, CancelOrder("cancel", 0, "test", "o1", "customer"))
    for sender, step in stocked.under_way():
        if step not in [ship for _, ship in ships]:
            stocked.deliver(sender, step)
    for sender, step in ships:
        assert stocked.deliver(sender, step) == Superseded("o1", 3)
    stocked.pump()
    assert stocked.state("o1") == "cancelled"
    assert stocked.site("apple").on_hand == 5


def test_the_timeline_says_what_happened_to_an_order(stocked: PureWorld) -> None:
    _delivered(stocked)
    events = [moment.event for moment in stocked.order("o1").timeline]
    assert events == ["received", "reserved", "ship_asked", "shipped", "delivered"]


RETURNS = [
    # outcome, sellable after, on hold after, of 5 apples 2 of which shipped and 1 came back
    ("restock", 4, 0),
    ("refurbish", 3, 1),
    ("quarantine", 3, 1),
    ("return_to_vendor", 3, 1),
    ("scrap", 3, 0),
    ("reject", 3, 0),
]


@pytest.mark.parametrize(("outcome", "available", "on_hold"), RETURNS)
def test_a_returned_unit_goes_where_its_outcome_says(stocked: PureWorld, outcome: str, available: int, on_hold: int) -> None:
    _shipped(stocked)
    stocked.take_back("o1", "r1", ("apple", 1, outcome))
    assert stocked.line("o1", "apple").returned == 1
    assert (stocked.available("apple"), stocked.site("apple").on_hold) == (available, on_hold)


def test_no_more_comes_back_than_was_shipped(stocked: PureWorld) -> None:
    _shipped(stocked)
    assert stocked.take_back("o1", "r1", ("apple", 3, "restock")) == NotOnOrder("o1", "apple", 3, 2)
    stocked.take_back("o1", "r1", ("apple", 1, "restock"), ("apple", 1, "scrap"))
    assert stocked.take_back("o1", "r2", ("apple", 1, "scrap")) == NotOnOrder("o1", "apple", 1, 0)
    assert stocked.take_back("o1", "r3", ("kiwi", 1, "scrap")) == NotOnOrder("o1", "kiwi", 1, 0)


def test_returned_units_serve_those_who_wait(stocked: PureWorld) -> None:
    _shipped(stocked)
    stocked.place("o2", ("apple", 4), policy="ship_partial")
    assert stocked.line("o2", "apple").backordered == 1
    stocked.take_back("o1", "r1", ("apple", 1, "restock"))
    assert stocked.state("o2") == "reserved"


def test_a_return_of_a_delivered_order_is_still_taken(stocked: PureWorld) -> None:
    _delivered(stocked)
    assert stocked.take_back("o1", "r1", ("apple", 2, "restock")).state == "delivered"
    assert stocked.available("apple") == 5


def test_a_return_id_names_one_return(stocked: PureWorld) -> None:
    _shipped(stocked)
    one = (ReturnedLine("apple", 1, "restock"),)
    stocked.ask(ReturnLines("key 1", 7, "test", "o1", "r1", one))
    stocked.ask(ReturnLines("key 2", 7, "test", "o1", "r1", one))
    assert stocked.line("o1", "apple").returned == 1
    two = (ReturnedLine("apple", 2, "restock"),)
    assert stocked.ask(ReturnLines("key 3", 8, "test", "o1", "r1", two)) == KeyReused("r1")
    assert stocked.available("apple") == 4


def test_an_order_resumed_while_a_return_is_booked_is_not_left_on_hold(stocked: PureWorld) -> None:
    _partially_shipped(stocked)
    stocked.ask(HoldOrder(stocked.op(), 0, "test", "o1", "fraud check"))
    stocked.away.update(stocked.inventory.names())
    stocked.take_back("o1", "r1", ("apple", 1, "restock"))
    stocked.ask(ResumeOrder(stocked.op(), 0, "test", "o1"))
    stocked.away.clear()
    stocked.pump()
    assert stocked.state("o1") == "partially_shipped"


def test_an_order_survives_the_loss_of_every_process_at_every_step(stocked: PureWorld) -> None:
    _received(stocked)
    for name in stocked.names:
        stocked.crash(name)
    stocked.away.clear()
    stocked.pump()
    for name in stocked.names:
        stocked.crash(name)
    assert stocked.state("o1") == "reserved"
    assert stocked.site("apple").reserved == 2
