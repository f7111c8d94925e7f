"""What was answered, against what there is at the end: every acknowledged command holds, and nothing that was refused does harm."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from actors.inventory import commands as stock
from actors.inventory import events as stock_events
from actors.kernel.messages import ClientCommand
from actors.orders import commands as orders
from actors.orders.order import Order
from actors.orders.replies import OrderView
from tests.model.simulator.asking import Asking
from tests.model.simulator.history import History
from tests.model.simulator.windows import Windows

NOTHING_LEFT = frozenset({"cancelled", "rejected", "shipped", "delivered"})


def broken_promises(asking: Asking, book: dict[str, Order], histories: list[History], windows: Windows) -> list[str]:
    """Every answer that is not true.

    Args:
        book: all orders there ever were, as they stand.
    """
    found = list(asking.strange)
    found += _of_counts(asking, histories)
    found += _of_holds(asking, histories) if windows.keep_holds else []
    by_order: dict[str, list[Any]] = defaultdict(list)
    for told in asking.told.values():
        if hasattr(told.command, "order_id"):
            by_order[told.command.order_id].append(told.command)
        if isinstance(told.reply, OrderView) and told.reply.order_id in book:
            found += _of_what_had_left(told.reply, book[told.reply.order_id])
    doubtful = {(type(command), getattr(command, "order_id", "")) for command in asking.refused.values()}
    for order_id, commands in by_order.items():
        order = book.get(order_id)
        if order is None:
            found.append(f"order {order_id} was acknowledged and is lost")
        else:
            found += [f"order {order_id} ({order.state}): {line}" for line in _of_order(order, commands, doubtful)]
    return found


def _of_counts(asking: Asking, histories: list[History]) -> Iterator[str]:
    """An adjustment or a move that was acknowledged is in the journal once: twice is told by the history."""
    done = {e.op_id for h in histories for e in h.events if isinstance(e, stock_events.Adjusted | stock_events.Moved)}
    for told in asking.of_kind(stock.Adjust, stock.Move):
        if told.command.op_id not in done:
            yield f"{told.command.op_id} was acknowledged and is lost"


def _of_holds(asking: Asking, histories: list[History]) -> Iterator[str]:
    events = [event for history in histories for event in history.events]
    began = {event.reservation_id for event in events if isinstance(event, stock_events.Held)}
    ended = {event.reservation_id: event.state for event in events if isinstance(event, stock_events.HoldEnded)}
    for told in asking.of_kind(stock.Hold):
        if told.command.reservation_id not in began:
            yield f"hold {told.command.reservation_id} was acknowledged and is lost"
    for told in asking.of_kind(stock.EndHold):
        state = ended.get(told.command.reservation_id, "active")
        if state != told.command.state:
            yield f"hold {told.command.reservation_id} was acknowledged as {told.command.state} and is {state}"


Doubtful = set[tuple[type[ClientCommand], str]]
"""Kinds of commands of which one was refused, by order: a copy of it may have been carried out before or after."""


def _of_what_had_left(view: OrderView, order: Order) -> Iterator[str]:
    """Whoever was told that units have left, or are back, can rely on it."""
    for then in view.lines:
        now = order.lines[then.sku]
        if now.shipped < then.shipped or now.returned < then.returned:
            told = f"{then.shipped} shipped and {then.returned} returned"
            yield f"order {order.order_id} had {told} of {then.sku}, and has {now.shipped} and {now.returned}"


def _of_order(order: Order, commands: list[Any], doubtful: Doubtful) -> Iterator[str]:
    kinds = {type(command) for command in commands}
    holds = any(line.reserved or line.backordered for line in order.lines.values())
    if orders.CancelOrder in kinds and (holds or order.state not in NOTHING_LEFT):
        yield "a cancel was acknowledged"
    if orders.DeliverOrder in kinds and order.state != "delivered":
        yield "delivery was acknowledged"
    if (orders.EditLines, order.order_id) not in doubtful:
        ordered = _as_edited(commands)
        if ordered is not None and ordered != {line.sku: line.ordered for line in order.lines.values()}:
            yield f"lines are not as edited last: {ordered}"
    if order.state not in NOTHING_LEFT and (orders.HoldOrder, order.order_id) not in doubtful:
        asked = [type(command) for command in commands if isinstance(command, orders.HoldOrder | orders.ResumeOrder)]
        if asked and order.held != (asked[-1] is orders.HoldOrder):
            yield f"{asked[-1].__name__} was acknowledged last, and it is {'' if order.held else 'not '}on hold"
    if (orders.ReturnLines, order.order_id) not in doubtful:
        back: Counter[str] = Counter()
        for command in commands:
            if isinstance(command, orders.ReturnLines):
                back.update({line.sku: line.quantity for line in command.lines})
        if any(line.returned != back[line.sku] for line in order.lines.values()):
            yield f"{dict(back)} came back, and it has {[(line.sku, line.returned) for line in order.lines.values()]}"


def _as_edited(commands: list[Any]) -> dict[str, int] | None:
    """Units ordered by SKU after all edits; None when nobody was told of the order itself."""
    placed = [command for command in commands if isinstance(command, orders.PlaceOrder)]
    if not placed:
        return None
    ordered = {line.sku: line.quantity for line in placed[0].order.lines}
    for command in commands:
        if isinstance(command, orders.EditLines):
            ordered |= {line.sku: line.quantity for line in command.lines}
    return ordered
