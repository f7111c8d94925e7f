"""Sagas in trouble: shards that do not answer, copies of commands, notices that come late, people who step in."""

from __future__ import annotations

import pytest

from actors.inventory.commands import Adjust, NoticeHeard, Release
from actors.inventory.goods import DEFAULT_WAREHOUSE, ReservedLine
from actors.inventory.replies import ReservationView
from actors.inventory.shard import InventoryShard
from actors.kernel.machine import Outgoing
from actors.kernel.messages import Busy, Failed, KeyReused, OwnerName
from actors.orders.book import ATTEMPTS_BEFORE_PARKING
from actors.orders.commands import HoldOrder, PlaceOrder, RecallOrder, RecordReservation, ResumeOrder, RetryOrder
from actors.orders.lines import NewOrder, OrderedLine
from actors.orders.queries import ReadOrder
from actors.orders.refusals import OrderTaken, UnknownOrder, WrongState
from tests.model.world import PureWorld, skus_on_different_shards


@pytest.fixture
def stocked(world: PureWorld) -> PureWorld:
    world.stock(apple=5, pear=5)
    return world


def _stop_shards(world: PureWorld) -> None:
    world.away.update(world.inventory.names())


def _start_shards(world: PureWorld) -> None:
    world.away.clear()
    world.pump()


def _park(world: PureWorld, order_id: str) -> None:
    name = world.orders.owner_of(order_id)
    book = world.book(order_id)
    for step in book.outgoing(order_id):
        assert book.stuck(step, ATTEMPTS_BEFORE_PARKING - 1) is None
        command = book.stuck(step, ATTEMPTS_BEFORE_PARKING)
        assert command is not None
        world.give(name, command)
    world._under_way.clear()
    world._sent.clear()


def _retry(world: PureWorld, action: str) -> object:
    return world.ask(RetryOrder(world.op(), 0, "operator", "o1", action))


def test_an_order_without_an_answer_is_parked_and_sends_nothing(stocked: PureWorld) -> None:
    _stop_shards(stocked)
    stocked.place("o1", ("apple", 1), ("pear", 1))
    _park(stocked, "o1")
    assert stocked.state("o1") == "parked"
    assert list(stocked.book("o1").outgoing("o1")) == []
    _retry(stocked, "retry")
    _start_shards(stocked)
    assert stocked.state("o1") == "reserved"


def test_a_parked_order_can_be_undone(stocked: PureWorld) -> None:
    _stop_shards(stocked)
    stocked.place("o1", ("apple", 1), ("pear", 1))
    _park(stocked, "o1")
    _retry(stocked, "compensate")
    _start_shards(stocked)
    assert stocked.state("o1") == "rejected"
    assert stocked.site("apple").reserved == 0


def test_undoing_a_parked_shipment_cancels_what_has_not_left(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 1), ("pear", 1))
    _stop_shards(stocked)
    stocked.ship("o1")
    _park(stocked, "o1")
    _retry(stocked, "compensate")
    _start_shards(stocked)
    assert stocked.state("o1") == "cancelled"
    assert stocked.site("apple").on_hand == 5


def test_a_parked_order_can_be_cancelled(stocked: PureWorld) -> None:
    _stop_shards(stocked)
    stocked.place("o1", ("apple", 1), ("pear", 1))
    _park(stocked, "o1")
    stocked.cancel("o1")
    _start_shards(stocked)
    assert stocked.state("o1") == "cancelled"


def test_a_late_answer_takes_an_order_out_of_its_parking_place(stocked: PureWorld) -> None:
    _stop_shards(stocked)
    stocked.place("o1", ("apple", 1))
    steps = stocked.under_way()
    _park(stocked, "o1")
    for sender, step in steps:
        stocked.deliver(sender, step, certain=False)
    assert stocked.state("o1") == "reserved"


def test_only_a_parked_order_can_be_sent_on(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 1))
    assert _retry(stocked, "retry") == WrongState("o1", "reserved", "retry")
    assert stocked.ask(RetryOrder("x", 0, "operator", "o9", "retry")) == UnknownOrder("o9")


def test_a_parked_order_that_goes_on_after_a_restart_is_still_parked(stocked: PureWorld) -> None:
    _stop_shards(stocked)
    stocked.place("o1", ("apple", 1))
    _park(stocked, "o1")
    stocked.crash(stocked.orders.owner_of("o1"))
    assert stocked.state("o1") == "parked"
    assert stocked.under_way() == []


@pytest.mark.parametrize("reply", [Busy("full", 1.0), Failed("unknown")])
def test_a_fault_below_a_shard_is_no_answer(stocked: PureWorld, reply: Busy | Failed) -> None:
    _stop_shards(stocked)
    stocked.place("o1", ("apple", 1))
    for _, step in stocked.under_way():
        assert stocked.book("o1").hear(step, reply, certain=True) is None


def test_a_step_sent_twice_is_carried_out_once(stocked: PureWorld) -> None:
    _stop_shards(stocked)
    stocked.place("o1", ("apple", 2))
    ((sender, step),) = stocked.under_way()
    for _ in range(3):
        stocked.deliver(sender, step, certain=False)
    assert stocked.site("apple").reserved == 2
    assert stocked.line("o1", "apple").reserved == 2


def test_a_refusal_of_a_copy_does_not_hide_what_the_first_copy_did(stocked: PureWorld) -> None:
    """The first copy reserved, its answer was lost; a count broke the promise; the second copy is told what is there."""
    _stop_shards(stocked)
    stocked.place("o1", ("apple", 5))
    ((sender, step),) = stocked.under_way()
    stocked.away.clear()
    stocked.give(step.to, step.command)  # nobody hears the answer
    stocked.adjust("apple", -2, "missing")
    stocked.pump()
    assert (stocked.line("o1", "apple").reserved, stocked.line("o1", "apple").backordered) == (3, 2)


def test_an_uncertain_refusal_is_followed_by_a_release_so_that_nothing_is_left_behind(stocked: PureWorld) -> None:
    _stop_shards(stocked)
    stocked.place("o1", ("apple", 9))
    ((sender, step),) = stocked.under_way()
    stocked.away.clear()
    stocked._under_way.clear()
    stocked.deliver(sender, step, certain=False)
    assert [type(following.command) for _, following in stocked.under_way()] == [Release]
    stocked.pump()
    assert stocked.state("o1") == "rejected"


def test_a_rejected_order_lets_go_of_the_shards_that_had_the_goods() -> None:
    world = PureWorld(inventory_shards=3)
    here, there = skus_on_different_shards(world)
    world.stock(**{here: 5, there: 0})
    assert world.place("o1", (here, 5), (there, 1)).state == "rejected"
    assert world.available(here) == 5
    assert world.broken() == []


def test_a_shard_that_holds_something_for_an_order_that_is_over_is_told_to_let_go(stocked: PureWorld) -> None:
    _stop_shards(stocked)
    stocked.place("o1", ("apple", 9))
    ((sender, step),) = stocked.under_way()
    _start_shards(stocked)
    assert stocked.state("o1") == "rejected"
    stocked.adjust("apple", 10, "receipt")
    stocked.give(step.to, step.command)  # a copy that nobody counted on
    assert stocked.site("apple").reserved == 9
    stocked.adjust("apple", -7, "missing")  # its promise breaks, the order hears of it, and is over
    assert (stocked.site("apple").reserved, stocked.site("apple").backordered) == (0, 0)
    assert stocked.state("o1") == "rejected"


def test_a_notice_for_an_order_that_is_not_known_is_heard_and_forgotten(stocked: PureWorld) -> None:
    shard = stocked.shard("apple")
    notice = RecordReservation("n", "o9", shard.name, ReservationView("o9", 1, 2, ()))
    refusal = stocked.give(stocked.orders.owner_of("o9"), notice)
    assert refusal == UnknownOrder("o9")
    assert isinstance(shard.hear(Outgoing(OwnerName("orders-0"), notice), refusal, certain=True), NoticeHeard)


def test_an_old_notice_changes_nothing(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 5), policy="ship_partial")
    stocked.adjust("apple", -1, "missing")
    stocked.adjust("apple", 1, "found")
    before = stocked.order("o1")
    old = ReservationView("o1", 1, 2, (ReservedLine("apple", "main", 4, 1),))
    stocked.give(stocked.orders.owner_of("o1"), RecordReservation("old", "o1", stocked.shard("apple").name, old))
    assert stocked.order("o1") == before


def test_a_notice_is_owed_until_the_order_has_heard_it(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 5), policy="ship_partial")
    stocked.away.add(stocked.orders.owner_of("o1"))
    stocked.adjust("apple", -1, "missing")
    name = stocked.inventory.owner_of("apple")
    assert list(stocked.machines[name].unfinished()) == ["o1"]
    stocked.crash(name)
    assert list(stocked.machines[name].unfinished()) == ["o1"]
    stocked.away.clear()
    stocked.pump()
    assert list(stocked.machines[name].unfinished()) == []
    assert stocked.line("o1", "apple").backordered == 1


# ── op ids ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _place(op_id: str, fingerprint: int, order_id: str, quantity: int = 1) -> PlaceOrder:
    return PlaceOrder(op_id, fingerprint, "test", order_id, NewOrder((OrderedLine("apple", quantity),)))


def test_an_order_placed_twice_is_placed_once(stocked: PureWorld) -> None:
    first = stocked.ask(_place("k", 1, "o1", 2))
    assert stocked.ask(_place("k", 1, "o1", 2)) == first
    assert stocked.site("apple").reserved == 2


def test_a_repeated_order_that_was_refused_is_refused_again_though_goods_have_come(stocked: PureWorld) -> None:
    first = stocked.ask(_place("k", 1, "o1", 9))
    stocked.adjust("apple", 100, "receipt")
    assert stocked.ask(_place("k", 1, "o1", 9)) == first
    assert first.state == "rejected"


def test_another_order_under_the_same_id_is_refused(stocked: PureWorld) -> None:
    stocked.ask(_place("k", 1, "o1"))
    assert stocked.ask(_place("k", 2, "o1")) == OrderTaken("o1", "k", other_key=False, other_body=True)
    assert stocked.ask(_place("other", 1, "o1")) == OrderTaken("o1", "other", other_key=True, other_body=False)
    assert stocked.ask(_place("other", 2, "o1")) == OrderTaken("o1", "other", other_key=True, other_body=True)


@pytest.mark.parametrize("order_shards", [1, 2])
def test_the_same_key_for_another_order_id_is_another_order_however_many_shards_there_are(order_shards: int) -> None:
    world = PureWorld(order_shards=order_shards)
    world.stock(apple=9)
    for order_id in ("o1", "o2", "o3", "o4"):
        assert world.ask(_place("k", 1, order_id)).state == "reserved"


@pytest.mark.parametrize("fingerprint", [1, 2])
def test_a_key_belongs_to_one_body(stocked: PureWorld, fingerprint: int) -> None:
    stocked.ask(_place("o1", 1, "o1"))
    stocked.ask(HoldOrder("key", 1, "test", "o1", "why"))
    stocked.ask(ResumeOrder("other", 1, "test", "o1"))
    again = stocked.ask(HoldOrder("key", fingerprint, "test", "o1", "why"))
    assert (again == KeyReused("key")) == (fingerprint == 2)
    assert stocked.state("o1") == "reserved"


# ── snapshots and memory ────────────────────────────────────────────────────────────────────────────────────────────
def test_a_book_restored_from_its_snapshot_goes_on_where_it_was(stocked: PureWorld) -> None:
    stocked.place("o1", ("apple", 1))
    stocked.ship("o1")
    stocked.deliver_order("o1")
    stocked.place("o2", ("apple", 9), policy="ship_partial")
    _stop_shards(stocked)
    stocked.take_back("o1", "r", ("apple", 1, "restock"))
    stocked.edit("o2", ("apple", 3))
    for name in stocked.orders.names():
        fresh = stocked.fresh(name)
        for record in stocked.machines[name].snapshot():
            fresh.restore(record)
        assert list(fresh.snapshot()) == list(stocked.machines[name].snapshot())
        assert sorted(fresh.unfinished()) == sorted(stocked.machines[name].unfinished())
        stocked.machines[name] = fresh
    _start_shards(stocked)
    assert stocked.line("o2", "apple").ordered == 3


def test_finished_orders_leave_memory_and_come_back_when_they_are_recalled(
    stocked: PureWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    from actors.orders import evolution

    monkeypatch.setattr(evolution, "FINISHED_KEPT", 2)
    world = PureWorld()
    world.stock(apple=5)
    for number in range(4):
        world.place(f"o{number}", ("apple", 1))
        world.cancel(f"o{number}")
        if number == 0:
            gone = world.order("o0")
    book = world.book("o0")
    assert sorted(book.orders) == ["o2", "o3"]
    assert len(book.forgotten) == 2
    assert book.decide(RecallOrder("recall", gone), 9) == (), "the rows may tell of an earlier state than was answered"
    assert isinstance(book.read(ReadOrder("o0"), 9), Busy)
    for _ in range(2):
        book.forgotten.lately.rows_have_passed()
    assert isinstance(book.read(ReadOrder("o0"), 9), UnknownOrder)
    world.ask(RecallOrder("recall", gone), to=book.name)
    assert world.state("o0") == "cancelled"
    assert sorted(book.orders) == ["o0", "o3"]
    assert world.cancel("o0").state == "cancelled"


def test_an_order_that_is_over_stays_in_memory_while_a_shard_has_to_let_go_of_something(stocked: PureWorld) -> None:
    _stop_shards(stocked)
    stocked.place("o1", ("apple", 9))
    ((_, copy),) = stocked.under_way()
    _start_shards(stocked)
    assert list(stocked.book("o1").finished) == ["o1"]
    stocked.adjust("apple", 10, "receipt")
    stocked.give(copy.to, copy.command)
    stocked.give(copy.to, Adjust("lost", 0, "test", "apple", -7, "missing"))
    notice = stocked._under_way.popleft()
    stocked.deliver(*notice)
    assert list(stocked.book("o1").finished) == [], "it could be forgotten before the release has left"
    stocked.pump()
    assert list(stocked.book("o1").finished) == ["o1"]


def test_a_parked_order_that_is_being_rejected_is_not_called_cancelled_when_it_goes_on() -> None:
    world = PureWorld(inventory_shards=3)
    here, there = skus_on_different_shards(world)
    world.stock(**{here: 5, there: 0})
    world.away.add(world.inventory.owner_of(here))
    world.place("o1", (here, 5), (there, 1))
    world.away.clear()
    ((sender, step),) = world.under_way()
    world._under_way.clear()
    world.deliver(sender, step)  # there are the goods: now everything has to be undone
    _park(world, "o1")
    world.give(world.orders.owner_of("o1"), RetryOrder("again", 0, "operator", "o1", "retry"))
    assert world.state("o1") == "received"
    world.pump()
    assert world.state("o1") == "rejected"


def test_an_order_cancelled_under_the_name_of_a_hold_leaves_the_hold_alone(stocked: PureWorld) -> None:
    stocked.hold("b1", "apple", 2)
    _stop_shards(stocked)
    stocked.place("b1", ("apple", 1))
    stocked.cancel("b1")
    _start_shards(stocked)
    assert stocked.state("b1") == "cancelled"
    shard = stocked.shard("apple")
    fresh = InventoryShard(shard.name, stocked.orders)
    for record in shard.snapshot():
        fresh.restore(record)
    assert fresh.baskets == shard.baskets
    assert fresh.items["apple"].available(DEFAULT_WAREHOUSE) == stocked.available("apple") == 3
