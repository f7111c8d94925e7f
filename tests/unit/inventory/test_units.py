"""Packs and base units: down when reserving, up when buying, never a float."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.inventory.goods import Pack, Product
from actors.inventory.units import as_packs, pack_named, pack_of_gtin, packs_to_buy, units_in, whole_packs

BOX = Pack("box", 12, "10012345678902")
PALLET = Pack("pallet", 480)
APPLE = Product("apple", "Apple", gtin="4012345678901", unit="each", packs=(BOX, PALLET))
packs = st.builds(Pack, st.just("box"), st.integers(1, 10_000))
huge = st.integers(0, 2**62)


@pytest.mark.parametrize(("units", "down", "up"), [(0, 0, 0), (1, 0, 1), (11, 0, 1), (12, 1, 1), (13, 1, 2), (24, 2, 2)])
def test_packs_round_down_when_reserving_and_up_when_buying(units: int, down: int, up: int) -> None:
    assert (whole_packs(units, BOX), packs_to_buy(units, BOX)) == (down, up)


@given(huge, packs)
def test_a_reserved_pack_is_always_there_and_a_bought_one_is_always_enough(units: int, pack: Pack) -> None:
    reserved, bought = units_in(whole_packs(units, pack), pack), units_in(packs_to_buy(units, pack), pack)
    assert reserved <= units <= bought
    assert units - reserved < pack.units
    assert bought - units < pack.units


@given(st.integers(0, 2**40), packs)
def test_whole_packs_convert_there_and_back(count: int, pack: Pack) -> None:
    assert whole_packs(units_in(count, pack), pack) == packs_to_buy(units_in(count, pack), pack) == count


@given(huge)
def test_units_read_as_packs_lose_none(units: int) -> None:
    counted, loose = as_packs(units, APPLE.packs)
    assert sum(units_in(count, pack) for pack, count in counted) + loose == units
    assert 0 <= loose < BOX.units


def test_the_largest_packs_are_read_first() -> None:
    assert as_packs(500, APPLE.packs) == ([(PALLET, 1), (BOX, 1)], 8)
    assert as_packs(5, ()) == ([], 5)


@pytest.mark.parametrize(
    ("name", "pack"), [("each", Pack("each", 1, APPLE.gtin)), ("box", BOX), ("pallet", PALLET), ("barrel", None)]
)
def test_a_pack_is_found_by_its_name(name: str, pack: Pack | None) -> None:
    assert pack_named(APPLE, name) == pack


@pytest.mark.parametrize(
    ("gtin", "pack"), [(APPLE.gtin, Pack("each", 1, APPLE.gtin)), (BOX.gtin, BOX), ("", None), ("1", None)]
)
def test_a_pack_is_found_by_what_the_scanner_saw(gtin: str, pack: Pack | None) -> None:
    assert pack_of_gtin(APPLE, gtin) == pack


def test_a_pack_of_nothing_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        whole_packs(5, Pack("box", 0))
