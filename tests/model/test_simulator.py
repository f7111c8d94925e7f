"""Schedules of the whole system on a virtual clock; and bugs planted to see that they are caught.

`SKULD_SCHEDULES=5000 pytest tests/model/test_simulator.py` runs more of them. A failure names its seed:
`python -m tests.model.simulator --from SEED --schedules 1` runs it again, step for step.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from typing import Any, Final

import pytest

from actors.kernel.entry import Position
from actors.kernel.messages import Event
from actors.kernel.owner import Batch, Owner
from tests.model.simulator.schedule import Broken, run_schedule
from tests.model.simulator.stores import SimulatedJournal
from tests.model.simulator.world import Kinds

SCHEDULES: Final = int(os.environ.get("SKULD_SCHEDULES", "200"))
GROUPS: Final = 10
FIXED_SEED: Final = 20_260_101
RANDOM_SEED: Final = random.SystemRandom().randrange(1_000_000_000)
SEEDS_PER_BUG: Final = 60


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

    async def _append(self, events: list[Event]) -> None:
        await super()._append(events)

    async def _write(self) -> None:
        self._settle_early()
        await super()._write()

    def _settle_early(self) -> None:
        early = Batch(replies=self._open.replies)
        self._open.replies = []
        self._settle(early)


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
