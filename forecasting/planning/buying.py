"""How the items of a run are sold: prices, baskets of suppliers with a minimum order, what early buying costs."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import polars as pl

from forecasting.parameters import Floats
from forecasting.planning.record import Books
from forecasting.planning.terms import price_list
from forecasting.suggestions.buying import Basket, Buying


def buying_of(items: pl.DataFrame, books: Books, review_days: Floats, holding: float, early_days: float) -> Buying:
    """Of items in their order.

    Args:
        items: `sku`, `warehouse`, `supplier`, `price_breaks`.
        review_days, holding, early_days: as `Buying` takes them.
    """
    lists = [price_list(text) for text in items["price_breaks"].to_list()]
    return Buying(lists, _baskets(items, books), review_days, holding, early_days)


def dearest_prices(items: pl.DataFrame, buying: Buying) -> Floats:
    """What a unit of each costs at most, however many are ordered; zero where nobody has said."""
    least = np.maximum(items["minimum"].to_numpy(), items["multiple"].to_numpy()).tolist()
    return np.array([prices.dearest_from(units) or 0.0 for prices, units in zip(buying.lists, least, strict=True)])


def _baskets(items: pl.DataFrame, books: Books) -> list[Basket]:
    """By supplier and warehouse, of suppliers with a minimum order."""
    minimum = {supplier: float(money) for supplier, money in books.minimums.rows()}
    gathered: dict[tuple[str, str], float] = defaultdict(float)
    for supplier, warehouse, units, price in books.drafts.rows():
        gathered[supplier, warehouse] += units * float(price or 0.0)
    sold: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, key in enumerate(items.select("supplier", "warehouse").rows()):
        sold[key].append(place)
    return [
        Basket(tuple(places), minimum[key[0]], gathered[key])
        for key, places in sorted(sold.items())
        if minimum.get(key[0], 0.0) > 0
    ]
