"""Putaway tasks, what was carried for them, and the rules that make them."""

from __future__ import annotations

import msgspec

from actors.inventory.goods import ON_HOLD_FROM_THE_START
from actors.kernel.messages import Message


class Task(msgspec.Struct, array_like=True, gc=False):
    """Units to be carried from where they were received to where they are sold from."""

    task_id: str
    sku: str
    warehouse: str
    quantity: int
    from_location: str
    to_location: str
    lot: str = ""
    rule: str = ""
    cross_dock: bool = False
    created_at: int = 0
    changed_at: int = 0
    done: int = 0
    state: str = "pending"
    confirms: list[Confirm] = []
    receipt_id: str = ""
    """The receipt its units came with; empty when somebody asked for it."""

    @property
    def left(self) -> int:
        """Units that are still to be carried."""
        return self.quantity - self.done if self.state == "pending" else 0

    @property
    def comes_off_hold(self) -> bool:
        """Its units are on hold where they lie, and not where they go: more can be sold once they are there."""
        return self.from_location in ON_HOLD_FROM_THE_START and self.to_location not in ON_HOLD_FROM_THE_START

    @property
    def under_way(self) -> bool:
        """Stock has not answered yet."""
        return bool(self.confirms) and self.confirms[-1].moved is None


class Confirm(msgspec.Struct, array_like=True, gc=False):
    """Units that somebody has carried, as they are booked: `moved` is None until stock has answered."""

    op_id: str
    quantity: int
    location: str
    actor: str
    moved: int | None = None


class PutawayRule(Message, frozen=True, array_like=True, gc=False):
    """Where goods go that all its conditions hold for; empty ones hold for everything. See `putaway.py`."""

    id: str
    warehouse: str
    location: str
    sequence: int = 0
    sku: str = ""
    category: str = ""
    largest_volume_ml: int | None = None
    capacity: int | None = None
    same_item: bool = False
    cross_dock: bool = False
