"""The end of a schedule: everything is held against everything else, once all is at rest."""

from __future__ import annotations

from actors.inventory.shard import InventoryShard
from actors.kernel.machine import Machine, broken_invariants
from actors.kernel.messages import OwnerName
from actors.orders.book import OrderBook
from actors.orders.order import Order
from tests.model.simulator.asking import Asking
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
    return broken + broken_promises(asking, book, list(histories.values()), windows) + _reservations(book, whole)


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


def _reservations(book: dict[str, Order], whole: dict[OwnerName, Machine]) -> list[str]:
    """Shards hold for each order exactly what the order says; nothing is held for an order that is over."""
    found = []
    held: dict[tuple[str, str], tuple[int, int, int]] = {}
    for shard in whole.values():
        if isinstance(shard, InventoryShard):
            for order_id, reservation in shard.reservations.items():
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
            if ours != theirs:
                found.append(f"order {order.order_id} ({order.state}) {line.sku}: order says {ours}, shard {theirs}")
    found += [f"{key} is held for no order: {units}" for key, units in held.items() if any(units)]
    return found
