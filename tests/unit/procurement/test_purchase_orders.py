"""The life of a purchase order: draft, placed, received in parts, closed; on hold and cancelled."""

from __future__ import annotations

from typing import Any

import pytest

from actors.inventory.refusals import VersionConflict
from actors.kernel.messages import KeyReused
from actors.procurement import commands
from actors.procurement.documents import NewLine, NewPurchase
from actors.procurement.minimums import below_minimum, wrong_quantities
from actors.procurement.refusals import (
    BelowMinimum,
    LeadTimeUnknown,
    NotOrderable,
    NotSupplied,
    Overdue,
    OverLine,
    OverReceipt,
    UnknownDocument,
    UnknownSupplier,
    WrongPurchaseState,
    WrongQuantity,
)
from actors.procurement.suppliers import Supplier
from tests.model.buying_house import BuyingHouse, view


def test_an_order_goes_from_draft_to_closed(house: BuyingHouse) -> None:
    assert view(house.draft("po", ("apple", 10), ("pear", 4))).state == "draft"
    assert view(house.place_purchase("po")).state == "placed"
    assert view(house.arrive("r1", ("apple", 10), purchase_id="po")).state == "partially_received"
    assert view(house.arrive("r2", ("pear", 4), purchase_id="po")).state == "received"
    assert view(house.change("close", "po")).state == "closed"
    events = [moment.event for moment in house.document("po").timeline]
    assert events == ["created", "placed", "received", "received", "closed"]


def test_what_is_due_follows_from_the_day_it_is_placed(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10), ("pear", 1, "2027-09-09"))
    lines = house.document("po").lines
    assert (lines["apple"].due_on, lines["pear"].due_on) == ("2027-01-20", "2027-09-09")


def test_an_order_that_is_written_twice_is_one_and_another_under_its_id_is_refused(house: BuyingHouse) -> None:
    first = house.draft("po", ("apple", 10))
    assert house.draft("po", ("apple", 10)) == first
    other = NewPurchase("farm", "main", (NewLine("pear", 1),))
    assert house.ask(commands.CreatePurchase("po", 1, "buyer", "po", other)) == KeyReused("po")


def test_a_key_with_another_body_is_refused(house: BuyingHouse) -> None:
    house.draft("po", ("apple", 10))
    house.ask(commands.HoldPurchase("k", 1, "buyer", "po", "one"))
    assert house.ask(commands.HoldPurchase("k", 2, "buyer", "po", "two")) == KeyReused("k")


@pytest.mark.parametrize(
    ("supplier", "lines", "refusal"),
    [
        ("nobody", [("apple", 1)], UnknownSupplier("nobody")),
        ("farm", [("apple", 1), ("plum", 2)], NotSupplied("farm", ("plum",))),
        ("mill", [("apple", 4)], NotOrderable((WrongQuantity("apple", 4, 10, 6, 12),))),
        ("mill", [("apple", 13)], NotOrderable((WrongQuantity("apple", 13, 10, 6, 18),))),
        ("mill", [("apple", 6)], NotOrderable((WrongQuantity("apple", 6, 10, 6, 12),))),
    ],
)
def test_what_a_strict_supplier_takes_no_order_of_is_refused_with_what_it_takes(
    house: BuyingHouse, supplier: str, lines: Any, refusal: Any
) -> None:
    house.supplier("mill", strict_minimums=True)
    house.item("mill", "apple", minimum_quantity=10, order_multiple=6)
    assert house.draft("po", *lines, supplier=supplier) == refusal
    assert "po" not in house.purchases.documents


def test_an_order_is_rounded_up_when_that_is_asked_for(house: BuyingHouse) -> None:
    house.item("farm", "apple", (1, "2.50"), (12, "2.25"), minimum_quantity=10, order_multiple=6)
    house.draft("po", ("apple", 4), round_up=True)
    line = house.document("po").lines["apple"]
    assert (line.ordered, line.unit_price) == (12, "2.25")


def test_what_the_supplier_takes_no_order_of_is_told_and_taken_unless_it_is_strict(house: BuyingHouse) -> None:
    house.supplier("farm", lead_time_days=5, minimum_order="50.00")
    house.item("farm", "apple", (1, "2.50"))
    house.draft("po", ("apple", 4))
    assert fallen_short(house) == ((), BelowMinimum("po", "farm", "10.00", "50.00", 0))
    house.supplier("farm", lead_time_days=5, minimum_order="60.00", strict_minimums=True)
    assert house.place_purchase("po") == BelowMinimum("po", "farm", "10.00", "60.00", 0)
    house.item("farm", "apple", minimum_quantity=100)  # it has risen since the draft
    assert house.place_purchase("po") == NotOrderable((WrongQuantity("apple", 4, 100, 1, 100),))
    house.supplier("farm", lead_time_days=5, minimum_order="60.00")
    assert view(house.place_purchase("po")).state == "placed"
    assert fallen_short(house) == ((WrongQuantity("apple", 4, 100, 1, 100),), BelowMinimum("po", "farm", "0", "60.00", 1))


def test_an_order_is_below_no_minimum_as_long_as_nobody_knows_what_it_comes_to(house: BuyingHouse) -> None:
    house.supplier("farm", lead_time_days=5, minimum_order="50.00", strict_minimums=True)
    house.item("farm", "apple", (1, "2.50"))
    assert view(house.place_purchase("po", ("apple", 4), ("pear", 1))).state == "placed"
    assert fallen_short(house)[1] == BelowMinimum("po", "farm", "10.00", "50.00", 1)


def fallen_short(house: BuyingHouse) -> tuple[tuple[WrongQuantity, ...], BelowMinimum | None]:
    order = house.document("po")
    lines = order.lines.values()
    return wrong_quantities(lines), below_minimum(order.key, order.supplier, lines, order.minimum_order)


def test_a_line_is_not_due_on_a_day_that_is_over(house: BuyingHouse) -> None:
    assert house.draft("po", ("apple", 1, "2027-01-15"), ("pear", 1, "2027-01-14")) == Overdue(
        (("pear", "2027-01-14"),), "2027-01-15"
    )
    house.draft("po", ("apple", 1, "2027-01-15"))
    house.now += 86_400_000
    assert house.place_purchase("po") == Overdue((("apple", "2027-01-15"),), "2027-01-16")
    edit = commands.EditPurchase("edit", 0, "buyer", "po", (NewLine("apple", 2),))
    assert view(house.ask(edit)).lines["apple"].due_on == "2027-01-15", "nobody spoke of its day"
    edit = commands.EditPurchase("late", 0, "buyer", "po", (NewLine("apple", 2, "2027-01-15"),))
    assert isinstance(house.ask(edit), Overdue)
    house.ask(commands.EditPurchase("new day", 0, "buyer", "po", (NewLine("apple", 2, "2027-01-16"),)))
    assert view(house.place_purchase("po")).state == "placed"


def test_a_line_keeps_the_lead_time_that_was_agreed_when_it_was_placed(house: BuyingHouse) -> None:
    house.draft("po", ("apple", 1), ("pear", 1, "2027-09-09"))
    house.item("farm", "apple", lead_time_days=3)
    house.place_purchase("po")
    house.supplier("farm", lead_time_days=20)
    house.item("farm", "apple", lead_time_days=30)
    assert {line.sku: line.lead_time_days for line in house.document("po").lines.values()} == {"apple": 3, "pear": 5}


def test_without_any_lead_time_an_order_needs_its_day(house: BuyingHouse) -> None:
    house.supplier("slow")
    house.item("slow", "apple")
    house.item("slow", "pear", lead_time_days=0)
    assert house.place_purchase("po", ("apple", 1), ("pear", 1), supplier="slow") == LeadTimeUnknown("slow", ("apple",))
    assert view(house.place_purchase("po2", ("apple", 1, "2027-03-01"), ("pear", 1), supplier="slow")).state == "placed"
    assert house.document("po2").lines["pear"].due_on == "2027-01-15"


WRONG = [
    ("draft", ["close", "receive"]),
    ("placed", ["close"]),
    ("on_hold", ["close", "receive", "place"]),
    ("partially_received", ["cancel"]),
    ("received", ["cancel"]),
    ("closed", ["receive", "hold", "cancel", "place"]),
    ("cancelled", ["receive", "hold", "close", "place", "resume"]),
]


@pytest.mark.parametrize(("state", "verb"), [(state, verb) for state, verbs in WRONG for verb in verbs])
def test_what_a_state_does_not_allow_is_refused_and_changes_nothing(house: BuyingHouse, state: str, verb: str) -> None:
    bring_to(house, state)
    before = list(house.document("po").timeline)
    if verb == "receive":
        refused = house.arrive("late", ("apple", 1), purchase_id="po")
    else:
        refused = house.place_purchase("po") if verb == "place" else house.change(verb, "po")
    assert isinstance(refused, WrongPurchaseState)
    assert (refused.id, refused.state) == ("po", state)
    assert (house.document("po").state, house.document("po").timeline) == (state, before)


def bring_to(house: BuyingHouse, state: str) -> None:
    """An order for ten apples."""
    house.draft("po", ("apple", 10))
    if state == "draft":
        return
    if state not in {"on_hold", "cancelled"}:
        house.place_purchase("po")
    if state in {"partially_received", "closed"}:
        house.arrive("r1", ("apple", 4), purchase_id="po")
    if state == "received":
        house.arrive("r1", ("apple", 10), purchase_id="po")
    verb = {"on_hold": "hold", "closed": "close", "cancelled": "cancel"}.get(state)
    if verb:
        house.change(verb, "po")


@pytest.mark.parametrize("state", ["draft", "placed", "partially_received", "received"])
def test_a_hold_ends_where_it_began(house: BuyingHouse, state: str) -> None:
    bring_to(house, state)
    assert view(house.change("hold", "po")).state == "on_hold"
    assert view(house.change("resume", "po")).state == state


def test_a_late_copy_of_what_was_so_already_does_nothing(house: BuyingHouse) -> None:
    bring_to(house, "placed")
    house.change("resume", "po", "resume early")
    house.change("hold", "po", "hold")
    assert view(house.change("resume", "po", "resume early")).state == "on_hold"
    house.change("hold", "po", "hold again")
    house.change("resume", "po")
    assert view(house.change("hold", "po", "hold again")).state == "placed"


@pytest.mark.parametrize("verb", ["hold", "close", "cancel"])
def test_what_is_done_twice_is_done_once(house: BuyingHouse, verb: str) -> None:
    bring_to(house, "partially_received" if verb == "close" else "placed")
    house.change(verb, "po")
    before = list(house.document("po").timeline)
    house.change(verb, "po")
    assert house.document("po").timeline == before


@pytest.mark.parametrize(
    ("percent", "item_percent", "arrives", "most"), [(0, None, 11, 10), (20, None, 13, 12), (20, 5, 11, 10), (25, None, 12, 12)]
)
def test_more_than_is_tolerated_is_refused_with_numbers(
    house: BuyingHouse, percent: int, item_percent: int | None, arrives: int, most: int
) -> None:
    house.supplier("farm", lead_time_days=5, over_receipt_percent=percent)
    house.item("farm", "apple", over_receipt_percent=item_percent)
    house.place_purchase("po", ("apple", 10))
    house.arrive("r1", ("apple", 4), purchase_id="po")
    answer = house.arrive("r2", ("apple", arrives - 5), ("apple", 0, 1), purchase_id="po")
    if arrives <= most:
        assert view(answer).state == "received"
    else:
        assert answer == OverReceipt("po", (OverLine("apple", 10, 4, arrives - 4, most),))
        assert house.site("apple").on_hand == 4


def test_what_is_not_on_the_order_is_refused_as_too_much_of_it(house: BuyingHouse) -> None:
    house.place_purchase("po", ("apple", 10))
    assert house.arrive("r1", ("pear", 2), purchase_id="po") == OverReceipt("po", (OverLine("pear", 0, 0, 2, 0),))


def test_nothing_arrives_for_an_order_that_nobody_knows(house: BuyingHouse) -> None:
    assert house.arrive("r1", ("apple", 2), purchase_id="po") == UnknownDocument("purchase order", "po")
    assert house.arrive("r1", ("apple", 2), asn_id="a1") == UnknownDocument("ASN", "a1")


def test_two_editors_of_a_supplier_do_not_overwrite_each_other(house: BuyingHouse) -> None:
    put = commands.PutSupplier("k1", 1, "buyer", Supplier("farm", "Farm & Sons"), 7)
    assert house.ask(put) == VersionConflict(1)
    assert house.ask(commands.PutSupplier("k2", 1, "buyer", Supplier("farm", "Farm & Sons"), 1)).version == 2
    assert house.ask(commands.PutSupplier("k2", 1, "buyer", Supplier("farm", "Farm & Sons"), 1)).version == 2
    assert house.ask(commands.PutSupplier("k2", 2, "buyer", Supplier("farm", "Mill"), 1)) == KeyReused("k2")


def test_what_an_unknown_supplier_sells_is_refused(house: BuyingHouse) -> None:
    assert house.item("nobody", "apple") == UnknownSupplier("nobody")
