"""Examples of the answers that msgspec writes, for the document. Those that have none are made of others."""

from __future__ import annotations

from typing import Final

import msgspec

from gateway.answers.forecasts import (
    EventOfForecast,
    ForecastAnswer,
    PastForecast,
    PeriodMean,
    Quantile,
    WarehouseForecast,
)
from gateway.answers.levels import LevelAnswer, LevelPage, LevelTotals, LocationLevel, TotalsPage, WarehouseLevel
from gateway.answers.movements import AdjustmentAnswer, AdjustmentResult, MoveAnswer, MovementAnswer, MovementPage
from gateway.order_answers import (
    OrderAnswer,
    OrderInFull,
    OrderLineAnswer,
    OrderPage,
    OrderResult,
    OrderSource,
    Timeline,
    TimelineMoment,
)

_AT: Final = "2026-11-11T00:00:00.000Z"
_SOON_AFTER: Final = "2026-11-11T00:00:00.004Z"
_STATE: Final = "partially_reserved"

_lines: Final = [OrderLineAnswer("85123A", 6, 6, 0, 0, 0, 0), OrderLineAnswer("22423", 1, 0, 1, 0, 0, 0)]
_sources: Final = [OrderSource("85123A", "main", 6, 0), OrderSource("22423", "main", 0, 1)]
_moments: Final = [TimelineMoment(_AT, "received", "shop", ""), TimelineMoment(_SOON_AFTER, _STATE, "", "")]

_locations: Final = [LocationLevel("stock", "", 9, 0), LocationLevel("quarantine", "", 1, 1)]
_totals: Final = LevelTotals(
    sku="85123A",
    on_hand=10,
    reserved=6,
    on_hold=1,
    backordered=0,
    available=3,
    incoming=24,
    in_transit=12,
    to_put_away=0,
    available_to_promise=3,
    as_of=_AT,
)
_level: Final = LevelAnswer(
    **msgspec.structs.asdict(_totals), warehouses=[WarehouseLevel("main", 10, 6, 1, 3, 0, _locations, 24, 12, 0, 3)]
)  # fmt: skip

_quantiles: Final = [Quantile(0.5, 30.0), Quantile(0.9, 62.5), Quantile(0.99, 118.0)]
_model: Final = "52fce0e3c1b1b6f2a9d0c3f7d4e5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d"
_forecast: Final = WarehouseForecast(
    "main", "week 2+1", "2026-11-08", "2026-11-09", "2026-11-29", 36.0, _quantiles,
    [PeriodMean("2026-11-09", "2026-11-15", 14.0), PeriodMean("2026-11-16", "2026-11-22", 11.0),
     PeriodMean("2026-11-23", "2026-11-29", 11.0)],
    _model, "9ab8e0b5d1d6f4c27a35c81e0f6b2d4937c1a58e6d02f4b7a9c3e5d1708264fb", 3.0,
    4.5, [EventOfForecast("Singles' Day", "2026-11-11", "2026-11-11", 4.5)],
    [PastForecast("2026-10-18", "2026-10-19", "2026-11-08", 33.0, _quantiles, 41.0, _model)],
)  # fmt: skip

EXAMPLES: Final[dict[type[msgspec.Struct], msgspec.Struct | None]] = {
    OrderAnswer: OrderAnswer("web-10017", _STATE, ("main",), _lines),
    OrderResult: OrderResult("web-10017", _STATE, ("main",), _lines),
    OrderInFull: OrderInFull(
        "web-10017",
        _STATE,
        "ship_partial",
        0,
        "c-881",
        "",
        "",
        None,
        None,
        _AT,
        _SOON_AFTER,
        _lines,
        _sources,
        None,
        {"85123A": "2.55"},
    ),
    OrderPage: None,
    Timeline: Timeline("web-10017", _moments),
    LevelAnswer: _level,
    LevelTotals: _totals,
    LevelPage: None,
    TotalsPage: None,
    AdjustmentAnswer: AdjustmentAnswer("count-7", "85123A", "main", "stock", "", -2, "missing", 12, 10, _AT, _level),
    AdjustmentResult: AdjustmentResult("night:0", "85123A", "main", "stock", "", -2, "missing", 12, 10, _AT, 201),
    MoveAnswer: MoveAnswer("85123A", "main", "", 1, "stock", "quarantine", _AT),
    MovementAnswer: MovementAnswer("85123A", "main", "stock", "", -2, 12, 10, "missing", "count-7", "ann", _AT),
    MovementPage: None,
    ForecastAnswer: ForecastAnswer("85123A", [_forecast]),
}
"""Every struct that a route answers with."""
