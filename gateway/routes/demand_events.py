"""Events that move demand: promotions, shopping days, closures, weekends that are worked. Forecasting reads them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from actors.procurement import reads
from actors.procurement.commands import PutDemandEvent
from actors.procurement.demand_events import DemandEvent
from actors.procurement.events import DemandEventPut
from actors.procurement.queries import ReadDemandEvent
from actors.procurement.replies import DemandEventView
from forecasting.calendar.kinds import is_day_off, is_make_up_workday
from gateway.answers.demand_events import DemandEventAnswer, DemandEventPage, event_answer, listed_event
from gateway.documented import problems, versioned
from gateway.fields import Body, Day, Id, Name, Sku, with_example
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import op_id
from gateway.pages import Cursor, Limit, cursor_after, unseal
from gateway.places import products_of
from gateway.problems import KEY_REUSED, NOT_FOUND, UNKNOWN_SKU, VERSION, Problem
from gateway.system import Behind, Key, Planner, Reader, System, fingerprint
from gateway.versions import IfMatch, IfNoneMatch, any_version, same_name, show_version, version_wanted

router = APIRouter(tags=["demand"], route_class=KeyedRoute)

MOST_SKUS: Final = 1000
DEEPEST: Final = 1e6
FIRST_DAY, LAST_DAY = "1970-01-01", "2099-12-31"


def _within_calendar(day: str) -> str:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"must be between {FIRST_DAY} and {LAST_DAY}")
    return day


SomeDay = Annotated[Day, AfterValidator(_within_calendar)]


class DemandEventBody(Body):
    """Something that moves demand, from its first day to its last (`end`, when left out the first). Events of one `type` are of
    one sort to forecasting. A `make-up workday` is a day of a weekend that is worked; a `closure` is a day off unless
    `day_off` says otherwise. `depth` is how strong it is: 0.2 for a fifth off the price. Without `skus` it is about all."""

    model_config = with_example(
        type="promotion", start="2026-11-09", end="2026-11-11", depth=0.3, skus=["85123A", "22423"], known_from="2026-10-01"
    )

    id: Id | None = None
    type: Annotated[Name, Field(examples=["promotion"])]
    start: SomeDay
    end: SomeDay | None = None
    depth: Annotated[float, Field(strict=True, gt=0, le=DEEPEST)] = 1.0
    skus: Annotated[list[Sku], Field(min_length=1, max_length=MOST_SKUS)] | None = None
    day_off: Annotated[bool, Field(strict=True)] | None = None
    known_from: Annotated[SomeDay, Field(description="the day it was announced; none: it was always known")] | None = None
    cancelled: Annotated[bool, Field(strict=True, description="it will not be, or was not: forecasting leaves it out")] = False

    @field_validator("end")
    @classmethod
    def after_start(cls, end: str | None, others: ValidationInfo) -> str | None:
        """It does not end before it begins."""
        start = others.data.get("start")
        if end is not None and start is not None and end < start:
            raise ValueError(f"is before start {start}")
        return end

    @field_validator("skus", "day_off")
    @classmethod
    def as_the_type_says(cls, value: Any, others: ValidationInfo) -> Any:
        """A day that is worked is no day off, and is worked whatever is sold."""
        if value and is_make_up_workday(others.data.get("type", "")):
            raise ValueError(f"does not go with type {others.data['type']}, a day that everybody works")
        return value

    def event(self, id: str) -> DemandEvent:
        """As its owner keeps it: SKUs in order, and each once."""
        off = self.day_off if self.day_off is not None else is_day_off(self.type)
        skus = tuple(sorted(set(self.skus or ())))
        end, known_from = self.end or self.start, self.known_from or ""
        return DemandEvent(id, self.type, self.start, end, self.depth, skus, off, known_from, self.cancelled)


@router.put(
    "/demand-events/{id}", responses=versioned(DemandEventAnswer) | problems(KEY_REUSED, VERSION, UNKNOWN_SKU, body=True)
)
async def put_demand_event(
    id: Annotated[Id, Path()],
    body: DemandEventBody,
    response: Response,
    key: Key,
    system: Behind,
    caller: Planner,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> DemandEventAnswer:
    """Create or replace an event. What has been announced is taken back with `cancelled`. `If-Match` refuses when another
    version stands."""
    same_name(id, body.id, "id")
    version = version_wanted(if_match, if_none_match)
    event = body.event(id)
    await products_of(system, event.skus)
    if any_version(if_match) and (await _view(system, id)).event is None:
        raise Problem(VERSION, f"there is no demand event {id} yet", version=0)
    command = PutDemandEvent(
        op_id("demand-event", key, id), fingerprint(id, body, version), caller.name, event, version
    )  # fmt: skip
    reply: DemandEventPut | DemandEventView = await system.ask_procurement(command)
    response.status_code = 201 if isinstance(reply, DemandEventPut) and reply.version == 1 else 200
    show_version(response, reply.version)
    assert reply.event is not None, "it was put just now"
    return event_answer(reply.event, reply.version)


async def _view(system: System, id: str) -> DemandEventView:
    view: DemandEventView = await system.ask_procurement(ReadDemandEvent(id))
    return view


@router.get("/demand-events/{id}", responses=versioned() | problems(NOT_FOUND))
async def get_demand_event(id: Annotated[Id, Path()], response: Response, system: Behind, caller: Reader) -> DemandEventAnswer:
    """An event, with its version as ETag."""
    view = await _view(system, id)
    if view.event is None:
        raise Problem(NOT_FOUND, f"no demand event is called {id}")
    show_version(response, view.version)
    return event_answer(view.event, view.version)


@router.get("/demand-events", responses=problems())
async def list_demand_events(system: Behind, caller: Reader, limit: Limit = 100, cursor: Cursor = None) -> DemandEventPage:
    """Events by id, cancelled ones included. A list may be a moment behind."""
    after = unseal(cursor, tuple[str])
    rows = await system.search(reads.list_demand_events, after[0] if after else None, limit)
    next_cursor = cursor_after(rows, limit, (rows[-1]["id"],) if rows else ())
    return DemandEventPage(items=[listed_event(row) for row in rows], next_cursor=next_cursor)
