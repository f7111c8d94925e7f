"""A house that buys, per test; checked when the test is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.model.buying_house import BuyingHouse


@pytest.fixture(params=[1, 3], ids=["one shard", "three shards"])
def house(request: pytest.FixtureRequest) -> Iterator[BuyingHouse]:
    """Apples and pears of one supplier, spread over one or three inventory shards."""
    made = BuyingHouse(inventory_shards=request.param)
    made.stock(apple=0, pear=0)
    made.supplier("farm", lead_time_days=5)
    made.item("farm", "apple")
    made.item("farm", "pear")
    yield made
    made.away.clear()
    made.pump()
    assert made.broken() == []
    assert made.goods_lost_or_doubled() == []
