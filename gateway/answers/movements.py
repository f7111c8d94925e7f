"""Adjustments, moves and the ledger as JSON, on their way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from actors.inventory.events import Adjusted, Moved
from gateway.answers.levels import LevelAnswer
from gateway.fields import Instant, iso
from gateway.op_ids import client_key
from gateway.pages import NextCursor


class AdjustmentDone(msgspec.Struct, gc=False):
    """An adjustment, with the count of its place before and after."""

    adjustment_id: str
    sku: str
    warehouse: str
    location: str
    lot: str
    quantity: int
    reason: str
    before: int
    after: int
    at: Instant


class AdjustmentAnswer(AdjustmentDone, gc=False):
    """An adjustment, with the count of its place before and after, and the level of the SKU after."""

    level: LevelAnswer


class AdjustmentResult(AdjustmentDone, gc=False):
    """An adjustment in a batch: with the status that it alone would have been answered with."""

    status: int


class MoveAnswer(msgspec.Struct, gc=False):
    """Goods carried from one location to another."""

    sku: str
    warehouse: str
    lot: str
    quantity: int
    from_location: str
    to_location: str
    at: Instant


class MovementAnswer(msgspec.Struct, gc=False):
    """A row of the ledger: what changed at a place, why, by which document, and who did it."""

    sku: str
    warehouse: str
    location: str
    lot: str
    quantity: int
    before: int
    after: int
    reason: str
    document: str
    actor: str
    at: Instant


class MovementPage(msgspec.Struct, gc=False):
    """The ledger, newest first."""

    items: list[MovementAnswer]
    next_cursor: NextCursor


def adjustment_done(done: Adjusted) -> AdjustmentDone:
    """An adjustment that was carried out."""
    return AdjustmentDone(*_members(done))


def adjustment_answer(done: Adjusted, level: LevelAnswer) -> AdjustmentAnswer:
    """An adjustment that was carried out, and what stands now."""
    return AdjustmentAnswer(*_members(done), level)


def _members(done: Adjusted) -> tuple[str, str, str, str, str, int, str, int, int, str]:
    return (
        client_key(done.op_id), done.sku, done.warehouse, done.location, done.lot, done.quantity, done.reason,
        done.before, done.after, iso(done.at),
    )  # fmt: skip


def move_answer(done: Moved) -> MoveAnswer:
    """A move that was carried out."""
    return MoveAnswer(
        done.sku, done.warehouse, done.lot, done.quantity, done.from_location, done.to_location, iso(done.at)
    )  # fmt: skip


def movement_page(rows: Sequence[dict[str, Any]], next_cursor: str | None) -> MovementPage:
    """Rows of the ledger."""
    items = [
        MovementAnswer(**{name: row[name] for name in MovementAnswer.__struct_fields__ if name != "at"}, at=iso(row["at"]))
        for row in rows
    ]
    return MovementPage(items, next_cursor)
