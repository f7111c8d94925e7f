"""Small schedules about one question each: who was answered, and whether everybody who asks then is told the same."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from actors.inventory.commands import Adjust, PutProduct
from actors.inventory.goods import Product
from actors.kernel.client import OwnerClient
from actors.kernel.faults import OutcomeUnknown
from actors.kernel.messages import Busy, Failed, Message, OwnerName
from actors.kernel.routing import PROCUREMENT
from actors.orders.commands import PlaceOrder
from actors.orders.lines import NewOrder, OrderedLine
from actors.orders.queries import ReadOrder
from actors.orders.records import OrderRecord
from actors.orders.refusals import OrderTaken
from actors.procurement.commands import ArrivedLine, ConfirmTask, Receive
from actors.procurement.documents import DocumentRecord
from actors.procurement.queries import ReadTask
from tests.model.simulator.asking import Asking
from tests.model.simulator.schedule import Broken
from tests.model.simulator.virtual_time import run_virtually
from tests.model.simulator.world import INVENTORY, ORDERS, Kinds, World


def run_two_clients(seed: int, kinds: Kinds | None = None) -> None:
    """One client writes to the newest owner, another still talks to the one before: it must not be told old news.

    Raises:
        Broken: with the seed and what was told.
    """
    _play(seed, kinds, _two_clients)


def run_successor(seed: int, kinds: Kinds | None = None) -> None:
    """An order is answered, its owner dies at once, perhaps before it had recorded it: its successor must know of it.

    Raises:
        Broken: with the seed and what was told.
    """
    _play(seed, kinds, _successor)


def run_carries(seed: int, kinds: Kinds | None = None) -> None:
    """Goods are received and carried, and the owner of procurement dies as soon as it has said so: its successor must know.

    Raises:
        Broken: with the seed and what was told.
    """
    _play(seed, kinds, _carries)


def _play(seed: int, kinds: Kinds | None, scene: Callable[[World], Awaitable[None]]) -> None:
    rng = random.Random(seed)
    random.seed(seed)

    async def main() -> None:
        world = World(rng, kinds or Kinds())
        world.weather.calm()
        for name in world.names:
            world.start(name)
        await scene(world)

    try:
        run_virtually(main())
    except Exception as error:
        raise Broken(f"seed {seed}: {type(error).__name__}: {error}") from error


async def _two_clients(world: World) -> None:
    rng = world.rng
    await asyncio.sleep(1.0)
    await _stock_apples(world)
    for number in range(8):
        order_id = f"o{number}"
        owner = ORDERS.owner_of(order_id)
        order = NewOrder((OrderedLine(rng.choice(["apple", "nothing"]), 1),))
        if rng.random() < 0.5:
            world.second_owner(owner)
            await asyncio.sleep(rng.choice([0.0, 0.01, 1.0]))
        await _insist(world, world.make_client(), owner, PlaceOrder(order_id, 1, "test", order_id, order))
        told = await _insist(world, world.client, owner, ReadOrder(order_id))
        if not isinstance(told, OrderRecord):
            raise Broken(f"{order_id} was acknowledged, and then somebody was told {told}")


async def _successor(world: World) -> None:
    await _stock_apples(world)
    for number in range(5):
        order_id = f"o{number}"
        owner = ORDERS.owner_of(order_id)
        order = NewOrder((OrderedLine("apple", 1),))
        await _insist(world, world.client, owner, PlaceOrder(order_id, 1, "test", order_id, order))
        world.kill(world.nodes[owner])
        world.supervise()
        another = PlaceOrder(order_id, 2, "test", order_id, NewOrder((OrderedLine("apple", 2),)))
        asking = []
        for turn in range(20):  # one of them comes while the successor is still finding out
            await asyncio.sleep(0.005)
            question = another if turn % 2 else ReadOrder(order_id)
            asking.append(asyncio.create_task(_insist(world, world.make_client(), owner, question)))
        for told in await asyncio.gather(*asking):
            if not isinstance(told, OrderRecord | OrderTaken):
                raise Broken(f"{order_id} was acknowledged, and then somebody was told {told}")


async def _carries(world: World) -> None:
    await _stock_apples(world)
    for number in range(5):
        receipt = Receive(f"r{number}", 1, "test", f"r{number}", (ArrivedLine("apple", 4),), warehouse="main")
        received = await _insist(world, world.client, PROCUREMENT, receipt)
        assert isinstance(received, DocumentRecord), received
        (task_id,) = received.document.tasks
        for units in (1, 0):
            carry = ConfirmTask(f"c{number}-{units}", 1, "test", task_id, units)
            await _insist(world, world.client, PROCUREMENT, carry)
            world.kill(world.nodes[PROCUREMENT])
            world.supervise()
            told = await _insist(world, world.make_client(), PROCUREMENT, ReadTask(task_id))
            assert isinstance(told, DocumentRecord), told
            if carry.op_id not in {one.op_id for one in told.document.tasks[task_id].confirms}:
                raise Broken(f"{carry.op_id} was acknowledged, and then somebody was told {told.document.tasks[task_id]}")


async def _stock_apples(world: World) -> None:
    """Plenty of apples."""
    asking, owner = Asking(world), INVENTORY.owner_of("apple")
    await asking.insist(owner, PutProduct("put", 0, "test", Product("apple", "apple")))
    await asking.insist(owner, Adjust("stock", 0, "test", "apple", 100, "correction"))


async def _insist(world: World, client: OwnerClient, owner: OwnerName, message: Message) -> Message:
    for _ in range(30):
        try:
            reply = await client.ask(owner, message, timeout_s=1.0)
        except OutcomeUnknown:
            reply = Failed("no answer")
        if not isinstance(reply, Busy | Failed):
            return reply
        world.supervise()  # of two new owners either may be the one that stays
        await asyncio.sleep(0.1)
    raise Broken(f"{message} is not answered")
