"""Putaway: tasks that carry received goods to where they are sold from, and the rules of where that is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from actors.inventory.goods import DEFAULT_LOCATION, DEFAULT_WAREHOUSE, RECEIVING_LOCATION
from actors.procurement import reads
from actors.procurement.commands import CancelTask, ConfirmTask, CreateTask, PutPutawayRule
from actors.procurement.documents import Document, DocumentRecord
from actors.procurement.events import PutawayRulePut
from actors.procurement.queries import ReadPutawayRules, ReadTask
from actors.procurement.replies import PutawayRules
from actors.procurement.tasks import PutawayRule, Task
from gateway.answers.receipts import (
    PutawayRuleAnswer,
    PutawayRulePage,
    TaskAnswer,
    TaskPage,
    TaskState,
    listed_task,
    rule_answer,
    task_answer,
)
from gateway.documented import problems, versioned
from gateway.fields import Body, Id, ShortText, Sku, Text, Units, UnitsOrNone, with_example
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import id_from_key, new_id, op_id
from gateway.pages import Cursor, Limit, Number, cursor_after, unseal
from gateway.places import check_places, products_of
from gateway.problems import (
    CONFLICT,
    KEY_REUSED,
    MORE_THAN_LEFT,
    NOT_FOUND,
    UNKNOWN_PLACE,
    UNKNOWN_SKU,
    VERSION,
    Problem,
)
from gateway.routes.purchase_orders import find_document
from gateway.system import Behind, Cataloguer, Key, Reader, Receiver, System, fingerprint
from gateway.versions import IfMatch, IfNoneMatch, any_version, same_name, show_version, version_wanted

router = APIRouter(tags=["putaway"], route_class=KeyedRoute)


class TaskBody(Body):
    """Goods that lie somewhere and are to be carried to another place of the warehouse."""

    task_id: Id | None = None
    sku: Sku
    quantity: Units
    warehouse: Id = DEFAULT_WAREHOUSE
    from_location: Id = RECEIVING_LOCATION
    to_location: Id = DEFAULT_LOCATION
    lot: ShortText = ""


class ConfirmBody(Body):
    """How many units were carried (all that are left), and where to (where the task says)."""

    model_config = with_example(quantity=11, location="A-01-3")

    quantity: Units | None = None
    location: Id | None = None


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


@router.get("/putaway-tasks", responses=problems())
async def list_tasks(
    system: Behind,
    caller: Reader,
    state: TaskState | None = None,
    warehouse: Id | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> TaskPage:
    """Putaway tasks, oldest first (a moment behind)."""
    rows = await system.search(reads.list_tasks, state, warehouse, unseal(cursor, tuple[Number, str]), limit)
    last = (rows[-1]["created_at"], rows[-1]["task_id"]) if rows else ()
    return TaskPage(items=[listed_task(row) for row in rows], next_cursor=cursor_after(rows, limit, last))


@router.post("/putaway-tasks", status_code=201, responses=problems(UNKNOWN_SKU, UNKNOWN_PLACE, KEY_REUSED, body=True))
async def post_task(body: TaskBody, key: Key, system: Behind, caller: Receiver) -> TaskAnswer:
    """Ask for goods to be carried that no receipt has made a task for."""
    await products_of(system, [body.sku])
    await check_places(system, body.warehouse, body.from_location, body.to_location)
    task_id = body.task_id or (f"t-{id_from_key(key)}" if key is not None else f"t-{new_id()}")
    command = CreateTask(
        op_id("task", key or task_id), fingerprint(body), caller.name, task_id, body.sku, body.quantity, body.warehouse,
        body.from_location, body.to_location, body.lot,
    )  # fmt: skip
    record: DocumentRecord = await system.ask_procurement(command)
    return task_answer(record.document.tasks[task_id])


async def _find(system: System, task_id: str) -> tuple[Document, Task]:
    document = await find_document(system, ReadTask(task_id), f"task {task_id}")
    return document, document.tasks[task_id]


@router.get("/putaway-tasks/{id}", responses=problems(NOT_FOUND))
async def get_task(id: Annotated[Id, Path()], system: Behind, caller: Reader) -> TaskAnswer:
    """A putaway task, and how far it is."""
    return task_answer((await _find(system, id))[1])


@router.post(
    "/putaway-tasks/{id}/confirm",
    responses=problems(NOT_FOUND, CONFLICT, MORE_THAN_LEFT, UNKNOWN_PLACE, KEY_REUSED, body=True),
)
async def confirm_task(
    id: Annotated[Id, Path()], key: Key, system: Behind, caller: Receiver, body: ConfirmBody | None = None
) -> TaskAnswer:
    """Units were carried: answered when stock has them in their place, and those who wait for them have been served.

    Where fewer are found than were confirmed, as many are carried as there are: `quantity_done` says how many.
    """
    told = body or ConfirmBody()
    if told.location is not None:
        _, task = await _find(system, id)
        await check_places(system, task.warehouse, told.location)
    op = op_id("confirm", key, id)
    command = ConfirmTask(op, fingerprint(id, told), caller.name, id, told.quantity or 0, told.location or "")
    record: DocumentRecord = await system.ask_procurement(command)
    return task_answer(record.document.tasks[id])


@router.post("/putaway-tasks/{id}/cancel", responses=problems(NOT_FOUND, CONFLICT, KEY_REUSED))
async def cancel_task(id: Annotated[Id, Path()], key: Key, system: Behind, caller: Receiver) -> TaskAnswer:
    """Leave the rest where it is. Twice is once."""
    command = CancelTask(op_id("cancel-task", key, id), fingerprint(id), caller.name, id)
    record: DocumentRecord = await system.ask_procurement(command)
    return task_answer(record.document.tasks[id])


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
