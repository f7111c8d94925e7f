"""Suppliers, what they sell, and what receipts taught about lead times, as JSON on their way out."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from actors.procurement.calendar import Calendar
from actors.procurement.lead_times import LeadTimes, Spread
from actors.procurement.suppliers import PriceBreak, Supplier, SupplierItem
from gateway.answers.sites import Version
from gateway.fields import Instant, iso
from gateway.pages import Page
from gateway.supplier_calendars import calendar_of

_TIMES: Final = {
    "first": {"count": 2, "mean_days": 6.0, "deviation_days": 2.83, "shortest_days": 4.0, "longest_days": 8.0},
    "complete": {"count": 2, "mean_days": 7.0, "deviation_days": 1.41, "shortest_days": 6.0, "longest_days": 8.0},
}
_CALENDAR: Final = {
    "working_days": ["mon", "tue", "wed", "thu", "fri"], "closed": ["2026-12-25"], "open": [],
    "order_days": ["tue"], "delivery_days": [],
}  # fmt: skip
SUPPLIER: Final[dict[str, Any]] = {
    "id": "farm", "name": "Farm & Sons", "lead_time_days": 5, "over_receipt_percent": 10, "currency": "EUR",
    "minimum_order": "100.00", "order_cost": "25.00", "strict_minimums": False,
    "calendar": _CALENDAR, "version": 1, "lead_times": _TIMES,
}  # fmt: skip
ITEM: Final[dict[str, Any]] = {
    "supplier": "farm", "sku": "85123A", "lead_time_days": 4, "minimum_quantity": 12, "order_multiple": 6,
    "price_breaks": [{"quantity": 1, "unit_price": "2.50"}], "supplier_sku": "F-17", "over_receipt_percent": 5,
    "line_cost": "0.50", "version": 1, "lead_times": _TIMES,
}  # fmt: skip
_read_breaks: Final = msgspec.json.Decoder(tuple[PriceBreak, ...]).decode
_read_times: Final = msgspec.json.Decoder(LeadTimes).decode


class SpreadAnswer(BaseModel):
    """Durations in days of 24 hours: how many, their mean and standard deviation, the shortest and the longest."""

    count: int
    mean_days: float | None
    deviation_days: float | None
    shortest_days: float | None
    longest_days: float | None


class LeadTimesAnswer(BaseModel):
    """From placing an order to the first, and to the complete receipt of a line, as receipts have shown."""

    first: SpreadAnswer
    complete: SpreadAnswer


class CalendarAnswer(BaseModel):
    """Working days of the week; days that are closed all the same, or open; days of the week on which orders are taken (none:
    any day), and goods come (none: any working day)."""

    working_days: list[str]
    closed: list[str]
    open: list[str]
    order_days: list[str]
    delivery_days: list[str]


class SupplierAnswer(BaseModel):
    """A supplier."""

    model_config = ConfigDict(json_schema_extra={"examples": [SUPPLIER]})

    id: str
    name: str
    lead_time_days: Annotated[int | None, Field(description="working days; null: nobody has said")]
    over_receipt_percent: int
    currency: str
    minimum_order: Annotated[str | None, Field(description="money; null: nobody has said")]
    order_cost: Annotated[str | None, Field(description="money for each order, however much is on it; null: nobody has said")]
    strict_minimums: bool
    calendar: CalendarAnswer
    version: Version
    lead_times: LeadTimesAnswer


class PriceBreakAnswer(BaseModel):
    """The price of a unit from so many on."""

    quantity: int
    unit_price: str


class SupplierItemAnswer(BaseModel):
    """A SKU as a supplier sells it; null: as its supplier says."""

    model_config = ConfigDict(json_schema_extra={"examples": [ITEM]})

    supplier: str
    sku: str
    lead_time_days: int | None
    minimum_quantity: int
    order_multiple: int
    price_breaks: list[PriceBreakAnswer]
    supplier_sku: str
    over_receipt_percent: int | None
    line_cost: Annotated[str | None, Field(description="money for a line of an order; null: none")]
    version: Version
    lead_times: LeadTimesAnswer


class SupplierPage(Page[SupplierAnswer]):
    """Suppliers by id."""


class SupplierItemPage(Page[SupplierItemAnswer]):
    """What suppliers sell, by supplier and SKU."""


class LeadTimeAnswer(BaseModel):
    """What one receipt told of a SKU of its order."""

    supplier: str
    sku: str
    warehouse: str
    purchase_order_id: str
    receipt_id: str
    placed_at: Instant
    received_at: Instant
    quantity: int
    first: bool
    complete: bool


class LeadTimePage(Page[LeadTimeAnswer]):
    """Lead times, oldest receipt first."""


def _spread(spread: Spread) -> SpreadAnswer:
    some = spread.count > 0
    return SpreadAnswer(
        count=spread.count,
        mean_days=spread.mean_days,
        deviation_days=spread.deviation_days,
        shortest_days=spread.shortest_s / 86_400 if some else None,
        longest_days=spread.longest_s / 86_400 if some else None,
    )


def _lead_times(times: LeadTimes) -> LeadTimesAnswer:
    return LeadTimesAnswer(first=_spread(times.first), complete=_spread(times.complete))


def supplier_answer(supplier: Supplier, version: int, times: LeadTimes) -> SupplierAnswer:
    """A supplier as its owner keeps it."""
    return SupplierAnswer(
        id=supplier.id,
        name=supplier.name,
        lead_time_days=supplier.lead_time_days,
        over_receipt_percent=supplier.over_receipt_percent,
        currency=supplier.currency,
        minimum_order=supplier.minimum_order or None,
        order_cost=supplier.order_cost or None,
        strict_minimums=supplier.strict_minimums,
        calendar=_calendar(supplier.calendar),
        version=version,
        lead_times=_lead_times(times),
    )


def _calendar(calendar: Calendar) -> CalendarAnswer:
    return CalendarAnswer(**{name: list(days) for name, days in msgspec.structs.asdict(calendar).items()})


def listed_supplier(row: dict[str, Any]) -> SupplierAnswer:
    """A supplier as a row of the system of record."""
    calendar = _calendar(calendar_of(row["calendar"]))
    return SupplierAnswer(
        **{
            **row,
            "calendar": calendar,
            "minimum_order": row["minimum_order"] or None,
            "order_cost": row["order_cost"] or None,
            "strict_minimums": bool(row["strict_minimums"]),
            "lead_times": _lead_times(_read_times(row["lead_times"])),
        }
    )


def item_answer(item: SupplierItem, version: int, times: LeadTimes) -> SupplierItemAnswer:
    """What a supplier sells, as its owner keeps it."""
    return SupplierItemAnswer(
        supplier=item.supplier,
        sku=item.sku,
        lead_time_days=item.lead_time_days,
        minimum_quantity=item.minimum_quantity,
        order_multiple=item.order_multiple,
        price_breaks=_breaks(item.price_breaks),
        supplier_sku=item.supplier_sku,
        over_receipt_percent=item.over_receipt_percent,
        line_cost=item.line_cost or None,
        version=version,
        lead_times=_lead_times(times),
    )


def listed_item(row: dict[str, Any]) -> SupplierItemAnswer:
    """The same as a row of the system of record."""
    breaks, times = _breaks(_read_breaks(row["price_breaks"])), _lead_times(_read_times(row["lead_times"]))
    return SupplierItemAnswer(**{**row, "price_breaks": breaks, "line_cost": row["line_cost"] or None, "lead_times": times})


def _breaks(breaks: tuple[PriceBreak, ...]) -> list[PriceBreakAnswer]:
    return [PriceBreakAnswer(quantity=one.quantity, unit_price=one.unit_price) for one in breaks]


def listed_lead_time(row: dict[str, Any]) -> LeadTimeAnswer:
    """A lead time as a row of the system of record."""
    return LeadTimeAnswer(
        supplier=row["supplier"],
        sku=row["sku"],
        warehouse=row["warehouse"],
        purchase_order_id=row["purchase_order_id"],
        receipt_id=row["receipt_id"],
        placed_at=iso(row["placed_at"]),
        received_at=iso(row["received_at"]),
        quantity=row["quantity"],
        first=bool(row["first"]),
        complete=bool(row["complete"]),
    )
