"""Sourcing against brute force: as many units as there are, from as few warehouses as can give them."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.inventory.covering import MOST_LOOKS, MOST_WAREHOUSES_COMBINED, Cover, Need
from actors.inventory.sourcing import MOST_WAREHOUSES_COMPARED, Source, fewest_splits

skus = st.sampled_from(["apple", "pear", "plum"])
sites = st.sampled_from(["a", "b", "c", "d", "e", "f"])
wants = st.dictionaries(skus, st.integers(1, 12), min_size=1)
stocks = st.dictionaries(skus, st.dictionaries(sites, st.integers(0, 8)))


def _most(wanted: dict[str, int], available: dict[str, dict[str, int]], chosen: tuple[str, ...]) -> int:
    return sum(min(units, sum(available.get(sku, {}).get(name, 0) for name in chosen)) for sku, units in wanted.items())


def _names(available: dict[str, dict[str, int]]) -> list[str]:
    return sorted({name for there in available.values() for name in there})


def _fewest(wanted: dict[str, int], available: dict[str, dict[str, int]]) -> int:
    """The smallest number of warehouses that give all there is, by trying every set."""
    names = _names(available)
    most = _most(wanted, available, tuple(names))
    every_set = chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))
    return next(len(chosen) for chosen in every_set if _most(wanted, available, chosen) == most)


@given(wants, stocks)
def test_sourcing_gives_as_much_as_there_is_and_no_more(wanted: dict[str, int], available: dict[str, dict[str, int]]) -> None:
    are_all_there_is(fewest_splits(wanted, available), wanted, available)


@given(wants, stocks)
def test_sourcing_that_goes_for_the_largest_gives_as_much_and_no_more(
    wanted: dict[str, int], available: dict[str, dict[str, int]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cover, "choose", Cover.largest_first)
        are_all_there_is(fewest_splits(wanted, available), wanted, available)


def are_all_there_is(sources: list[Source], wanted: dict[str, int], available: dict[str, dict[str, int]]) -> None:
    assert sum(source.quantity for source in sources) == _most(wanted, available, tuple(_names(available)))
    for sku, units in wanted.items():
        taken = [source for source in sources if source.sku == sku]
        assert sum(source.quantity for source in taken) <= units
        assert all(0 < source.quantity <= available[sku][source.warehouse] for source in taken)
        assert len({source.warehouse for source in taken}) == len(taken)


@given(wants, stocks)
def test_sourcing_uses_as_few_warehouses_as_can_be(wanted: dict[str, int], available: dict[str, dict[str, int]]) -> None:
    used = len({source.warehouse for source in fewest_splits(wanted, available)})
    fewest = _fewest(wanted, available)
    assert used == fewest or fewest > MOST_WAREHOUSES_COMBINED


@given(wants, stocks)
def test_sourcing_does_not_depend_on_the_order_of_the_tables(
    wanted: dict[str, int], available: dict[str, dict[str, int]]
) -> None:
    turned = {sku: dict(reversed(there.items())) for sku, there in reversed(available.items())}
    assert fewest_splits(wanted, available) == fewest_splits(wanted, turned)


def test_one_warehouse_that_has_everything_is_taken_before_two_that_have_more_each() -> None:
    available = {"apple": {"a": 9, "c": 2}, "pear": {"b": 9, "c": 2}}
    assert fewest_splits({"apple": 2, "pear": 2}, available) == [Source("apple", "c", 2), Source("pear", "c", 2)]


def test_among_equal_warehouses_the_first_by_name_is_taken() -> None:
    assert fewest_splits({"apple": 2}, {"apple": {"b": 5, "a": 5}}) == [Source("apple", "a", 2)]


def test_what_nobody_has_gets_no_source() -> None:
    assert fewest_splits({"apple": 2}, {"apple": {"a": 0}}) == []
    assert fewest_splits({"apple": 2}, {}) == []


def test_an_order_that_needs_every_one_of_many_warehouses_gets_them_all() -> None:
    available = {"apple": {f"w{number:02}": 1 for number in range(20)}}
    assert len(fewest_splits({"apple": 20}, available)) == 20


def test_sourcing_works_no_more_than_a_turn_may_take_however_large_the_order() -> None:
    """Every set of four lacks just one of 495 kinds of SKU: trying them all would be 400,000 looks, of ten thousand SKUs millions."""
    places = range(MOST_WAREHOUSES_COMPARED)
    needs = [Need(1, tuple(int(at in there) for at in places)) for there in combinations(places, 8)] * 20
    cover = Cover(needs, len(places))
    chosen = cover.choose()
    assert chosen is not None
    assert len(chosen) == 5, "any five meet every eight of twelve"
    assert cover.looks <= MOST_LOOKS + len(needs) * (1 + len(chosen))


def test_ten_thousand_skus_of_a_few_kinds_are_looked_at_once() -> None:
    needs = [Need(1, tuple(int(at % 3 == number % 3) for at in range(12))) for number in range(10_000)]
    cover = Cover(needs, 12)
    assert cover.choose() == (0, 1, 2)
    assert cover.looks < 1_000


def test_an_order_of_a_usual_size_gets_the_fewest_warehouses_though_there_are_many() -> None:
    """The largest first would take `big`, and two more; two are enough."""
    available = {f"s{number:02}": {"left" if number < 12 else "right": 5} for number in range(24)}
    for number in range(4, 20):
        available[f"s{number:02}"]["big"] = 9
    wanted = dict.fromkeys(available, 5)
    assert {source.warehouse for source in fewest_splits(wanted, available)} == {"left", "right"}
