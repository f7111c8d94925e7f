"""Journal entries: sealed, chained, typed."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.inventory.events import Adjusted, HoldEnded, InventoryEvent, Rebalanced, Released, Reserved
from actors.inventory.goods import ReservedLine
from actors.kernel.entry import ENTRY_VERSION, START, EntryCodec, Position, StoredEntry, check_follows
from actors.kernel.faults import JournalDamaged

AFTER, HERE = Position(3, 7), Position(3, 8)
codec: EntryCodec[Any] = EntryCodec(InventoryEvent)


def _adjusted(sku: str = "apple", quantity: int = 1) -> Adjusted:
    return Adjusted(5, "op", 7, "test", sku, "main", "stock", "", quantity, "found", "", 0, quantity)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [_adjusted()],
        [_adjusted("苹果 🍏", 2**62), Released(1, "o1", 2, 3), HoldEnded(1, "", 0, "b", "expired")],
        [Reserved(1, "o1", 1, 1, 0, 0, (ReservedLine("apple", "main", 1, 2, 3),))],
    ],
)
def test_an_entry_is_read_as_it_was_written(events: list[Any]) -> None:
    entry = codec.decode(StoredEntry(HERE, codec.encode(AFTER, events)))
    assert (entry.after, entry.events) == (AFTER, events)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_byte_is_noticed(place: int, flip: int) -> None:
    data = bytearray(codec.encode(AFTER, [_adjusted()]))
    data[place % len(data)] ^= flip
    with pytest.raises(JournalDamaged, match="3-8"):
        codec.decode(StoredEntry(HERE, bytes(data)))


@given(st.integers(0, 10_000))
def test_a_torn_entry_is_noticed(length: int) -> None:
    data = codec.encode(AFTER, [_adjusted()])
    with pytest.raises(JournalDamaged, match="3-8"):
        codec.decode(StoredEntry(HERE, data[: length % len(data)]))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ((ENTRY_VERSION + 1, "3-7", []), "this release reads"),
        ((ENTRY_VERSION, "3-7", [["NeverHeardOf", 1]]), "not an entry this release knows"),
        ((ENTRY_VERSION, "3-7"), "not an entry this release knows"),
        ("hello", "not an entry this release knows"),
    ],
)
def test_an_entry_of_another_release_stops_the_owner_with_a_clear_line(content: Any, says: str) -> None:
    body = msgspec.msgpack.encode(content)
    with pytest.raises(JournalDamaged, match=says):
        codec.decode(StoredEntry(HERE, zlib.crc32(body).to_bytes(4, "big") + body))


def test_events_of_an_older_release_lack_the_fields_that_were_appended_since() -> None:
    old = ["Rebalanced", 1, "o1", 2, "apple", "main", 3, "stock arrived"]  # before `op_id` and `fingerprint`
    body = msgspec.msgpack.encode((ENTRY_VERSION, "3-7", [old]))
    entry = codec.decode(StoredEntry(HERE, zlib.crc32(body).to_bytes(4, "big") + body))
    assert entry.events == [Rebalanced(1, "o1", 2, "apple", "main", 3, "stock arrived")]


@pytest.mark.parametrize(
    ("last", "here", "after", "right"),
    [
        (START, Position(1, 0), START, True),
        (Position(1, 4), Position(1, 5), Position(1, 4), True),
        (Position(1, 4), Position(2, 0), Position(1, 4), True),
        (Position(1, 4), Position(1, 6), Position(1, 5), False),  # one is missing
        (Position(1, 4), Position(1, 4), Position(1, 3), False),  # one is there twice
        (Position(2, 0), Position(1, 5), Position(1, 4), False),  # written by an owner that had been replaced
        (Position(2, 0), Position(1, 5), Position(2, 0), False),
    ],
)
def test_entries_follow_one_another_without_a_gap(last: Position, here: Position, after: Position, right: bool) -> None:
    if right:
        check_follows(last, StoredEntry(here, b""), after)
    else:
        with pytest.raises(JournalDamaged):
            check_follows(last, StoredEntry(here, b""), after)


@pytest.mark.parametrize(("text", "position"), [("12-34", Position(12, 34)), ("7", Position(7, 0)), ("0-0", START)])
def test_a_position_is_read_from_a_stream_id(text: str, position: Position) -> None:
    assert Position.parse(text) == position
    assert Position.parse(str(position)) == position


def test_positions_are_ordered_by_epoch_then_number() -> None:
    assert sorted([Position(2, 0), Position(1, 10), Position(1, 9)]) == [Position(1, 9), Position(1, 10), Position(2, 0)]


@pytest.mark.parametrize(
    "text", ["", "-", "x", "-1-0", "1--1", "1-", "1_0-1", " 1-2", "+1-0", "\u0661-\u0662", "1-2-3", f"{2**63}-0"]
)
def test_what_is_no_position_is_not_read_as_one(text: str) -> None:
    with pytest.raises(ValueError, match="position"):
        Position.parse(text)


def test_a_position_is_read_as_it_is_written() -> None:
    largest = Position(2**63 - 1, 2**63 - 1)
    assert Position.parse(str(largest)) == largest
    assert Position.parse("7") == Position(7, 0)


@pytest.mark.parametrize("body", [b"\xc1", msgspec.msgpack.encode((1, "x", [])), msgspec.msgpack.encode((1, "1-0", []))[:-1]])
def test_an_entry_whose_checksum_matches_nonsense_is_damaged(body: bytes) -> None:
    with pytest.raises(JournalDamaged, match="not an entry this release knows"):
        EntryCodec[Any](int).decode(StoredEntry(Position(1, 1), zlib.crc32(body).to_bytes(4, "big") + body))
