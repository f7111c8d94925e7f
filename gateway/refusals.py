"""What owners refuse, as problems: one table, from the refusal to what the caller reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import asdict

from actors.inventory.refusals import (
    InsufficientStock,
    LocationInUse,
    NothingReserved,
    ReservationEnded,
    Shortage,
    Superseded,
    TooManyHolds,
    UnitInUse,
    UnknownLocation,
    UnknownReservation,
    UnknownSku,
    UnknownWarehouse,
    VersionConflict,
)
from actors.kernel.messages import Busy, Failed, KeyForgotten, KeyReused, Refusal
from actors.orders.refusals import NotOnOrder, OrderTaken, UnknownOrder, WrongState
from actors.procurement.refusals import (
    BelowMinimum,
    CalendarShut,
    DayIsOver,
    ExpectedTooEarly,
    LeadTimeUnknown,
    NotOnPurchase,
    NotOnTask,
    NotOrderable,
    NotSupplied,
    OverAnnounced,
    Overdue,
    OverLine,
    OverReceipt,
    RunSuperseded,
    UnknownDocument,
    UnknownSupplier,
    WrongLines,
    WrongPurchaseState,
)
from gateway import purchase_sentences as says
from gateway.op_ids import client_key
from gateway.problems import (
    BELOW_MINIMUM,
    BUSY,
    CALENDAR_SHUT,
    CONFLICT,
    DAY_OVER,
    ENDED,
    IN_USE,
    KEY_REUSED,
    LEAD_TIME,
    MORE_THAN_LEFT,
    NOT_FOUND,
    NOT_ON_ORDER,
    NOT_ON_PURCHASE,
    NOT_ORDERABLE,
    NOT_SUPPLIED,
    NOTHING_RESERVED,
    OVER_ANNOUNCED,
    OVER_RECEIPT,
    RUN_SUPERSEDED,
    SHORT,
    TOO_EARLY,
    TOO_MANY_HOLDS,
    UNIT_IN_USE,
    UNKNOWN,
    UNKNOWN_PLACE,
    UNKNOWN_SKU,
    UNKNOWN_SUPPLIER,
    VERSION,
    WRONG_LINES,
    Kind,
    Problem,
)

_Details = Callable[[Any], tuple[str, dict[str, Any]]]

REFUSALS: Final[dict[type[Refusal], tuple[Kind, _Details]]] = {
    InsufficientStock: (SHORT, lambda r: (_short_of(r.lines), {"lines": [_shortage(line) for line in r.lines]})),
    UnknownSku: (UNKNOWN_SKU, lambda r: (f"no product has the SKU {', '.join(r.skus)}", {"skus": list(r.skus)})),
    UnknownWarehouse: (UNKNOWN_PLACE, lambda r: (f"no warehouse is called {r.warehouse}", {"warehouse": r.warehouse})),
    UnknownLocation: (
        UNKNOWN_PLACE,
        lambda r: (f"warehouse {r.warehouse} has no location {r.location}", {"warehouse": r.warehouse, "location": r.location}),
    ),
    UnknownReservation: (NOT_FOUND, lambda r: (f"no reservation {r.reservation_id}", {})),
    ReservationEnded: (ENDED, lambda r: (f"reservation {r.reservation_id} is {r.state}", {"state": r.state})),
    NothingReserved: (
        NOTHING_RESERVED,
        lambda r: (f"reservation {r.reservation_id} has no {r.sku} reserved", {"sku": r.sku}),
    ),
    TooManyHolds: (
        TOO_MANY_HOLDS,
        lambda r: (f"{r.customer} has {r.limit} holds on this SKU's shard", {"limit": r.limit}),
    ),
    VersionConflict: (VERSION, lambda r: (f"version {r.version} stands now", {"version": r.version})),
    LocationInUse: (IN_USE, lambda r: (f"location {r.location} holds stock", {})),
    UnitInUse: (
        UNIT_IN_USE,
        lambda r: (f"the base unit of {r.sku} counts stock, promises or backorders", {"sku": r.sku}),
    ),
    Superseded: (CONFLICT, lambda r: (f"order {r.order_id} has gone on to revision {r.revision}", {})),
    UnknownOrder: (NOT_FOUND, lambda r: (f"no order {r.order_id}", {})),
    WrongState: (CONFLICT, lambda r: (f"order {r.order_id} is {r.state}: it cannot {r.verb}", {"state": r.state})),
    NotOnOrder: (
        NOT_ON_ORDER,
        lambda r: (
            f"order {r.order_id} has {r.possible} of {r.sku} to give back, not {r.requested}",
            {"sku": r.sku, "requested": r.requested, "possible": r.possible},
        ),
    ),
    KeyReused: (
        KEY_REUSED,
        lambda r: (f"{client_key(r.op_id)} came before with another body", {"key": client_key(r.op_id)}),
    ),
    KeyForgotten: (
        KEY_REUSED,
        lambda r: (
            f"{client_key(r.op_id)} came before, so long ago that its answer is not kept: nothing was done again",
            {"key": client_key(r.op_id)},
        ),
    ),
    OrderTaken: (KEY_REUSED, lambda r: (_taken(r), {"key": r.key, "order_id": r.order_id})),
    UnknownSupplier: (UNKNOWN_SUPPLIER, lambda r: (f"no supplier is called {r.supplier}", {"supplier": r.supplier})),
    NotSupplied: (NOT_SUPPLIED, lambda r: (f"{r.supplier} does not sell {', '.join(r.skus[:5])}", {"skus": list(r.skus)})),
    NotOrderable: (NOT_ORDERABLE, lambda r: (says.not_orderable(r.lines), {"lines": [asdict(line) for line in r.lines]})),
    BelowMinimum: (
        BELOW_MINIMUM,
        lambda r: (says.below_minimum(r), {"money": r.money, "minimum_order": r.minimum_order}),
    ),
    LeadTimeUnknown: (
        LEAD_TIME,
        lambda r: (f"nobody says how long {r.supplier} takes for {', '.join(r.skus[:5])}", {"skus": list(r.skus)}),
    ),
    UnknownDocument: (NOT_FOUND, lambda r: (f"no {r.what} {r.id}", {})),
    WrongPurchaseState: (CONFLICT, lambda r: (f"{r.id} is {r.state}: it cannot {r.verb}", {"state": r.state})),
    NotOnPurchase: (
        NOT_ON_PURCHASE,
        lambda r: (f"purchase order {r.id} has no line of {', '.join(r.skus[:5])}", {"skus": list(r.skus)}),
    ),
    WrongLines: (
        WRONG_LINES,
        lambda r: (
            f"{r.id} would have {r.lines or 'no'} lines: " + (f"{r.most} at most" if r.lines else "cancel it instead"),
            {"lines": r.lines, "most": r.most},
        ),
    ),
    OverReceipt: (OVER_RECEIPT, lambda r: (says.over_receipt(r.id, r.lines), {"lines": [asdict(line) for line in r.lines]})),
    OverAnnounced: (
        OVER_ANNOUNCED,
        lambda r: (says.over_announced(r.lines), {"lines": [_announced(line) for line in r.lines]}),
    ),
    ExpectedTooEarly: (
        TOO_EARLY,
        lambda r: (
            f"expected_on is {r.expected_on}: {r.id} was placed on {r.placed_on}",
            {"field": "expected_on", "expected_on": r.expected_on, "placed_on": r.placed_on},
        ),
    ),
    NotOnTask: (
        MORE_THAN_LEFT,
        lambda r: (
            f"{r.possible} are left of {r.task_id}, not {r.requested}",
            {"requested": r.requested, "possible": r.possible},
        ),
    ),
    RunSuperseded: (
        RUN_SUPERSEDED,
        lambda r: (f"run {r.run_id} is behind {r.newest}", {"run_id": r.run_id, "newest": r.newest}),
    ),
    DayIsOver: (
        DAY_OVER,
        lambda r: (f"{r.day} is before today, {r.today}", {"field": "until", "day": r.day, "today": r.today}),
    ),
    Overdue: (
        DAY_OVER,
        lambda r: (
            says.overdue(r),
            {"field": "due_on", "today": r.today, "lines": [{"sku": sku, "due_on": day} for sku, day in r.lines]},
        ),
    ),
    CalendarShut: (
        CALENDAR_SHUT,
        lambda r: (f"{r.supplier} never {r.what} before {r.until}", {"what": r.what, "until": r.until}),
    ),
    Busy: (BUSY, lambda r: (r.reason, {})),
    Failed: (UNKNOWN, lambda r: (r.reason, {})),
}


def problem_of_refusal(refusal: Refusal, **members: Any) -> Problem:
    """The problem that a refusal is to the caller."""
    kind, details = REFUSALS[type(refusal)]
    detail, more = details(refusal)
    retry_after_s = refusal.retry_after_s if isinstance(refusal, Busy) else 1.0 if isinstance(refusal, Failed) else None
    return Problem(kind, detail, retry_after_s=retry_after_s, **more, **members)


def accepted(reply: Any, **members: Any) -> Any:
    """The reply, unless it is a refusal: that leaves here, as a problem."""
    if isinstance(reply, Refusal):
        raise problem_of_refusal(reply, **members)
    return reply


def _taken(order: OrderTaken) -> str:
    if not order.other_key:
        return f"{order.key} came before with another body"
    return f"order {order.order_id} came before under another key" + (", with another body" if order.other_body else "")


def _shortage(line: Shortage) -> dict[str, Any]:
    return {"sku": line.sku, "requested": line.requested, "available": line.available}


def _announced(line: OverLine) -> dict[str, Any]:
    told = asdict(line)
    return {"announced": told.pop("arrived"), **told}


def _short_of(lines: tuple[Shortage, ...]) -> str:
    shown = ", ".join(f"{line.sku}: {line.requested} asked, {line.available} available" for line in lines[:5])
    return shown + (f" and {len(lines) - 5} more" if len(lines) > 5 else "")
