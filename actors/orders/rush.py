"""Plain orders, many at once: what Singles' Day is made of.

A plain order is new, waits for its answer, and gets all it wants at the first asking. `place_all` and `record_all` do for
a run of these what the saga does for each, in one loop over local names (they leave out what only rows are made of: projectors
apply events one by one). Whatever else comes ends the run and goes the long way; a test holds the two ways against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec

from actors.inventory.commands import Reserve, Wanted
from actors.inventory.goods import ReservedLine
from actors.inventory.replies import ReservationView
from actors.kernel.machine import Answer, Numbered, Outgoing, Rush
from actors.kernel.messages import OwnerName
from actors.orders.commands import PlaceOrder
from actors.orders.events import OrderReceived, ReservationRecorded
from actors.orders.lines import NewOrder
from actors.orders.order import MOST_LINES_CARRIED, Line, Order, Part
from actors.orders.records import LineView, Moment
from actors.orders.replies import OrderView
from actors.orders.saga import SHORTAGE

if TYPE_CHECKING:
    from actors.orders.book import OrderBook

_encode: Final = msgspec.msgpack.Encoder().encode


def place_all(book: OrderBook, messages: Sequence[Numbered], at: int, now: int) -> Rush | None:
    """Take plain orders from number `at` on; each leaves a reserve for every shard it concerns, with its intent."""
    if type(messages[at][1]) is not PlaceOrder or book.unheard:
        return None
    orders, epoch = book.orders, book.epoch
    lately = book.forgotten.lately or ()
    rush = Rush()
    events, steps, waiting = rush.events, rush.steps, rush.waiting
    for number, c in islice(messages, at, None) if at else messages:
        if type(c) is not PlaceOrder or not c.wait or c.order_id in orders or c.order_id in lately:
            break
        order_id, op_id, new = c.order_id, c.op_id, c.order
        if len(new.lines) > MOST_LINES_CARRIED:
            break
        lines = {line.sku: Line(line.sku, line.quantity) for line in new.lines}
        if len(lines) < len(new.lines):
            break
        wanted = _wanted_by_shard(book, new)
        if len(wanted) > 1 and len(book.warehouses) > 1 and not new.warehouse:
            break  # its sources are to be chosen first
        received = OrderReceived(now, op_id, c.fingerprint, c.actor, order_id, new)
        intent, step_id = _encode(received), f"{order_id}:1"
        promised_at = new.ship_by if new.ship_by is not None else now
        shortage = SHORTAGE[new.policy]
        parts: dict[str, Part] = {}
        for shard, wishes in wanted.items():
            parts[shard] = Part()
            reserve = Reserve(step_id, order_id, 1, promised_at, new.priority, shortage, tuple(wishes), intent, epoch)
            steps.append(Outgoing(shard, reserve, True))
        order = Order(
            order_id, op_id, c.fingerprint, now, new, lines, parts, "received", "place", now,
            [Moment(now, "received", c.actor)],
        )  # fmt: skip
        orders[order_id] = order
        events.append(received)
        waiting.append((order_id, number, c))
    rush.taken = len(events)
    return rush if events else None


def _wanted_by_shard(book: OrderBook, new: NewOrder) -> dict[OwnerName, list[Wanted]]:
    """What the order wants of each shard."""
    warehouse, inventory = new.warehouse, book.inventory
    if inventory.count == 1:
        return {inventory.owner_of(""): [Wanted(line.sku, line.quantity, warehouse) for line in new.lines]}
    wanted: dict[OwnerName, list[Wanted]] = {}
    for line in new.lines:
        wanted.setdefault(inventory.owner_of(line.sku), []).append(Wanted(line.sku, line.quantity, warehouse))
    return wanted


def record_all(book: OrderBook, answers: Sequence[Answer], at: int, now: int) -> Rush | None:
    """Record what shards hold for plain orders, from number `at` on; each that has all it wants is answered."""
    if type(answers[at][1]) is not ReservationView:
        return None
    orders, to_confirm, warehouses = book.orders, book.to_confirm, book.warehouses
    rush = Rush()
    events, told = rush.events, rush.answers
    for sent, view, _ in islice(answers, at, None) if at else answers:
        if type(view) is not ReservationView or not sent.carries_intent:
            break
        order_id, shard = view.order_id, sent.to
        order = orders.get(order_id)
        if order is None or not _is_plain(order, shard, view):
            break
        part = order.parts[shard]
        part.version, part.lines, part.settled = view.version, view.lines, 1
        to_confirm[shard].append(order_id)
        for line in view.lines:
            warehouses.add(line.warehouse)
        events.append(ReservationRecorded(now, shard, view))
        if order.settled:
            for ordered in order.lines.values():
                ordered.reserved = ordered.ordered
            order.intent, order.state, order.changed_at = "", "reserved", now
            order.timeline.append(Moment(now, "reserved"))
            told.append((order_id, _all_reserved(order)))
    if not events:
        return None
    rush.taken = len(events)
    rush.steps += book.confirmations_due()
    return rush


def _is_plain(order: Order, shard: OwnerName, view: ReservationView) -> bool:
    """Whether nothing has happened to the order yet, and the shard has all that it was asked for."""
    part = order.parts.get(shard)
    if part is None or part.version or part.settled or part.revision != 1 or view.revision != 1 or part.uncertain:
        return False
    if order.intent != "place" or order.ops or order.parked or order.refusal is not None:
        return False
    if not _is_all_there(order, view.lines):
        return False
    there, is_last = len(view.lines), True
    for other in order.parts.values():
        if other is not part:
            is_last = is_last and other.settled > 0
            if not _is_all_there(order, other.lines):
                return False
            there += len(other.lines)
    return there == len(order.lines) or not is_last


def _is_all_there(order: Order, held: tuple[ReservedLine, ...]) -> bool:
    """Whether each of these lines is reserved in full, from one warehouse."""
    for line in held:
        ordered = order.lines.get(line.sku)
        if ordered is None or line.reserved != ordered.ordered or line.backordered or line.shipped:
            return False
    return True


def _all_reserved(order: Order) -> OrderView:
    """The answer to whoever placed it."""
    lines = tuple([LineView(e.sku, e.ordered, 0, e.ordered, 0, 0, 0) for e in order.lines.values()])
    sites = {line.warehouse: None for part in order.parts.values() for line in part.lines}
    return OrderView(order.order_id, "reserved", tuple(sites), lines, None)
