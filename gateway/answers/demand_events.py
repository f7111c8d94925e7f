"""Events that move demand as JSON, on their way out."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from actors.procurement.demand_events import DemandEvent
from gateway.answers.sites import Version
from gateway.pages import Page

EVENT: Final[dict[str, Any]] = {
    "id": "singles-day-2026", "type": "promotion", "start": "2026-11-09", "end": "2026-11-11", "depth": 0.3,
    "skus": ["22423", "85123A"], "day_off": False, "known_from": "2026-10-01", "cancelled": False, "version": 1,
}  # fmt: skip
_read_skus: Final = msgspec.json.Decoder(list[str]).decode


class DemandEventAnswer(BaseModel):
    """Something that moves demand, from its first day to its last."""

    model_config = ConfigDict(json_schema_extra={"examples": [EVENT]})

    id: str
    type: str
    start: str
    end: str
    depth: float
    skus: Annotated[list[str] | None, Field(description="null: all")]
    day_off: bool
    known_from: Annotated[str | None, Field(description="the day it was announced; null: always known")]
    cancelled: bool
    version: Version


class DemandEventPage(Page[DemandEventAnswer]):
    """Events that move demand, by id."""


def event_answer(e: DemandEvent, version: int) -> DemandEventAnswer:
    """An event as its owner keeps it."""
    return DemandEventAnswer(
        id=e.id, type=e.kind, start=e.start, end=e.end, depth=e.depth, skus=list(e.skus) or None, day_off=e.day_off,
        known_from=e.known_from or None, cancelled=e.cancelled, version=version,
    )  # fmt: skip


def listed_event(row: dict[str, Any]) -> DemandEventAnswer:
    """The same as a row of the system of record."""
    return DemandEventAnswer(
        id=row["id"], type=row["kind"], start=row["starts_on"], end=row["ends_on"], depth=row["depth"],
        skus=_read_skus(row["skus"]) or None, day_off=bool(row["day_off"]), known_from=row["known_from"] or None,
        cancelled=bool(row["cancelled"]), version=row["version"],
    )  # fmt: skip
