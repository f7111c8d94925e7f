"""One schedule: a seed decides what clients ask and what breaks when; at the end everything is checked."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Iterator
from random import Random
from typing import Any, Final

from tests.model.simulator.asking import Asking
from tests.model.simulator.baskets import fill_baskets
from tests.model.simulator.buyers import buy
from tests.model.simulator.ending import broken_at_the_end
from tests.model.simulator.late_repeats import come_again
from tests.model.simulator.planners import plan
from tests.model.simulator.shoppers import shop
from tests.model.simulator.stockroom import keep_stock
from tests.model.simulator.virtual_time import run_virtually
from tests.model.simulator.windows import Windows, in_force, some_windows
from tests.model.simulator.world import Kinds, World

SHOPPERS: Final = 4
BASKETS: Final = 2
BUYERS: Final = 2
PLANNERS: Final = 2
REPEATERS: Final = 2
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
    random.seed(seed)
    windows = (kinds.windows if kinds is not None else None) or some_windows(rng)

    async def main() -> Asking:
        asking = Asking(World(rng, kinds or Kinds()))
        await _play(asking, windows)
        return asking

    try:
        with in_force(windows):
            asking = run_virtually(main())
    except Exception as error:
        raise Broken(f"seed {seed}, {windows}: {type(error).__name__}: {error}") from error
    broken = broken_at_the_end(asking, windows)
    if broken:
        raise Broken(f"seed {seed}, {windows}: " + "; ".join(broken[:5]))


async def _play(asking: Asking, windows: Windows) -> None:
    world = asking.world
    for name in world.names:
        world.start(name)
        world.start_projector(name)
    clients = [asyncio.create_task(work) for work in _clients(asking, windows)]
    await _storm(world)
    await asyncio.wait_for(asyncio.gather(*clients, _keep_up(world, clients)), QUIET_S)
    afterwards = asyncio.create_task(come_again(asking, windows))
    await asyncio.wait_for(asyncio.gather(afterwards, _keep_up(world, [afterwards])), QUIET_S)
    await _come_to_rest(world)


def _clients(asking: Asking, windows: Windows) -> Iterator[Coroutine[Any, Any, None]]:
    """All who ask during the storm."""
    yield keep_stock(asking)
    yield from [come_again(asking, windows) for _ in range(REPEATERS)]
    yield from [shop(asking, number) for number in range(SHOPPERS)]
    yield from [fill_baskets(asking, number) for number in range(BASKETS)]
    yield from [buy(asking, number) for number in range(BUYERS)]
    yield from [plan(asking, number) for number in range(PLANNERS)]


async def _storm(world: World) -> None:
    """Kill and double processes at random; a supervisor restarts what is missing a moment later."""
    rng = world.rng
    loop = asyncio.get_running_loop()
    end = loop.time() + STORM_S
    while loop.time() < end:
        await asyncio.sleep(rng.uniform(0.1, 1.5))
        name = rng.choice(world.names)
        match rng.choice(["kill", "kill", "second owner", "projector", "rows behind", "nothing"]):
            case "kill" if name in world.nodes:
                world.kill(world.nodes[name])
            case "second owner" if name in world.nodes and world.nodes[name].alive:
                world.second_owner(name)
            case "projector":
                world.kill_projector(name)
            case "rows behind":
                world.kill_projector(name, away_s=rng.uniform(1.0, 6.0))
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
