"""Why an order shard says no, and why a shard refused a step of an order."""

from __future__ import annotations

from typing import Final, assert_never

from actors.inventory.refusals import InsufficientStock, Superseded, UnknownReservation, UnknownSku, UnknownWarehouse
from actors.kernel.messages import Busy, Failed, KeyReused, Refusal


class UnknownOrder(Refusal, tag="UnknownOrder", frozen=True, array_like=True, gc=False):
    """No such order."""

    order_id: str


class OrderTaken(Refusal, tag="OrderTaken", frozen=True, array_like=True, gc=False):
    """The order came before with another body, or under another key: `key` is the one it comes under now."""

    order_id: str
    key: str
    other_key: bool
    other_body: bool


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


StepRefusal = InsufficientStock | UnknownSku | UnknownWarehouse | UnknownReservation | Superseded | KeyReused
OrderRefusal = UnknownOrder | OrderTaken | WrongState | NotOnOrder | KeyReused | Busy | Failed | InsufficientStock

MOST_NAMED: Final = 5
"""Lines that a reason names; the refusal itself has all of them."""


def reason_of(refusal: StepRefusal | None) -> str:
    """Why, in words for an order's timeline; empty when nobody refused anything."""
    match refusal:
        case None:
            return ""
        case InsufficientStock():
            named = [f"{line.sku}: {line.requested} asked, {line.available} available" for line in refusal.lines]
            return _some_of("not enough stock", named)
        case UnknownSku():
            return _some_of("unknown SKU", list(refusal.skus))
        case UnknownWarehouse():
            return f"unknown warehouse: {refusal.warehouse}"
        case UnknownReservation():
            return f"unknown reservation: {refusal.reservation_id}"
        case Superseded():
            return f"overtaken by revision {refusal.revision}"
        case KeyReused():
            return f"{refusal.op_id} came before with another body"
        case _:
            assert_never(refusal)


def _some_of(what: str, named: list[str]) -> str:
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return f"{what}: {', '.join(named[:MOST_NAMED])}{more}"
