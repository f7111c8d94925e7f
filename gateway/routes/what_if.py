"""What if: one item planned by the engine of `skuld suggest`; nothing is changed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from actors.inventory.goods import DEFAULT_WAREHOUSE
from gateway.answers.what_if import WhatIfAnswer, what_if_answer
from gateway.documented import problems
from gateway.fields import Id, Sku
from gateway.keyed_route import KeyedRoute
from gateway.problems import CONFLICT, NOT_FOUND
from gateway.system import Behind, Reader
from gateway.what_if_reads import asked_what_if

router = APIRouter(tags=["replenishment"], route_class=KeyedRoute)

LeadTime = Annotated[int | None, Query(ge=1, le=3650, description="that every supplier takes")]
Factor = Annotated[float, Query(gt=0, le=1000, allow_inf_nan=False, description="of the demand that is expected")]
Target = Annotated[float | None, Query(gt=0, lt=1, allow_inf_nan=False, description="chance of covering lead time plus review")]
Review = Annotated[int | None, Query(ge=1, le=366, description="days between two orders")]
Holding = Annotated[
    float | None, Query(ge=0, le=1000, allow_inf_nan=False, description="of a unit for a year, as a share of its price")
]
Early = Annotated[
    float | None, Query(ge=0, le=3650, allow_inf_nan=False, description="days before it is needed that a unit may be bought")
]
Lost = Annotated[bool | None, Query(description="whether what finds no stock is lost; else customers wait")]


@router.get("/replenishment-suggestions:what-if", responses=problems(NOT_FOUND, CONFLICT))
async def get_what_if(
    sku: Sku,
    system: Behind,
    caller: Reader,
    warehouse: Id = DEFAULT_WAREHOUSE,
    lead_time_days: LeadTime = None,
    demand_factor: Factor = 1.0,
    target: Target = None,
    review_days: Review = None,
    supplier: Id | None = None,
    holding: Holding = None,
    early_days: Early = None,
    lost_sales: Lost = None,
) -> WhatIfAnswer:
    """What would be suggested for an item now, and what if. It is planned from the latest forecast of the champion whose
    protection period is nearest, without a budget, by the item's reorder policy and with what the latest run was made with;
    what is asked for goes before both."""
    from forecasting.planning.what_if import Change

    change = Change(lead_time_days, demand_factor, target, review_days, supplier, holding, early_days, lost_sales)
    found = await system.search(asked_what_if, system.settings.data_dir, system.settings.zone, sku, warehouse, change)
    return what_if_answer(sku, warehouse, found)
