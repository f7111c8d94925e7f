"""Alarms of forecasts as JSON, on their way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.fields import Instant, iso
from gateway.pages import Page

if TYPE_CHECKING:
    from forecasting.registry.alarm_rows import AlarmRow

About = Literal["bias", "coverage", "drift"]
ALARM: Final[dict[str, Any]] = {
    "slot": "week 2+1", "cutoff": "2026-11-08", "kind": "coverage 0.95", "value": 0.884, "least": 0.9, "most": 1.0,
    "message": "the 0.95 quantile holds 88.4% of what came; it should be from 0.9 to 1",
    "model": "893ecab9fe1a0c0e4a5d7b6f3e2d1c0b9a8f7e6d5c4b3a291807f6e5d4c3b2a1", "raised_at": "2026-11-09T02:31:07.000Z",
    "current": True,
}  # fmt: skip


class DemandAlarmAnswer(BaseModel):
    """A score of forecasts beside what came that is out of bounds, as known after the day `cutoff`: `bias` (sum of forecasts
    less what came, over what came), `coverage` of a quantile (share of what came at or below it), or `drift` (mean scaled
    pinball loss, bounded by what it was in the backtest)."""

    model_config = ConfigDict(json_schema_extra={"examples": [ALARM]})

    slot: Annotated[str, Field(description="length of a period, lead time + review")]
    cutoff: str
    kind: Annotated[str, Field(description="`bias`, `drift`, or `coverage` and the quantile's level")]
    value: float
    least: float
    most: float
    message: str
    model: Annotated[str, Field(description="digest of the champion")]
    raised_at: Instant
    current: Annotated[bool, Field(description="whether nothing was scored in the slot since")]


class DemandAlarmPage(Page[DemandAlarmAnswer]):
    """Alarms, the latest first, then by slot and kind."""


def alarm_answer(row: AlarmRow) -> DemandAlarmAnswer:
    """As it leaves."""
    return DemandAlarmAnswer(
        slot=row.slot, cutoff=row.cutoff.isoformat(), kind=row.kind, value=row.value, least=row.least, most=row.most,
        message=row.message, model=row.model, raised_at=iso(row.raised_at), current=row.is_current,
    )  # fmt: skip
