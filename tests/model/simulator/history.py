"""The history of an owner: its whole journal, folded by a memory as it is in force, and by one that forgets nothing.

What is forgotten and recalled must make no difference: so the second fold says how everything stands, whatever has left
memory, and a recall that brings back anything else than what it has is one from rows that were too old.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec

from actors.inventory import events as stock
from actors.kernel.entry import START, EntryCodec, check_follows
from actors.kernel.faults import Fault
from actors.kernel.machine import Machine
from actors.kernel.messages import Event, OwnerName
from actors.orders import events as orders
from actors.orders.book import OrderBook
from actors.procurement import events as purchases
from actors.procurement.book import PurchaseBook
from tests.model.simulator.stores import as_in_the_ledger
from tests.model.simulator.windows import Windows
from tests.model.simulator.world import World


@dataclass
class History:
    """The events of one owner, what they add up to, and what is wrong with them."""

    events: list[Any] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    moved: Counter[str] = field(default_factory=Counter)
    """Units by SKU that came or left."""


def read_history(world: World, name: OwnerName, windows: Windows) -> History:
    """The whole journal, which must be an unbroken chain that did nothing twice."""
    history = History()
    codec: EntryCodec[Event] = EntryCodec(world.make_machine(name).event_types)
    position = START
    for stored in world.disks[name].history:
        try:
            entry = codec.decode(stored)
            check_follows(position, stored, entry.after)
        except Fault as fault:
            history.broken.append(str(fault))
            return history
        position = stored.position
        history.events += entry.events
    done = Counter(effect for event in history.events for effect in _effects(event, windows))
    history.broken += [f"{' '.join(map(str, effect))}: {times} times" for effect, times in done.items() if times > 1]
    for event in history.events:
        _count(event, history.moved)
    return history


def fold(machine: Machine, events: list[Event]) -> None:
    """Make all of it true."""
    for event in events:
        machine.apply(event)


def fold_whole(machine: Machine, events: list[Event]) -> list[str]:
    """The same for a machine that forgets nothing: gives what was recalled otherwise than it stood."""
    broken = []
    ledger: dict[str, Any] = {}
    for event in events:
        match event:
            case orders.OrderRecalled():
                assert isinstance(machine, OrderBook)
                stands = machine.orders.get(event.record.order_id)
                if stands is None or stands.record() != event.record:
                    state = stands.state if stands is not None else "unknown"
                    broken.append(f"{event.record.order_id} was {state} and is recalled as {event.record.state} from old rows")
            case purchases.DocumentRecalled():
                assert isinstance(machine, PurchaseBook)
                if machine.documents.get(event.document.key) != event.document:
                    broken.append(f"{event.document.key} is recalled from old rows: {event.document.state}")
            case stock.AdjustedRecalled():
                if ledger.get(event.adjusted.op_id) != event.adjusted:
                    broken.append(f"{event.adjusted.op_id} is recalled otherwise than it was: {event.adjusted}")
            case stock.Adjusted() | stock.Moved():
                ledger[event.op_id] = as_in_the_ledger(event)
        machine.apply(event)
    return broken


def records(machine: Machine) -> list[bytes]:
    """All that a machine remembers, in an order that does not depend on how it came there."""
    return sorted(msgspec.msgpack.encode(record) for record in machine.snapshot())


def _effects(event: Any, windows: Windows) -> list[tuple[Any, ...]]:
    """What an event does that may be done once: each as words that name it."""
    match event:
        case stock.Adjusted() | stock.Moved():
            return [(event.op_id, "took effect")]
        case stock.Held() if windows.keep_holds:
            return [(event.op_id, "took effect")]
        case stock.HoldExtended() if windows.keep_answers:
            return [(event.op_id, "took effect")]
        case stock.HoldEnded() if windows.keep_holds:
            return [("hold", event.reservation_id, "ended")]
        case stock.Rebalanced() if event.op_id and windows.keep_answers:
            return [(event.op_id, "took", event.sku, "back from", event.warehouse)]
        case orders.OrderReceived():
            return [("order", event.order_id, "was received")]
        case orders.ReturnAsked():
            named = [("return", event.order_id, event.return_id, "was taken")]
            return [*named, (event.order_id, event.op_id, "took effect")]
        case (
            orders.CancelAsked() | orders.EditAsked() | orders.OrderHeld() | orders.OrderResumed() | orders.ShipAsked()
            | orders.OrderDelivered() | orders.NothingChanged()
        ):  # fmt: skip
            return [(event.order_id, event.op_id, "took effect")]
        case purchases.PurchaseCreated():
            return [("purchase order", event.purchase_id, "was written")]
        case purchases.Received():
            return [("receipt", event.key, event.receipt_id, "was taken"), (event.key, event.op_id, "took effect")]
        case purchases.SuggestionsPut() if windows.keep_answers:
            return [(event.op_id, "took effect")]
        case purchases.SuggestionDecided():
            return [("suggestion", event.suggestion.id, "was decided on")]
        case purchases.Booked():
            return [("booking", event.key, event.receipt_id, event.number, "was recorded")]
        case purchases.PutAway():
            return [("carry", event.task_id, event.number, "was recorded")]
        case purchases.TaskConfirmed() | purchases.TaskCancelled():
            return [(event.task_id, event.op_id, "took effect")]
        case (
            purchases.PurchaseEdited() | purchases.PurchasePlaced() | purchases.PurchaseHeld() | purchases.PurchaseResumed() | purchases.PurchaseClosed()
            | purchases.PurchaseCancelled() | purchases.Announced() | purchases.NothingChanged()
        ):  # fmt: skip
            return [(event.purchase_id, event.op_id, "took effect")]
        case _:
            return []


def _count(event: Any, moved: Counter[str]) -> None:
    match event:
        case stock.Adjusted():
            moved[event.sku] += event.quantity
        case stock.Shipped() | stock.HoldEnded():
            for pick in event.picks:
                moved[pick.sku] -= pick.quantity
