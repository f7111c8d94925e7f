"""Why procurement says no."""

from __future__ import annotations

from actors.inventory.refusals import VersionConflict
from actors.kernel.messages import Busy, Failed, KeyForgotten, KeyReused, Message, Refusal


class UnknownSupplier(Refusal, tag="UnknownSupplier", frozen=True, array_like=True, gc=False):
    """No such supplier."""

    supplier: str


class CalendarShut(Refusal, tag="CalendarShut", frozen=True, array_like=True, gc=False):
    """A supplier's calendar leaves no day open for a year: `what` says for what, `until` which day is the first."""

    supplier: str
    what: str
    until: str


class NotSupplied(Refusal, tag="NotSupplied", frozen=True, array_like=True, gc=False):
    """The supplier does not sell these SKUs: no supplier item says on which terms."""

    supplier: str
    skus: tuple[str, ...]


class WrongQuantity(Message, frozen=True, array_like=True, gc=False):
    """A line that the supplier takes no order of: what was asked, and the least above it that it takes."""

    sku: str
    quantity: int
    minimum_quantity: int
    order_multiple: int
    possible: int


class NotOrderable(Refusal, tag="NotOrderable", frozen=True, array_like=True, gc=False):
    """Below the minimum, or no multiple of the packs, of a supplier that is strict about them."""

    lines: tuple[WrongQuantity, ...]


class BelowMinimum(Refusal, tag="BelowMinimum", frozen=True, array_like=True, gc=False):
    """An order comes to less money than its supplier, which is strict about that, takes one for; decimal texts. Lines without a
    price (`unpriced`) are not counted."""

    id: str
    supplier: str
    money: str
    minimum_order: str
    unpriced: int


class LeadTimeUnknown(Refusal, tag="LeadTimeUnknown", frozen=True, array_like=True, gc=False):
    """Neither the order says when these are due, nor the supplier how long they take."""

    supplier: str
    skus: tuple[str, ...]


class UnknownDocument(Refusal, tag="UnknownDocument", frozen=True, array_like=True, gc=False):
    """No such purchase order, ASN, receipt or task; `what` says which of them."""

    what: str
    id: str


class WrongPurchaseState(Refusal, tag="WrongPurchaseState", frozen=True, array_like=True, gc=False):
    """The state does not allow it."""

    id: str
    state: str
    verb: str


class NotOnPurchase(Refusal, tag="NotOnPurchase", frozen=True, array_like=True, gc=False):
    """The purchase order has no line of these SKUs."""

    id: str
    skus: tuple[str, ...]


class WrongLines(Refusal, tag="WrongLines", frozen=True, array_like=True, gc=False):
    """A draft would have so many lines: none, or more than an order may have (`most`)."""

    id: str
    lines: int
    most: int


class OverLine(Message, frozen=True, array_like=True, gc=False):
    """A line of which more has arrived than may be received: `most` is that, with what was `received` before."""

    sku: str
    ordered: int
    received: int
    arrived: int
    most: int


class OverReceipt(Refusal, tag="OverReceipt", frozen=True, array_like=True, gc=False):
    """More has arrived than was ordered and is tolerated; what is not on the order at all is of 0 ordered."""

    id: str
    lines: tuple[OverLine, ...]


class RunSuperseded(Refusal, tag="RunSuperseded", frozen=True, array_like=True, gc=False):
    """A later run of planning has begun: what this one still says is out of date."""

    run_id: str
    newest: str


class DayIsOver(Refusal, tag="DayIsOver", frozen=True, array_like=True, gc=False):
    """Something is to last until a day that is over."""

    day: str
    today: str


class Overdue(Refusal, tag="Overdue", frozen=True, array_like=True, gc=False):
    """Lines of a purchase order, by SKU, would be due on days that are over."""

    lines: tuple[tuple[str, str], ...]
    today: str


class ExpectedTooEarly(Refusal, tag="ExpectedTooEarly", frozen=True, array_like=True, gc=False):
    """An ASN expects goods before their order was placed."""

    id: str
    expected_on: str
    placed_on: str


class OverAnnounced(Refusal, tag="OverAnnounced", frozen=True, array_like=True, gc=False):
    """An ASN tells of more than may still be received; `arrived` are its units."""

    id: str
    lines: tuple[OverLine, ...]


class NotOnTask(Refusal, tag="NotOnTask", frozen=True, array_like=True, gc=False):
    """More is to be carried than is left of the task."""

    task_id: str
    requested: int
    possible: int


ProcurementRefusal = (
    UnknownSupplier | NotSupplied | NotOrderable | LeadTimeUnknown | UnknownDocument
    | WrongPurchaseState | NotOnPurchase | OverReceipt | NotOnTask | RunSuperseded | DayIsOver | CalendarShut
    | WrongLines | BelowMinimum | Overdue | ExpectedTooEarly | OverAnnounced
    | VersionConflict | KeyReused | KeyForgotten | Busy | Failed
)  # fmt: skip
