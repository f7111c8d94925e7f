"""Goods from the dock to their place: on hand at once, available when they are put away, and never twice."""

from __future__ import annotations

import pytest

from actors.inventory.goods import Location
from actors.kernel.messages import Busy, KeyReused
from actors.kernel.routing import PROCUREMENT
from actors.procurement import commands, forgetting
from actors.procurement.documents import DocumentRecord
from actors.procurement.incoming import Due
from actors.procurement.queries import ReadDocument
from actors.procurement.refusals import (
    ExpectedTooEarly,
    NotOnPurchase,
    NotOnTask,
    OverAnnounced,
    OverLine,
    UnknownDocument,
    WrongPurchaseState,
)
from tests.model.buying_house import BuyingHouse, view


def test_received_is_not_available_until_it_is_put_away(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10))
    house.arrive("r1", ("apple", 10), purchase_id="po")
    site = house.site("apple")
    assert (site.on_hand, site.on_hold, house.available("apple")) == (10, 10, 0)
    (task,) = house.tasks("po")
    assert (task.from_location, task.to_location, task.quantity) == ("receiving", "stock", 10)
    house.confirm(task, 4)
    assert (house.available("apple"), task.left, task.state) == (4, 6, "pending")
    house.confirm(task)
    assert (house.available("apple"), task.state) == (10, "done")


def test_goods_may_be_available_at_once(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10))
    house.arrive("r1", ("apple", 8, 2), purchase_id="po", put_away=False)
    assert (house.available("apple"), house.site("apple").on_hold, house.tasks("po")) == (8, 2, [])


def test_backorders_fill_when_goods_become_available_and_not_before(house: BuyingHouse) -> None:
    house.place("o1", ("apple", 3), policy="ship_partial")
    house.place_purchase("po", ("apple", 10))
    house.arrive("r1", ("apple", 10), purchase_id="po")
    assert house.state("o1") == "backordered"
    house.confirm(house.tasks("po")[0], 2)
    assert house.state("o1") == "partially_reserved"
    house.confirm(house.tasks("po")[0])
    assert house.state("o1") == "reserved"


@pytest.mark.parametrize("put_away", [True, False])
def test_goods_that_have_expired_go_to_quarantine(house: BuyingHouse, put_away: bool) -> None:
    house.place_purchase("po", ("apple", 10))
    house.arrive(
        "r1", ("apple", 4, 0, "old", "1969-12-31"), ("apple", 6, 0, "new", "2999-01-01"), purchase_id="po", put_away=put_away
    )
    assert house.document("po").receipts["r1"].bookings[0].location == "quarantine"
    line = house.document("po").lines["apple"]
    assert (line.received, line.damaged) == (10, 0)
    assert [task.quantity for task in house.tasks("po")] == ([6] if put_away else [])
    for task in house.tasks("po"):
        house.confirm(task)
    assert (house.available("apple"), house.site("apple").on_hold) == (6, 4)


def test_damaged_goods_are_on_hold_and_no_task_carries_them(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10))
    house.arrive("r1", ("apple", 6, 4), purchase_id="po")
    line = house.document("po").lines["apple"]
    assert (line.received, line.damaged, house.document("po").state) == (10, 4, "received")
    assert {place.location: place.on_hand for place in house.site("apple").bins} == {"receiving": 6, "quarantine": 4}
    assert [task.quantity for task in house.tasks("po")] == [6]


def test_lots_and_expiry_are_kept(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10))
    house.arrive("r1", ("apple", 4, 0, "L1", "2027-05-01"), ("apple", 6, 0, "L2", "2027-06-01"), purchase_id="po")
    bookings = house.document("po").receipts["r1"].bookings
    assert [(one.lot, one.expires_on, one.quantity) for one in bookings] == [("L1", "2027-05-01", 4), ("L2", "2027-06-01", 6)]
    for task in house.tasks("po"):
        house.confirm(task)
    assert {(place.location, place.lot): place.on_hand for place in house.site("apple").bins} == {
        ("stock", "L1"): 4,
        ("stock", "L2"): 6,
    }


def test_goods_arrive_without_an_order(house: BuyingHouse) -> None:
    view(house.arrive("found-it", ("apple", 3), ("pear", 2)))
    assert (house.site("apple").on_hand, house.site("pear").on_hand) == (3, 2)
    assert [task.quantity for task in house.tasks("blind found-it")] == [3, 2]


def test_a_receipt_that_comes_again_is_one_and_another_under_its_id_is_refused(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10))
    house.arrive("r1", ("apple", 4), purchase_id="po")
    house.arrive("r1", ("apple", 4), purchase_id="po")
    assert house.site("apple").on_hand == 4
    assert house.arrive("r1", ("apple", 5), purchase_id="po") == KeyReused("r1")
    house.arrive("b1", ("apple", 1))
    assert house.arrive("b1", ("apple", 2)) == KeyReused("b1")


def test_a_receipt_is_answered_when_its_goods_are_on_stock(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10), ("pear", 2))
    house.away = set(house.inventory.names())
    assert house.arrive("r1", ("apple", 4), ("pear", 2), purchase_id="po") is None
    assert house.document("po").receipts["r1"].under_way
    house.away.clear()
    house.pump()
    assert view(house.arrive("r1", ("apple", 4), ("pear", 2), purchase_id="po")).receipts["r1"].bookings[0].booked


def test_goods_reach_stock_once_when_everybody_dies_in_between(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10))
    shard = house.inventory.owner_of("apple")
    house.away = {PROCUREMENT}
    house.give(PROCUREMENT, commands.Receive("r1", 0, "dock", "r1", (commands.ArrivedLine("apple", 4),), "po"))
    ((_, step),) = house.under_way()
    house.give(shard, step.command)  # carried out, and the answer is lost
    house.crash(shard)
    house.crash(PROCUREMENT)
    house.away.clear()
    house.pump()
    assert house.site("apple").on_hand == 4
    assert not house.document("po").receipts["r1"].under_way


def test_a_carry_is_done_once_when_everybody_dies_in_between(house: BuyingHouse) -> None:
    house.arrive("b1", ("apple", 4))
    (task,) = house.tasks("blind b1")
    shard = house.inventory.owner_of("apple")
    house.away = {PROCUREMENT}
    house.give(PROCUREMENT, commands.ConfirmTask("c1", 0, "dock", task.task_id, 3))
    ((_, step),) = house.under_way()
    house.give(shard, step.command)
    house.crash(PROCUREMENT)
    house.crash(shard)
    house.away.clear()
    house.pump()
    assert (house.available("apple"), house.tasks("blind b1")[0].done) == (3, 3)


def test_a_carry_takes_as_many_as_there_are(house: BuyingHouse) -> None:
    house.arrive("b1", ("apple", 4))
    house.adjust("apple", -3, "missing", location="receiving")
    (task,) = house.tasks("blind b1")
    document = view(house.confirm(task))
    assert (document.tasks[task.task_id].confirms[0].moved, task.state, house.available("apple")) == (1, "pending", 1)
    house.ask(commands.CancelTask(house.op(), 0, "dock", task.task_id))
    assert task.state == "cancelled"


def test_one_confirm_at_a_time_is_on_its_way(house: BuyingHouse) -> None:
    house.arrive("b1", ("apple", 4))
    (task,) = house.tasks("blind b1")
    house.away = set(house.inventory.names())
    house.give(PROCUREMENT, commands.ConfirmTask("c1", 0, "dock", task.task_id, 1))
    refused = house.give(PROCUREMENT, commands.ConfirmTask("c2", 0, "dock", task.task_id, 1))
    assert isinstance(refused, Busy)
    assert isinstance(house.give(PROCUREMENT, commands.CancelTask("c3", 0, "dock", task.task_id)), Busy)


def test_what_cannot_be_carried_is_refused(house: BuyingHouse) -> None:
    house.arrive("b1", ("apple", 4))
    (task,) = house.tasks("blind b1")
    assert house.confirm(task, 5) == NotOnTask(task.task_id, 5, 4)
    house.confirm(task, op_id="once")
    house.confirm(task, op_id="once")
    assert house.confirm(task, 1) == WrongPurchaseState(task.task_id, "done", "be confirmed")
    missing = commands.ConfirmTask("x", 0, "dock", "no-task")
    assert house.ask(missing) == UnknownDocument("putaway task", "no-task")


def test_somebody_may_ask_for_goods_to_be_carried(house: BuyingHouse) -> None:
    house.adjust("apple", 5, "found", location="quarantine")
    asked = commands.CreateTask("k", 0, "dock", "t1", "apple", 5, "main", "quarantine", "stock")
    view(house.ask(asked))
    assert house.ask(asked) == house.ask(asked)
    house.confirm(house.tasks("task t1")[0])
    assert house.available("apple") == 5


# ── rules of putaway ────────────────────────────────────────────────────────────────────────────────────────────────
def placed(house: BuyingHouse, quantity: int, category: str = "", volume_ml: int | None = None) -> dict[str, int]:
    """Where goods go that arrive now."""
    receipt = house.op()
    house.arrive(receipt, ("apple", quantity, 0, "", "", category, volume_ml))
    return {task.to_location: task.quantity for task in house.tasks(f"blind {receipt}")}


@pytest.fixture
def shelves(house: BuyingHouse) -> BuyingHouse:
    """A house with more places."""
    for place in ("bulk", "cold", "small", "dock"):
        house.open_location(Location(place, "main"))
    return house


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, {"stock": 9}),
        ({"cold": {"category": "fruit"}}, {"cold": 9}),
        ({"cold": {"category": "meat"}}, {"stock": 9}),
        ({"cold": {"sku": "apple"}}, {"cold": 9}),
        ({"cold": {"sku": "pear"}}, {"stock": 9}),
        ({"small": {"largest_volume_ml": 500}}, {"small": 9}),
        ({"small": {"largest_volume_ml": 499}}, {"stock": 9}),
        ({"cold": {"capacity": 4}, "bulk": {"sequence": 1}}, {"cold": 4, "bulk": 5}),
        ({"cold": {"capacity": 4, "sequence": 2}, "bulk": {"sequence": 1}}, {"bulk": 9}),
        ({"cold": {"same_item": True}}, {"stock": 9}),
        ({"dock": {"cross_dock": True}}, {"stock": 9}),
    ],
)
def test_goods_go_where_the_first_rule_says_that_holds(shelves: BuyingHouse, rules: dict, expected: dict) -> None:  # type: ignore[type-arg]
    for location, terms in rules.items():
        shelves.rule(f"rule-{location}", location, **terms)
    assert placed(shelves, 9, "fruit", 500) == expected


def test_what_is_on_its_way_counts_against_the_capacity_of_its_place(shelves: BuyingHouse) -> None:
    shelves.rule("few", "cold", capacity=10)
    assert placed(shelves, 7) == {"cold": 7}
    assert placed(shelves, 7) == {"cold": 3, "stock": 4}


def test_what_lies_there_counts_too(shelves: BuyingHouse) -> None:
    shelves.adjust("apple", 8, "found", location="cold")
    shelves.rule("few", "cold", capacity=10, same_item=True)
    assert placed(shelves, 7) == {"cold": 2, "stock": 5}


def test_goods_that_orders_wait_for_are_carried_to_the_dock_and_not_more(shelves: BuyingHouse) -> None:
    shelves.place("o1", ("apple", 4), policy="ship_partial")
    shelves.rule("across", "dock", cross_dock=True)
    assert placed(shelves, 3) == {"dock": 3}
    assert placed(shelves, 3) == {"dock": 1, "stock": 2}


# ── what is to come ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_is_on_order_is_told_by_day_until_it_arrives(house: BuyingHouse) -> None:
    house.draft("po", ("apple", 10))
    assert house.incoming("apple").due == ()
    house.place_purchase("po")
    house.place_purchase("po2", ("apple", 5, "2027-03-01"))
    assert house.incoming("apple").due == (Due("main", "2027-01-20", 10), Due("main", "2027-03-01", 5))
    house.announce("a1", "po", ("apple", 6))
    later = Due("main", "2027-03-01", 5)
    told = house.incoming("apple")
    assert told.due == (Due("main", "2027-01-20", 4), Due("main", "2027-02-01", 6), later), "on the day of the notice"
    assert told.in_transit == (("main", 6),)
    house.arrive("r1", ("apple", 4), asn_id="a1")
    told = house.incoming("apple")
    assert told.due == (Due("main", "2027-01-20", 4), Due("main", "2027-02-01", 2), later)
    assert (told.in_transit, told.to_put_away) == ((("main", 2),), (("main", 4),))
    house.confirm(house.tasks("po")[0])
    house.change("hold", "po")
    assert house.incoming("apple").due == told.due
    house.change("resume", "po")
    house.change("close", "po")
    assert house.incoming("apple").due == (Due("main", "2027-03-01", 5),)
    house.change("cancel", "po2")
    assert house.incoming("apple") == house.incoming("apple").__class__("apple")


def test_no_more_is_in_transit_than_is_open_whatever_was_announced(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10))
    house.announce("a1", "po", ("apple", 6))
    house.announce("a2", "po", ("apple", 10))  # it may take the place of the first
    told = house.incoming("apple")
    assert (told.due, told.in_transit) == ((Due("main", "2027-02-01", 10),), (("main", 10),))
    house.arrive("r1", ("apple", 7), purchase_id="po")  # nobody says by which notice
    told = house.incoming("apple")
    assert (told.due, told.in_transit) == ((Due("main", "2027-02-01", 3),), (("main", 3),))


def test_what_can_be_sold_where_it_lies_is_not_to_be_put_away(house: BuyingHouse) -> None:
    house.open_location(Location("bulk", "main"))
    for place, units in (("stock", 5), ("quarantine", 3), ("receiving", 2)):
        house.adjust("apple", units, "found", location=place)
    ways = (("stock", "bulk", 5), ("receiving", "quarantine", 2), ("quarantine", "bulk", 3))
    for number, (here, there, units) in enumerate(ways):
        view(house.ask(commands.CreateTask(f"k{number}", 0, "dock", f"t{number}", "apple", units, "main", here, there)))
    assert house.incoming("apple").to_put_away == (("main", 3),), "the others are available already, or stay on hold"


def test_a_notice_of_more_than_may_still_be_received_or_of_a_day_before_the_order_is_refused(house: BuyingHouse) -> None:
    house.supplier("farm", lead_time_days=5, over_receipt_percent=20)
    house.place_purchase("po", ("apple", 10), ("pear", 3))
    house.arrive("r1", ("apple", 4), purchase_id="po")
    too_many = house.announce("a1", "po", ("apple", 5), ("apple", 4, "other lot"), ("pear", 3))
    assert too_many == OverAnnounced("po", (OverLine("apple", 10, 4, 9, 12),))
    early = house.announce("a1", "po", ("apple", 8), expected_on="2027-01-14")
    assert early == ExpectedTooEarly("po", "2027-01-14", "2027-01-15")
    assert "a1" not in house.document("po").notices
    house.now += 3 * 86_400_000  # a notice that comes late
    assert isinstance(house.announce("a1", "po", ("apple", 8), expected_on="2027-01-15"), DocumentRecord)


def test_a_notice_counts_what_arrives_on_the_strength_of_it(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10))
    view(house.announce("a1", "po", ("apple", 6)))
    view(house.announce("a1", "po", ("apple", 6)))
    assert house.announce("a1", "po", ("apple", 6), ("apple", 1)) == KeyReused("a1")
    house.arrive("r1", ("apple", 6), asn_id="a1")
    assert (house.document("po").notices["a1"].state, house.document("po").state) == ("received", "partially_received")


def test_a_notice_of_what_is_not_on_the_order_is_refused(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10))
    assert house.announce("a1", "po", ("plum", 6)) == NotOnPurchase("po", ("plum",))
    assert house.announce("a1", "other", ("plum", 6)) == UnknownDocument("purchase order", "other")


# ── lead times ──────────────────────────────────────────────────────────────────────────────────────────────────────
DAY_MS = 86_400_000


def test_receipts_teach_lead_times(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10))
    house.now += 4 * DAY_MS
    house.arrive("r1", ("apple", 4), purchase_id="po")
    house.now += 2 * DAY_MS
    house.arrive("r2", ("apple", 6), purchase_id="po")
    house.place_purchase("po2", ("apple", 1), ("pear", 1))
    house.now += 8 * DAY_MS
    house.arrive("r3", ("apple", 1), ("pear", 1), purchase_id="po2")
    times = house.purchases.item_times["farm", "apple"]
    assert (times.first.count, times.first.mean_days, times.complete.mean_days) == (2, 6, 7)
    assert times.first.deviation_days == pytest.approx(8**0.5)
    assert house.purchases.supplier_times["farm"].first.count == 3


# ── what leaves memory ──────────────────────────────────────────────────────────────────────────────────────────────
def test_what_is_over_leaves_memory_with_all_that_belongs_to_it(monkeypatch: pytest.MonkeyPatch, house: BuyingHouse) -> None:
    monkeypatch.setattr(forgetting, "FINISHED_KEPT", 1)
    house.place_purchase("po", ("apple", 4))
    house.announce("a1", "po", ("apple", 4))
    house.arrive("r1", ("apple", 4), asn_id="a1")
    (task,) = house.tasks("po")
    house.change("close", "po")
    assert "po" in house.purchases.documents
    assert "po" not in house.purchases.finished, "its goods are still to be put away"
    house.confirm(task)
    kept = house.read(ReadDocument("po"), PROCUREMENT).document
    house.draft("other", ("pear", 1))
    house.change("cancel", "other")
    book = house.purchases
    assert list(book.documents) == ["other"]
    assert (book.task_of, book.notice_of) == ({}, {})
    for key in ("po", "asn a1", f"task {task.task_id}"):
        assert key in book.forgotten
    assert isinstance(house.place_purchase("po"), Busy), "nobody can tell until the rows have it"
    book.forgotten.lately.rows_have_passed()
    book.forgotten.lately.rows_have_passed()
    assert book.recall_key(commands.ConfirmTask("x", 0, "dock", task.task_id)) == f"task {task.task_id}"
    house.give(PROCUREMENT, commands.RecallDocument("recall", kept))
    assert house.read(ReadDocument("po"), PROCUREMENT).document == kept
    assert house.confirm(task, 1) == WrongPurchaseState(task.task_id, "done", "be confirmed")
