"""Holds, orders' reservations, and who holds a SKU, as JSON on their way out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from actors.inventory.replies import HoldView, ReservationView
from gateway.fields import Instant, iso
from gateway.pages import Page


class HoldAnswer(BaseModel):
    """A hold: active, or how it ended. Of a committed one the goods have left; any other that is over holds nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reservation_id": "0-9f86d081884c7d659a2feaa0",
                    "kind": "hold",
                    "state": "active",
                    "sku": "85123A",
                    "warehouse": "main",
                    "quantity": 2,
                    "expires_at": "2026-11-11T00:15:00.000Z",
                    "customer": "c-881",
                }
            ]
        }
    )

    reservation_id: str
    kind: Literal["hold"]
    state: Annotated[str, Field(json_schema_extra={"enum": ["active", "committed", "released", "expired", "cancelled"]})]
    sku: str
    warehouse: str
    quantity: int
    expires_at: Instant
    customer: str


class ReservedLineAnswer(BaseModel):
    """What an order was promised of a SKU in a warehouse, what waits there, and what has left."""

    sku: str
    warehouse: str
    reserved: int
    backordered: int
    shipped: int


class ReservationAnswer(BaseModel):
    """What an order has reserved; the reservation's id is the order's."""

    reservation_id: str
    kind: Literal["order"]
    lines: list[ReservedLineAnswer]


AnyReservation = Annotated[HoldAnswer | ReservationAnswer, Field(discriminator="kind")]


class HolderAnswer(BaseModel):
    """A reservation's share of a SKU in a warehouse."""

    reservation_id: str
    kind: Literal["hold", "order"]
    warehouse: str
    reserved: int
    backordered: int
    promised_at: Instant


class HolderPage(Page[HolderAnswer]):
    """Who holds a SKU, and who waits for it, oldest promise first."""

    sku: str


def hold_answer(view: HoldView) -> HoldAnswer:
    """A hold as its owner tells it."""
    return HoldAnswer(
        reservation_id=view.reservation_id,
        kind="hold",
        state=view.state,
        sku=view.sku,
        warehouse=view.warehouse,
        quantity=view.quantity,
        expires_at=iso(view.expires_at),
        customer=view.customer,
    )


def reservation_answer(view: ReservationView) -> ReservationAnswer:
    """An order's reservation on one shard."""
    lines = [
        ReservedLineAnswer(
            sku=line.sku,
            warehouse=line.warehouse,
            reserved=line.reserved,
            backordered=line.backordered,
            shipped=line.shipped,
        )
        for line in view.lines
    ]
    return ReservationAnswer(reservation_id=view.order_id, kind="order", lines=lines)


def listed_holder(row: dict[str, Any]) -> HolderAnswer:
    """A holder, as a row of the system of record has it or its owner tells it."""
    return HolderAnswer(**{**row, "promised_at": iso(row["promised_at"])})
