"""Everything is broken several times under load; afterwards every answer that was given must still be true."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.faults import FAULTS, FAULTS_OF_MEMORY, FAULTS_OF_TRANSPORT, SHARDS, SLOW_FAULTS, Scene
from tests.chaos.load import Load
from tests.chaos.promises import broken_promises
from tests.chaos.scene import new_scene

TIMES: Final = 5
TIMES_OVER_RAY: Final = 2
TIMES_HUNG: Final = 1
"""Half a minute each, and all but the owner's own sleep is as with a raylet alone; `make chaos` has more of them."""


class Stage:
    """A scene, and all the load there has been on it: faults add up, as in life."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._loads: list[Load] = []

    def suffer(self, name: str, times: int) -> Load:
        """Make a fault under load, and check every answer given so far."""
        load = Load(self._scene.system, seed=len(self._loads))
        self._loads.append(load)
        load.start()
        seconds = []
        for _ in range(times):
            time.sleep(0.4)
            seconds.append({**FAULTS, **SLOW_FAULTS}[name](self._scene))
        time.sleep(0.3)
        load.stop()
        back = f"back after {min(seconds):.2f} to {max(seconds):.2f} s"
        bought = f"{len(load.promises.bought)} purchase orders, {len(load.promises.carried)} putaways, "
        bought += f"{len(load.promises.planned.decisions)} decisions on suggestions"
        print(f"{name}: {back}, {len(load.acknowledged)} orders, {bought}, {load.retries} retries")
        assert broken_promises(self._scene.system, [load.promises for load in self._loads]) == []
        return load

    @property
    def forgotten(self) -> float:
        """Orders that have left the memory of their owners."""
        return sum(self._scene.system.figure(f"orders-{shard}", "orders_forgotten") for shard in range(SHARDS))


@pytest.fixture(scope="module")
def stage(mariadb_template: Path) -> Iterator[Stage]:
    """A system as it runs by default."""
    with new_scene(mariadb_template) as scene:
        yield Stage(scene)


@pytest.fixture(scope="module")
def stage_over_ray(mariadb_template: Path) -> Iterator[Stage]:
    """A system whose commands travel as calls of Ray actors."""
    with new_scene(mariadb_template, transport="ray") as scene:
        yield Stage(scene)


@pytest.fixture(scope="module")
def forgetful_stage(mariadb_template: Path) -> Iterator[Stage]:
    """A system whose owners remember little: what comes again has left memory, and is in the rows, or not yet."""
    with new_scene(mariadb_template, forgetful=True) as scene:
        yield Stage(scene)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_answer_becomes_untrue(stage: Stage, fault: str) -> None:
    assert len(stage.suffer(fault, TIMES).acknowledged) > TIMES


@pytest.mark.timeout(300)
def test_orders_flow_while_mariadb_is_away(stage: Stage) -> None:
    assert len(stage.suffer("mariadb_away", 1).acknowledged) > 100  # and five times briefly, above


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("fault", "times"), [("freeze_a_raylet", TIMES), ("freeze_a_node", TIMES_HUNG)])
def test_of_two_owners_that_live_at_once_one_leaves(stage: Stage, fault: str, times: int) -> None:
    assert stage.suffer(fault, times).acknowledged


@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", FAULTS_OF_MEMORY)
def test_what_has_left_memory_stays_true(forgetful_stage: Stage, fault: str) -> None:
    assert len(forgetful_stage.suffer(fault, TIMES).acknowledged) > TIMES
    assert forgetful_stage.forgotten > 0


@pytest.mark.timeout(240)
@pytest.mark.parametrize("fault", FAULTS_OF_TRANSPORT)
def test_no_answer_over_calls_of_ray_becomes_untrue(stage_over_ray: Stage, fault: str) -> None:
    assert len(stage_over_ray.suffer(fault, TIMES_OVER_RAY).acknowledged) > TIMES_OVER_RAY
