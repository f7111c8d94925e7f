"""Who owns what: the same for ever, in every process."""

from __future__ import annotations

from collections import Counter

import pytest

from actors.kernel.routing import InventoryShards, OrderShards, shard_of

FOR_EVER = [
    ("85123A", 4, 1),
    ("22423", 4, 2),
    ("Fußmatte", 4, 0),
    ("苹果", 4, 2),
    ("", 4, 0),
    ("o-1", 7, 5),
    ("anything", 1, 0),
]
"""Journals are named by these: a change would look for stock in the wrong place."""


@pytest.mark.parametrize(("key", "shards", "shard"), FOR_EVER)
def test_a_key_has_the_shard_it_always_had(key: str, shards: int, shard: int) -> None:
    assert shard_of(key, shards) == shard


@pytest.mark.parametrize("shards", [2, 3, 8])
def test_keys_spread_evenly(shards: int) -> None:
    counts = Counter(shard_of(f"sku-{number}", shards) for number in range(8_000))
    assert sorted(counts) == list(range(shards))
    assert max(counts.values()) < 1.15 * 8_000 / shards


def test_owners_are_named_for_what_they_own() -> None:
    assert OrderShards(2).names() == ["orders-0", "orders-1"]
    assert InventoryShards(1).names() == ["inventory-0"]
    assert OrderShards(4).owner_of("85123A") == f"orders-{shard_of('85123A', 4)}"
    assert InventoryShards(4).owner_of("85123A") in InventoryShards(4).names()
