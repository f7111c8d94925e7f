"""What an order shard is asked to do: by clients, and by other owners."""

from __future__ import annotations

from actors.inventory.replies import ReservationView
from actors.kernel.messages import ClientCommand, Command, Message
from actors.orders.events import OrderReceived
from actors.orders.lines import NewOrder, OrderedLine, ReturnedLine
from actors.orders.records import OrderRecord
from actors.orders.refusals import StepRefusal


# ── from outside ────────────────────────────────────────────────────────────────────────────────────────────────────
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


# ── between owners ──────────────────────────────────────────────────────────────────────────────────────────────────
class RecordReservation(Command, tag="RecordReservation", frozen=True, array_like=True, gc=False):
    """An inventory shard says how the order's reservation stands there: an answer, or a notice of a change."""

    order_id: str
    shard: str
    view: ReservationView


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


OrderCommand = (
    PlaceOrder | CancelOrder | HoldOrder | ResumeOrder | EditLines | RetryOrder | ShipOrder | DeliverOrder | ReturnLines
    | RecordReservation | RecordRefusal | RecordRestock | ParkStep | RecallOrder | TakeUpOrders | Noted
    | ChooseSources
)  # fmt: skip
