"""Snapshots of a shard: what comes out of one is what went in, whatever the order it happened in."""

from __future__ import annotations

from actors.inventory.levels import Level
from actors.inventory.queries import ReadLevel
from actors.inventory.shard import InventoryShard
from tests.model.world import PureWorld


def test_levels_are_the_same_after_a_snapshot_even_of_warehouses_that_are_empty_again(world: PureWorld) -> None:
    world.open_warehouses("west", "east")
    world.stock(apple=0)
    for warehouse in ("west", "main", "east"):
        world.adjust("apple", 2, warehouse=warehouse)
    world.adjust("apple", -2, warehouse="west")
    shard = world.shard("apple")
    fresh = InventoryShard(shard.name, world.orders)
    for record in shard.snapshot():
        fresh.restore(record)
    level = fresh.read(ReadLevel("apple"), world.now)
    assert level == shard.read(ReadLevel("apple"), world.now)
    assert isinstance(level, Level)
    assert [site.warehouse for site in level.sites] == ["east", "main", "west"]
