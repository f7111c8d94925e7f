"""Rules of where received goods are carried to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from actors.inventory.goods import DEFAULT_WAREHOUSE
from actors.procurement.commands import PutPutawayRule
from actors.procurement.events import PutawayRulePut
from actors.procurement.queries import ReadPutawayRules
from actors.procurement.replies import PutawayRules
from actors.procurement.tasks import PutawayRule
from gateway.answers.receipts import PutawayRuleAnswer, PutawayRulePage, rule_answer
from gateway.documented import problems, versioned
from gateway.fields import Body, Id, Sku, Text, Units, UnitsOrNone, with_example
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import op_id
from gateway.pages import Cursor, Limit, cursor_after, unseal
from gateway.places import check_places, products_of
from gateway.problems import KEY_REUSED, NOT_FOUND, UNKNOWN_PLACE, UNKNOWN_SKU, VERSION, Problem
from gateway.system import Behind, Cataloguer, Key, Reader, System, fingerprint
from gateway.versions import IfMatch, IfNoneMatch, any_version, same_name, show_version, version_wanted

router = APIRouter(tags=["putaway"], route_class=KeyedRoute)


class PutawayRuleBody(Body):
    """Where goods go that all of this holds for. Of a warehouse's rules the first by `sequence` takes what it has room for.

    `same_item`: only where the SKU lies already. `cross_dock`: only as many as orders wait for. `capacity` counts units of
    the SKU at the location, and those on their way there.
    """

    model_config = with_example(location="A-01-3", sequence=10, category="lights", capacity=200)

    id: Id | None = None
    warehouse: Id = DEFAULT_WAREHOUSE
    location: Id
    sequence: UnitsOrNone = 0
    sku: Sku | None = None
    category: Text = ""
    largest_volume_ml: UnitsOrNone | None = None
    capacity: Units | None = None
    same_item: bool = False
    cross_dock: bool = False


@router.put(
    "/putaway-rules/{id}",
    responses=versioned(PutawayRuleAnswer) | problems(KEY_REUSED, VERSION, UNKNOWN_PLACE, UNKNOWN_SKU, body=True),
)
async def put_rule(
    id: Annotated[Id, Path()],
    body: PutawayRuleBody,
    response: Response,
    key: Key,
    system: Behind,
    caller: Cataloguer,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> PutawayRuleAnswer:
    """Create or replace a rule of where goods go."""
    same_name(id, body.id, "id")
    version = version_wanted(if_match, if_none_match)
    await check_places(system, body.warehouse, body.location)
    if body.sku is not None:
        await products_of(system, [body.sku])
    if any_version(if_match) and await _rule(system, id) is None:
        raise Problem(VERSION, f"there is no putaway rule {id} yet", version=0)
    rule = PutawayRule(
        id, body.warehouse, body.location, body.sequence, body.sku or "", body.category, body.largest_volume_ml,
        body.capacity, body.same_item, body.cross_dock,
    )  # fmt: skip
    command = PutPutawayRule(op_id("putaway-rule", key, id), fingerprint(id, body, version), caller.name, rule, version)
    reply: PutawayRulePut | PutawayRules = await system.ask_procurement(command)
    stands = reply.version if isinstance(reply, PutawayRulePut) else next(v for known, v in reply.rules if known.id == id)
    response.status_code = 201 if isinstance(reply, PutawayRulePut) and stands == 1 else 200
    show_version(response, stands)
    return rule_answer(rule, stands)


async def _rule(system: System, id: str) -> tuple[PutawayRule, int] | None:
    rules: PutawayRules = await system.ask_procurement(ReadPutawayRules())
    return next((known for known in rules.rules if known[0].id == id), None)


@router.get("/putaway-rules/{id}", responses=versioned() | problems(NOT_FOUND))
async def get_rule(id: Annotated[Id, Path()], response: Response, system: Behind, caller: Reader) -> PutawayRuleAnswer:
    """A putaway rule, with its version as ETag."""
    found = await _rule(system, id)
    if found is None:
        raise Problem(NOT_FOUND, f"no putaway rule is called {id}")
    show_version(response, found[1])
    return rule_answer(*found)


@router.get("/putaway-rules", responses=problems())
async def list_rules(system: Behind, caller: Reader, limit: Limit = 100, cursor: Cursor = None) -> PutawayRulePage:
    """Putaway rules by id."""
    rules: PutawayRules = await system.ask_procurement(ReadPutawayRules())
    after = unseal(cursor, tuple[str])
    items = [rule_answer(*known) for known in rules.rules if not after or known[0].id > after[0]][:limit]
    return PutawayRulePage(items=items, next_cursor=cursor_after(items, limit, (items[-1].id,) if items else ()))
