"""An item as a run would plan it now, and as it would be if something were different."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from gateway.answers.replenishment import MONEY, SUGGESTED, ExplanationAnswer, Warned
from gateway.what_if_reads import Asked

_PLAN: Final[dict[str, Any]] = {name: value for name, value in SUGGESTED.items() if name not in ("sku", "warehouse", "grade")}


class PlanAnswer(BaseModel):
    """What would be suggested: as in a suggestion."""

    supplier: str
    quantity: int
    unit_price: str | None
    target: float
    money_at_risk: Annotated[str, Field(description=MONEY)]
    warnings: list[Warned]
    order_by: str
    expected_on: str
    explanation: ExplanationAnswer


class MadeWithAnswer(BaseModel):
    """As the latest run was made: days between two orders, holding for a year as a share of the price, days that may be bought
    before it is needed, whether what finds no stock is lost. A reorder policy goes before it."""

    review_days: float
    holding: float
    early_days: float
    lost_sales: bool


class WhatIfAnswer(BaseModel):
    """Two plans of one item. Both are made of the forecast of `slot` as of the day `forecast_as_of`, over `forecast_days`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{
            "sku": "85123A", "warehouse": "main", "slot": "week 2+1", "forecast_as_of": "2026-11-08", "forecast_days": 21.0,
            "made_with": {"review_days": 7.0, "holding": 0.25, "early_days": 30.0, "lost_sales": False},
            "as_it_is": _PLAN, "what_if": _PLAN,
        }]}
    )  # fmt: skip

    sku: str
    warehouse: str
    slot: str
    forecast_as_of: str
    forecast_days: float
    made_with: MadeWithAnswer
    as_it_is: PlanAnswer
    what_if: PlanAnswer


def what_if_answer(sku: str, warehouse: str, found: Asked) -> WhatIfAnswer:
    """As it leaves."""
    return WhatIfAnswer(
        sku=sku, warehouse=warehouse, slot=found.forecast.slot, forecast_as_of=found.forecast.cutoff.isoformat(),
        forecast_days=found.days,
        made_with=MadeWithAnswer(
            review_days=found.policy.review_days, holding=found.policy.holding, early_days=found.policy.early_days,
            lost_sales=found.policy.lost_sales,
        ),
        as_it_is=PlanAnswer(**found.as_it_is), what_if=PlanAnswer(**found.what_if),
    )  # fmt: skip
