"""What an order shard records in its journal."""

from __future__ import annotations

from actors.inventory.replies import ReservationView
from actors.kernel.messages import Event
from actors.orders.lines import NewOrder, OrderedLine, Restock, ReturnedLine
from actors.orders.records import OrderRecord
from actors.orders.refusals import StepRefusal


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


class NothingChanged(Event, tag="NothingChanged", frozen=True, array_like=True, gc=False):
    """What was asked of the order was so already. It is remembered all the same: a copy that comes later shall do nothing."""

    op_id: str
    fingerprint: int
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


OrderEvent = (
    OrderReceived | ReservationRecorded | StepRefused | CancelAsked | OrderHeld | OrderResumed | EditAsked | ShipAsked
    | OrderDelivered | ReturnAsked | Restocked | StepParked | SagaResumed | OrderRecalled | StrayFound | ShardHeard
    | SourcesChosen | NothingChanged
)  # fmt: skip
