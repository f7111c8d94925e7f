"""Changing an order: every way quantities can go, over one and over several shards."""

from __future__ import annotations

import pytest

from actors.inventory.commands import Adjust, Reserve, Wanted
from actors.inventory.refusals import InsufficientStock, Shortage, Superseded, UnknownSku
from actors.orders.commands import EditLines
from actors.orders.lines import OrderedLine
from actors.orders.refusals import WrongState
from actors.orders.replies import OrderView
from tests.model.world import PureWorld

CASES = [
    # policy, edit, expected (ordered, reserved, backordered) by SKU after an order of 2 apples and 2 pears out of 5 each
    ("all_or_nothing", [("apple", 4)], {"apple": (4, 4, 0), "pear": (2, 2, 0)}),
    ("all_or_nothing", [("apple", 1)], {"apple": (1, 1, 0), "pear": (2, 2, 0)}),
    ("all_or_nothing", [("apple", 5), ("pear", 1)], {"apple": (5, 5, 0), "pear": (1, 1, 0)}),
    ("all_or_nothing", [("plum", 3)], {"apple": (2, 2, 0), "pear": (2, 2, 0), "plum": (3, 3, 0)}),
    ("all_or_nothing", [("pear", 0)], {"apple": (2, 2, 0), "pear": (0, 0, 0)}),
    ("all_or_nothing", [("pear", 0), ("plum", 5)], {"apple": (2, 2, 0), "pear": (0, 0, 0), "plum": (5, 5, 0)}),
    ("ship_complete", [("apple", 9)], {"apple": (9, 5, 4), "pear": (2, 2, 0)}),
    ("ship_partial", [("apple", 9), ("pear", 1)], {"apple": (9, 5, 4), "pear": (1, 1, 0)}),
    ("cancel_rest", [("apple", 9)], {"apple": (9, 5, 0), "pear": (2, 2, 0)}),
]


@pytest.fixture
def ordered(world: PureWorld) -> PureWorld:
    world.stock(apple=5, pear=5, plum=5)
    return world


def _lines(world: PureWorld) -> dict[str, tuple[int, int, int]]:
    return {e.sku: (e.ordered, e.reserved, e.backordered) for e in world.order("o1").lines}


@pytest.mark.parametrize(("policy", "changes", "expected"), CASES)
def test_an_edit_brings_the_reservation_to_the_new_quantities(
    ordered: PureWorld, policy: str, changes: list[tuple[str, int]], expected: dict[str, tuple[int, int, int]]
) -> None:
    ordered.place("o1", ("apple", 2), ("pear", 2), policy=policy)
    view = ordered.edit("o1", *changes)
    assert isinstance(view, OrderView)
    assert _lines(ordered) == expected


REFUSED = [
    [("apple", 9)],
    [("apple", 9), ("pear", 5)],
    [("apple", 5), ("pear", 9)],
    [("apple", 1), ("plum", 9)],
    [("apple", 0), ("pear", 3), ("plum", 9)],
    [("apple", 3), ("kiwi", 1)],
]


@pytest.mark.parametrize("changes", REFUSED)
def test_a_refused_edit_leaves_the_order_as_it_was(ordered: PureWorld, changes: list[tuple[str, int]]) -> None:
    ordered.place("o1", ("apple", 2), ("pear", 2))
    assert isinstance(ordered.edit("o1", *changes), InsufficientStock | UnknownSku)
    kept = {sku: figures for sku, figures in _lines(ordered).items() if figures != (0, 0, 0)}
    assert kept == {"apple": (2, 2, 0), "pear": (2, 2, 0)}
    assert ordered.state("o1") == "reserved"
    assert [ordered.site(sku).reserved for sku in ("apple", "pear", "plum")] == [2, 2, 0]


def test_a_refused_edit_tells_what_was_wanted_and_what_there_is_for_the_order(ordered: PureWorld) -> None:
    """Five of each are there; two orders have some of them."""
    ordered.place("o1", ("apple", 2), ("pear", 2))
    ordered.place("o2", ("apple", 1))
    refused = ordered.edit("o1", ("apple", 100_000_000), ("pear", 5))
    assert refused == InsufficientStock((Shortage("apple", 100_000_000, 4),))


def test_what_an_order_waits_for_is_not_there_for_it(ordered: PureWorld) -> None:
    ordered.place("o1", ("apple", 5), ("pear", 1))
    ordered.adjust("apple", -2, "missing")
    assert (ordered.line("o1", "apple").reserved, ordered.line("o1", "apple").backordered) == (3, 2)
    assert ordered.edit("o1", ("apple", 9)) == InsufficientStock((Shortage("apple", 9, 3),))


def test_a_refused_edit_stays_refused_when_it_is_repeated(ordered: PureWorld) -> None:
    ordered.place("o1", ("apple", 2), ("pear", 2))
    command = EditLines("edit", 1, "test", "o1", (OrderedLine("apple", 9),))
    first = ordered.ask(command)
    ordered.adjust("apple", 100, "receipt")
    assert ordered.ask(command) == first
    assert ordered.line("o1", "apple").reserved == 2


def test_a_refused_edit_of_an_order_that_drops_the_rest_keeps_what_was_dropped_dropped(ordered: PureWorld) -> None:
    ordered.place("o1", ("apple", 9), ("pear", 2), policy="cancel_rest")
    assert ordered.line("o1", "apple").cancelled == 4
    ordered.adjust("apple", 2, "receipt")
    assert ordered.edit("o1", ("apple", 9), ("kiwi", 1)) == UnknownSku(("kiwi",))
    assert (ordered.line("o1", "apple").reserved, ordered.line("o1", "apple").cancelled) == (5, 4)


def test_taking_every_line_off_cancels_the_order(ordered: PureWorld) -> None:
    ordered.place("o1", ("apple", 2), ("pear", 2))
    assert ordered.edit("o1", ("apple", 0), ("pear", 0)).state == "cancelled"
    assert ordered.site("apple").reserved == 0


def test_what_an_edit_gives_back_serves_those_who_wait(ordered: PureWorld) -> None:
    ordered.place("o1", ("apple", 4), ("pear", 2))
    ordered.place("o2", ("apple", 3), policy="ship_partial")
    assert ordered.line("o2", "apple").backordered == 2
    ordered.edit("o1", ("apple", 1))
    assert ordered.state("o2") == "reserved"


def test_an_edit_never_lets_go_of_a_unit_it_still_wants(ordered: PureWorld) -> None:
    ordered.place("o1", ("apple", 5), ("pear", 5))
    ordered.place("o2", ("apple", 1), policy="ship_partial")
    ordered.place("o3", ("pear", 1), policy="ship_partial")
    assert isinstance(ordered.edit("o1", ("apple", 6), ("pear", 1)), InsufficientStock)
    assert _lines(ordered) == {"apple": (5, 5, 0), "pear": (5, 5, 0)}
    assert ordered.state("o3") == "backordered"


def test_an_edit_waits_its_turn(ordered: PureWorld) -> None:
    ordered.away.update(ordered.inventory.names())
    ordered.place("o1", ("apple", 2))
    assert ordered.edit("o1", ("apple", 3)) == WrongState("o1", "received", "edit")


@pytest.mark.parametrize("end", ["ship", "cancel"])
def test_an_order_that_has_left_or_ended_cannot_be_edited(ordered: PureWorld, end: str) -> None:
    ordered.place("o1", ("apple", 2))
    getattr(ordered, end)("o1")
    assert isinstance(ordered.edit("o1", ("apple", 3)), WrongState)


def test_an_edit_under_way_survives_the_loss_of_every_process(ordered: PureWorld) -> None:
    ordered.place("o1", ("apple", 2), ("pear", 2))
    command = EditLines("edit", 1, "test", "o1", (OrderedLine("apple", 4), OrderedLine("pear", 1)))
    ordered.give(ordered.orders.owner_of("o1"), command)
    while ordered.under_way():
        for name in ordered.names:
            ordered.crash(name)
        sender, step = ordered._under_way.popleft()
        ordered.deliver(sender, step, certain=False)
    assert _lines(ordered) == {"apple": (4, 4, 0), "pear": (1, 1, 0)}


def test_cancelling_in_the_middle_of_an_edit_frees_everything(ordered: PureWorld) -> None:
    ordered.place("o1", ("apple", 2), ("pear", 2))
    name = ordered.orders.owner_of("o1")
    ordered.give(name, EditLines("edit", 1, "test", "o1", (OrderedLine("apple", 4), OrderedLine("plum", 1))))
    sender, step = ordered._under_way.popleft()
    ordered.deliver(sender, step)
    assert ordered.cancel("o1").state == "cancelled"
    assert [ordered.site(sku).reserved for sku in ("apple", "pear", "plum")] == [0, 0, 0]


def test_a_promise_that_breaks_in_the_middle_of_an_edit_is_noted(ordered: PureWorld) -> None:
    ordered.place("o1", ("apple", 5), ("pear", 2), policy="ship_partial")
    name = ordered.orders.owner_of("o1")
    ordered.give(name, EditLines("edit", 1, "test", "o1", (OrderedLine("pear", 3),)))
    ordered.away.add(name)
    ordered.adjust("apple", -2, "missing")
    ordered.away.clear()
    ordered.pump()
    assert _lines(ordered) == {"apple": (5, 3, 2), "pear": (3, 3, 0)}


def test_a_copy_of_a_refused_edit_that_is_carried_out_after_all_costs_the_order_its_place_but_no_line() -> None:
    world = PureWorld()
    world.stock(apple=5, pear=1)
    world.place("o1", ("apple", 5), ("pear", 1))
    book, shard = world.orders.owner_of("o1"), world.inventory.owner_of("apple")
    world.give(book, EditLines("edit", 1, "test", "o1", (OrderedLine("apple", 2), OrderedLine("pear", 10))))
    sender, step = world._under_way.popleft()
    world.deliver(sender, step, certain=False)  # the first copy is refused: there are no ten pears
    world.give(shard, Adjust("found", 0, "test", "pear", 9, "found"))
    world.give(shard, step.command)  # a second copy comes late, when there are
    other = Reserve("o2:1", "o2", 1, 0, 0, "refuse", (Wanted("apple", 3),))
    assert world.give(shard, other) is None, "what the second copy gave back is free for others"
    world.pump()
    assert _lines(world) == {"apple": (5, 2, 3), "pear": (1, 1, 0)}
    assert world.state("o1") == "partially_reserved"


def test_an_edit_is_refused_once_where_a_hold_has_the_order_s_name(spread: PureWorld) -> None:
    spread.stock(apple=5, pear=5, plum=5)
    elsewhere = next(sku for sku in ("pear", "plum") if spread.inventory.owner_of(sku) != spread.inventory.owner_of("apple"))
    spread.place("o1", ("apple", 2))
    spread.hold("o1", elsewhere, 1)
    asked = spread.order("o1").parts[0].revision
    assert spread.edit("o1", (elsewhere, 1)) == Superseded("o1", 1)
    assert _lines(spread) == {"apple": (2, 2, 0), elsewhere: (0, 0, 0)}
    assert max(part.revision for part in spread.order("o1").parts) < asked + 4
    assert isinstance(spread.edit("o1", ("apple", 3)), OrderView)
