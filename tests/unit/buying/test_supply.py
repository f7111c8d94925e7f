"""What a planning demo makes up: the same every time, whole for every SKU, and different enough to be worth planning."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import msgspec
import polars as pl

from gateway.buying.dock import arrived
from gateway.buying.files import OPENING, PRODUCTS, TERMS, write_inputs
from gateway.buying.inputs import inputs_of
from gateway.buying.report import SHOWN, skus_to_show
from gateway.buying.supply import COST_SHARE, SUPPLIERS, Supply, made_up_supply
from gateway.replay.actions import Product
from gateway.replay.generated import generated_lines

LAST = date(2026, 1, 31)
SKUS = [f"sku/{number}" for number in range(400)]


def supply(units: int = 2) -> Supply:
    days = [LAST - timedelta(number) for number in range(70)]
    demand = pl.DataFrame({"sku": SKUS, "units": [units] * len(SKUS)}).join(pl.DataFrame({"day": days}), how="cross")
    return made_up_supply(demand, (Product("sku/1", "Pen"), Product("other", "Hat")), {"sku/1": 5.0, "sku/2": 0.001})


def test_every_sku_has_a_name_and_one_supplier_with_terms() -> None:
    made = supply()
    assert [product.sku for product in made.products] == sorted(SKUS)
    assert {product.sku: product.name for product in made.products}["sku/1"] == "Pen"
    assert {product.sku: product.name for product in made.products}["sku/2"] == "sku/2"
    assert sorted(terms.sku for terms in made.terms) == sorted(SKUS)
    assert {terms.supplier for terms in made.terms} == {supplier.id for supplier in SUPPLIERS}
    prices = {terms.sku: terms.unit_price for terms in made.terms}
    assert (prices["sku/1"], prices["sku/2"]) == (f"{5 * COST_SHARE:.2f}", "0.01")


def test_some_are_out_of_stock_most_have_days_left_and_few_have_far_too_much() -> None:
    days = {sku: quantity / 2 for sku, quantity in supply().opening}
    assert supply() == supply()
    assert 0 < len(SKUS) - len(days) < len(SKUS) / 10
    assert 0 < sum(cover > 365 for cover in days.values()) < len(SKUS) / 20
    assert all(cover <= 36 or cover > 365 for cover in days.values())


def test_what_is_written_can_be_told_to_another_system(tmp_path: Path) -> None:
    made = supply()
    write_inputs(tmp_path, pl.DataFrame({"sku": ["a"], "day": [LAST], "units": [1]}), made)
    products = msgspec.json.decode((tmp_path / PRODUCTS).read_bytes())
    assert products[0] == {"sku": "sku/0", "name": "sku/0"}
    assert {row["reason"] for row in msgspec.json.decode((tmp_path / OPENING).read_bytes())} == {"opening_stock"}
    puts = [line.split("\t") for line in (tmp_path / TERMS).read_text().splitlines()]
    assert puts[0][0] == f"suppliers/{SUPPLIERS[0].id}"
    assert any(path.endswith("/sku%2F1") for path, _ in puts)
    assert all(isinstance(msgspec.json.decode(body), dict) for _, body in puts)


def test_a_generated_shop_has_weeks_enough_to_train_on_and_is_moved_to_end_when_asked() -> None:
    lines = generated_lines(days=5, first_day=date(2011, 3, 1))
    assert lines.days[0] == date(2011, 3, 1)
    inputs = inputs_of(lines, 20, LAST)
    assert inputs.demand["day"].max() == LAST
    assert inputs.demand["sku"].n_unique() == len(inputs.supply.products) == 20
    assert all(float(terms.unit_price) > 0 for terms in inputs.supply.terms)
    assert inputs.stocking.orders == 0
    assert inputs.stocking.bad == lines.bad


def order(*quantities: int) -> dict[str, object]:
    lines = [{"sku": f"s{n}", "quantity": units, "quantity_open": units} for n, units in enumerate(quantities)]
    return {"purchase_order_id": "po-1", "lines": lines}


def test_half_of_the_first_line_arrives_and_a_unit_of_the_last_is_damaged() -> None:
    assert arrived(order(12, 5, 6)) == [
        {"sku": "s0", "quantity": 6},
        {"sku": "s1", "quantity": 5},
        {"sku": "s2", "quantity": 5, "quantity_damaged": 1},
    ]
    assert arrived(order(1, 1)) == [{"sku": "s1", "quantity": 0, "quantity_damaged": 1}]
    assert arrived(order(1)) == [{"sku": "s0", "quantity": 0, "quantity_damaged": 1}]
    assert arrived(order(8)) == [{"sku": "s0", "quantity": 3, "quantity_damaged": 1}]


def test_lines_that_did_not_arrive_whole_are_shown_among_the_first_ones() -> None:
    long = order(*[10] * 30)
    shown = skus_to_show(long, arrived(long))
    assert len(shown) == SHOWN
    assert shown[0] == "s0"
    assert shown[-1] == "s29"
