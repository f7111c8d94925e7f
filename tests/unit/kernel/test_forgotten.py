"""What has left memory: never missed by the filter, which survives a snapshot."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.kernel.forgotten import BITS_PER_KEY, FIRST_LAYER, Forgotten, ForgottenKeys

SOME: int = 3 * FIRST_LAYER // BITS_PER_KEY
"""Keys enough for two layers."""


def filled(keys: int) -> Forgotten:
    forgotten = Forgotten()
    for number in range(keys):
        forgotten.add(f"order-{number}")
    return forgotten


@given(st.sets(st.text(st.characters(exclude_categories=["Cs"]), max_size=20)))
def test_what_has_been_forgotten_is_in_it(keys: set[str]) -> None:
    forgotten = Forgotten()
    for key in sorted(keys):
        forgotten.add(key)
    assert all(key in forgotten for key in keys)


def test_nothing_is_in_an_empty_one() -> None:
    assert "a" not in Forgotten()
    assert not Forgotten()


@pytest.mark.parametrize("keys", [FIRST_LAYER // BITS_PER_KEY, SOME])
def test_no_new_key_is_taken_for_an_old_one(keys: int) -> None:
    forgotten = filled(keys)
    assert not [number for number in range(100_000) if f"new-{number}" in forgotten]


def test_a_key_that_came_back_and_left_again_counts_once() -> None:
    forgotten = filled(10)
    forgotten.add("order-3")
    assert len(forgotten) == 10


def test_it_survives_a_snapshot() -> None:
    forgotten, again = filled(SOME), Forgotten()
    for record in forgotten.records():
        again.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=ForgottenKeys))
    again.restored(len(forgotten))
    assert len(again) == len(forgotten)
    assert all(f"order-{number}" in again for number in range(SOME))
    assert "new" not in again
    again.add("new")
    forgotten.add("new")
    assert list(again.records()) == list(forgotten.records()), "both go on in the same layer"


def test_of_a_snapshot_without_a_filter_every_key_may_be_one() -> None:
    forgotten, again = Forgotten(), Forgotten()
    forgotten.restored(5)
    assert "anything" in forgotten
    forgotten.add("one more")
    for record in forgotten.records():
        again.restore(record)
    again.restored(len(forgotten))
    assert "anything" in again, "the next snapshot does not make them known"
