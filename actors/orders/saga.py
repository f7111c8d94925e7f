"""The order saga: what is to be sent next, and what follows when every shard has answered.

    intent   asks every shard to          when all have answered                     if one refuses
    place    reserve                      reserved, partially_reserved, backordered   → reject
    reject   release                      rejected                                    (a release is never refused)
    edit     reserve the larger, then     as place                                    the old quantities stand
             reserve the new quantities
    cancel   release                      cancelled, or shipped if that came first
    ship     ship what is reserved        shipped, partially_shipped

Everything is derived from the order itself: a saga that lost its process goes on from what was recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from actors.inventory.commands import Adjust, AskSources, Release, Reserve, Ship, Wanted
from actors.kernel.machine import Outgoing
from actors.kernel.messages import Command, OwnerName
from actors.orders.lines import OrderedLine
from actors.orders.order import Line, Order, Part
from actors.orders.records import EditRecord, OpDone
from actors.orders.refusals import reason_of

_encode: Final = msgspec.msgpack.Encoder().encode

SHORTAGE: Final = {
    "all_or_nothing": "refuse",
    "ship_complete": "backorder",
    "ship_partial": "backorder",
    "cancel_rest": "drop",
}
"""What a shard does with units that are not there, by the order's policy."""

UNDONE: Final = {"rejected": "reject", "cancelled": "cancel"}
"""States that hold nothing, and the intent that brings an order there."""


def outgoing(order: Order, owner_of_sku: Callable[[str], OwnerName], epoch: int) -> list[Outgoing]:
    """Commands still to be sent for an order by the owner of `epoch`: nothing while it is parked."""
    if order.parked or not order.under_way:
        return []
    intent = _encode(order.received) if order.carries_intent else b""
    sends = []
    for shard, part in order.parts.items():
        if part.settled < part.revision:
            carried = intent if part.revision == 1 else b""
            command = _command(order, shard, part, owner_of_sku, carried, epoch)
            sends.append(Outgoing(OwnerName(shard), command, bool(carried)))
    for restock in order.restocks.values():
        adjust = Adjust(
            restock.id, 0, f"order {order.order_id}", restock.sku, restock.quantity, "return", restock.warehouse,
            restock.location, document=order.order_id,
        )  # fmt: skip
        sends.append(Outgoing(owner_of_sku(restock.sku), adjust))
    return sends


def questions(order: Order, owner_of_sku: Callable[[str], OwnerName]) -> list[Outgoing]:
    """Before an order over several shards is reserved: what do the warehouses have?"""
    return [
        Outgoing(OwnerName(shard), AskSources(f"{order.order_id}:sources", order.order_id, skus_at(order, shard, owner_of_sku)))
        for shard in order.parts
    ]


def skus_at(order: Order, shard: str, owner_of_sku: Callable[[str], OwnerName]) -> tuple[str, ...]:
    """The SKUs of an order that a shard owns."""
    return tuple([sku for sku in order.lines if owner_of_sku(sku) == shard])


def _command(
    order: Order, shard: str, part: Part, owner_of_sku: Callable[[str], OwnerName], intent: bytes, epoch: int
) -> Command:
    op_id = f"{order.order_id}:{part.revision}"
    if part.step == "release":
        return Release(op_id, order.order_id, part.revision)
    if part.step == "ship":
        return Ship(op_id, order.order_id, part.revision)
    new, edit, alone = order.order, order.edit, len(order.parts) == 1
    wanted = []
    for line in order.lines.values():
        quantity = _wanted_in_edit(edit, line) if edit is not None else line.ordered - line.cancelled - line.shipped
        if quantity > 0 and (alone or owner_of_sku(line.sku) == shard):
            wanted.append(Wanted(line.sku, quantity, new.warehouse))
    taking_back = edit is not None and not edit.after
    shortage = "backorder" if taking_back else SHORTAGE[new.policy]
    return Reserve(
        op_id, order.order_id, part.revision, order.promised_at, new.priority, shortage, tuple(wanted), intent, epoch,
        order.prefer or (),
    )  # fmt: skip


def _wanted_in_edit(edit: EditRecord, line: Line) -> int:
    """Units of a line to be reserved now: while an edit's increases are under way, the larger of old and new."""
    if edit.increasing:
        before = _quantity(edit.before, line.sku) - _quantity(edit.dropped, line.sku)
        return max(before, line.ordered - line.cancelled) - line.shipped
    return line.ordered - line.cancelled - line.shipped


def _quantity(lines: tuple[OrderedLine, ...], sku: str) -> int:
    return next((line.quantity for line in lines if line.sku == sku), 0)


def proceed(order: Order, at: int) -> None:
    """Every shard has answered: decide what the order has become, or what is to be asked next."""
    order.count()
    match order.intent:
        case "place" if order.refusal is not None:
            _undo(order, "reject")
        case "reject":
            _rest(order, at, "rejected")
        case "edit" if order.edit is not None:
            _proceed_edit(order, order.edit, at)
        case "cancel":
            _rest_cancelled(order, at)
        case _:
            _rest_as_reserved(order, at)
    if order.intent == "reject" and not order.under_way and order.state != "rejected":
        _rest(order, at, "rejected")


def _undo(order: Order, intent: str) -> None:
    """Ask every shard that may hold something to release it."""
    order.intent = intent
    for part in order.parts.values():
        if part.uncertain or any(line.holds for line in part.lines):
            part.ask("release")


def undo_again(order: Order, part: Part) -> None:
    """A shard turns out to hold something for an order that is over: let go of it."""
    order.intent = UNDONE[order.state]
    part.ask("release")


def _rest(order: Order, at: int, state: str) -> None:
    order.intent = ""
    order.edit = None
    if state != "on_hold":
        order.held = False  # what is over is on hold no more
    if order.state != state:
        order.state = state
        order.note(at, state, note=reason_of(order.refusal) if state == "rejected" else "")


def _rest_as_reserved(order: Order, at: int) -> None:
    if order.order.policy == "cancel_rest" and order.intent in {"place", "edit"}:
        for line in order.lines.values():
            line.cancelled = line.ordered - line.reserved - line.backordered - line.shipped
    state = order.resting_state()
    if state == "cancelled" and order.intent == "place":
        state = "rejected"
    if order.held and state not in {"cancelled", "rejected"}:
        state = "on_hold"
    _rest(order, at, state)


def _rest_cancelled(order: Order, at: int) -> None:
    """A cancel that lost its race against shipping leaves the order shipped; the rest is cancelled."""
    for line in order.lines.values():
        line.cancelled = line.ordered - line.shipped
    shipped = any(line.shipped for line in order.lines.values())
    _rest(order, at, "shipped" if shipped else "cancelled")


def begin_edit(order: Order, op_id: str, changes: tuple[OrderedLine, ...], owner_of_sku: Callable[[str], OwnerName]) -> None:
    """Set new quantities and ask the shards they concern.

    Over several shards the larger of old and new is reserved first, so that taking back a refused edit only ever
    gives stock back and cannot fail.
    """
    before = tuple([OrderedLine(line.sku, line.ordered) for line in order.lines.values()])
    dropped = tuple([OrderedLine(line.sku, line.cancelled) for line in order.lines.values() if line.cancelled])
    for change in changes:
        line = order.lines.get(change.sku)
        if line is None:
            order.lines[change.sku] = Line(change.sku, change.quantity)
        else:
            line.ordered, line.cancelled = change.quantity, 0
    shards = {owner_of_sku(change.sku) for change in changes}
    for shard in sorted(shards):
        part = order.parts.get(shard)
        if part is None:
            order.parts[shard] = Part()
        else:
            part.ask("reserve")
    order.refusal = None
    order.intent = "edit"
    order.edit = EditRecord(op_id, before, changes, len(order.parts) > 1, dropped)


def _proceed_edit(order: Order, edit: EditRecord, at: int) -> None:
    if order.refusal is not None:
        order.ops[edit.op_id] = OpDone(edit.op_id, order.ops[edit.op_id].fingerprint, order.refusal)
        order.note(at, "edit_refused", note=reason_of(order.refusal))
        order.refusal = None
        _take_back(order, edit, at)
    elif edit.increasing:
        order.edit = EditRecord(edit.op_id, edit.before, edit.after, False, edit.dropped)
        for part in order.parts.values():
            part.ask("reserve")
    else:
        _rest_as_reserved(order, at)


def _take_back(order: Order, edit: EditRecord, at: int) -> None:
    """The edit was refused: the old quantities stand again.

    Should a copy of the refused command have been carried out after all, and what it gave back be gone, then the order
    waits for that: taking back cannot be refused. A shard that surely has nothing of it is out of it again.
    """
    for sku, line in order.lines.items():
        line.ordered, line.cancelled = _quantity(edit.before, sku), _quantity(edit.dropped, sku)
    order.edit = EditRecord(edit.op_id, edit.before, (), False, edit.dropped)
    if len(order.parts) > 1 or any(part.uncertain for part in order.parts.values()):
        order.parts = {shard: part for shard, part in order.parts.items() if part.version or part.uncertain}
        for part in order.parts.values():
            part.uncertain = False
            part.ask("reserve")
    else:
        _rest_as_reserved(order, at)
