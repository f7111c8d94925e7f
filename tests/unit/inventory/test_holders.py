"""Who holds a SKU, page by page, as much of it as is asked for."""

from __future__ import annotations

import pytest

from actors.inventory import holders
from actors.inventory.queries import ReadHolders
from actors.inventory.replies import Holder
from tests.model.world import PureWorld


@pytest.fixture
def hot(world: PureWorld) -> PureWorld:
    """Orders in two warehouses, some of the same moment, some that wait, and a hold."""
    world.stock(apple=6)
    world.open_warehouses("north")
    world.adjust("apple", 3, "receipt", warehouse="north")
    world.hold("basket", "apple", 1)
    for number in range(12):
        world.now += number % 3 == 0
        world.place(f"o{number % 7}-{number}", ("apple", 1), policy="ship_partial")
    world.adjust("apple", 2, "receipt")
    return world


def pages(world: PureWorld, limit: int) -> list[list[Holder]]:
    found, after = [], None
    while True:
        page = list(world.read(ReadHolders("apple", after, limit), world.inventory.names()[0]).holders)
        if not page:
            return found
        found.append(page)
        after = (page[-1].promised_at, page[-1].reservation_id, page[-1].warehouse)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 500])
def test_the_pages_together_are_all_holders_in_order(hot: PureWorld, limit: int) -> None:
    found = pages(hot, limit)
    assert all(len(page) == limit for page in found[:-1])
    every = [holder for page in found for holder in page]
    places = [(holder.promised_at, holder.reservation_id, holder.warehouse) for holder in every]
    assert places == sorted(set(places))
    assert {(h.reservation_id, h.warehouse): (h.reserved, h.backordered) for h in every} == {
        (key, name): (one.holders.get(key, 0), one.waiting.get(key, 0))
        for name, one in hot.shard("apple").items["apple"].sites.items()
        for key in (*one.holders, *one.waiting)
    }


def test_only_what_is_on_the_page_is_made(hot: PureWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Holder] = []

    def counted(*fields: object) -> Holder:
        made.append(Holder(*fields))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(holders, "Holder", counted)
    hot.read(ReadHolders("apple", None, 3), hot.inventory.names()[0])
    assert len(made) == 3


def test_a_page_goes_on_where_the_last_one_ended_though_its_holders_are_gone(hot: PureWorld) -> None:
    first, *rest = pages(hot, 4)
    for holder in first:
        hot.cancel(holder.reservation_id)
    last = (first[-1].promised_at, first[-1].reservation_id, first[-1].warehouse)
    next_page = hot.read(ReadHolders("apple", last, 4), hot.inventory.names()[0]).holders
    assert [holder.reservation_id for holder in next_page] == [holder.reservation_id for holder in rest[0]]
