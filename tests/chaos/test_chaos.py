"""Everything is broken five times under load; afterwards every answer that was given must still be true."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.chaos.faults import FAULTS, Scene, mariadb_away
from tests.chaos.load import Load, broken_promises
from tests.chaos.scene import new_scene

TIMES = 5
_loads: list[Load] = []


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """One system for all faults: they add up, as in life."""
    with new_scene() as made:
        yield made


@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_answer_becomes_untrue(scene: Scene, fault: str) -> None:
    load = Load(scene.system, seed=len(_loads))
    _loads.append(load)
    load.start()
    seconds = []
    for _ in range(TIMES):
        time.sleep(0.4)
        seconds.append(FAULTS[fault](scene))
    time.sleep(0.3)
    load.stop()
    print(
        f"{fault}: back after {min(seconds):.2f} to {max(seconds):.2f} s, {len(load.acknowledged)} orders, {load.retries} retries"
    )
    assert len(load.acknowledged) > TIMES
    assert broken_promises(scene.system, _loads) == []


@pytest.mark.timeout(300)
def test_orders_flow_while_mariadb_is_away(scene: Scene) -> None:
    load = Load(scene.system, seed=len(_loads))
    _loads.append(load)
    load.start()
    mariadb_away(scene)
    load.stop()
    assert len(load.acknowledged) > 100
    assert broken_promises(scene.system, _loads) == []
