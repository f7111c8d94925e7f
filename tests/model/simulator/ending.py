"""The end of a schedule: everything is held against everything else, once all is at rest."""

from __future__ import annotations

from actors.inventory import events as stock
from actors.inventory.shard import InventoryShard
from actors.kernel.machine import Machine, broken_invariants
from actors.kernel.messages import OwnerName
from actors.orders.book import OrderBook
from actors.orders.order import Order
from actors.procurement.book import PurchaseBook
from actors.procurement.documents import Document
from tests.model.simulator.asking import Asking
from tests.model.simulator.decisions import broken_decisions
from tests.model.simulator.goods import broken_goods
from tests.model.simulator.history import History, fold, fold_whole, read_history, records
from tests.model.simulator.promises import broken_promises
from tests.model.simulator.stores import all_rows
from tests.model.simulator.windows import WIDE, Windows, in_force
from tests.model.simulator.world import World


def broken_at_the_end(asking: Asking, windows: Windows) -> list[str]:
    """Everything that does not hold."""
    world = asking.world
    broken: list[str] = []
    histories = {name: read_history(world, name, windows) for name in world.names}
    whole: dict[OwnerName, Machine] = {}
    for name, history in histories.items():
        with in_force(WIDE):
            whole[name] = world.make_machine(name)
            history.broken += fold_whole(whole[name], history.events)
        with in_force(windows):
            history.broken += _memory(world, name, history)
        history.broken += _rows(world, name, whole[name])
        history.broken += _counts(whole[name], history)
        broken += [f"{name}: {line}" for line in history.broken]
    book = _all_orders(whole)
    late = set() if windows.closed_reservations == WIDE.closed_reservations else _served_late(histories)
    broken += broken_goods(asking, _all_documents(whole), histories.values())
    broken += broken_decisions(asking, _all_documents(whole), histories.values())
    return broken + broken_promises(asking, book, list(histories.values()), windows) + _reservations(book, whole, late)


def _memory(world: World, name: OwnerName, history: History) -> list[str]:
    """What an owner remembers is the fold of its journal, and adds up."""
    machine = world.nodes[name].owner.machine
    folded = world.make_machine(name)
    fold(folded, history.events)
    found = broken_invariants(machine)
    if records(folded) != records(machine):
        found.append("memory is not the fold of the journal")
    return found


def _rows(world: World, name: OwnerName, whole: Machine) -> list[str]:
    """The rows have everything, also what memory has forgotten."""
    rows, stored = all_rows(whole), world.tables[name].rows
    if stored == rows:
        return []
    different = [key for key in {**rows, **stored} if stored.get(key) != rows.get(key)]
    return [f"rows differ from the fold of the journal: {different[:3]}"]


def _counts(whole: Machine, history: History) -> list[str]:
    """On hand is the sum of all movements."""
    found = []
    for sku, item in whole.items.items() if isinstance(whole, InventoryShard) else ():
        on_hand = sum(site.on_hand for site in item.sites.values())
        if on_hand != history.moved[sku]:
            found.append(f"{sku} on hand {on_hand}, movements {history.moved[sku]}")
    return found


def _all_orders(whole: dict[OwnerName, Machine]) -> dict[str, Order]:
    return {
        order_id: order
        for machine in whole.values()
        if isinstance(machine, OrderBook)
        for order_id, order in machine.orders.items()
    }


def _all_documents(whole: dict[OwnerName, Machine]) -> dict[str, Document]:
    return {
        key: document
        for machine in whole.values()
        if isinstance(machine, PurchaseBook)
        for key, document in machine.documents.items()
    }


def _served_late(histories: dict[OwnerName, History]) -> set[str]:
    """Orders for which a copy of a reserve came when its tombstone had been forgotten.

    A message is not on its way for as long as a real shard takes to close fifty thousand others, so this is none of its faults.
    """
    found = set()
    for history in histories.values():
        newest: dict[str, int] = {}
        for event in history.events:
            if isinstance(event, stock.Reserved | stock.Released | stock.Shipped):
                if isinstance(event, stock.Reserved) and event.revision <= newest.get(event.order_id, 0):
                    found.add(event.order_id)
                newest[event.order_id] = max(event.revision, newest.get(event.order_id, 0))
    return found


def _reservations(book: dict[str, Order], whole: dict[OwnerName, Machine], late: set[str]) -> list[str]:
    """Shards hold for each order exactly what the order says; nothing is held for an order that is over."""
    found = []
    held: dict[tuple[str, str], tuple[int, int, int]] = {}
    for shard in whole.values():
        if isinstance(shard, InventoryShard):
            for order_id, reservation in shard.reservations.items():
                if order_id in late:
                    continue
                for line in reservation.lines:
                    reserved, backordered, shipped = held.get((order_id, line.sku), (0, 0, 0))
                    theirs = reserved + line.reserved, backordered + line.backordered, shipped + line.shipped
                    held[order_id, line.sku] = theirs
    for order in book.values():
        if order.state in {"received", "parked"}:
            found.append(f"order {order.order_id} is left {order.state}")
        for line in order.lines.values():
            theirs = held.pop((order.order_id, line.sku), (0, 0, 0))
            ours = (line.reserved, line.backordered, line.shipped)
            if ours != theirs and order.order_id not in late:
                found.append(f"order {order.order_id} ({order.state}) {line.sku}: order says {ours}, shard {theirs}")
    found += [f"{key} is held for no order: {units}" for key, units in held.items() if any(units)]
    return found
