"""The four policies: what an order becomes when stock is short."""

from __future__ import annotations

import pytest

from actors.inventory.refusals import InsufficientStock, Shortage, UnknownSku, UnknownWarehouse
from actors.orders.commands import HoldOrder, PlaceOrder
from actors.orders.lines import NewOrder, OrderedLine
from actors.orders.replies import OrderView
from tests.model.world import PureWorld, skus_on_different_shards

ALL_THERE = ("reserved", [(2, 0, 0), (3, 0, 0)])
CASES = [
    # policy, apples on hand, pears on hand, state, (reserved, backordered, cancelled) of 2 apples and 3 pears
    ("all_or_nothing", 5, 5, *ALL_THERE),
    ("ship_complete", 5, 5, *ALL_THERE),
    ("ship_partial", 5, 5, *ALL_THERE),
    ("cancel_rest", 5, 5, *ALL_THERE),
    ("all_or_nothing", 2, 1, "rejected", [(0, 0, 0), (0, 0, 0)]),
    ("ship_complete", 2, 1, "partially_reserved", [(2, 0, 0), (1, 2, 0)]),
    ("ship_partial", 2, 1, "partially_reserved", [(2, 0, 0), (1, 2, 0)]),
    ("cancel_rest", 2, 1, "reserved", [(2, 0, 0), (1, 0, 2)]),
    ("all_or_nothing", 0, 0, "rejected", [(0, 0, 0), (0, 0, 0)]),
    ("ship_complete", 0, 0, "backordered", [(0, 2, 0), (0, 3, 0)]),
    ("ship_partial", 0, 0, "backordered", [(0, 2, 0), (0, 3, 0)]),
    ("cancel_rest", 0, 0, "rejected", [(0, 0, 2), (0, 0, 3)]),
    ("cancel_rest", 0, 5, "reserved", [(0, 0, 2), (3, 0, 0)]),
]


@pytest.mark.parametrize(("policy", "apples", "pears", "state", "lines"), CASES)
def test_a_policy_decides_what_becomes_of_a_shortage(
    world: PureWorld, policy: str, apples: int, pears: int, state: str, lines: list[tuple[int, int, int]]
) -> None:
    world.stock(apple=apples, pear=pears)
    view = world.place("o1", ("apple", 2), ("pear", 3), policy=policy)
    assert view.state == state
    assert [(line.reserved, line.backordered, line.cancelled) for line in view.lines] == lines
    assert world.site("apple").reserved == lines[0][0]
    assert world.site("pear").reserved == lines[1][0]


def test_a_refused_order_names_every_short_line_with_its_numbers(world: PureWorld) -> None:
    world.stock(apple=1, pear=2, plum=9)
    view = world.place("o1", ("apple", 5), ("pear", 5), ("plum", 5))
    assert view.refusal == InsufficientStock((Shortage("apple", 5, 1), Shortage("pear", 5, 2)))


def test_an_unknown_sku_is_named_rather_than_a_shortage(world: PureWorld) -> None:
    world.stock(apple=1)
    view = world.place("o1", ("apple", 5), ("nothing", 1))
    assert view.state == "rejected"
    assert view.refusal == UnknownSku(("nothing",))
    assert world.available("apple") == 1


def test_an_unknown_warehouse_rejects_the_order(world: PureWorld) -> None:
    world.stock(apple=5)
    view = world.place("o1", ("apple", 1), warehouse="moon")
    assert view.refusal == UnknownWarehouse("moon")


def test_an_order_that_does_not_wait_is_answered_once_it_is_recorded(world: PureWorld) -> None:
    world.stock(apple=5)
    name = world.orders.owner_of("o1")
    command = PlaceOrder("o1", 0, "test", "o1", NewOrder((OrderedLine("apple", 1),)), wait=False)
    world.give(name, command)
    answer = world.machines[name].answer(command)
    assert isinstance(answer, OrderView)
    assert answer.state == "received"
    world.pump()
    assert world.state("o1") == "reserved"


def test_an_order_for_a_named_warehouse_takes_from_no_other(world: PureWorld) -> None:
    world.open_warehouses("north")
    world.stock(apple=5)
    view = world.place("o1", ("apple", 1), policy="ship_partial", warehouse="north")
    assert view.state == "backordered"
    assert (world.site("apple").reserved, world.site("apple", "north").backordered) == (0, 1)


def test_goods_that_arrive_fill_the_oldest_promise_first(world: PureWorld) -> None:
    world.stock(apple=0)
    for order_id, ship_by in (("late", 300), ("early", 100), ("middle", 200)):
        world.place(order_id, ("apple", 2), policy="ship_partial", ship_by=ship_by)
    world.adjust("apple", 3, "receipt")
    assert [world.line(o, "apple").reserved for o in ("early", "middle", "late")] == [2, 1, 0]
    assert [world.state(o) for o in ("early", "middle", "late")] == ["reserved", "partially_reserved", "backordered"]


def test_among_equal_promises_the_more_urgent_order_is_filled_first(world: PureWorld) -> None:
    world.stock(apple=0)
    world.place("a-calm", ("apple", 1), policy="ship_partial", ship_by=100, priority=0)
    world.place("b-urgent", ("apple", 1), policy="ship_partial", ship_by=100, priority=9)
    world.adjust("apple", 1, "receipt")
    assert (world.state("b-urgent"), world.state("a-calm")) == ("reserved", "backordered")


def test_an_order_over_several_shards_comes_from_the_fewest_warehouses(spread: PureWorld) -> None:
    """Each shard alone would choose the warehouse that is first by name; only together do they see that one has all."""
    first, second = skus_on_different_shards(spread)
    spread.open_warehouses("east", "west")
    spread.stock(**{first: 0, second: 0})
    for sku, warehouse in ((first, "east"), (first, "west"), (second, "main"), (second, "west")):
        spread.adjust(sku, 5, "opening_stock", warehouse=warehouse)
    spread.serve(epoch=2)  # the order books hear of the new warehouses
    assert spread.place("o1", (first, 2), (second, 2)).warehouses == ("west",)
    assert spread.place("o2", (first, 2), (second, 2)).warehouses == ("west",)
    spread.place("o3", (first, 3), (second, 3))  # west has one left of each: what is not there comes from elsewhere
    assert spread.state("o3") == "reserved"


def test_an_offer_that_comes_when_the_choice_is_made_is_not_kept(spread: PureWorld) -> None:
    first, second = skus_on_different_shards(spread)
    spread.open_warehouses("east", "west")
    spread.stock(**{first: 5, second: 5})
    spread.serve(epoch=2)
    spread.away.add(spread.inventory.owner_of(second))
    spread.place("o1", (first, 1), (second, 1))  # the first shard has made its offer
    spread.away.update(spread.inventory.names())
    spread.ask(HoldOrder("hold", 0, "test", "o1", "fraud check"))  # and is asked again
    assert {step.to for _, step in spread.under_way()} == set(map(spread.inventory.owner_of, (first, second)))
    spread.away.remove(spread.inventory.owner_of(second))
    spread.pump()
    spread.away.clear()
    spread.pump()
    assert spread.state("o1") == "on_hold"
    assert spread.book("o1").offers == {}
