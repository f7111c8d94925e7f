"""Holds for baskets: they end by themselves, and never twice."""

from __future__ import annotations

import msgspec
import pytest

from actors.inventory import forgetting
from actors.inventory.commands import ExtendHold, Hold, Release
from actors.inventory.refusals import (
    InsufficientStock,
    ReservationEnded,
    Shortage,
    TooManyHolds,
    UnknownReservation,
    UnknownSku,
    UnknownWarehouse,
)
from actors.inventory.reservations import MOST_HOLDS_PER_CUSTOMER
from actors.kernel.messages import KeyReused
from actors.kernel.op_memory import OpMemory
from tests.model.world import SECOND, PureWorld


@pytest.fixture
def stocked(world: PureWorld) -> PureWorld:
    world.stock(apple=10)
    return world


def _extend(world: PureWorld, reservation_id: str, ttl_ms: int) -> object:
    return world.ask(ExtendHold(world.op(), 0, "test", reservation_id, ttl_ms), world.inventory.names()[0])


def test_a_hold_takes_units_out_of_what_is_available(stocked: PureWorld) -> None:
    view = stocked.hold("b1", "apple", 4, customer="ann")
    assert (view.state, view.quantity, view.expires_at, view.customer) == ("active", 4, stocked.now + 60 * SECOND, "ann")
    assert stocked.available("apple") == 6


def test_no_more_is_held_than_is_available(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 7)
    assert stocked.hold("b2", "apple", 4) == InsufficientStock((Shortage("apple", 4, 3),))


def test_what_is_not_known_cannot_be_held(stocked: PureWorld) -> None:
    assert stocked.hold("b1", "kiwi", 1) == UnknownSku(("kiwi",))
    elsewhere = Hold("h", 0, "test", "b1", "apple", 1, SECOND, "moon")
    assert stocked.ask(elsewhere) == UnknownWarehouse("moon")


def test_a_hold_that_names_no_warehouse_is_put_where_most_is(stocked: PureWorld) -> None:
    stocked.open_warehouses("north")
    stocked.adjust("apple", 50, "receipt", warehouse="north")
    assert stocked.hold("b1", "apple", 1).warehouse == "north"


@pytest.mark.parametrize(("elapsed_ms", "available"), [(60 * SECOND - 1, 6), (60 * SECOND, 10), (61 * SECOND, 10)])
def test_a_hold_that_ran_out_counts_no_more_even_before_the_sweep(stocked: PureWorld, elapsed_ms: int, available: int) -> None:
    stocked.hold("b1", "apple", 4)
    stocked.now += elapsed_ms
    asked = stocked.place("o1", ("apple", 10))
    assert asked.state == ("reserved" if available == 10 else "rejected")


def test_a_turn_that_has_not_ended_the_holds_that_ran_out_is_a_bug(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 4)
    with pytest.raises(AssertionError):
        stocked.shard("apple").decide(Release("r", "o1", 1), stocked.now + 60 * SECOND)


def test_holds_that_run_out_serve_those_who_wait(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 4)
    stocked.hold("b2", "apple", 4)
    stocked.place("o1", ("apple", 9), policy="ship_partial")
    stocked.now += 60 * SECOND
    stocked.sweep()
    assert stocked.state("o1") == "reserved"
    assert [stocked.shard("apple").baskets[b].state for b in ("b1", "b2")] == ["expired", "expired"]
    assert stocked.shard("apple").due(stocked.now) == ()


def test_a_hold_can_be_extended_before_it_ends(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 4)
    stocked.hold("b2", "apple", 1)
    stocked.now += 59 * SECOND
    _extend(stocked, "b1", 60 * SECOND)
    stocked.now += 59 * SECOND
    stocked.sweep()
    assert stocked.available("apple") == 6
    stocked.now += SECOND
    stocked.sweep()
    assert stocked.available("apple") == 10


def test_a_hold_can_be_shortened(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 4)
    _extend(stocked, "b1", SECOND)
    stocked.now += SECOND
    stocked.sweep()
    assert stocked.available("apple") == 10


@pytest.mark.parametrize("state", ["committed", "released", "expired"])
def test_a_hold_that_is_over_can_be_neither_extended_nor_ended_otherwise(stocked: PureWorld, state: str) -> None:
    stocked.hold("b1", "apple", 4)
    if state == "expired":
        stocked.now += 60 * SECOND
    else:
        stocked.end_hold("apple", "b1", state)
    over = ReservationEnded("b1", state)
    assert _extend(stocked, "b1", SECOND) == over
    for other in {"committed", "released"} - {state}:
        assert stocked.end_hold("apple", "b1", other) == over


@pytest.mark.parametrize(("state", "on_hand", "available"), [("committed", 6, 6), ("released", 10, 10)])
def test_ending_a_hold_twice_is_ending_it_once(stocked: PureWorld, state: str, on_hand: int, available: int) -> None:
    stocked.hold("b1", "apple", 4)
    for _ in range(2):
        assert stocked.end_hold("apple", "b1", state).state == state
    assert (stocked.site("apple").on_hand, stocked.available("apple")) == (on_hand, available)


def test_a_released_hold_serves_those_who_wait(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 4)
    stocked.place("o1", ("apple", 9), policy="ship_partial")
    stocked.end_hold("apple", "b1", "released")
    assert stocked.state("o1") == "reserved"


def test_an_unknown_hold_cannot_be_ended_or_extended(stocked: PureWorld) -> None:
    assert stocked.end_hold("apple", "b9", "released") == UnknownReservation("b9")
    assert _extend(stocked, "b9", SECOND) == UnknownReservation("b9")


def test_a_customer_holds_no_more_than_the_cap_until_one_ends(stocked: PureWorld) -> None:
    stocked.adjust("apple", 100, "receipt")
    for number in range(MOST_HOLDS_PER_CUSTOMER):
        stocked.hold(f"b{number}", "apple", 1, customer="ann")
    too_many = TooManyHolds("ann", MOST_HOLDS_PER_CUSTOMER)
    assert stocked.hold("more", "apple", 1, customer="ann") == too_many
    assert stocked.hold("other", "apple", 1, customer="bob").state == "active"
    stocked.end_hold("apple", "b0", "released")
    assert stocked.hold("more", "apple", 1, customer="ann").state == "active"
    stocked.now += 60 * SECOND
    assert stocked.hold("later", "apple", 1, customer="ann").state == "active"


def test_nobody_in_particular_may_hold_as_many_as_there_are(stocked: PureWorld) -> None:
    stocked.adjust("apple", 100, "receipt")
    for number in range(MOST_HOLDS_PER_CUSTOMER + 1):
        assert stocked.hold(f"b{number}", "apple", 1).state == "active"


def test_a_hold_repeated_is_the_same_hold(stocked: PureWorld) -> None:
    command = Hold("key", 1, "test", "b1", "apple", 4, 60 * SECOND)
    first = stocked.ask(command)
    stocked.now += SECOND
    assert stocked.ask(command) == first
    assert stocked.available("apple") == 6


def test_an_id_names_one_hold(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 4)
    assert stocked.hold("b1", "apple", 2) == KeyReused("b1")
    stocked.place("o1", ("apple", 1))
    assert stocked.hold("o1", "apple", 2) == KeyReused("o1")
    assert stocked.available("apple") == 5


def test_an_extension_repeated_extends_once(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 4)
    command = ExtendHold("key", 1, "test", "b1", 90 * SECOND)
    stocked.ask(command, stocked.inventory.names()[0])
    ends = stocked.shard("apple").baskets["b1"].expires_at
    stocked.now += 5 * SECOND
    stocked.ask(command, stocked.inventory.names()[0])
    assert stocked.shard("apple").baskets["b1"].expires_at == ends


def test_a_repeat_about_a_hold_that_has_left_memory_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "CLOSED_KEPT", 1)
    stocked = PureWorld()
    stocked.stock(apple=10)
    hold = Hold("h", 0, "test", "b1", "apple", 1, SECOND)
    extend = ExtendHold("e", 0, "test", "b1", SECOND)
    shard = stocked.inventory.names()[0]
    stocked.ask(hold)
    stocked.ask(extend, shard)
    stocked.now += 2 * SECOND
    for number in range(2):
        stocked.ask(Release(f"o{number}:1", f"o{number}", 1), shard)
    assert stocked.ask(hold) == UnknownReservation("b1")
    assert stocked.ask(extend, shard) == UnknownReservation("b1")


def test_a_hold_is_a_repeat_as_long_as_it_is_there() -> None:
    stocked = PureWorld()
    stocked.stock(apple=10)
    stocked.shard("apple").ops = OpMemory(1)
    hold = Hold("h", 0, "test", "b1", "apple", 1, SECOND)
    first = stocked.ask(hold)
    stocked.adjust("apple", 1, "found")
    assert stocked.ask(hold) == first
    assert stocked.ask(msgspec.structs.replace(hold, quantity=2)) == KeyReused("h")
    assert stocked.available("apple") == 10
