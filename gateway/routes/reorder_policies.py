"""Reorder policies: how a SKU is to be replenished, as planners want it; planning reads them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BeforeValidator, Field, model_validator

from actors.procurement import suggestion_reads
from actors.procurement.commands import PutReorderPolicy
from actors.procurement.events import ReorderPolicyPut
from actors.procurement.policies import EVERYWHERE, ReorderPolicy
from actors.procurement.queries import ReadReorderPolicy
from actors.procurement.replies import ReorderPolicyView
from gateway.answers.replenishment import (
    ReorderPolicyAnswer,
    ReorderPolicyPage,
    listed_policy,
    policy_answer,
)
from gateway.documented import problems, versioned
from gateway.fields import Body, Id, Sku, Units, UnitsOrNone, strictly_int, with_example
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import op_id
from gateway.pages import Cursor, Limit, cursor_after, unseal
from gateway.places import check_places, products_of
from gateway.problems import (
    KEY_REUSED,
    NOT_FOUND,
    NOT_SUPPLIED,
    UNKNOWN_PLACE,
    UNKNOWN_SKU,
    UNKNOWN_SUPPLIER,
    VERSION,
    Problem,
)
from gateway.system import Behind, Key, Planner, Reader, System, fingerprint
from gateway.versions import IfMatch, IfNoneMatch, any_version, same_name, show_version, version_wanted

router = APIRouter(tags=["replenishment"], route_class=KeyedRoute)

SomeDays = Annotated[int, BeforeValidator(strictly_int), Field(ge=1, le=3650, examples=[7])]
Warehouse = Annotated[Id | None, Query(description="none: for all warehouses that have no policy of their own")]


class ReorderPolicyBody(Body):
    """What is left out is as the run of planning says. `minimum` and `maximum` are of the inventory position: at least so many
    are aimed at, no order goes above so many."""

    model_config = with_example(target=0.98, review_days=7, supplier="farm", minimum=24, maximum=500, shelf_life_days=90)

    sku: Sku | None = None
    target: Annotated[float, Field(strict=True, gt=0, lt=1)] | None = None
    review_days: SomeDays | None = None
    supplier: Id | None = None
    minimum: UnitsOrNone | None = None
    maximum: Units | None = None
    shelf_life_days: SomeDays | None = None

    @model_validator(mode="after")
    def possible(self) -> ReorderPolicyBody:
        """No position is at least more than it is at most."""
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self


@router.put(
    "/reorder-policies/{sku:path}",
    responses=versioned(ReorderPolicyAnswer)
    | problems(KEY_REUSED, VERSION, UNKNOWN_SKU, UNKNOWN_PLACE, UNKNOWN_SUPPLIER, NOT_SUPPLIED, body=True),
)
async def put_policy(
    sku: Annotated[Sku, Path()],
    body: ReorderPolicyBody,
    response: Response,
    key: Key,
    system: Behind,
    caller: Planner,
    warehouse: Warehouse = None,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> ReorderPolicyAnswer:
    """Create or replace how a SKU is to be replenished. `If-Match` refuses when another version stands."""
    same_name(sku, body.sku, "sku")
    version = version_wanted(if_match, if_none_match)
    await products_of(system, [sku])
    place = warehouse or EVERYWHERE
    if warehouse is not None:
        await check_places(system, warehouse)
    if any_version(if_match) and (await _view(system, sku, place)).policy is None:
        raise Problem(VERSION, f"there is no reorder policy of {sku} yet", version=0)
    policy = ReorderPolicy(
        sku, place, body.target, body.review_days, body.supplier or "", body.minimum, body.maximum, body.shelf_life_days
    )
    op = op_id("reorder-policy", key, sku, place)
    command = PutReorderPolicy(op, fingerprint(sku, place, body, version), caller.name, policy, version)
    reply: ReorderPolicyPut | ReorderPolicyView = await system.ask_procurement(command)
    response.status_code = 201 if isinstance(reply, ReorderPolicyPut) and reply.version == 1 else 200
    show_version(response, reply.version)
    assert reply.policy is not None, "it was put just now"
    return policy_answer(reply.policy, reply.version)


async def _view(system: System, sku: str, place: str) -> ReorderPolicyView:
    view: ReorderPolicyView = await system.ask_procurement(ReadReorderPolicy(sku, place))
    return view


@router.get("/reorder-policies/{sku:path}", responses=versioned() | problems(NOT_FOUND))
async def get_policy(
    sku: Annotated[Sku, Path()], response: Response, system: Behind, caller: Reader, warehouse: Warehouse = None
) -> ReorderPolicyAnswer:
    """How a SKU is to be replenished, with its version as ETag."""
    view = await _view(system, sku, warehouse or EVERYWHERE)
    if view.policy is None:
        raise Problem(NOT_FOUND, f"no reorder policy of {sku}" + (f" in {warehouse}" if warehouse else " for all warehouses"))
    show_version(response, view.version)
    return policy_answer(view.policy, view.version)


@router.get("/reorder-policies", responses=problems())
async def list_policies(system: Behind, caller: Reader, limit: Limit = 100, cursor: Cursor = None) -> ReorderPolicyPage:
    """Reorder policies by SKU and warehouse. A list may be a moment behind."""
    rows = await system.search(suggestion_reads.list_policies, unseal(cursor, tuple[str, str]), limit)
    next_cursor = cursor_after(rows, limit, (rows[-1]["sku"], rows[-1]["warehouse"]) if rows else ())
    return ReorderPolicyPage(items=[listed_policy(row) for row in rows], next_cursor=next_cursor)
