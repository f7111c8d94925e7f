"""Counting: adjustments, moves, and which promises break when goods are missing."""

from __future__ import annotations

import pytest

from actors.inventory.commands import Adjust, ForceRelease, Hold, Move, PutProduct
from actors.inventory.events import Adjusted, Moved
from actors.inventory.goods import Location, Product, ReservedLine
from actors.inventory.queries import ReadHolders
from actors.inventory.refusals import (
    InsufficientStock,
    NothingReserved,
    Shortage,
    UnknownLocation,
    UnknownReservation,
    UnknownSku,
    UnknownWarehouse,
)
from actors.kernel.messages import KeyReused
from tests.model.world import PureWorld


@pytest.fixture
def stocked(world: PureWorld) -> PureWorld:
    """Ten apples in the main warehouse, and a damaged-goods corner."""
    world.stock(apple=10)
    world.open_location(Location("corner", "main", "damaged"))
    world.open_location(Location("shelf", "main", "storage"))
    return world


def _figures(world: PureWorld) -> tuple[int, int, int, int]:
    site = world.site("apple")
    return site.on_hand, site.on_hold, site.reserved, site.backordered


def _move(world: PureWorld, quantity: int, from_: str, to: str) -> object:
    return world.ask(Move(world.op(), 0, "test", "apple", quantity, from_, to))


def test_an_adjustment_says_what_was_there_before_and_after(stocked: PureWorld) -> None:
    done = stocked.adjust("apple", -3, "missing", document="count 7")
    assert (done.before, done.after, done.reason, done.document, done.actor) == (10, 7, "missing", "count 7", "test")


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (Adjust("x", 0, "t", "kiwi", 1, "found"), UnknownSku(("kiwi",))),
        (Adjust("x", 0, "t", "apple", 1, "found", "moon"), UnknownWarehouse("moon")),
        (Adjust("x", 0, "t", "apple", 1, "found", "main", "attic"), UnknownLocation("main", "attic")),
        (Adjust("x", 0, "t", "apple", -11, "missing"), InsufficientStock((Shortage("apple", 11, 10),))),
        (Adjust("x", 0, "t", "apple", -1, "missing", lot="L1"), InsufficientStock((Shortage("apple", 1, 0),))),
        (Move("x", 0, "t", "kiwi", 1, "stock", "shelf"), UnknownSku(("kiwi",))),
        (Move("x", 0, "t", "apple", 1, "stock", "attic"), UnknownLocation("main", "attic")),
        (Move("x", 0, "t", "apple", 11, "stock", "shelf"), InsufficientStock((Shortage("apple", 11, 10),))),
        (Move("x", 0, "t", "apple", 1, "shelf", "stock"), InsufficientStock((Shortage("apple", 1, 0),))),
    ],
)
def test_what_cannot_be_counted_or_moved_is_refused(stocked: PureWorld, command: object, refusal: object) -> None:
    assert stocked.ask(command) == refusal  # type: ignore[arg-type]  # the table holds commands
    assert _figures(stocked) == (10, 0, 0, 0)


def test_goods_in_an_unsellable_place_are_on_hand_but_not_available(stocked: PureWorld) -> None:
    stocked.adjust("apple", 4, "damaged", location="corner")
    assert _figures(stocked) == (14, 4, 0, 0)
    assert stocked.available("apple") == 10


def test_a_count_below_what_is_promised_breaks_the_newest_promise_first(stocked: PureWorld) -> None:
    for order_id, ship_by in (("old", 1), ("older", 0), ("new", 2)):
        stocked.place(order_id, ("apple", 3), policy="ship_partial", ship_by=ship_by)
    stocked.adjust("apple", -5, "missing")
    reserved = {order_id: stocked.line(order_id, "apple").reserved for order_id in ("older", "old", "new")}
    assert reserved == {"older": 3, "old": 2, "new": 0}
    assert _figures(stocked) == (5, 0, 5, 4)


def test_among_equal_promises_the_least_urgent_breaks_first(stocked: PureWorld) -> None:
    stocked.place("urgent", ("apple", 5), ship_by=1, priority=5)
    stocked.place("calm", ("apple", 5), ship_by=1, priority=0)
    stocked.adjust("apple", -5, "missing")
    assert (stocked.line("urgent", "apple").reserved, stocked.line("calm", "apple").reserved) == (5, 0)


def test_baskets_break_before_any_order(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 4)
    stocked.place("o1", ("apple", 6))
    stocked.adjust("apple", -4, "stolen")
    assert stocked.shard("apple").baskets["b1"].state == "cancelled"
    assert stocked.line("o1", "apple").reserved == 6


def test_a_count_breaks_no_promise_while_the_rest_covers_it(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 2)
    stocked.place("o1", ("apple", 5))
    stocked.adjust("apple", -3, "missing")
    assert _figures(stocked) == (7, 0, 7, 0)


def test_what_a_broken_basket_frees_beyond_the_loss_serves_those_who_wait(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 10)
    stocked.place("o1", ("apple", 3), policy="ship_partial")
    stocked.adjust("apple", -1, "missing")
    assert stocked.line("o1", "apple").reserved == 3
    assert stocked.available("apple") == 6


def test_moving_goods_on_hold_breaks_promises_like_a_loss(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 2)
    stocked.place("o1", ("apple", 8))
    _move(stocked, 5, "stock", "corner")
    assert _figures(stocked) == (10, 5, 5, 3)
    assert stocked.shard("apple").baskets["b1"].state == "cancelled"


def test_moving_goods_out_of_quarantine_serves_those_who_wait(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 12), policy="ship_partial")
    stocked.adjust("apple", 4, "receipt", location="quarantine")
    assert stocked.line("o1", "apple").backordered == 2
    _move(stocked, 4, "quarantine", "shelf")
    assert _figures(stocked) == (14, 0, 12, 0)


@pytest.mark.parametrize(
    ("from_", "to"), [("stock", "shelf"), ("shelf", "stock"), ("corner", "quarantine"), ("stock", "stock")]
)
def test_other_moves_touch_no_promise(stocked: PureWorld, from_: str, to: str) -> None:
    stocked.adjust("apple", 5, "found", location="shelf")
    stocked.adjust("apple", 5, "found", location="corner")
    stocked.place("o1", ("apple", 15))
    before = _figures(stocked)
    _move(stocked, 3, from_, to)
    assert _figures(stocked) == before


def test_a_move_within_one_place_leaves_a_ledger_that_adds_up(stocked: PureWorld) -> None:
    moved = _move(stocked, 3, "stock", "stock")
    assert isinstance(moved, Moved)
    assert (moved.from_before, moved.to_before) == (10, 7)


def test_lots_of_one_place_are_counted_apart(stocked: PureWorld) -> None:
    stocked.adjust("apple", 4, "receipt", lot="L1")
    bins = {(place.location, place.lot): place.on_hand for place in stocked.site("apple").bins}
    assert bins == {("stock", ""): 10, ("stock", "L1"): 4}


def test_a_shipment_takes_only_from_places_that_were_counted_as_available(stocked: PureWorld) -> None:
    stocked.adjust("apple", 10, "damaged", location="corner")
    stocked.place("o1", ("apple", 10))
    stocked.ship("o1")
    assert _figures(stocked) == (10, 10, 0, 0)


def test_an_adjustment_repeated_is_carried_out_once(stocked: PureWorld) -> None:
    command = Adjust("key", 1, "test", "apple", 5, "found")
    first = stocked.ask(command)
    assert stocked.ask(command) == first
    assert stocked.site("apple").on_hand == 15


@pytest.mark.parametrize(
    "command",
    [
        Adjust("key", 2, "test", "apple", 6, "found"),
        Move("key", 2, "test", "apple", 1, "stock", "shelf"),
        Hold("key", 2, "test", "b9", "apple", 1, 1000),
        PutProduct("key", 2, "test", Product("apple", "Apple")),
        ForceRelease("key", 2, "test", "o1", "apple", "why"),
    ],
)
def test_a_key_belongs_to_one_body(stocked: PureWorld, command: object) -> None:
    stocked.place("o1", ("apple", 1))
    stocked.ask(Adjust("key", 1, "test", "apple", 5, "found"))
    assert stocked.ask(command, stocked.inventory.names()[0]) == KeyReused("key")  # type: ignore[arg-type]  # a table


def test_a_refused_command_leaves_its_key_free(stocked: PureWorld) -> None:
    command = Adjust("key", 1, "test", "apple", -12, "missing")
    assert isinstance(stocked.ask(command), InsufficientStock)
    stocked.adjust("apple", 2, "found")
    assert isinstance(stocked.ask(command), Adjusted)


# ── who holds it, and taking it back ────────────────────────────────────────────────────────────────────────────────
def test_who_holds_a_sku_is_told_oldest_promise_first(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 1)
    stocked.place("o2", ("apple", 2), ship_by=2)
    stocked.place("o1", ("apple", 9), ship_by=1, policy="ship_partial")
    holders = stocked.read(ReadHolders("apple"), stocked.inventory.names()[0]).holders
    assert [(h.reservation_id, h.kind, h.reserved, h.backordered) for h in holders] == [
        ("o1", "order", 7, 2), ("o2", "order", 2, 0), ("b1", "hold", 1, 0),
    ]  # fmt: skip


def test_a_promise_taken_back_by_force_serves_those_who_wait_and_then_waits_itself(stocked: PureWorld) -> None:
    stocked.idle_allowed = True
    stocked.place("has", ("apple", 8), policy="ship_partial")
    stocked.place("waits", ("apple", 5), policy="ship_partial")
    view = stocked.ask(ForceRelease("force", 1, "boss", "has", "apple", "vip"), stocked.inventory.names()[0])
    assert view.lines == (ReservedLine("apple", "main", 0, 8),)
    assert (stocked.line("has", "apple").backordered, stocked.line("waits", "apple").reserved) == (8, 5)
    assert stocked.available("apple") == 5


def test_a_promise_is_taken_back_by_force_once_per_key(stocked: PureWorld) -> None:
    stocked.idle_allowed = True
    stocked.place("o1", ("apple", 8), policy="ship_partial")
    force = ForceRelease("force", 1, "boss", "o1", "apple", "vip")
    stocked.ask(force, stocked.inventory.names()[0])
    stocked.adjust("apple", 1, "receipt")
    assert stocked.line("o1", "apple").reserved == 8
    stocked.ask(force, stocked.inventory.names()[0])
    assert stocked.line("o1", "apple").reserved == 8


@pytest.mark.parametrize("reservation", ["nobody", "over"])
def test_there_is_nothing_to_take_from_who_holds_nothing(stocked: PureWorld, reservation: str) -> None:
    stocked.place("over", ("apple", 1))
    stocked.cancel("over")
    refused = stocked.ask(ForceRelease("f", 0, "boss", reservation, "apple", "vip"), stocked.inventory.names()[0])
    assert refused == UnknownReservation(reservation)


def test_there_is_nothing_to_take_of_a_sku_that_the_order_has_not_reserved(stocked: PureWorld) -> None:
    name = stocked.inventory.names()[0]
    stocked.stock(pear=0)
    stocked.place("o1", ("apple", 1))
    stocked.place("o2", ("apple", 1), ("pear", 5), policy="ship_partial")
    assert stocked.ask(ForceRelease("f", 0, "boss", "o1", "kiwi", "vip"), name) == UnknownSku(("kiwi",))
    assert stocked.ask(ForceRelease("f", 0, "boss", "o1", "pear", "vip"), name) == NothingReserved("o1", "pear")
    assert stocked.ask(ForceRelease("f", 0, "boss", "o2", "pear", "vip"), name) == NothingReserved("o2", "pear"), "it waits"


def test_who_was_taken_from_keeps_its_place_and_the_rest_is_for_whoever_comes(stocked: PureWorld) -> None:
    stocked.idle_allowed = True
    stocked.place("old", ("apple", 8), policy="ship_partial")
    stocked.now += 1
    stocked.ask(ForceRelease("force", 1, "boss", "old", "apple", "vip"), stocked.inventory.names()[0])
    stocked.place("vip", ("apple", 10), policy="all_or_nothing")
    assert (stocked.line("vip", "apple").reserved, stocked.line("old", "apple").backordered) == (10, 8)
    stocked.place("late", ("apple", 2), policy="ship_partial")
    stocked.adjust("apple", 8, "receipt")
    assert (stocked.line("old", "apple").reserved, stocked.line("late", "apple").reserved) == (8, 0)
