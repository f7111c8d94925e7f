"""From order lines to actions: a pure function, so tables in and values out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from actors.inventory.goods import ADJUSTMENT_REASONS
from gateway.replay.actions import (
    Action,
    AdjustStock,
    CancelOrder,
    DeliverOrder,
    EditLines,
    PlaceOrder,
    Plan,
    Product,
    Quantity,
    ReturnGoods,
    ShipOrder,
)
from gateway.replay.generated import generated_lines
from gateway.replay.kinds import REASONS, reason_for
from gateway.replay.lines import Lines, lines_from_table
from gateway.replay.plan import PlanOptions, make_plan, safe_id
from gateway.replay.stretch import between, peak_stretch

MONDAY = datetime(2011, 11, 14, 9, 0)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def shop(*rows: tuple[Any, ...]) -> Lines:
    """Rows of (order, code, quantity, at, customer, description, price), the last three optional."""
    full = [row + (17850, "THING", 1.0)[len(row) - 4 :] for row in rows]
    names = ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "CustomerID", "Description", "UnitPrice"]
    return lines_from_table(pl.DataFrame(full, schema=names, orient="row"), source="test", fingerprint="f")


def plan(*rows: tuple[Any, ...], **options: Any) -> Plan:
    return make_plan(shop(*rows), PlanOptions(**options))


def named(found: Plan, kind: type[Action]) -> list[Any]:
    return [action for action in found.actions if isinstance(action, kind)]


def test_an_invoice_becomes_one_order_with_its_lines_summed_per_sku() -> None:
    found = plan(("1", "A1", 2, MONDAY), ("1", "B2", 1, MONDAY), ("1", "a1", 3, MONDAY))
    assert found.actions == (PlaceOrder(1, MONDAY, "1", "1", "17850", (Quantity("A1", 5), Quantity("B2", 1))),)


def test_orders_come_in_the_order_of_time_not_of_the_file() -> None:
    found = plan(("2", "A1", 1, MONDAY + MINUTE), ("1", "A1", 1, MONDAY))
    assert [order.order_id for order in named(found, PlaceOrder)] == ["1", "2"]


def test_an_order_whose_lines_are_apart_in_the_file_stays_one_order() -> None:
    found = plan(("1", "A1", 1, MONDAY), ("2", "A1", 1, MONDAY), ("1", "B2", 1, MONDAY + MINUTE))
    assert [len(order.lines) for order in named(found, PlaceOrder)] == [2, 1]


def test_a_cancellation_of_everything_cancels_the_order() -> None:
    rows = [("1", "A1", 2, MONDAY), ("1", "B2", 1, MONDAY)]
    found = plan(*rows, ("C3", "A1", -2, MONDAY + MINUTE), ("C3", "B2", -1, MONDAY + MINUTE))
    assert found.actions[1:] == (CancelOrder(3, MONDAY + MINUTE, "1"),)


def test_a_cancellation_of_a_part_sets_the_new_quantities() -> None:
    found = plan(("1", "A1", 5, MONDAY), ("1", "B2", 1, MONDAY), ("C3", "A1", -2, MONDAY + MINUTE))
    assert found.actions[1:] == (EditLines(3, MONDAY + MINUTE, "1", (Quantity("A1", 3),)),)


def test_a_line_called_off_whole_gets_quantity_0() -> None:
    found = plan(("1", "A1", 5, MONDAY), ("1", "B2", 1, MONDAY), ("C3", "B2", -1, MONDAY + MINUTE))
    assert named(found, EditLines)[0].lines == (Quantity("B2", 0),)


def test_the_second_of_two_partial_cancellations_cancels_what_is_left() -> None:
    found = plan(("1", "A1", 5, MONDAY), ("C2", "A1", -2, MONDAY + MINUTE), ("C3", "A1", -3, MONDAY + MINUTE))
    assert [type(action) for action in found.actions] == [PlaceOrder, EditLines, CancelOrder]


def test_a_cancellation_prefers_the_order_with_exactly_its_quantity() -> None:
    found = plan(("1", "A1", 2, MONDAY), ("2", "A1", 9, MONDAY), ("C3", "A1", -2, MONDAY + MINUTE))
    assert named(found, CancelOrder)[0].order_id == "1"


def test_among_orders_that_suit_equally_the_latest_is_taken() -> None:
    found = plan(("1", "A1", 9, MONDAY), ("2", "A1", 9, MONDAY), ("C3", "A1", -2, MONDAY + MINUTE))
    assert named(found, EditLines) == [EditLines(3, MONDAY + MINUTE, "2", (Quantity("A1", 7),))]


def test_a_large_cancellation_is_spread_and_the_rest_returns_without_an_order() -> None:
    found = plan(("1", "A1", 2, MONDAY), ("2", "A1", 3, MONDAY), ("C3", "A1", -9, MONDAY + MINUTE))
    later = MONDAY + MINUTE
    assert found.actions[2:] == (
        CancelOrder(3, later, "2"),
        CancelOrder(3, later, "1"),
        ReturnGoods(3, later, "C3", None, (Quantity("A1", 4),)),
    )


@pytest.mark.parametrize("customers", [(1, 2), (None, None), (1, None)])
def test_orders_of_others_and_of_unknown_customers_are_never_matched(customers: tuple[int | None, int | None]) -> None:
    found = plan(("1", "A1", 2, MONDAY, customers[0]), ("C2", "A1", -2, MONDAY + MINUTE, customers[1]))
    assert [action.order_id for action in named(found, ReturnGoods)] == [None]


def test_a_cancellation_before_its_order_is_a_return_of_unknown_origin() -> None:
    found = plan(("C1", "A1", -2, MONDAY), ("2", "A1", 2, MONDAY + MINUTE))
    assert [type(action) for action in found.actions] == [ReturnGoods, PlaceOrder]


def test_an_order_ships_at_the_end_of_the_next_trading_day_and_arrives_a_day_later() -> None:
    rows = [(str(day), "A1", 1, MONDAY + day * DAY) for day in range(4)]
    found = [(type(action), action.order_id) for action in plan(*rows).actions if not isinstance(action, AdjustStock)]
    assert found == [
        (PlaceOrder, "0"),
        (PlaceOrder, "1"),
        (ShipOrder, "0"),
        (PlaceOrder, "2"),
        (DeliverOrder, "0"),
        (ShipOrder, "1"),
        (PlaceOrder, "3"),
    ]


def test_a_cancellation_after_shipping_is_a_return_from_the_order() -> None:
    filler = [(str(day), "B2", 1, MONDAY + day * DAY) for day in range(1, 3)]
    found = plan(("0", "A1", 3, MONDAY), *filler, ("C9", "A1", -2, MONDAY + 2 * DAY))
    assert found.actions[-1] == ReturnGoods(4, MONDAY + 2 * DAY, "C9-0", "0", (Quantity("A1", 2),))


def test_a_cancelled_order_is_not_shipped() -> None:
    filler = [(str(day), "B2", 1, MONDAY + day * DAY) for day in range(1, 3)]
    found = plan(("0", "A1", 3, MONDAY), ("C9", "A1", -3, MONDAY), *filler)
    assert [action.order_id for action in named(found, ShipOrder)] == []


def test_nothing_ships_when_that_is_not_wanted() -> None:
    rows = [(str(day), "A1", 1, MONDAY + day * DAY) for day in range(4)]
    assert {type(action) for action in plan(*rows, ship=False).actions} == {PlaceOrder}


def test_a_negative_line_without_c_is_a_correction_with_a_reason() -> None:
    found = plan(("1", "A1", -4, MONDAY, None, "wet damaged", 0.0), ("2", "A1", -1, MONDAY, None, None, 0.0))
    assert found.actions == (
        AdjustStock(1, MONDAY, "A1", -4, "damaged"),
        AdjustStock(2, MONDAY, "A1", -1, "correction"),
    )


def test_an_invoice_without_price_and_customer_is_goods_that_were_found() -> None:
    found = plan(("1", "A1", 4, MONDAY, None, "found", 0.0), ("2", "A1", 4, MONDAY, 17850, "GIFT", 0.0))
    assert [type(action) for action in found.actions] == [AdjustStock, PlaceOrder]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "correction"),
        ("?", "correction"),
        ("Damaged", "damaged"),
        ("rusty throw away", "scrapped"),
        ("Unsaleable, destroyed.", "scrapped"),
        ("???missing", "missing"),
        ("?lost", "missing"),
        ("MIA", "missing"),
        ("Found", "found"),
        ("had been put aside", "found"),
        ("check", "recounted"),
        ("wrong barcode (22467)", "data_entry"),
        ("sold as set on dotcom", "data_entry"),
        ("stolen", "stolen"),
    ],
)
def test_what_a_clerk_typed_names_the_reason(text: str | None, reason: str) -> None:
    assert reason_for(text) == reason


def test_every_reason_is_one_that_the_inventory_knows() -> None:
    used = {reason for _, reason in REASONS} | {reason_for(None), "opening_stock"}
    assert used <= ADJUSTMENT_REASONS


def test_lines_that_are_no_goods_are_counted_by_code_and_never_ordered() -> None:
    rows = [("1", code, 1, MONDAY, 1, code) for code in ("POST", "m", "M", "BANK CHARGES", "gift_0001_20", "gift_0001_30")]
    found = plan(*rows, ("A2", "B", 1, MONDAY, None, "Adjust bad debt"), ("3", "A1", 1, MONDAY))
    counted = {skipped.code: skipped.lines for skipped in found.skipped}
    assert counted == {"M": 2, "GIFT VOUCHERS": 2, "POST": 1, "BANK CHARGES": 1, "B": 1}
    assert [action.order_id for action in named(found, PlaceOrder)] == ["3"]
    assert found.products == (Product("A1", "THING"),)


def test_a_product_is_named_by_its_most_frequent_description_and_never_by_a_correction() -> None:
    found = plan(
        ("1", "A1", 1, MONDAY, 1, "MUG, RED"),
        ("2", "a1", 1, MONDAY, 1, "RED MUG"),
        ("3", "A1", 1, MONDAY, 1, "RED MUG"),
        *[(str(number), "A1", -1, MONDAY, None, "damages", 0.0) for number in range(4, 9)],
        ("9", "B2", -1, MONDAY, None, "damages", 0.0),
    )
    assert found.products == (Product("A1", "RED MUG"), Product("B2", "B2"))


def test_opening_stock_is_ordinary_demand_and_what_is_written_off() -> None:
    ordinary = [(str(number), "A1", 10, MONDAY) for number in range(99)]
    found = plan(*ordinary, ("999", "B2", 5000, MONDAY), ("1000", "B2", -7, MONDAY, None, None, 0.0))
    assert found.opening == (Quantity("A1", 990), Quantity("B2", 17))


def test_with_quantile_1_every_line_is_stocked_and_without_stock_none() -> None:
    rows = [("1", "A1", 10, MONDAY), ("2", "A1", 5000, MONDAY)]
    assert plan(*rows, line_cap_quantile=1.0).opening == (Quantity("A1", 5010),)
    assert plan(*rows, opening_stock=False).opening == ()


@pytest.mark.parametrize(
    ("number", "safe"),
    [("536365", "536365"), ("A.b_c-9", "A.b_c-9")],
)
def test_an_order_number_that_is_a_valid_id_stays_as_it_is(number: str, safe: str) -> None:
    assert safe_id(number) == safe


def test_other_order_numbers_become_distinct_valid_ids() -> None:
    numbers = ["a/b", "a b", "ä", "x" * 65, "x" * 66, "🫖"]
    made = {safe_id(number) for number in numbers}
    assert len(made) == len(numbers)
    assert all(len(name) <= 64 and name.isascii() and "/" not in name and " " not in name for name in made)


def test_a_file_without_dates_is_replayed_in_its_own_order() -> None:
    raw = pl.DataFrame({"order_id": ["2", "1"], "sku": ["A", "A"], "quantity": [1, 2]})
    lines = lines_from_table(raw, source="test", fingerprint="f")
    found = make_plan(peak_stretch(lines, 3))
    assert [action.order_id for action in named(found, PlaceOrder)] == ["2", "1"]
    assert (found.first_day, found.trading_days) == (None, 0)


def test_order_numbers_that_merely_begin_with_c_are_orders() -> None:
    found = plan(("CUST-1", "A1", 2, MONDAY), ("C77", "A1", 2, MONDAY))
    assert [type(action) for action in found.actions] == [PlaceOrder, PlaceOrder]


def test_the_peak_stretch_is_the_heaviest_run_of_trading_days() -> None:
    loads = {0: 1, 1: 3, 4: 3, 5: 1, 9: 5}
    rows = [(f"{day}-{n}", "A1", 1, MONDAY + day * DAY) for day, count in loads.items() for n in range(count)]
    lines = shop(*rows)
    assert peak_stretch(lines, 1).days == [date(2011, 11, 23)]
    assert peak_stretch(lines, 2).days == [date(2011, 11, 15), date(2011, 11, 18)]
    assert peak_stretch(lines, 99) is lines


def test_a_stretch_keeps_the_bad_rows_among_its_lines() -> None:
    rows = [(str(day), "A1", quantity, MONDAY + day * DAY) for day in range(4) for quantity in (1, 0, 1)]
    lines = shop(*rows)
    chosen = between(lines, date(2011, 11, 15), date(2011, 11, 16))
    assert [bad.row for bad in lines.bad] == [2, 5, 8, 11]
    assert [bad.row for bad in chosen.bad] == [5, 8]


def test_the_same_lines_give_the_same_plan() -> None:
    lines = peak_stretch(generated_lines(), 5)
    assert make_plan(lines) == make_plan(lines)


def test_a_plan_never_calls_off_or_returns_more_than_was_ordered() -> None:
    left: dict[tuple[str, str], int] = {}
    for action in make_plan(generated_lines()).actions:
        if isinstance(action, PlaceOrder):
            left.update({(action.order_id, sku): units for sku, units in action.lines})
        elif isinstance(action, EditLines):
            for sku, units in action.lines:
                assert 0 <= units < left[action.order_id, sku]
                left[action.order_id, sku] = units
        elif isinstance(action, ReturnGoods) and action.order_id is not None:
            for sku, units in action.lines:
                left[action.order_id, sku] -= units
    assert min(left.values()) >= 0
