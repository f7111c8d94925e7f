"""A world of one inventory shard per test, checked when the test is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actors.inventory.shard import InventoryShard
from actors.kernel.machine import broken_invariants
from tests.model.world import PureWorld


@pytest.fixture
def world() -> Iterator[PureWorld]:
    """One inventory shard and one order book."""
    made = PureWorld()
    yield made
    made.pump()
    assert made.broken() == []
    _restores(made)


def _restores(world: PureWorld) -> None:
    """A snapshot gives the same machine again."""
    for name, machine in world.machines.items():
        fresh = world.fresh(name)
        for record in machine.snapshot():
            fresh.restore(record)
        assert list(fresh.snapshot()) == list(machine.snapshot())
        assert broken_invariants(fresh) == []
        if isinstance(machine, InventoryShard) and isinstance(fresh, InventoryShard):
            assert fresh.due(world.now) == machine.due(world.now)
