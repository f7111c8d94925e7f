"""How the items of a run are sold: prices, baskets of suppliers with a minimum order, what orders and early buying cost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from forecasting.parameters import Floats
from forecasting.planning.record import Books
from forecasting.planning.terms import price_list
from forecasting.stock_policy.price_list import PriceList
from forecasting.suggestions.buying import Basket, Buying, Lasting, OrderCosts

Sold = dict[tuple[str, str], list[int]]
"""Places of items by supplier and warehouse."""


def buying_of(
    items: pl.DataFrame, books: Books, today: date, review_days: Floats, holding: float, early_days: float, lasting: Lasting
) -> Buying:
    """Of items in their order.

    Args:
        items: `sku`, `warehouse`, `supplier`, `price_breaks`.
        today: what people have overridden until a later day counts towards no minimum, and is ordered with nothing: it stays as
            they said.
        review_days, holding, early_days, lasting: as `Buying` takes them.
    """
    sold = _sold(items, books, today)
    return Buying(
        _price_lists(items, books),
        _baskets(sold, books),
        review_days,
        holding,
        early_days,
        _order_costs(sold, items, books),
        lasting,
    )


def dearest_prices(items: pl.DataFrame, buying: Buying) -> Floats:
    """What a unit of each costs at most, however many are ordered; zero where nobody has said."""
    least = np.maximum(items["minimum"].to_numpy(), items["multiple"].to_numpy()).tolist()
    return np.array([prices.dearest_from(units) or 0.0 for prices, units in zip(buying.lists, least, strict=True)])


def _price_lists(items: pl.DataFrame, books: Books) -> list[PriceList]:
    """Of each item, on top of what its supplier's draft for its warehouse has of it."""
    begun: dict[tuple[str, str, str], int] = defaultdict(int)
    for supplier, warehouse, units, _, sku in books.drafts.rows():
        begun[sku, supplier, warehouse] += units
    lists = [price_list(text) for text in items["price_breaks"].to_list()]
    if not begun:
        return lists
    keys = items.select("sku", "supplier", "warehouse").rows()
    return [replace(prices, begun=begun[key]) if key in begun else prices for prices, key in zip(lists, keys, strict=True)]


def _sold(items: pl.DataFrame, books: Books, today: date) -> Sold:
    sold: Sold = defaultdict(list)
    decided = {(sku, warehouse) for sku, warehouse, until in books.overridden.rows() if until >= today.isoformat()}
    for place, (sku, supplier, warehouse) in enumerate(items.select("sku", "supplier", "warehouse").rows()):
        if (sku, warehouse) not in decided:
            sold[supplier, warehouse].append(place)
    return sold


def _baskets(sold: Sold, books: Books) -> list[Basket]:
    """By supplier and warehouse, of suppliers with a minimum order."""
    minimum = {supplier: float(money) for supplier, money in books.minimums.rows()}
    gathered: dict[tuple[str, str], float] = defaultdict(float)
    for supplier, warehouse, units, price, _ in books.drafts.rows():
        gathered[supplier, warehouse] += units * float(price or 0.0)
    return [
        Basket(tuple(places), minimum[key[0]], gathered[key])
        for key, places in sorted(sold.items())
        if minimum.get(key[0], 0.0) > 0
    ]


def _order_costs(sold: Sold, items: pl.DataFrame, books: Books) -> list[OrderCosts]:
    """By supplier and warehouse, of suppliers whose orders, or lines of them, cost something."""
    order = {supplier: float(money) for supplier, money in books.order_costs.rows()}
    line = {(supplier, sku): float(money) for supplier, sku, money in books.line_costs.rows()}
    charging = {supplier for supplier, money in order.items() if money} | {
        supplier for (supplier, _), money in line.items() if money
    }
    begun, skus = {(row[0], row[1]) for row in books.drafts.rows()}, items["sku"].to_list()
    return [
        OrderCosts(
            tuple(places),
            order.get(key[0], 0.0),
            tuple([line.get((key[0], skus[place]), 0.0) for place in places]),
            key in begun,
        )
        for key, places in sorted(sold.items())
        if key[0] in charging
    ]
