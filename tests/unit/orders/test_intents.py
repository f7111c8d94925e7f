"""Orders that reserve before they are recorded: their intent lies with the shards until their order shard has them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from actors.inventory.shard import InventoryShard
from actors.kernel.messages import Busy, KeyReused, OwnerName, Replaced
from actors.orders import evolution
from actors.orders.book import OrderBook
from actors.orders.commands import CancelOrder, PlaceOrder
from actors.orders.events import OrderReceived
from actors.orders.lines import NewOrder, OrderedLine
from actors.orders.order import MOST_LINES_CARRIED
from actors.orders.queries import ReadOrder
from actors.orders.records import OrderRecord
from actors.orders.refusals import OrderTaken, UnknownOrder
from tests.model.world import PureWorld, skus_on_different_shards


@pytest.fixture
def stocked(world: PureWorld) -> PureWorld:
    world.stock(apple=5, pear=5)
    world.serve()
    return world


def _lose_record_of(world: PureWorld, order_id: str) -> OwnerName:
    """The owner of an order is gone with all it had not recorded of it: everything since the order came."""
    name = world.orders.owner_of(order_id)
    events = world.recorded[name]
    came = next(i for i, event in enumerate(events) if isinstance(event, OrderReceived) and event.order_id == order_id)
    world.succeed(name, epoch=2, unrecorded=len(events) - came)
    return name


def _unconfirmed(world: PureWorld) -> set[str]:
    shards: Any = [world.machines[name] for name in world.inventory.names()]
    return {order_id for shard in shards for order_id in shard.unconfirmed}


def test_a_successor_takes_in_what_was_begun(stocked: PureWorld) -> None:
    before = stocked.place("o1", ("apple", 2), ("pear", 1))
    _lose_record_of(stocked, "o1")
    stocked.pump()
    assert stocked.state("o1") == "reserved"
    assert stocked.book("o1").orders["o1"].view() == before
    assert stocked.place("o1", ("apple", 2), ("pear", 1)) == before


def test_an_order_begun_at_one_shard_is_finished_at_the_others(spread: PureWorld) -> None:
    first, second = skus_on_different_shards(spread)
    spread.stock(**{first: 5, second: 5})
    spread.away.add(spread.inventory.owner_of(second))
    spread.place("o1", (first, 1), (second, 1))
    _lose_record_of(spread, "o1")
    spread.away.clear()
    spread.pump()
    assert spread.state("o1") == "reserved"
    assert spread.line("o1", second).reserved == 1


def test_an_order_begun_and_refused_elsewhere_is_undone(spread: PureWorld) -> None:
    first, second = skus_on_different_shards(spread)
    spread.stock(**{first: 5, second: 0})
    spread.away.add(spread.inventory.owner_of(second))
    spread.place("o1", (first, 1), (second, 1))
    _lose_record_of(spread, "o1")
    spread.away.clear()
    spread.pump()
    assert spread.state("o1") == "rejected"
    assert spread.available(first) == 5


def test_no_order_is_called_unknown_before_every_shard_was_heard(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 2))
    name = _lose_record_of(stocked, "o1")
    for query in (ReadOrder("o1"), ReadOrder("never was")):
        assert isinstance(stocked.read(query, name), Busy)
    assert isinstance(stocked.give(name, CancelOrder("c", 0, "test", "o1", "customer")), Busy)
    stocked.pump()
    assert isinstance(stocked.read(ReadOrder("o1"), name), OrderRecord)
    assert isinstance(stocked.read(ReadOrder("never was"), name), UnknownOrder)


def test_a_repeat_is_not_taken_for_new_before_every_shard_was_heard(stocked: PureWorld) -> None:
    before = stocked.place("o1", ("apple", 2))
    _lose_record_of(stocked, "o1")
    assert isinstance(stocked.place("o1", ("apple", 2)), Busy)
    assert stocked.place("o1", ("apple", 2)) == before
    assert stocked.available("apple") == 3


def test_another_order_under_the_same_id_takes_nothing_from_one_that_was_answered(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 2))
    assert stocked.book("o1").vouched("o1"), "its client has been told"
    name = _lose_record_of(stocked, "o1")
    other = PlaceOrder("o1", 7, "test", "o1", NewOrder((OrderedLine("apple", 4),)))
    assert isinstance(stocked.give(name, other), Busy)
    stocked.pump()
    assert stocked.give(name, other) == OrderTaken("o1", "o1", other_key=False, other_body=True)
    assert stocked.line("o1", "apple").reserved == 2


def test_an_order_whose_id_was_made_just_now_need_not_wait(stocked: PureWorld) -> None:
    name = _lose_record_of_any(stocked)
    assert stocked.give(name, _another_order("apple")) is None
    stocked.pump()
    assert stocked.state("o1") == "reserved"


def _lose_record_of_any(world: PureWorld) -> OwnerName:
    name = world.orders.owner_of("o1")
    world.succeed(name, epoch=2)
    return name


def _another_order(sku: str) -> PlaceOrder:
    """An order that is taken at once, although the id is not new: that should never be, and nothing is doubled all the same."""
    return PlaceOrder("o1", 7, "test", "o1", NewOrder((OrderedLine(sku, 1),)), fresh=True)


def test_a_stray_is_taken_over(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 2))
    name = _lose_record_of(stocked, "o1")
    assert stocked.give(name, _another_order("apple")) is None
    stocked.pump()  # the shard is heard first, then asked to reserve
    assert stocked.state("o1") == "reserved"
    assert stocked.available("apple") == 4


def test_an_order_is_refused_by_the_shard_that_has_a_stray(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 2))
    name = _lose_record_of(stocked, "o1")
    other = _another_order("apple")
    assert stocked.give(name, other) is None
    while stocked.under_way():
        stocked.deliver_nth(len(stocked.under_way()) - 1)  # the reserve overtakes the question
    answer = stocked.ask(other)
    assert (answer.state, answer.refusal) == ("rejected", KeyReused("o1"))
    assert stocked.available("apple") == 5


def test_a_stray_at_another_shard_is_let_go(spread: PureWorld) -> None:
    first, second = skus_on_different_shards(spread)
    spread.stock(**{first: 5, second: 5})
    spread.place("o1", (first, 2))
    name = _lose_record_of(spread, "o1")
    spread.away.add(spread.inventory.owner_of(first))  # it is not heard yet
    spread.give(name, _another_order(second))
    spread.pump()
    assert spread.state("o1") == "reserved"
    spread.away.clear()
    spread.pump()
    assert spread.state("o1") == "reserved"
    assert (spread.available(first), spread.available(second)) == (5, 4)


def test_an_order_that_is_over_and_forgotten_is_not_begun_again(monkeypatch: pytest.MonkeyPatch, spread: PureWorld) -> None:
    monkeypatch.setattr(evolution, "FINISHED_KEPT", 1)
    gone, there = skus_on_different_shards(spread)
    spread.stock(**{gone: 0, there: 5})
    spread.place("o1", (gone, 1), (there, 1), policy="cancel_rest")
    spread.ship("o1")
    spread.deliver_order("o1")
    assert spread.state("o1") == "delivered"
    name = spread.orders.owner_of("o1")
    others = [order_id for order_id in map(str, range(9)) if spread.orders.owner_of(order_id) == name]
    for order_id in others:
        spread.place(order_id, (gone, 1))  # refused
    assert "o1" not in spread.book("o1").orders
    assert "o1" in _unconfirmed(spread), "where nothing was to be had"
    spread.succeed(name, epoch=2)
    spread.pump()
    assert "o1" not in spread.book("o1").orders
    spread.strangers_allowed = True


def test_an_order_may_have_the_name_of_its_owner() -> None:
    world = PureWorld(inventory_shards=1, order_shards=1)
    world.stock(apple=5)
    world.away.add(world.inventory.owner_of("apple"))
    world.serve()
    command = PlaceOrder("orders-0", 0, "test", "orders-0", NewOrder((OrderedLine("apple", 1),)), fresh=True)
    world.give(world.orders.owner_of("orders-0"), command)
    world.away.clear()
    world.pump()
    assert world.state("orders-0") == "reserved"


def test_who_was_replaced_begins_nothing(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 1))
    (step,) = _reserve_of(stocked, "o2", epoch=1)
    name = stocked.orders.owner_of("o2")
    stocked.succeed(name, epoch=2)
    stocked.pump()
    refused = stocked.give(step.to, step.command)
    assert isinstance(refused, Replaced)
    assert stocked.available("apple") == 4


def _reserve_of(world: PureWorld, order_id: str, epoch: int) -> Any:
    """The reserve that an owner of this epoch would send for one apple."""
    book: Any = world.fresh(world.orders.owner_of(order_id))
    book.begin(epoch)
    command = PlaceOrder(order_id, 0, "test", order_id, NewOrder((OrderedLine("apple", 1),)), fresh=True)
    (received,) = book.decide(command, world.now)
    book.apply(received)
    return book.outgoing(order_id)


def test_intents_are_kept_until_the_orders_are_on_record(stocked: PureWorld) -> None:
    for name in stocked.orders.names():
        book: Any = stocked.machines[name]
        book.confirm_at = 1
    for number in range(4):
        stocked.place(f"o{number}", ("apple", 1))
    assert _unconfirmed(stocked) == set()
    shard = stocked.shard("apple")
    assert all(held.intent == b"" for held in shard.reservations.values())


def test_intents_outlive_their_shard(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 1))
    shard = stocked.shard("apple")
    fresh = InventoryShard(shard.name, stocked.orders)
    for record in shard.snapshot():
        fresh.restore(record)
    assert list(fresh.unconfirmed) == ["o1"]
    assert fresh.reservations["o1"].intent == shard.reservations["o1"].intent != b""
    assert fresh.order_epochs == shard.order_epochs == {"orders-0": 1, "orders-1": 1}


def test_who_asks_for_more_has_the_order_on_record(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 1))
    assert _unconfirmed(stocked) == {"o1"}
    stocked.cancel("o1")
    assert _unconfirmed(stocked) == set()


def test_large_orders_are_recorded_first(stocked: PureWorld) -> None:
    skus = [f"sku-{number}" for number in range(MOST_LINES_CARRIED + 1)]
    stocked.stock(**dict.fromkeys(skus, 1))
    book = _begun(stocked, "large", skus)
    assert not any(step.carries_intent for step in book.outgoing("large"))
    assert all(step.command.intent == b"" for step in book.outgoing("large"))
    small = _begun(stocked, "small", skus[:-1])
    assert all(step.carries_intent and step.command.intent for step in small.outgoing("small"))


def _begun(world: PureWorld, order_id: str, skus: list[str]) -> OrderBook:
    book = OrderBook(world.orders.owner_of(order_id), world.inventory)
    order = NewOrder(tuple(OrderedLine(sku, 1) for sku in skus))
    (received,) = book.decide(PlaceOrder(order_id, 0, "test", order_id, order), world.now)
    book.apply(received)
    return book


def test_only_what_the_shards_have_on_record_is_vouched_for(stocked: PureWorld) -> None:
    stocked.place("whole", ("apple", 1))
    stocked.place("part", ("apple", 9), policy="ship_partial")
    stocked.place("refused", ("apple", 99))
    stocked.place("dropped", ("pear", 9), policy="cancel_rest")
    vouched = {o: stocked.book(o).vouched(o) for o in ("whole", "part", "refused", "dropped")}
    assert vouched == {"whole": True, "part": True, "refused": False, "dropped": True}
    stocked.edit("whole", ("apple", 0))
    assert not stocked.book("whole").vouched("whole")


def test_an_intent_is_the_order_as_it_came(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 1), customer="c-1", external_reference="ref", ship_by=stocked.now + 1)
    intent = stocked.shard("apple").reservations["o1"].intent
    received = msgspec.msgpack.decode(intent, type=OrderReceived)
    assert received == stocked.book("o1").orders["o1"].received
    assert received in stocked.recorded[stocked.orders.owner_of("o1")]
