"""A world per test, checked when the test is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.model.world import PureWorld


@pytest.fixture(params=[1, 3], ids=["one shard", "three shards"])
def world(request: pytest.FixtureRequest) -> Iterator[PureWorld]:
    """Apples, pears and plums, spread over one or three inventory shards."""
    yield from _checked(PureWorld(inventory_shards=request.param, order_shards=2))


@pytest.fixture
def spread() -> Iterator[PureWorld]:
    """Three inventory shards, and order books that serve."""
    made = PureWorld(inventory_shards=3, order_shards=2)
    made.serve()
    yield from _checked(made)


def _checked(made: PureWorld) -> Iterator[PureWorld]:
    yield made
    made.away.clear()
    made.pump()
    assert made.broken() == []
