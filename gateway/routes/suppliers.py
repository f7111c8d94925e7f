"""Suppliers: reference data, with versions that keep two editors from overwriting each other."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import Field, model_validator

from actors.procurement import reads
from actors.procurement.calendar import WEEKDAYS, Calendar, contradiction
from actors.procurement.commands import PutSupplier
from actors.procurement.events import SupplierPut
from actors.procurement.queries import ReadSupplier
from actors.procurement.refusals import UnknownSupplier
from actors.procurement.replies import SupplierView
from actors.procurement.suppliers import Supplier
from gateway.answers.suppliers import SupplierAnswer, SupplierPage, listed_supplier, supplier_answer
from gateway.documented import problems, versioned
from gateway.fields import CURRENCY_PATTERN, Body, Day, Id, Name, Percent, Price, WorkingDays, with_example
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import op_id
from gateway.pages import Cursor, Limit, cursor_after, unseal
from gateway.problems import CALENDAR_SHUT, KEY_REUSED, NOT_FOUND, VERSION, Problem
from gateway.refusals import accepted
from gateway.system import PROCUREMENT, Behind, Key, Reader, SupplierKeeper, System, fingerprint
from gateway.versions import IfMatch, IfNoneMatch, any_version, same_name, show_version, version_wanted

router = APIRouter(tags=["suppliers"], route_class=KeyedRoute)

MOST_DAYS = 1000
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SomeWeekdays = Annotated[list[Weekday], Field(default_factory=list, max_length=7)]
Days = Annotated[list[Day], Field(default_factory=list, max_length=MOST_DAYS)]


class CalendarBody(Body):
    """On which days the supplier works, takes orders and delivers. Lead times count working days, from the day the order is
    taken; without `order_days` that is any day, without `delivery_days` goods come on any working day."""

    working_days: Annotated[list[Weekday], Field(default_factory=lambda: list(WEEKDAYS[:5]), max_length=7)]
    closed: Days
    open: Days
    order_days: SomeWeekdays
    delivery_days: SomeWeekdays

    @model_validator(mode="after")
    def possible(self) -> CalendarBody:
        """A week without a working day, order days or delivery days that are none, a day both open and closed: no calendar."""
        if says := contradiction(self.calendar()):
            raise ValueError(says)
        return self

    def calendar(self) -> Calendar:
        """As its owner keeps it: in order, and each day once."""
        week, order_days, delivery_days = [
            tuple([day for day in WEEKDAYS if day in days]) for days in (self.working_days, self.order_days, self.delivery_days)
        ]
        return Calendar(week, tuple(sorted(set(self.closed))), tuple(sorted(set(self.open))), order_days, delivery_days)


class SupplierBody(Body):
    """A supplier. Without a `lead_time_days` its items, or each order, say when goods are due. `order_cost` is the money that
    each order costs, however much is on it: writing, freight, receiving. With `strict_minimums` it takes no order below
    `minimum_order`, nor a line below its item's minimum or of no whole packs: these are refused, else told as warnings."""

    model_config = with_example(
        name="Farm & Sons",
        lead_time_days=5,
        over_receipt_percent=10,
        order_cost="25.00",
        calendar={"closed": ["2026-12-25"], "order_days": ["tue"]},
    )

    id: Id | None = None
    name: Name
    lead_time_days: WorkingDays | None = None
    over_receipt_percent: Percent = 0
    minimum_order: Price | None = None
    order_cost: Price | None = None
    strict_minimums: Annotated[bool, Field(strict=True)] = False
    currency: Annotated[str, Field(strict=True, max_length=3, pattern=CURRENCY_PATTERN, examples=["EUR"])] = ""
    calendar: Annotated[CalendarBody, Field(default_factory=CalendarBody)]


@router.put("/suppliers/{id}", responses=versioned(SupplierAnswer) | problems(KEY_REUSED, VERSION, CALENDAR_SHUT, body=True))
async def put_supplier(
    id: Annotated[Id, Path()],
    body: SupplierBody,
    response: Response,
    key: Key,
    system: Behind,
    caller: SupplierKeeper,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> SupplierAnswer:
    """Create or replace a supplier. `If-Match` refuses when another version stands."""
    same_name(id, body.id, "id")
    version = version_wanted(if_match, if_none_match)
    if any_version(if_match) and await _supplier(system, id) is None:
        raise Problem(VERSION, f"there is no supplier {id} yet", version=0)
    supplier = Supplier(
        id, body.name, body.lead_time_days, body.over_receipt_percent, body.calendar.calendar(), body.currency,
        body.minimum_order or "", body.order_cost or "", body.strict_minimums,
    )  # fmt: skip
    command = PutSupplier(op_id("supplier", key, id), fingerprint(id, body, version), caller.name, supplier, version)
    reply: SupplierPut | SupplierView = await system.ask_procurement(command)
    response.status_code = 201 if isinstance(reply, SupplierPut) and reply.version == 1 else 200
    show_version(response, reply.version)
    view = await _supplier(system, id)
    assert view is not None, "it was put just now"
    return supplier_answer(reply.supplier, reply.version, view.lead_times)


async def _supplier(system: System, id: str) -> SupplierView | None:
    reply = await system.owners.ask(PROCUREMENT, ReadSupplier(id), timeout_s=system.settings.patience_s)
    view: SupplierView | None = None if isinstance(reply, UnknownSupplier) else accepted(reply)
    return view


@router.get("/suppliers/{id}", responses=versioned() | problems(NOT_FOUND))
async def get_supplier(id: Annotated[Id, Path()], response: Response, system: Behind, caller: Reader) -> SupplierAnswer:
    """A supplier with what receipts have shown of its lead times, and its version as ETag."""
    view = await _supplier(system, id)
    if view is None:
        raise Problem(NOT_FOUND, f"no supplier is called {id}")
    show_version(response, view.version)
    return supplier_answer(view.supplier, view.version, view.lead_times)


@router.get("/suppliers", responses=problems())
async def list_suppliers(system: Behind, caller: Reader, limit: Limit = 100, cursor: Cursor = None) -> SupplierPage:
    """Suppliers by id. A list may be a moment behind."""
    after = unseal(cursor, tuple[str])
    rows = await system.search(reads.list_suppliers, after[0] if after else None, limit)
    next_cursor = cursor_after(rows, limit, (rows[-1]["id"],) if rows else ())
    return SupplierPage(items=[listed_supplier(row) for row in rows], next_cursor=next_cursor)
