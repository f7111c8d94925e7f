"""Schedules of the whole system on a virtual clock; and bugs planted to see that they are caught.

`SKULD_SCHEDULES=5000 pytest tests/model/test_simulator.py` runs more of them. A failure names its seed:
`python -m tests.model.simulator --from SEED --schedules 1` runs it again, step for step.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Mapping
from typing import Any, Final

import pytest

from actors.kernel.entry import Position
from actors.kernel.owner import Batch, Owner
from actors.orders import messages as om
from tests.model.simulator.schedule import Broken, run_schedule
from tests.model.simulator.stores import SimulatedJournal
from tests.model.simulator.virtual_time import run_virtually
from tests.model.simulator.world import ORDERS, Kinds, World

SCHEDULES: Final = int(os.environ.get("SKULD_SCHEDULES", "200"))
GROUPS: Final = 10
FIXED_SEED: Final = 20_260_101
RANDOM_SEED: Final = random.SystemRandom().randrange(1_000_000_000)
SEEDS_PER_BUG: Final = 60


def run_two_clients(seed: int, kinds: Kinds | None = None) -> None:
    """One client writes to the newest owner, another still talks to the one before: it must not be told old news.

    Raises:
        Broken: with the seed and what was told.
    """
    rng = random.Random(seed)
    random.seed(seed)

    async def main() -> None:
        world = World(rng, kinds or Kinds())
        world.weather.calm()
        for name in world.names:
            world.start(name)
        await asyncio.sleep(1.0)
        for number in range(8):
            order_id = f"o{number}"
            owner = ORDERS.owner_of(order_id)
            order = om.NewOrder((om.OrderedLine("nothing", 1),))
            if rng.random() < 0.5:
                world.second_owner(owner)
                await asyncio.sleep(1.0)
            newcomer = world._make_client()
            await newcomer.ask(owner, om.PlaceOrder(order_id, 1, "test", order_id, order), timeout_s=10.0)
            told = await world.client.ask(owner, om.ReadOrder(order_id), timeout_s=10.0)
            if not isinstance(told, om.OrderRecord):
                raise Broken(f"{order_id} was acknowledged, and then somebody was told {told}")

    try:
        run_virtually(main())
    except Exception as error:
        raise Broken(f"seed {seed}: {type(error).__name__}: {error}") from error


@pytest.mark.parametrize("seed", range(FIXED_SEED, FIXED_SEED + 10))
def test_what_one_client_was_answered_every_other_client_can_see(seed: int) -> None:
    run_two_clients(seed)


@pytest.mark.parametrize("group", range(GROUPS))
def test_no_schedule_breaks_a_promise(group: int) -> None:
    share = -(-SCHEDULES // (2 * GROUPS))
    print(f"seeds {FIXED_SEED + group * share} and {RANDOM_SEED + group * share}, {share} from each on")
    for base in (FIXED_SEED, RANDOM_SEED):
        for seed in range(base + group * share, base + (group + 1) * share):
            run_schedule(seed)


# ── bugs that must be caught ────────────────────────────────────────────────────────────────────────────────────────
class NoFencing(SimulatedJournal):
    """Takes entries from owners that were replaced."""

    refuses_stale = False


class TrimsByLength(SimulatedJournal):
    """Keeps the last three entries, whether or not a snapshot has the others."""

    async def append(self, position: Position, after: Position, data: bytes, read_model: Mapping[str, bytes]) -> None:
        await super().append(position, after, data, read_model)
        await self.trim(position)

    async def trim(self, through: Position) -> None:
        del self.shelf.entries[:-3]


class AnswersFirst(Owner):
    """Answers before the journal has it."""

    async def _write(self) -> None:
        early = Batch(replies=self._open.replies)
        self._open.replies = []
        self._settle(early)
        await super()._write()


class NeverConfirms(Owner):
    """Answers queries, refusals and repeats without asking whether it is still the owner."""

    async def _confirm(self) -> None:
        return None


BUGS: Final[dict[str, dict[str, Any]]] = {
    "fencing is off": {"journal": NoFencing},
    "an answer leaves before the append": {"owner": AnswersFirst},
    "the journal is trimmed by length": {"journal": TrimsByLength},
    "a retry has a fresh op id": {"fresh_op_ids": True},
    "an owner does not ask whether it is still the owner": {"owner": NeverConfirms},
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug: str) -> None:
    for seed in range(FIXED_SEED, FIXED_SEED + SEEDS_PER_BUG):
        try:
            run_schedule(seed, Kinds(**BUGS[bug]))
            run_two_clients(seed, Kinds(**BUGS[bug]))
        except Broken as broken:
            print(f"caught with seed {seed}, after {seed - FIXED_SEED + 1} schedules: {broken}")
            return
    pytest.fail(f"{SEEDS_PER_BUG} schedules saw nothing wrong although {bug}")


def test_a_schedule_is_the_same_every_time() -> None:
    """What a seed found can be found again."""
    found = []
    for _ in range(2):
        with pytest.raises(Broken) as caught:
            for seed in range(FIXED_SEED, FIXED_SEED + SEEDS_PER_BUG):
                run_schedule(seed, Kinds(journal=NoFencing))
        found.append(str(caught.value))
    assert found[0] == found[1]
