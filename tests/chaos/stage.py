"""Faults on one scene, one after the other: they add up, as in life."""

from __future__ import annotations

import time
from typing import Final

from tests.chaos.faults import FAULTS, SHARDS, SLOW_FAULTS, Scene
from tests.chaos.load import Load
from tests.chaos.promises import broken_promises

FELT: Final[list[str]] = []
"""A line for each fault that was made, told in the end of the run."""


class Stage:
    """A scene, and all the load there has been on it."""

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
        FELT.append(f"{name}: {times} ×, {back}, {len(load.acknowledged)} orders, {bought}, {load.retries} retries")
        print(FELT[-1])
        assert broken_promises(self._scene.system, [load.promises for load in self._loads]) == []
        return load

    @property
    def forgotten(self) -> float:
        """Orders that have left the memory of their owners."""
        return sum(self._scene.system.figure(f"orders-{shard}", "orders_forgotten") for shard in range(SHARDS))
