"""The real file: its shape is still the one that the generated shop imitates, and every line of it has a place in a plan."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import fields
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from gateway.replay.actions import (
    AdjustStock,
    CancelOrder,
    DeliverOrder,
    EditLines,
    PlaceOrder,
    Plan,
    ReturnGoods,
    ShipOrder,
)
from gateway.replay.kinds import with_kinds
from gateway.replay.lines import Lines, read_lines
from gateway.replay.measure import measure_shape
from gateway.replay.online_retail import ONLINE_RETAIL
from gateway.replay.plan import make_plan
from gateway.replay.shop import FILE_NAME, check_content
from gateway.replay.stretch import DEMO_DAYS, peak_stretch

FILE = Path(os.environ.get("SKULD_DATASETS", "")) / FILE_NAME
pytestmark = pytest.mark.skipif(
    not os.environ.get("SKULD_DATASETS") or not FILE.exists(), reason="SKULD_DATASETS does not hold the real file"
)


@pytest.fixture(scope="module")
def lines() -> Lines:
    return read_lines(FILE)


@pytest.fixture(scope="module")
def plan(lines: Lines) -> Plan:
    return make_plan(lines)


def test_it_is_the_data_set_and_every_row_can_be_used(lines: Lines) -> None:
    check_content(pl.read_parquet(FILE))
    assert (len(lines.table), lines.bad) == (541_909, ())
    assert len(lines.days) == 305


def test_its_measured_shape_is_the_one_that_is_kept(lines: Lines) -> None:
    measured = measure_shape(lines)
    for figure in fields(ONLINE_RETAIL):
        found, kept = getattr(measured, figure.name), getattr(ONLINE_RETAIL, figure.name)
        if isinstance(kept, tuple) and isinstance(kept[0], tuple):
            found, kept = dict(found), dict(kept)
        assert found == pytest.approx(kept, rel=0.001), figure.name


def test_its_lines_are_of_the_kinds_that_its_description_counts(lines: Lines) -> None:
    kinds = dict(with_kinds(lines.table)["kind"].value_counts().iter_rows())
    table = lines.table
    cancelled = table.filter(pl.col("order_id").str.starts_with("C"))
    assert len(cancelled) == 9_288
    service_in_cancellations = len(cancelled) - kinds["cancellation"]
    assert 0 < service_in_cancellations < 600
    assert kinds["bad_debt"] == 3
    lost = table.filter((pl.col("quantity") < 0) & ~pl.col("order_id").str.starts_with("C"))
    assert len(lost) == 1_336
    assert sum(kinds.values()) == 541_909


def test_every_invoice_of_goods_is_placed_once_and_nothing_is_lost(lines: Lines, plan: Plan) -> None:
    kinds = with_kinds(lines.table).group_by("kind").agg(pl.col("quantity").sum(), pl.col("order_id").n_unique())
    expected = {kind: (units, documents) for kind, units, documents in kinds.iter_rows()}
    orders = [action for action in plan.actions if isinstance(action, PlaceOrder)]
    assert len({order.order_id for order in orders}) == len(orders) == expected["order"][1]
    assert sum(units for order in orders for _, units in order.lines) == expected["order"][0]
    adjusted = sum(action.quantity for action in plan.actions if isinstance(action, AdjustStock))
    assert adjusted == expected["correction"][0]


def test_what_is_taken_back_adds_up_to_the_cancelled_units(lines: Lines, plan: Plan) -> None:
    table = with_kinds(lines.table)
    expected = -int(table.filter(pl.col("kind") == "cancellation")["quantity"].sum())
    left = {
        (action.order_id, sku): units
        for action in plan.actions
        if isinstance(action, PlaceOrder)
        for sku, units in action.lines
    }
    taken = 0
    for action in plan.actions:
        match action:
            case EditLines():
                for sku, units in action.lines:
                    taken += left[action.order_id, sku] - units
                    left[action.order_id, sku] = units
            case CancelOrder():
                mine = [key for key in left if key[0] == action.order_id]
                taken += sum(left[key] for key in mine)
                left.update(dict.fromkeys(mine, 0))
            case ReturnGoods():
                taken += sum(units for _, units in action.lines)
    assert taken == expected


def test_both_giant_orders_are_placed_and_cancelled(plan: Plan) -> None:
    cancelled = {action.order_id for action in plan.actions if isinstance(action, CancelOrder)}
    assert {"541431", "581483"} <= cancelled


def test_the_demo_stretch_is_the_weeks_before_christmas_and_holds_every_kind_of_action(lines: Lines) -> None:
    stretch = peak_stretch(lines)
    found = make_plan(stretch)
    kinds = Counter(type(action) for action in found.actions)
    assert (found.first_day, found.last_day, found.trading_days) == (date(2011, 11, 10), date(2011, 12, 8), DEMO_DAYS)
    assert kinds[PlaceOrder] == found.orders > 2_000
    for kind in (CancelOrder, EditLines, ReturnGoods, AdjustStock, ShipOrder, DeliverOrder):
        assert kinds[kind], kind.__name__
    assert max(Counter(action.order_id for action in found.actions if isinstance(action, ShipOrder)).values()) == 1


def test_opening_stock_serves_most_of_the_demo_and_not_all(lines: Lines) -> None:
    found = make_plan(peak_stretch(lines))
    stock = dict(found.opening)
    ordered = served = 0
    for action in found.actions:
        if isinstance(action, PlaceOrder):
            for sku, units in action.lines:
                taken = min(units, stock.get(sku, 0))
                stock[sku] = stock.get(sku, 0) - taken
                ordered, served = ordered + units, served + taken
    assert 0.85 < served / ordered < 0.95
