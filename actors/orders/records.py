"""An order as it is kept and shown: all of it, and its parts."""

from __future__ import annotations

from actors.inventory.goods import ReservedLine
from actors.kernel.messages import Message
from actors.orders.lines import NewOrder, OrderedLine, Restock
from actors.orders.refusals import StepRefusal


class LineView(Message, frozen=True, array_like=True, gc=False):
    """A line and its counters, in base units."""

    sku: str
    ordered: int
    cancelled: int
    reserved: int
    backordered: int
    shipped: int
    returned: int


class Moment(Message, frozen=True, array_like=True, gc=False):
    """One entry of an order's timeline."""

    at: int
    event: str
    actor: str = ""
    note: str = ""


class PartRecord(Message, frozen=True, array_like=True, gc=False):
    """The order's share at one inventory shard, and how far the saga has come with it."""

    shard: str
    revision: int
    settled: int
    step: str
    version: int
    lines: tuple[ReservedLine, ...]
    uncertain: bool


class OpDone(Message, frozen=True, array_like=True, gc=False):
    """A command carried out on the order: its fingerprint, and the refusal it met later, if any."""

    op_id: str
    fingerprint: int
    refusal: StepRefusal | None = None


class EditRecord(Message, frozen=True, array_like=True, gc=False):
    """An edit under way: what stood before, what shall stand, and whether the increases are through.

    `dropped` is the part of `before` that could not be had and was cancelled (`cancel_rest`).
    """

    op_id: str
    before: tuple[OrderedLine, ...]
    after: tuple[OrderedLine, ...]
    increasing: bool
    dropped: tuple[OrderedLine, ...] = ()


class OrderRecord(Message, tag="Order", frozen=True, array_like=True, gc=False):
    """Everything about an order: its snapshot, its row in the system of record, and the answer to clients."""

    order_id: str
    op_id: str
    fingerprint: int
    state: str
    received_at: int
    changed_at: int
    order: NewOrder
    lines: tuple[LineView, ...]
    parts: tuple[PartRecord, ...]
    timeline: tuple[Moment, ...]
    ops: tuple[OpDone, ...]
    refusal: StepRefusal | None
    intent: str
    edit: EditRecord | None
    restocks: tuple[Restock, ...]
    held: bool
    parked: bool


class ForgottenOrders(Message, tag="ForgottenOrders", frozen=True, array_like=True, gc=False):
    """How many finished orders have left memory."""

    orders: int
