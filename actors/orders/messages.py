"""Commands, queries, events and replies of an order shard."""

from __future__ import annotations

from typing import Final

from actors.inventory.messages import (
    InsufficientStock,
    ReservationView,
    ReservedLine,
    Superseded,
    UnknownReservation,
    UnknownSku,
    UnknownWarehouse,
)
from actors.kernel.messages import (
    Busy,
    ClientCommand,
    Command,
    Event,
    Failed,
    KeyReused,
    Message,
    OwnerStatus,
    Query,
    ReadStatus,
    Refusal,
)

POLICIES: Final = ("all_or_nothing", "ship_complete", "ship_partial", "cancel_rest")
CANCEL_REASONS: Final = frozenset(
    {"customer", "stock_out", "fraud", "data_entry", "payment", "duplicate", "expired", "correction", "other"}
)
RETURN_OUTCOMES: Final = ("restock", "refurbish", "quarantine", "return_to_vendor", "scrap", "reject")


class OrderedLine(Message, frozen=True, array_like=True, gc=False):
    """What is ordered of one SKU; repeated lines of a SKU were summed before."""

    sku: str
    quantity: int


class NewOrder(Message, frozen=True, array_like=True, gc=False):
    """An order as it came. `ship_by` is ms since 1970 UTC; `warehouse` empty means: choose."""

    lines: tuple[OrderedLine, ...]
    policy: str = "all_or_nothing"
    warehouse: str = ""
    priority: int = 0
    ship_by: int | None = None
    customer: str = ""
    external_reference: str = ""
    carrier: str = ""


class ReturnedLine(Message, frozen=True, array_like=True, gc=False):
    """Units that came back, and what becomes of them."""

    sku: str
    quantity: int
    outcome: str = "restock"


# ── commands from outside ───────────────────────────────────────────────────────────────────────────────────────────
class PlaceOrder(ClientCommand, tag="PlaceOrder", frozen=True, array_like=True, gc=False):
    """Take an order and reserve its stock. `wait` False answers once the order is recorded."""

    order_id: str
    order: NewOrder
    wait: bool = True
    fresh: bool = False
    """The id was made just now: no order can have had it."""


class CancelOrder(ClientCommand, tag="CancelOrder", frozen=True, array_like=True, gc=False):
    """Cancel at any moment before shipping."""

    order_id: str
    reason: str


class HoldOrder(ClientCommand, tag="HoldOrder", frozen=True, array_like=True, gc=False):
    """Keep the promise, but let nothing ship until `ResumeOrder`."""

    order_id: str
    reason: str


class ResumeOrder(ClientCommand, tag="ResumeOrder", frozen=True, array_like=True, gc=False):
    """End a hold."""

    order_id: str


class EditLines(ClientCommand, tag="EditLines", frozen=True, array_like=True, gc=False):
    """Set the ordered quantity of the named SKUs; the others stay. 0 takes a line off."""

    order_id: str
    lines: tuple[OrderedLine, ...]


class RetryOrder(ClientCommand, tag="RetryOrder", frozen=True, array_like=True, gc=False):
    """Go on with a parked saga: `retry` the step, or `compensate` (undo and reject or cancel)."""

    order_id: str
    action: str


class ShipOrder(ClientCommand, tag="ShipOrder", frozen=True, array_like=True, gc=False):
    """What is reserved has left the building."""

    order_id: str


class DeliverOrder(ClientCommand, tag="DeliverOrder", frozen=True, array_like=True, gc=False):
    """The customer has it."""

    order_id: str


class ReturnLines(ClientCommand, tag="ReturnLines", frozen=True, array_like=True, gc=False):
    """Take shipped units back."""

    order_id: str
    return_id: str
    lines: tuple[ReturnedLine, ...]


# ── commands between owners ─────────────────────────────────────────────────────────────────────────────────────────
class RecordReservation(Command, tag="RecordReservation", frozen=True, array_like=True, gc=False):
    """An inventory shard says how the order's reservation stands there: an answer, or a notice of a change."""

    order_id: str
    shard: str
    view: ReservationView


StepRefusal = InsufficientStock | UnknownSku | UnknownWarehouse | UnknownReservation | Superseded | KeyReused


class RecordRefusal(Command, tag="RecordRefusal", frozen=True, array_like=True, gc=False):
    """A shard refused a step. Not `certain`: an earlier copy of the command may have been carried out."""

    order_id: str
    shard: str
    revision: int
    refusal: StepRefusal
    certain: bool


class RecordRestock(Command, tag="RecordRestock", frozen=True, array_like=True, gc=False):
    """A shard has taken returned units onto stock."""

    order_id: str
    restock_id: str


class ParkStep(Command, tag="ParkStep", frozen=True, array_like=True, gc=False):
    """A step got no answer for long: stop, and show it to people."""

    order_id: str
    shard: str
    attempts: int


class BegunOrder(Message, frozen=True, array_like=True, gc=False):
    """An order that a predecessor began at a shard: as it came, and what the shard holds for it."""

    received: OrderReceived
    view: ReservationView


class TakeUpOrders(Command, tag="TakeUpOrders", frozen=True, array_like=True, gc=False):
    """A shard has told which orders predecessors began there without having recorded them, as far as it knows."""

    shard: str
    orders: tuple[BegunOrder, ...]


class RecallOrder(Command, tag="RecallOrder", frozen=True, array_like=True, gc=False):
    """Take an order that had left memory back into it, from the system of record."""

    record: OrderRecord


class ChooseSources(Command, tag="ChooseSources", frozen=True, array_like=True, gc=False):
    """Every shard has told what its warehouses have: the order is to come from these, most of it from the first."""

    order_id: str
    warehouses: tuple[str, ...]


class Noted(Command, tag="Noted", frozen=True, array_like=True, gc=False):
    """A shard has answered something that leaves nothing to record."""


# ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class OrderReceived(Event, tag="OrderReceived", frozen=True, array_like=True, gc=False):
    """An order came in. It is durable here, or with what it has reserved, before anybody hears of it."""

    op_id: str
    fingerprint: int
    actor: str
    order_id: str
    order: NewOrder


class ReservationRecorded(Event, tag="ReservationRecorded", frozen=True, array_like=True, gc=False):
    """What a shard holds for the order, as of the view's version."""

    shard: str
    view: ReservationView


class StepRefused(Event, tag="StepRefused", frozen=True, array_like=True, gc=False):
    """A shard refused a step of the order."""

    order_id: str
    shard: str
    revision: int
    refusal: StepRefusal
    certain: bool


class SourcesChosen(Event, tag="SourcesChosen", frozen=True, array_like=True, gc=False):
    """Which warehouses the order is to come from, as far as they still have it."""

    order_id: str
    warehouses: tuple[str, ...]


class StrayFound(Event, tag="StrayFound", frozen=True, array_like=True, gc=False):
    """A shard holds something under the order's id that another order wanted, one that nobody was told of: it is let go."""

    shard: str
    view: ReservationView


class ShardHeard(Event, tag="ShardHeard", frozen=True, array_like=True, gc=False):
    """A shard has told what predecessors began there: there is no order of theirs that we do not know."""

    shard: str


class CancelAsked(Event, tag="CancelAsked", frozen=True, array_like=True, gc=False):
    """The order shall be cancelled: every shard is asked to release."""

    op_id: str
    fingerprint: int
    actor: str
    order_id: str
    reason: str


class OrderHeld(Event, tag="OrderHeld", frozen=True, array_like=True, gc=False):
    """The order is on hold."""

    op_id: str
    fingerprint: int
    actor: str
    order_id: str
    reason: str


class OrderResumed(Event, tag="OrderResumed", frozen=True, array_like=True, gc=False):
    """The hold is over."""

    op_id: str
    fingerprint: int
    actor: str
    order_id: str


class EditAsked(Event, tag="EditAsked", frozen=True, array_like=True, gc=False):
    """Quantities shall change."""

    op_id: str
    fingerprint: int
    actor: str
    order_id: str
    lines: tuple[OrderedLine, ...]


class ShipAsked(Event, tag="ShipAsked", frozen=True, array_like=True, gc=False):
    """The reserved units leave."""

    op_id: str
    fingerprint: int
    actor: str
    order_id: str


class OrderDelivered(Event, tag="OrderDelivered", frozen=True, array_like=True, gc=False):
    """The customer has it."""

    op_id: str
    fingerprint: int
    actor: str
    order_id: str


class Restock(Message, frozen=True, array_like=True, gc=False):
    """Returned units on their way onto stock."""

    id: str
    sku: str
    quantity: int
    warehouse: str
    location: str


class ReturnAsked(Event, tag="ReturnAsked", frozen=True, array_like=True, gc=False):
    """Units came back; `restocks` are those that go onto stock."""

    op_id: str
    fingerprint: int
    actor: str
    order_id: str
    return_id: str
    lines: tuple[ReturnedLine, ...]
    restocks: tuple[Restock, ...]


class Restocked(Event, tag="Restocked", frozen=True, array_like=True, gc=False):
    """Returned units are on stock."""

    order_id: str
    restock_id: str


class StepParked(Event, tag="StepParked", frozen=True, array_like=True, gc=False):
    """The saga waits for people."""

    order_id: str
    shard: str
    attempts: int


class SagaResumed(Event, tag="SagaResumed", frozen=True, array_like=True, gc=False):
    """People sent the saga on: `retry` or `compensate`."""

    op_id: str
    fingerprint: int
    actor: str
    order_id: str
    action: str


class OrderRecalled(Event, tag="OrderRecalled", frozen=True, array_like=True, gc=False):
    """An order that had left memory is back in it."""

    record: OrderRecord


# ── queries and replies ─────────────────────────────────────────────────────────────────────────────────────────────
class ReadOrder(Query, tag="ReadOrder", frozen=True, array_like=True, gc=False):
    """An order with its counters and timeline."""

    order_id: str


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


class OrderView(Message, tag="OrderView", frozen=True, array_like=True, gc=False):
    """The short answer to a command on an order."""

    order_id: str
    state: str
    warehouses: tuple[str, ...]
    lines: tuple[LineView, ...]
    refusal: StepRefusal | None


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────────────────────
class UnknownOrder(Refusal, tag="UnknownOrder", frozen=True, array_like=True, gc=False):
    """No such order."""

    order_id: str


class WrongState(Refusal, tag="WrongState", frozen=True, array_like=True, gc=False):
    """The order is in a state that does not allow it."""

    order_id: str
    state: str
    verb: str


class NotOnOrder(Refusal, tag="NotOnOrder", frozen=True, array_like=True, gc=False):
    """More is to be returned (or a SKU named) than the order has shipped and not yet taken back."""

    order_id: str
    sku: str
    requested: int
    possible: int


OrderCommand = (
    PlaceOrder | CancelOrder | HoldOrder | ResumeOrder | EditLines | RetryOrder | ShipOrder | DeliverOrder | ReturnLines
    | RecordReservation | RecordRefusal | RecordRestock | ParkStep | RecallOrder | TakeUpOrders | Noted
    | ChooseSources
)  # fmt: skip
OrderQuery = ReadStatus | ReadOrder
OrderEvent = (
    OrderReceived | ReservationRecorded | StepRefused | CancelAsked | OrderHeld | OrderResumed | EditAsked | ShipAsked
    | OrderDelivered | ReturnAsked | Restocked | StepParked | SagaResumed | OrderRecalled | StrayFound | ShardHeard
    | SourcesChosen
)  # fmt: skip
OrderRefusal = UnknownOrder | WrongState | NotOnOrder | KeyReused | Busy | Failed | InsufficientStock
OrderReply = (
    OwnerStatus | OrderView | OrderRecord | OrderRefusal | UnknownSku | UnknownWarehouse | UnknownReservation | Superseded
)
