"""Putaway: tasks that carry received goods to where they are sold from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from actors.inventory.goods import DEFAULT_LOCATION, DEFAULT_WAREHOUSE, RECEIVING_LOCATION
from actors.procurement import reads
from actors.procurement.commands import CancelTask, ConfirmTask, CreateTask
from actors.procurement.documents import Document, DocumentRecord
from actors.procurement.queries import ReadTask
from actors.procurement.tasks import Task
from gateway.answers.receipts import TaskAnswer, TaskPage, TaskState, listed_task, task_answer
from gateway.documented import problems
from gateway.fields import Body, Id, ShortText, Sku, Units, with_example
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import id_from_key, new_id, op_id
from gateway.pages import Cursor, Limit, Number, cursor_after, unseal
from gateway.places import check_places, products_of
from gateway.problems import CONFLICT, KEY_REUSED, MORE_THAN_LEFT, NOT_FOUND, UNKNOWN_PLACE, UNKNOWN_SKU
from gateway.purchase_documents import find_document
from gateway.system import Behind, Key, Reader, Receiver, System, fingerprint

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
