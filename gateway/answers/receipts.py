"""Receipts and putaway as JSON, on their way out."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from actors.procurement.documents import ORDER, Document
from actors.procurement.tasks import PutawayRule, Task
from gateway.answers.sites import Version
from gateway.fields import Instant, iso
from gateway.pages import Page

TaskState = Literal["pending", "done", "cancelled"]
_TO_CARRY: Final = {
    "task_id": "pt-4c1b", "sku": "85123A", "lot": "L7", "quantity": 11, "from_location": "receiving", "to_location": "A-01-3"
}  # fmt: skip
RECEIPT: Final[dict[str, Any]] = {
    "receipt_id": "r-9", "purchase_order_id": "po-17", "asn_id": "asn-4", "warehouse": "main",
    "received_at": "2026-11-16T10:30:00.000Z", "received_by": "ann",
    "lines": [
        {
            "sku": "85123A", "quantity": 11, "damaged": False, "location": "receiving", "lot": "L7",
            "expires_on": "2027-05-01",
        }
    ],
    "putaway_tasks": [_TO_CARRY],
}  # fmt: skip
TASK: Final[dict[str, Any]] = {
    "task_id": "pt-4c1b", "state": "pending", "sku": "85123A", "warehouse": "main", "lot": "L7", "quantity": 11,
    "quantity_done": 4, "from_location": "receiving", "to_location": "A-01-3", "rule": "small-parts", "cross_dock": False,
    "created_at": "2026-11-16T10:30:00.000Z", "changed_at": "2026-11-16T10:41:00.000Z",
}  # fmt: skip
RULE: Final[dict[str, Any]] = {
    "id": "small-parts", "warehouse": "main", "location": "A-01-3", "sequence": 10, "sku": "", "category": "lights",
    "largest_volume_ml": 1000, "capacity": 200, "same_item": False, "cross_dock": False, "version": 1,
}  # fmt: skip


class ReceiptLineAnswer(BaseModel):
    """Units that arrived, and where they were put on stock."""

    sku: str
    quantity: int
    damaged: bool
    location: str
    lot: str
    expires_on: str | None


class ToCarry(BaseModel):
    """A putaway task as it was made; `GET /v1/putaway-tasks/{id}` says how far it is."""

    task_id: str
    sku: str
    lot: str
    quantity: int
    from_location: str
    to_location: str


class ReceiptAnswer(BaseModel):
    """A receipt: all of it is on stock. Repeated, it is answered in the same words."""

    model_config = ConfigDict(json_schema_extra={"examples": [RECEIPT]})

    receipt_id: str
    purchase_order_id: Annotated[str | None, Field(description="null for goods that came without an order")]
    asn_id: str | None
    warehouse: str
    received_at: Instant
    received_by: str
    lines: list[ReceiptLineAnswer]
    putaway_tasks: list[ToCarry]


class ReceivedLine(BaseModel):
    """A line of some receipt, as the system of record has it."""

    receipt_id: str
    purchase_order_id: str | None
    asn_id: str | None
    sku: str
    warehouse: str
    quantity: int
    damaged: bool
    location: str
    lot: str
    expires_on: str | None
    received_at: Instant
    received_by: str


class ReceivedPage(Page[ReceivedLine]):
    """What has arrived, newest first."""


class TaskAnswer(BaseModel):
    """A putaway task."""

    model_config = ConfigDict(json_schema_extra={"examples": [TASK]})

    task_id: str
    state: TaskState
    sku: str
    warehouse: str
    lot: str
    quantity: int
    quantity_done: int
    from_location: str
    to_location: str
    rule: Annotated[str, Field(description="the rule that chose the place; empty when none did")]
    cross_dock: bool
    created_at: Instant
    changed_at: Instant


class TaskPage(Page[TaskAnswer]):
    """Putaway tasks, oldest first."""


class PutawayRuleAnswer(BaseModel):
    """A rule of where goods go."""

    model_config = ConfigDict(json_schema_extra={"examples": [RULE]})

    id: str
    warehouse: str
    location: str
    sequence: int
    sku: str
    category: str
    largest_volume_ml: int | None
    capacity: int | None
    same_item: bool
    cross_dock: bool
    version: Version


class PutawayRulePage(Page[PutawayRuleAnswer]):
    """Putaway rules by id."""


def receipt_answer(document: Document, receipt_id: str) -> ReceiptAnswer:
    """A receipt of a document."""
    receipt = document.receipts[receipt_id]
    lines = [
        ReceiptLineAnswer(
            sku=one.sku,
            quantity=one.quantity,
            damaged=one.damaged,
            location=one.location,
            lot=one.lot,
            expires_on=one.expires_on or None,
        )
        for one in receipt.bookings
    ]
    tasks = [
        ToCarry(
            task_id=task.task_id,
            sku=task.sku,
            lot=task.lot,
            quantity=task.quantity,
            from_location=task.from_location,
            to_location=task.to_location,
        )
        for task in document.tasks.values()
        if task.receipt_id == receipt_id
    ]
    return ReceiptAnswer(
        receipt_id=receipt_id,
        purchase_order_id=document.key if document.kind == ORDER else None,
        asn_id=receipt.asn_id or None,
        warehouse=document.warehouse,
        received_at=iso(receipt.at),
        received_by=receipt.actor,
        lines=lines,
        putaway_tasks=tasks,
    )


def listed_receipt(row: dict[str, Any]) -> ReceivedLine:
    """A line as a row of the system of record."""
    return ReceivedLine(
        receipt_id=row["receipt_id"],
        purchase_order_id=None if " " in row["document"] else row["document"],
        asn_id=row["asn_id"] or None,
        sku=row["sku"],
        warehouse=row["warehouse"],
        quantity=row["quantity"],
        damaged=bool(row["damaged"]),
        location=row["location"],
        lot=row["lot"],
        expires_on=row["expires_on"] or None,
        received_at=iso(row["received_at"]),
        received_by=row["actor"],
    )


def task_answer(task: Task) -> TaskAnswer:
    """A task as its owner keeps it."""
    return TaskAnswer(
        task_id=task.task_id,
        state=task.state,  # type: ignore[arg-type]  # its states are these
        sku=task.sku,
        warehouse=task.warehouse,
        lot=task.lot,
        quantity=task.quantity,
        quantity_done=task.done,
        from_location=task.from_location,
        to_location=task.to_location,
        rule=task.rule,
        cross_dock=task.cross_dock,
        created_at=iso(task.created_at),
        changed_at=iso(task.changed_at),
    )


def listed_task(row: dict[str, Any]) -> TaskAnswer:
    """A task as a row of the system of record."""
    members = {name: row[name] for name in TaskAnswer.model_fields if name not in {"created_at", "changed_at", "cross_dock"}}
    return TaskAnswer(
        **members,
        cross_dock=bool(row["cross_dock"]),
        created_at=iso(row["created_at"]),
        changed_at=iso(row["changed_at"]),
    )


def rule_answer(rule: PutawayRule, version: int) -> PutawayRuleAnswer:
    """A rule as its owner keeps it."""
    return PutawayRuleAnswer(
        id=rule.id,
        warehouse=rule.warehouse,
        location=rule.location,
        sequence=rule.sequence,
        sku=rule.sku,
        category=rule.category,
        largest_volume_ml=rule.largest_volume_ml,
        capacity=rule.capacity,
        same_item=rule.same_item,
        cross_dock=rule.cross_dock,
        version=version,
    )
