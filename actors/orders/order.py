"""An order: its lines, its share at each inventory shard, and the state that follows from both."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from actors.inventory.goods import ReservedLine
from actors.orders.events import OrderReceived
from actors.orders.lines import NewOrder, Restock
from actors.orders.records import EditRecord, LineView, Moment, OpDone, OrderRecord, PartRecord
from actors.orders.refusals import StepRefusal
from actors.orders.replies import OrderView

FINISHED = frozenset({"rejected", "cancelled", "delivered"})
"""States after which nothing but a return happens: such orders leave memory."""
AT_REST = frozenset({"reserved", "partially_reserved", "backordered"})
MOST_LINES_CARRIED = 100
"""Larger orders are recorded before anything is reserved for them: carrying them to every shard would cost more."""


class Line(msgspec.Struct, gc=False):
    """One SKU of an order. `reserved`, `backordered`, `shipped` are what the shards last reported."""

    sku: str
    ordered: int
    cancelled: int = 0
    reserved: int = 0
    backordered: int = 0
    shipped: int = 0
    returned: int = 0


class Part(msgspec.Struct, gc=False):
    """The order's share at one inventory shard.

    The saga compares `revision` (what was last asked) with `settled` (what was last answered): where they differ,
    `step` is still to be sent. Nothing else has to be remembered to resume it.
    """

    revision: int = 1
    settled: int = 0
    step: str = "reserve"
    version: int = 0
    lines: tuple[ReservedLine, ...] = ()
    uncertain: bool = False
    """A copy of a refused command may have been carried out all the same."""

    def ask(self, step: str) -> None:
        """Want something new of the shard; it overtakes whatever was asked before."""
        self.revision += 1
        self.step = step


class Order(msgspec.Struct, gc=False):
    """An order and its saga. `intent` says where the saga is heading: place, edit, cancel, reject, ship, or nowhere.

    A struct, as its lines and parts are: made four times as fast as a dataclass. Nothing in it points back to it, so the
    garbage collector need not walk through every open order.
    """

    order_id: str
    op_id: str
    fingerprint: int
    received_at: int
    order: NewOrder
    lines: dict[str, Line]
    parts: dict[str, Part]
    state: str = "received"
    intent: str = "place"
    changed_at: int = 0
    timeline: list[Moment] = []
    ops: dict[str, OpDone] = {}
    refusal: StepRefusal | None = None
    edit: EditRecord | None = None
    restocks: dict[str, Restock] = {}
    held: bool = False
    parked: bool = False
    prefer: tuple[str, ...] | None = None
    """The warehouses it is to come from; None as long as they are not chosen. Not stored: they can be chosen again."""

    @property
    def settled(self) -> bool:
        """Every shard has answered what was last asked of it: the state says how the order stands."""
        for part in self.parts.values():
            if part.settled < part.revision:
                return False
        return True

    @property
    def under_way(self) -> bool:
        """Some shard still owes an answer, or returned units are on their way onto stock."""
        return bool(self.restocks) or not self.settled

    @property
    def may_choose(self) -> bool:
        """Whether it is open which warehouses serve it, and no shard can tell alone."""
        if self.prefer is not None or self.intent != "place" or self.order.warehouse or len(self.parts) == 1:
            return False
        return not any(part.settled for part in self.parts.values())

    @property
    def carries_intent(self) -> bool:
        """Whether its first reserves carry the whole order, so that it is on record wherever something is held for it."""
        return self.intent == "place" and len(self.order.lines) <= MOST_LINES_CARRIED

    @property
    def vouched(self) -> bool:
        """Placed, and nothing else happened to it: its shards have on record all there is to say."""
        if self.intent or self.refusal is not None or self.ops or len(self.order.lines) > MOST_LINES_CARRIED:
            return False
        for part in self.parts.values():
            if part.revision != 1 or not part.version:
                return False
        return self.state in AT_REST

    @property
    def received(self) -> OrderReceived:
        """The order as it came."""
        actor = self.timeline[0].actor
        return OrderReceived(self.received_at, self.op_id, self.fingerprint, actor, self.order_id, self.order)

    @property
    def left_uncut(self) -> bool:
        """Everything that was ordered has left: a cancel came too late."""
        return self.state in {"shipped", "delivered"} and not any(line.cancelled for line in self.lines.values())

    @property
    def promised_at(self) -> int:
        """What the queue of backorders goes by: the promised day, else the moment the order came."""
        return self.order.ship_by if self.order.ship_by is not None else self.received_at

    def note(self, at: int, event: str, actor: str = "", note: str = "") -> None:
        """Add to the timeline."""
        self.changed_at = at
        self.timeline.append(Moment(at, event, actor, note))

    def count(self) -> None:
        """Bring the lines' counters in line with what the shards report."""
        lines = self.lines
        for line in lines.values():
            line.reserved = line.backordered = line.shipped = 0
        for part in self.parts.values():
            for reported in part.lines:
                if reported.sku not in lines:
                    continue  # it was held for another order (`StrayFound`), and holds nothing now
                line = lines[reported.sku]
                line.reserved += reported.reserved
                line.backordered += reported.backordered
                line.shipped += reported.shipped

    def resting_state(self) -> str:
        """The state of an order whose saga is at rest."""
        reserved = backordered = shipped = 0
        for line in self.lines.values():
            reserved += line.reserved
            backordered += line.backordered
            shipped += line.shipped
        if shipped:
            return "partially_shipped" if reserved or backordered else "shipped"
        if not reserved and not backordered:
            return "cancelled"
        if not backordered:
            return "reserved"
        return "partially_reserved" if reserved else "backordered"

    def view(self) -> OrderView:
        """The short answer to a command."""
        warehouses = {line.warehouse: None for part in self.parts.values() for line in part.lines if line.holds}
        return OrderView(self.order_id, self.state, tuple(warehouses), self.line_views(), self.refusal)

    def line_views(self) -> tuple[LineView, ...]:
        """The lines with their counters."""
        return tuple(
            [
                LineView(e.sku, e.ordered, e.cancelled, e.reserved, e.backordered, e.shipped, e.returned)
                for e in self.lines.values()
            ]
        )

    def record(self) -> OrderRecord:
        """Everything, to be stored."""
        parts = tuple(
            [
                PartRecord(shard, p.revision, p.settled, p.step, p.version, p.lines, p.uncertain)
                for shard, p in self.parts.items()
            ]
        )
        return OrderRecord(
            self.order_id, self.op_id, self.fingerprint, self.state, self.received_at, self.changed_at, self.order,
            self.line_views(), parts, tuple(self.timeline), tuple(self.ops.values()), self.refusal, self.intent,
            self.edit, tuple(self.restocks.values()), self.held, self.parked,
        )  # fmt: skip

    @classmethod
    def from_record(cls, r: OrderRecord) -> Order:
        """The order a record was taken of."""
        lines = {e.sku: Line(e.sku, e.ordered, e.cancelled, e.reserved, e.backordered, e.shipped, e.returned) for e in r.lines}
        parts = {p.shard: Part(p.revision, p.settled, p.step, p.version, p.lines, p.uncertain) for p in r.parts}
        return cls(
            r.order_id, r.op_id, r.fingerprint, r.received_at, r.order, lines, parts, r.state, r.intent, r.changed_at,
            list(r.timeline), {op.op_id: op for op in r.ops}, r.refusal, r.edit,
            {restock.id: restock for restock in r.restocks}, r.held, r.parked,
        )  # fmt: skip


def with_what_left(before: Iterable[ReservedLine], told: tuple[ReservedLine, ...]) -> tuple[ReservedLine, ...]:
    """What a shard tells, and what had left: it forgets a reservation that is over for it, and goes on without."""
    lines = {(line.sku, line.warehouse): line for line in told}
    for line in before:
        place = line.sku, line.warehouse
        now = lines.get(place) or ReservedLine(*place, 0)
        if now.shipped < line.shipped:
            lines[place] = msgspec.structs.replace(now, shipped=line.shipped)
    return tuple(lines.values())


def all_left(lines: Iterable[ReservedLine]) -> tuple[ReservedLine, ...]:
    """Lines after all that was reserved has been shipped."""
    return tuple([msgspec.structs.replace(line, reserved=0, shipped=line.shipped + line.reserved) for line in lines])


def return_op(return_id: str) -> str:
    """Under what a return is remembered on its order: its goods are booked under this name, so it can come only once."""
    return f"return {return_id}"
