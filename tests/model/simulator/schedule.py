"""One schedule: a seed decides what clients ask and what breaks when; at the end everything is checked."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from typing import Final

from actors.inventory.commands import Adjust, PutProduct, PutWarehouse
from actors.inventory.events import Adjusted, Shipped
from actors.inventory.goods import DEFAULT_WAREHOUSE, Product, Warehouse
from actors.inventory.shard import InventoryShard
from actors.kernel.entry import START, EntryCodec, check_follows
from actors.kernel.faults import Fault
from actors.kernel.machine import broken_invariants
from actors.kernel.messages import OwnerName
from actors.orders.book import OrderBook
from actors.orders.commands import CancelOrder, DeliverOrder, EditLines, PlaceOrder, ReturnLines, ShipOrder
from actors.orders.lines import POLICIES, NewOrder, OrderedLine, ReturnedLine
from actors.orders.order import FINISHED
from actors.orders.replies import OrderView
from tests.model.simulator.stores import all_rows
from tests.model.simulator.virtual_time import run_virtually
from tests.model.simulator.world import INVENTORY, ORDERS, Kinds, World

SKUS: Final = ["apple", "pear", "plum", "quince"]
SHOPPERS: Final = 4
ORDERS_EACH: Final = 4
STORM_S: Final = 12.0
QUIET_S: Final = 240.0
"""Virtual seconds within which a healed system must come to rest."""


class Broken(AssertionError):
    """An invariant does not hold after a schedule."""


def run_schedule(seed: int, kinds: Kinds | None = None) -> None:
    """Run a schedule.

    Raises:
        Broken: with the seed and what was found.
    """
    rng = Random(seed)
    import random

    random.seed(seed)
    world = World.__new__(World)

    async def main() -> None:
        world.__init__(rng, kinds or Kinds())  # type: ignore[misc]  # it needs the running loop
        await _play(world)

    try:
        run_virtually(main())
    except Exception as error:
        raise Broken(f"seed {seed}: {type(error).__name__}: {error}") from error
    broken = _check(world)
    if broken:
        raise Broken(f"seed {seed}: " + "; ".join(broken[:5]))


async def _play(world: World) -> None:
    for name in world.names:
        world.start(name)
        world.start_projector(name)
    shoppers = [asyncio.create_task(_shop(world, number)) for number in range(SHOPPERS)]
    stocker = asyncio.create_task(_stock(world))
    storm = asyncio.create_task(_storm(world))
    await storm
    await asyncio.wait_for(asyncio.gather(stocker, *shoppers, _keep_up(world, [stocker, *shoppers])), QUIET_S)
    await _come_to_rest(world)


async def _stock(world: World) -> None:
    for sku in SKUS:
        owner = INVENTORY.owner_of(sku)
        await world.insist(owner, PutProduct(f"put-{sku}", 0, "test", Product(sku, sku)))
    warehouses = [DEFAULT_WAREHOUSE]
    if world.rng.random() < 0.5:  # orders that name no warehouse have a choice
        warehouses.append("west")
        for owner in INVENTORY.names():
            await world.insist(owner, PutWarehouse(f"open-{owner}", 0, "test", Warehouse("west", "west")))
    for round_ in range(4):
        for sku in SKUS:
            quantity = world.rng.randint(2, 6) if round_ == 0 else world.rng.choice([-1, 1, 2])
            where = world.rng.choice(warehouses)
            command = Adjust(f"adjust-{sku}-{round_}", round_, "test", sku, quantity, "correction", where)
            await world.insist(INVENTORY.owner_of(sku), command)
        await asyncio.sleep(world.rng.uniform(0.1, 3.0))


async def _shop(world: World, shopper: int) -> None:
    rng = world.rng
    for number in range(ORDERS_EACH):
        order_id = f"o{shopper}-{number}"
        owner = ORDERS.owner_of(order_id)
        lines = tuple(OrderedLine(sku, rng.randint(1, 3)) for sku in rng.sample(SKUS, rng.randint(1, 3)))
        order = NewOrder(lines, policy=rng.choice(POLICIES))
        await asyncio.sleep(rng.uniform(0, 1.0))
        placing = asyncio.create_task(world.insist(owner, PlaceOrder(order_id, 1, "test", order_id, order)))
        if rng.random() < 0.15:  # cancel while it is being reserved
            await asyncio.sleep(rng.uniform(0, 0.2))
            await world.insist(owner, CancelOrder(f"cancel-{order_id}", 1, "test", order_id, "customer"))
        reply = await placing
        if isinstance(reply, OrderView) and reply.state not in FINISHED:
            await _afterwards(world, owner, order_id, lines)


async def _afterwards(world: World, owner: OwnerName, order_id: str, lines: tuple[OrderedLine, ...]) -> None:
    rng = world.rng
    await asyncio.sleep(rng.uniform(0, 1.0))
    match rng.choice(["nothing", "cancel", "edit", "ship", "ship"]):
        case "cancel":
            await world.insist(owner, CancelOrder(f"cancel-{order_id}", 1, "test", order_id, "customer"))
        case "edit":
            changed = (OrderedLine(lines[0].sku, rng.randint(0, 4)), OrderedLine(rng.choice(SKUS), rng.randint(0, 2)))
            unique = tuple({line.sku: line for line in changed}.values())
            await world.insist(owner, EditLines(f"edit-{order_id}", 1, "test", order_id, unique))
        case "ship":
            shipped = await world.insist(owner, ShipOrder(f"ship-{order_id}", 1, "test", order_id))
            if isinstance(shipped, OrderView) and shipped.state == "shipped" and rng.random() < 0.5:
                sku = next(line.sku for line in shipped.lines if line.shipped)
                returned = (ReturnedLine(sku, 1),)
                await world.insist(owner, ReturnLines(f"return-{order_id}", 1, "test", order_id, "r", returned))
                await world.insist(owner, DeliverOrder(f"deliver-{order_id}", 1, "test", order_id))


async def _storm(world: World) -> None:
    """Kill and double processes at random; a supervisor restarts what is missing a moment later."""
    rng = world.rng
    loop = asyncio.get_running_loop()
    end = loop.time() + STORM_S
    while loop.time() < end:
        await asyncio.sleep(rng.uniform(0.1, 1.5))
        name = rng.choice(world.names)
        match rng.choice(["kill", "kill", "second owner", "projector", "nothing"]):
            case "kill" if name in world.nodes:
                world.kill(world.nodes[name])
            case "second owner" if name in world.nodes and world.nodes[name].alive:
                world.second_owner(name)
            case "projector":
                world.kill_projector(name)
        await asyncio.sleep(rng.uniform(0.0, 0.5))
        world.supervise()
    world.weather.calm()


async def _keep_up(world: World, work: list[asyncio.Task[None]]) -> None:
    while not all(task.done() for task in work):
        world.supervise()
        for failure in world.failed_starts():
            raise failure
        await asyncio.sleep(0.5)


async def _come_to_rest(world: World) -> None:
    """Wait until nothing is under way anywhere and the rows are level with the journals."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + QUIET_S
    while not await _at_rest(world):
        if loop.time() > deadline:
            raise Broken("the healed system does not come to rest")
        world.supervise()
        await asyncio.sleep(0.5)


async def _at_rest(world: World) -> bool:
    for node in world.nodes.values():
        if not node.alive or node.owner.state != "serving" or len(node.outbox) or list(node.owner.machine.unfinished()):
            return False
        if node.owner.is_busy:
            return False
    return all([await projector.journal_end() == projector.applied for projector in world.projectors.values()])


def _check(world: World) -> list[str]:
    broken: list[str] = []
    for name, node in world.nodes.items():
        broken += [f"{name}: {line}" for line in broken_invariants(node.owner.machine)]
        broken += _check_history(world, name)
        rows = all_rows(node.owner.machine)
        if world.tables[name].rows != rows:
            different = [key for key in rows if world.tables[name].rows.get(key) != rows[key]]
            broken.append(f"{name}: rows differ from the fold of the journal: {different[:3]}")
    broken += _check_acknowledged(world)
    broken += _check_reservations(world)
    return broken


def _check_history(world: World, name: OwnerName) -> list[str]:
    """The whole journal: an unbroken chain, each op id once, and folding it gives the state the owner has."""
    codec: EntryCodec[object] = EntryCodec(world.make_machine(name).event_types)
    machine = world.make_machine(name)
    position, moved, ops = START, Counter[str](), Counter[str]()
    for stored in world.disks[name].history:
        try:
            entry = codec.decode(stored)
            check_follows(position, stored, entry.after)
        except Fault as fault:
            return [f"{name}: {fault}"]
        position = stored.position
        for event in entry.events:
            machine.apply(event)  # type: ignore[arg-type]  # the codec gives this machine's events
            if isinstance(event, Adjusted):
                moved[event.sku] += event.quantity
                ops[event.op_id] += 1
            elif isinstance(event, Shipped):
                for pick in event.picks:
                    moved[pick.sku] -= pick.quantity
    found = [f"{name}: {op_id} took effect {times} times" for op_id, times in ops.items() if times > 1]
    if all_rows(machine) != all_rows(world.nodes[name].owner.machine):
        found.append(f"{name}: memory is not the fold of the journal")
    if isinstance(machine, InventoryShard):
        for sku, item in machine.items.items():
            on_hand = sum(site.on_hand for site in item.sites.values())
            if on_hand != moved[sku]:
                found.append(f"{name}: {sku} on hand {on_hand}, movements {moved[sku]}")
    return found


def _check_acknowledged(world: World) -> list[str]:
    """Every answered command is there, and there once."""
    found = []
    for op_id, (command, reply) in world.acknowledged.items():
        if isinstance(command, PlaceOrder):
            book = world.nodes[ORDERS.owner_of(command.order_id)].owner.machine
            assert isinstance(book, OrderBook)
            if command.order_id not in book.orders:
                found.append(f"order {command.order_id} was acknowledged and is lost")
        elif isinstance(command, Adjust) and isinstance(reply, Adjusted):
            shard = world.nodes[INVENTORY.owner_of(command.sku)].owner.machine
            assert isinstance(shard, InventoryShard)
            effects = [key for key, _ in shard.ops.items() if key.split("#")[0] == op_id]
            if len(effects) != 1:
                found.append(f"adjustment {op_id} was acknowledged and took effect {len(effects)} times")
    return found


def _check_reservations(world: World) -> list[str]:
    """Shards hold for each order exactly what the order says; nothing is held for an order that is over."""
    found = []
    held: dict[tuple[str, str], tuple[int, int, int]] = {}
    for name in INVENTORY.names():
        shard = world.nodes[name].owner.machine
        assert isinstance(shard, InventoryShard)
        for order_id, reservation in shard.reservations.items():
            for line in reservation.lines:
                reserved, backordered, shipped = held.get((order_id, line.sku), (0, 0, 0))
                held[order_id, line.sku] = reserved + line.reserved, backordered + line.backordered, shipped + line.shipped
    for name in ORDERS.names():
        book = world.nodes[name].owner.machine
        assert isinstance(book, OrderBook)
        for order in book.orders.values():
            if order.state in {"received", "parked"}:
                found.append(f"order {order.order_id} is left {order.state}")
            for line in order.lines.values():
                theirs = held.pop((order.order_id, line.sku), (0, 0, 0))
                ours = (line.reserved, line.backordered, line.shipped)
                if ours != theirs:
                    found.append(f"order {order.order_id} ({order.state}) {line.sku}: order says {ours}, shard {theirs}")
    found += [f"{key} is held for no order: {units}" for key, units in held.items() if any(units)]
    return found
