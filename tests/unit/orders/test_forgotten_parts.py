"""A shard of stock has forgotten a reservation that was over for it; the order goes on elsewhere."""

from __future__ import annotations

import pytest

from actors.inventory import forgetting
from actors.inventory.commands import Ship
from actors.kernel.messages import OwnerName
from tests.model.world import PureWorld

HERE, THERE = "apple", "pear"
"""SKUs of two shards."""


def partly_shipped(monkeypatch: pytest.MonkeyPatch) -> PureWorld:
    """An order over two shards has left one of them, which has forgotten it since."""
    monkeypatch.setattr(forgetting, "CLOSED_KEPT", 1)
    world = PureWorld(inventory_shards=2)
    assert world.shard(HERE) is not world.shard(THERE)
    world.stock(**{HERE: 5, THERE: 0})
    world.place("o1", (HERE, 2), (THERE, 1), policy="ship_partial")
    world.ship("o1")
    assert world.line("o1", HERE).shipped == 2
    world.place("o2", (HERE, 1))
    world.cancel("o2")
    assert "o1" not in world.shard(HERE).reservations
    return world


def test_what_was_shipped_stays_shipped_when_the_rest_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    world = partly_shipped(monkeypatch)
    world.cancel("o1")
    line = world.line("o1", HERE)
    assert (world.state("o1"), line.shipped, line.cancelled) == ("shipped", 2, 0)


def test_what_was_shipped_can_come_back_after_the_rest_was_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    world = partly_shipped(monkeypatch)
    world.cancel("o1")
    world.take_back("o1", "r1", (HERE, 2, "restock"))
    assert world.site(HERE).on_hand == 5


def test_an_answer_that_was_lost_for_long_leaves_no_units_that_are_promised_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "CLOSED_KEPT", 1)
    world = PureWorld()
    world.stock(apple=5)
    world.place("o1", ("apple", 2))
    world.give(OwnerName("inventory-0"), Ship("o1:2", "o1", 2))  # carried out; the answer does not arrive
    world.place("o2", ("apple", 1))
    world.cancel("o2")
    world.doubtful[OwnerName("inventory-0"), "o1:2"] = None  # type: ignore[assignment]  # any copy: it is the second
    world.ship("o1")
    line = world.line("o1", "apple")
    assert (line.reserved, line.shipped) == (0, 2)
