"""Stock, suppliers, terms, receipts and open orders for generated SKUs: what planning reads from the rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl

from forecasting.planning.record import QUERIES, Books

WAREHOUSE: Final = "main"
DAY_MS: Final = 86_400_000
SKUS_OF_A_SUPPLIER: Final = 250
RECEIPTS: Final = 0.5
"""For each SKU, on average: half of them were never received yet and go by their supplier."""
ON_ORDER: Final = 0.2
"""Share of the SKUs with an open order."""
MULTIPLES: Final = (1, 6, 12)
LEAD_TIMES_DAYS: Final = (7, 14, 14, 14, 21)
"""Agreed with suppliers; with the review of a week, three weeks are the usual protection period."""


def books_of(skus: pl.Series, mean: pl.Series, today: date, seed: int = 1) -> Books:
    """Books of a warehouse that holds about three weeks of demand; `mean` is demand of a week."""
    chance = np.random.default_rng(seed)
    count, now = len(skus), _ms(today)
    suppliers = [f"supplier-{number:04d}" for number in range(-(-count // SKUS_OF_A_SUPPLIER))]
    of_sku = chance.integers(0, len(suppliers), count)
    usual = chance.choice(LEAD_TIMES_DAYS, len(suppliers))
    frames = {
        "decisions": {"number": [0]},
        "levels": {
            "sku": skus,
            "warehouse": [WAREHOUSE] * count,
            "on_hand": chance.poisson(np.minimum(3 * mean.to_numpy(), 1e6)),
            "on_hold": np.zeros(count, np.int64),
            "reserved": np.zeros(count, np.int64),
            "backordered": np.zeros(count, np.int64),
        },
        "on_order": _on_order(chance, skus, mean, today),
        "terms": {
            "sku": skus,
            "supplier": [suppliers[number] for number in of_sku],
            "lead_time_days": usual[of_sku],
            "minimum_quantity": np.ones(count, np.int64),
            "order_multiple": chance.choice(MULTIPLES, count),
            "price_breaks": [
                f'[{{"quantity": 1, "unit_price": "{price:.2f}"}}]' for price in np.exp(chance.normal(1.5, 1.0, count))
            ],
            "calendar": [""] * count,
        },
        "receipts": _receipts(chance, skus, (suppliers, of_sku, usual), now),
    }
    return Books(
        **{
            name: pl.DataFrame(frames[name]).cast(schema) if name in frames else pl.DataFrame(schema=schema)
            for name, (_, schema) in QUERIES.items()
        }
    )


def _on_order(chance: np.random.Generator, skus: pl.Series, mean: pl.Series, today: date) -> dict[str, object]:
    some = np.flatnonzero(chance.random(len(skus)) < ON_ORDER)
    due = [(today + timedelta(days=int(days))).isoformat() for days in chance.integers(-2, 15, len(some))]
    units = np.maximum(np.ceil(2 * mean.to_numpy()[some]), 1).astype(np.int64)
    return {
        "sku": skus.gather(some),
        "warehouse": [WAREHOUSE] * len(some),
        "document": [f"po-{place}" for place in some],
        "units": units,
        "due_on": due,
        "asn_id": [""] * len(some),
    }


def _receipts(
    chance: np.random.Generator, skus: pl.Series, whose: tuple[list[str], np.ndarray, np.ndarray], now: int
) -> dict[str, object]:
    suppliers, of_sku, usual = whose
    which = chance.integers(0, len(skus), int(len(skus) * RECEIPTS))
    days = np.maximum(chance.normal(usual[of_sku[which]], 3.0), 1.0)
    placed = now - (chance.integers(30, 365, len(which)) * DAY_MS)
    received = placed + (days * DAY_MS).astype(np.int64)
    return {
        "supplier": [suppliers[number] for number in of_sku[which]],
        "sku": skus.gather(which),
        "lead_time_days": usual[of_sku[which]],
        "calendar": [""] * len(which),
        "placed_at": placed,
        "received_at": received,
        "due_on": [(date(1970, 1, 1) + timedelta(days=int(at))).isoformat() for at in placed // DAY_MS + usual[of_sku[which]]],
    }


def _ms(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY_MS
