"""Prices on the lines of an order: read fast and slowly alike, kept with the order, and of no weight where none is told."""

from __future__ import annotations

import json
import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.kernel.messages import OwnerName
from actors.kernel.routing import InventoryShards
from actors.orders.book import OrderBook
from actors.orders.commands import PlaceOrder
from actors.orders.events import OrderReceived
from actors.orders.lines import NewOrder, OrderedLine
from actors.orders.projection import changed_rows
from actors.orders.tables import order_lines
from gateway.order_bodies import OrderBody, fingerprint_of, from_body, read_order
from gateway.problems import Problem

PRICES = st.none() | st.decimals(0, 999_999, places=3).map(str) | st.just("2.50")
LINES = st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 1000), PRICES), min_size=1, max_size=8)


def body(*lines: tuple[str, int, str | None], **rest: Any) -> bytes:
    told = [{"sku": sku, "quantity": units} | ({} if price is None else {"unit_price": price}) for sku, units, price in lines]
    return json.dumps({"lines": told, **rest}).encode()


@given(LINES)
def test_what_is_read_fast_is_what_is_read_slowly(lines: list[tuple[str, int, str | None]]) -> None:
    raw = body(*lines)
    assert read_order(raw)[1] == from_body(OrderBody.model_validate_json(raw))[1]


def test_the_price_of_lines_of_one_sku_is_their_mean_weighed_by_units() -> None:
    _, order = read_order(body(("a", 1, "2.00"), ("b", 5, None), ("a", 2, "3.5"), ("a", 7, None), ("c", 1, "1"), ("c", 4, "1")))
    assert order.unit_prices == (("a", "3"), ("c", "1"))
    assert [(line.sku, line.quantity) for line in order.lines] == [("a", 10), ("b", 5), ("c", 5)]
    assert read_order(body(("a", 1, "0.000001"), ("a", 2, "999999999999.999999")))[1].unit_prices == (
        ("a", "666666666666.666666"),
    )


@pytest.mark.parametrize("price", ["-1", "1,50", "1e3", "2.50\n", "", "1.1234567", 2.5])
def test_a_price_that_is_none_is_refused_with_field_and_value(price: Any) -> None:
    with pytest.raises(Problem) as refused:
        read_order(body(("a", 1, price)))
    assert refused.value.content()["errors"][0]["field"] == "lines[0].unit_price"
    assert refused.value.content()["errors"][0]["value"] == price


def test_an_order_without_prices_has_the_fingerprint_that_earlier_releases_gave_it() -> None:
    order = NewOrder((OrderedLine("a", 2),), "ship_partial", "main", 3, None, "c-1", "ref", "post")
    before = (order.lines, order.policy, order.warehouse, 3, None, "c-1", "ref", "post")
    assert fingerprint_of(order) == zlib.crc32(msgspec.msgpack.encode(before))
    priced = msgspec.structs.replace(order, unit_prices=(("a", "2"),))
    assert fingerprint_of(priced) != fingerprint_of(order)
    assert fingerprint_of(priced) != fingerprint_of(msgspec.structs.replace(order, unit_prices=(("a", "3"),)))


def test_an_order_of_an_earlier_release_is_read_from_its_journal() -> None:
    order = NewOrder((OrderedLine("a", 2),), carrier="post")
    event = OrderReceived(1, "o1", 2, "ann", "o1", order)
    old = msgspec.msgpack.decode(msgspec.msgpack.encode(event))
    old[-1] = old[-1][:8]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(old), type=OrderReceived) == event


def test_a_price_stays_with_its_order_through_rows_and_snapshots() -> None:
    book = OrderBook(OwnerName("orders-0"), InventoryShards(1))
    order = NewOrder((OrderedLine("a", 2), OrderedLine("b", 1)), unit_prices=(("a", "2.50"),))
    for event in book.decide(PlaceOrder("o1", 1, "ann", "o1", order), 1):  # type: ignore[union-attr]  # it is no refusal
        book.apply(event)
    rows, _ = changed_rows(book, [])
    assert [(row[1], row[-1]) for row in rows[order_lines]] == [("a", "2.50"), ("b", "")]
    again = OrderBook(OwnerName("orders-0"), InventoryShards(1))
    for record in book.snapshot():
        again.restore(record)
    assert again.orders["o1"].order.unit_prices == (("a", "2.50"),)
