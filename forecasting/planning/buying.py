"""How the items of a run are sold: prices, baskets of suppliers with a minimum order, what early buying costs."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import numpy as np
import polars as pl

from forecasting.parameters import Floats
from forecasting.planning.record import Books
from forecasting.planning.terms import price_list
from forecasting.suggestions.buying import Basket, Buying


def buying_of(items: pl.DataFrame, books: Books, today: date, review_days: Floats, holding: float, early_days: float) -> Buying:
    """Of items in their order.

    Args:
        items: `sku`, `warehouse`, `supplier`, `price_breaks`.
        today: what people have overridden until a later day counts towards no minimum: it stays as they said.
        review_days, holding, early_days: as `Buying` takes them.
    """
    lists = [price_list(text) for text in items["price_breaks"].to_list()]
    return Buying(lists, _baskets(items, books, today), review_days, holding, early_days)


def dearest_prices(items: pl.DataFrame, buying: Buying) -> Floats:
    """What a unit of each costs at most, however many are ordered; zero where nobody has said."""
    least = np.maximum(items["minimum"].to_numpy(), items["multiple"].to_numpy()).tolist()
    return np.array([prices.dearest_from(units) or 0.0 for prices, units in zip(buying.lists, least, strict=True)])


def _baskets(items: pl.DataFrame, books: Books, today: date) -> list[Basket]:
    """By supplier and warehouse, of suppliers with a minimum order."""
    minimum = {supplier: float(money) for supplier, money in books.minimums.rows()}
    gathered: dict[tuple[str, str], float] = defaultdict(float)
    for supplier, warehouse, units, price in books.drafts.rows():
        gathered[supplier, warehouse] += units * float(price or 0.0)
    sold: dict[tuple[str, str], list[int]] = defaultdict(list)
    decided = {(sku, warehouse) for sku, warehouse, until in books.overridden.rows() if until >= today.isoformat()}
    for place, (sku, supplier, warehouse) in enumerate(items.select("sku", "supplier", "warehouse").rows()):
        if (sku, warehouse) not in decided:
            sold[supplier, warehouse].append(place)
    return [
        Basket(tuple(places), minimum[key[0]], gathered[key])
        for key, places in sorted(sold.items())
        if minimum.get(key[0], 0.0) > 0
    ]
