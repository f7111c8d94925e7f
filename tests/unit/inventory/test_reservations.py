"""Reservations of orders on one shard: revisions, versions, tombstones, backorders."""

from __future__ import annotations

import pytest

from actors.inventory.commands import Release, Reserve, Ship, Wanted
from actors.inventory.goods import Product, ReservedLine
from actors.inventory.refusals import InsufficientStock, Shortage, Superseded, UnknownReservation
from actors.inventory.replies import ReservationView
from actors.inventory.reservations import Reservation, newest_promises, reshape
from actors.inventory.stock import Promise, SiteStock, StockItem
from tests.model.world import PureWorld

SHARD = "inventory-0"


@pytest.fixture
def stocked(world: PureWorld) -> PureWorld:
    world.stock(apple=10, pear=10)
    return world


def _reserve(world: PureWorld, order_id: str, revision: int, *wanted: tuple[str, int], shortage: str = "backorder") -> object:
    lines = tuple(Wanted(*line) for line in wanted)
    command = Reserve(f"{order_id}:{revision}", order_id, revision, revision, 0, shortage, lines)
    return _do(world, command)


def _do(world: PureWorld, command: object) -> object:
    """Straight at the shard: nobody is at home in the order book."""
    name = world.inventory.names()[0]
    refused = world.give(name, command)  # type: ignore[arg-type]  # any of the shard's commands
    return refused if refused is not None else world.machines[name].answer(command)  # type: ignore[arg-type]


def _release(world: PureWorld, order_id: str, revision: int) -> object:
    return _do(world, Release(f"{order_id}:{revision}", order_id, revision))


def _held(world: PureWorld, order_id: str) -> Reservation:
    return world.shard("apple").reservations[order_id]


@pytest.fixture(autouse=True)
def _no_orders(world: PureWorld) -> None:
    """These reservations have no order: what the book would say of them is not asked."""
    world.strangers_allowed = True


@pytest.mark.parametrize(("shortage", "reserved", "backordered"), [("refuse", 0, 0), ("backorder", 10, 2), ("drop", 10, 0)])
def test_a_shortage_is_refused_backordered_or_dropped(
    stocked: PureWorld, shortage: str, reserved: int, backordered: int
) -> None:
    reply = _reserve(stocked, "o1", 1, ("apple", 12), ("pear", 1), shortage=shortage)
    assert (stocked.site("apple").reserved, stocked.site("apple").backordered) == (reserved, backordered)
    if shortage == "refuse":
        assert reply == InsufficientStock((Shortage("apple", 12, 10),))
        assert stocked.site("pear").reserved == 0


def test_every_change_of_a_reservation_has_a_higher_version(stocked: PureWorld) -> None:
    seen = []
    for revision, quantity in ((1, 3), (2, 12), (3, 11)):
        view = _reserve(stocked, "o1", revision, ("apple", quantity))
        assert isinstance(view, ReservationView)
        seen.append(view.version)
    stocked.adjust("apple", 1, "receipt")
    seen.append(_held(stocked, "o1").version)
    view = _release(stocked, "o1", 4)
    assert isinstance(view, ReservationView)
    assert [*seen, view.version] == [1, 2, 3, 4, 5]


def test_only_a_newer_revision_is_carried_out(stocked: PureWorld) -> None:
    first = _reserve(stocked, "o1", 3, ("apple", 3))
    assert _reserve(stocked, "o1", 3, ("apple", 3)) == first
    assert _reserve(stocked, "o1", 2, ("apple", 9)) == Superseded("o1", 3)
    assert _release(stocked, "o1", 1) == Superseded("o1", 3)
    assert _do(stocked, Ship("o1:2", "o1", 2)) == Superseded("o1", 3)
    assert stocked.site("apple").reserved == 3


def test_a_repeat_is_answered_with_how_things_stand_now(stocked: PureWorld) -> None:
    _reserve(stocked, "o1", 1, ("apple", 10))
    stocked.adjust("apple", -4, "missing")
    again = _reserve(stocked, "o1", 1, ("apple", 10))
    assert isinstance(again, ReservationView)
    assert again.lines == (ReservedLine("apple", "main", 6, 4),)


def test_a_release_of_what_was_never_reserved_leaves_a_tombstone(stocked: PureWorld) -> None:
    view = _release(stocked, "o1", 2)
    assert isinstance(view, ReservationView)
    assert view.lines == ()
    assert _reserve(stocked, "o1", 1, ("apple", 1)) == Superseded("o1", 2)
    assert stocked.site("apple").reserved == 0


def test_releasing_twice_frees_once(stocked: PureWorld) -> None:
    _reserve(stocked, "o1", 1, ("apple", 4))
    assert _release(stocked, "o1", 2) == _release(stocked, "o1", 2)
    assert stocked.available("apple") == 10


def test_what_was_not_reserved_cannot_be_shipped(stocked: PureWorld) -> None:
    assert _do(stocked, Ship("o9:1", "o9", 1)) == UnknownReservation("o9")


def test_tombstones_are_forgotten_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from actors.inventory import forgetting

    monkeypatch.setattr(forgetting, "CLOSED_KEPT", 2)
    stocked = PureWorld()
    stocked.stock(apple=10)
    for number in range(4):
        _release(stocked, f"o{number}", 1)
    assert list(stocked.shard("apple").reservations) == ["o2", "o3"]


def test_a_reservation_that_comes_back_after_its_tombstone_was_forgotten_still_rises_in_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from actors.inventory import forgetting

    monkeypatch.setattr(forgetting, "CLOSED_KEPT", 1)
    stocked = PureWorld()
    stocked.stock(apple=10)
    _reserve(stocked, "o1", 1, ("apple", 4))
    before = _reserve(stocked, "o1", 2)
    _release(stocked, "o2", 1)
    assert "o1" not in stocked.shard("apple").reservations
    after = _reserve(stocked, "o1", 3, ("apple", 1))
    assert isinstance(before, ReservationView)
    assert isinstance(after, ReservationView)
    assert after.version > before.version


def test_arrivals_fill_backorders_by_promise_then_urgency_then_name(stocked: PureWorld) -> None:
    stocked.adjust("apple", -10, "stolen")
    waiting = [("late", 9, 0), ("b", 5, 0), ("a", 5, 0), ("urgent", 5, 7), ("early", 1, 0)]
    for order_id, promised_at, priority in waiting:
        _do(stocked, Reserve("x", order_id, 1, promised_at, priority, "backorder", (Wanted("apple", 1),)))
    served = []
    for _ in waiting:
        stocked.adjust("apple", 1, "receipt")
        served.append(next(o for o, *_ in waiting if o not in served and _held(stocked, o).lines[0].reserved))
    assert served == ["early", "urgent", "a", "b", "late"]


def test_an_order_keeps_its_place_in_the_queue_when_it_wants_less(stocked: PureWorld) -> None:
    stocked.adjust("apple", -10, "stolen")
    for order_id in ("a", "b"):
        _do(stocked, Reserve("x", order_id, 1, 5, 0, "backorder", (Wanted("apple", 4),)))
    _do(stocked, Reserve("y", "a", 2, 5, 0, "backorder", (Wanted("apple", 2),)))
    stocked.adjust("apple", 2, "receipt")
    assert _held(stocked, "a").lines == (ReservedLine("apple", "main", 2, 0),)


def test_fewer_wanted_gives_up_the_backorder_before_the_stock(stocked: PureWorld) -> None:
    _reserve(stocked, "o1", 1, ("apple", 14))
    _reserve(stocked, "o1", 2, ("apple", 9))
    assert _held(stocked, "o1").lines == (ReservedLine("apple", "main", 9, 0),)


def test_a_line_that_is_wanted_no_more_stays_at_zero(stocked: PureWorld) -> None:
    _reserve(stocked, "o1", 1, ("apple", 1), ("pear", 1))
    _reserve(stocked, "o1", 2, ("apple", 1))
    assert _held(stocked, "o1").lines == (ReservedLine("apple", "main", 1, 0), ReservedLine("pear", "main", 0, 0))


def test_an_order_without_a_warehouse_is_served_from_as_few_as_can(stocked: PureWorld) -> None:
    stocked.open_warehouses("north", "south")
    stocked.adjust("pear", -10, "missing")
    for warehouse, apples, pears in (("north", 3, 3), ("south", 2, 0)):
        stocked.adjust("apple", apples, "receipt", warehouse=warehouse)
        if pears:
            stocked.adjust("pear", pears, "receipt", warehouse=warehouse)
    _reserve(stocked, "o1", 1, ("apple", 3), ("pear", 3))
    assert {line.warehouse for line in _held(stocked, "o1").lines} == {"north"}


def test_the_rest_of_an_order_waits_where_the_order_already_has_stock(stocked: PureWorld) -> None:
    stocked.open_warehouses("north")
    stocked.adjust("pear", -10, "missing")
    stocked.adjust("pear", 3, "receipt", warehouse="north")
    _reserve(stocked, "o1", 1, ("pear", 5))
    assert _held(stocked, "o1").lines == (ReservedLine("pear", "north", 3, 2),)


def test_units_that_are_promised_stay_where_they_are_when_more_is_wanted(stocked: PureWorld) -> None:
    stocked.open_warehouses("north")
    _reserve(stocked, "o1", 1, ("apple", 8))
    stocked.adjust("apple", 50, "receipt", warehouse="north")
    _reserve(stocked, "o1", 2, ("apple", 12))
    assert stocked.site("apple").reserved >= 8
    assert sum(line.reserved for line in _held(stocked, "o1").lines) == 12


def test_the_newest_promises_break_first_and_only_as_far_as_needed() -> None:
    promises = {"a": Promise(1, 0, "a"), "b": Promise(2, 0, "b"), "c": Promise(3, 0, "c")}
    assert newest_promises({"a": 5, "c": 2, "b": 5}, 4, promises.__getitem__) == [("c", 2), ("b", 2)]
    assert newest_promises({"a": 5}, 0, promises.__getitem__) == []


class CountedSku(str):
    """A SKU that counts how often it is compared."""

    __slots__ = ()
    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        CountedSku.compared += 1
        return str.__eq__(self, other)


@pytest.mark.parametrize("shortage", ["refuse", "backorder", "drop"])
def test_the_work_for_an_order_grows_with_its_lines_not_with_their_square(shortage: str) -> None:
    skus = [CountedSku(f"s{number}") for number in range(500)]
    items = {sku: StockItem(Product(sku, sku), 1, {place: SiteStock(on_hand=2) for place in ("a", "b")}) for sku in skus}
    CountedSku.compared = 0
    first = reshape(tuple(Wanted(sku, 9 if shortage != "refuse" else 3) for sku in skus), shortage, (), items, "")
    assert isinstance(first, tuple)
    again = reshape(tuple(Wanted(sku, 11) for sku in skus), shortage, first, items, "")
    assert isinstance(again, InsufficientStock) == (shortage == "refuse")
    assert CountedSku.compared <= 10 * len(skus)
