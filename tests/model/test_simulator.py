"""Schedules of the whole system on a virtual clock; and bugs planted to see that they are caught.

`SKULD_SCHEDULES=5000 pytest tests/model/test_simulator.py` runs more of them. A failure names its seed:
`python -m tests.model.simulator --from SEED --schedules 1` runs it again, step for step.
"""

from __future__ import annotations

import os
import random
from typing import Final

import pytest

from actors.kernel import entry, recorder
from tests.model.simulator.bugs import BUGS, NoFencing
from tests.model.simulator.scenes import run_carries, run_successor, run_two_clients
from tests.model.simulator.schedule import Broken, run_schedule
from tests.model.simulator.world import Kinds

SCHEDULES: Final = int(os.environ.get("SKULD_SCHEDULES", "200"))
GROUPS: Final = 10
FIXED_SEED: Final = 20_260_101
RANDOM_SEED: Final = random.SystemRandom().randrange(1_000_000_000)
SEEDS_PER_BUG: Final = 60


@pytest.mark.parametrize("seed", range(FIXED_SEED, FIXED_SEED + 10))
def test_what_one_client_was_answered_every_other_client_can_see(seed: int) -> None:
    run_two_clients(seed)


@pytest.mark.parametrize("seed", range(FIXED_SEED, FIXED_SEED + 10))
def test_a_successor_knows_every_order_that_was_answered(seed: int) -> None:
    run_successor(seed)


@pytest.mark.parametrize("seed", range(FIXED_SEED, FIXED_SEED + 10))
def test_a_successor_knows_every_carry_that_was_answered(seed: int) -> None:
    run_carries(seed)


@pytest.mark.parametrize("group", range(GROUPS))
def test_no_schedule_breaks_a_promise(group: int) -> None:
    share = -(-SCHEDULES // (2 * GROUPS))
    print(f"seeds {FIXED_SEED + group * share} and {RANDOM_SEED + group * share}, {share} from each on")
    for base in (FIXED_SEED, RANDOM_SEED):
        for seed in range(base + group * share, base + (group + 1) * share):
            run_schedule(seed)


def test_no_schedule_breaks_a_promise_when_nearly_every_batch_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (entry, recorder):
        monkeypatch.setattr(module, "MOST_ENTRY_BYTES", 300)
    for seed in range(FIXED_SEED, FIXED_SEED + 40):
        run_schedule(seed)


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug: str) -> None:
    for seed in range(FIXED_SEED, FIXED_SEED + SEEDS_PER_BUG):
        try:
            run_schedule(seed, Kinds(**BUGS[bug]))
            run_two_clients(seed, Kinds(**BUGS[bug]))
            run_successor(seed, Kinds(**BUGS[bug]))
            run_carries(seed, Kinds(**BUGS[bug]))
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
