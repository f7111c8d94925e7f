"""The power fails: what no fsync has covered is gone. With `always` no promise breaks; with `everysec` one must, and be seen."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from redis import Redis

from actors.kernel.entry import START, Position
from actors.kernel.messages import OwnerName
from actors.kernel.record.database import open_database
from actors.kernel.record.writer import known_position
from actors.kernel.routing import InventoryShards, OrderShards
from tests.chaos.faults import SHARDS, Scene, kill_the_projector
from tests.chaos.goods import SKUS
from tests.chaos.load import SHOPPERS, Load
from tests.chaos.promises import broken_promises
from tests.chaos.scene import new_scene
from tests.servers.traced_redis import TracedRedis, may_trace

TIMES: Final = 5
ORDERS: Final = OrderShards(SHARDS)
INVENTORY: Final = InventoryShards(SHARDS)
OWNER: Final = OwnerName("orders-0")
"""Whose fsyncs are watched."""


@pytest.fixture(autouse=True, scope="module")
def needs_strace() -> None:
    """Without it nobody can tell what is on disk."""
    if not may_trace():
        pytest.skip("strace may not trace here: no power loss can be shown")


def cut_power(scene: Scene, load: Load, is_ready: Callable[[], bool], mark: Callable[[], None]) -> int:
    """Cut the power when it hurts: whole orders were acknowledged since the last fsync began, and `is_ready`.

    Redis is frozen for a last look before it ends, so that no fsync comes between the look and the cut.

    Args:
        mark: called after each fsync, to remember how things stood.
    Returns:
        Bytes that Redis had written and the disk has not.
    """
    redis = scene.redis
    assert isinstance(redis, TracedRedis)
    seen, acknowledged = -1, 0
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if (fsyncs := redis.on_disk().fsyncs) != seen:
            seen, acknowledged = fsyncs, len(load.acknowledged)
            mark()
        elif len(load.acknowledged) > acknowledged + SHOPPERS and is_ready():  # so one of them began after that fsync
            redis.pause()
            time.sleep(0.02)
            if redis.on_disk().fsyncs == seen:
                return redis.cut_power()
            redis.resume()
        time.sleep(0.005)
    raise TimeoutError("there was no moment between two fsyncs that fits")


class Rows:
    """Knows when the rows hold what Redis has not brought to disk."""

    def __init__(self, scene: Scene) -> None:
        self._redis = Redis(port=scene.redis.port)
        self._record = open_database(scene.system.env["SKULD_DATABASE_URL"])
        self._at_fsync = START

    def mark(self) -> None:
        """Remember where the journal stands: the last fsync covers no more than this."""
        self._at_fsync = Position.parse(self._redis.get(f"skuld:{{{OWNER}}}:tail").decode())  # type: ignore[union-attr]  # synchronous

    def are_ahead(self) -> bool:
        """The owner's rows stand past what the fsync covers."""
        return known_position(self._record, OWNER)[0] > self._at_fsync


def refusing(scene: Scene) -> list[str]:
    """Alarms of the owners that will not serve."""
    answer = scene.system.run("status", "--json")
    told = json.loads(answer.stdout)["owners"] if answer.stdout.strip() else []
    return [owner["alarm"] for owner in told if owner.get("final")]


def everysec(template: Path) -> AbstractContextManager[Scene]:
    """A system that has been told to be content with less."""
    return new_scene(template, lambda folder: TracedRedis(folder, fsync="everysec"), redis_fsync="everysec", drain_s="2")


@pytest.fixture(scope="module")
def weak_scene(mariadb_template: Path) -> Iterator[Scene]:
    """One for two tests: after the first it serves, after the second it refuses to."""
    with everysec(mariadb_template) as scene:
        yield scene


@pytest.mark.timeout(120)
def test_with_an_fsync_before_each_answer_nothing_is_lost(mariadb_template: Path) -> None:
    with new_scene(mariadb_template, lambda folder: TracedRedis(folder, fsync="always")) as scene:
        load = Load(scene.system, seed=0)
        load.start()
        for _ in range(TIMES):
            before = len(load.acknowledged)
            while len(load.acknowledged) < before + 10 * SHOPPERS:
                time.sleep(0.02)
            assert isinstance(scene.redis, TracedRedis)
            scene.redis.pause()
            lost = scene.redis.cut_power()
            print(f"always: {lost} bytes lost at {len(load.acknowledged)} orders")
            scene.redis.restart()
            scene.system.wait_ready()
        load.stop()
        assert broken_promises(scene.system, [load.promises]) == []


@pytest.mark.timeout(120)
def test_with_an_fsync_each_second_an_acknowledged_order_is_lost_and_the_loss_is_logged(weak_scene: Scene) -> None:
    """The control. The rows are kept from knowing better, so that nothing but the journal's fsync is tried."""
    scene, load = weak_scene, Load(weak_scene.system, seed=0)
    load.start()
    scene.mariadb.kill()
    kill_the_projector(scene)  # it may have read entries that it would write later
    lost = cut_power(scene, load, lambda: True, lambda: None)
    scene.redis.restart()
    scene.system.wait_ready()
    scene.mariadb.restart()
    load.stop()
    broken = broken_promises(scene.system, [load.promises])
    gone = [line for line in broken if "was acknowledged and is 404" in line]
    print(f"everysec: {lost} bytes and {len(gone)} acknowledged orders lost")
    assert lost > 0
    assert gone, broken
    assert "was acknowledged" in scene.system.log("orders-0") + scene.system.log("inventory-0")


@pytest.mark.timeout(120)
def test_an_owner_whose_rows_know_more_than_its_journal_refuses_to_serve(weak_scene: Scene) -> None:
    load = lose_what_the_rows_know(weak_scene)
    weak_scene.redis.restart()
    assert_it_refuses(weak_scene, load)


@pytest.mark.timeout(120)
def test_an_owner_that_could_not_ask_for_its_rows_refuses_when_they_are_back(mariadb_template: Path) -> None:
    with everysec(mariadb_template) as scene:
        load = lose_what_the_rows_know(scene)
        scene.mariadb.kill()
        kill_the_projector(scene)  # what it has read it may keep in a snapshot, and an owner believes that as it does rows
        scene.redis.restart()
        scene.system.wait_ready()  # without rows to compare with, it serves what the journal has
        scene.mariadb.restart()
        assert_it_refuses(scene, load)


def lose_what_the_rows_know(scene: Scene) -> Load:
    """Cut the power when rows have been written of entries that no fsync has covered. The shoppers stay."""
    load, rows = Load(scene.system, seed=1), Rows(scene)
    load.start()
    assert cut_power(scene, load, rows.are_ahead, rows.mark) > 0
    return load


def assert_it_refuses(scene: Scene, load: Load) -> None:
    """An owner says why it does not serve, and nobody is told otherwise."""
    deadline = time.monotonic() + 40
    while not (alarms := refusing(scene)):
        assert time.monotonic() < deadline, "no owner has noticed that its journal has lost what its rows hold"
    load.abandon()
    print(*alarms, sep="\n")
    assert all("rows" in alarm for alarm in alarms)
    assert scene.system.call("GET", "/readyz")[0] == 503
    order: dict[str, Any] = {"order_id": "after", "lines": [{"sku": "sku-1", "quantity": 1}]}
    for name in ORDERS.names():  # one of two may have lost nothing, and serves
        if any(name in alarm for alarm in alarms):
            order["order_id"] = next(key for number in count() if ORDERS.owner_of(key := f"after-{number}") == name)
    for name in INVENTORY.names():
        if any(name in alarm for alarm in alarms):
            order["lines"] = [{"sku": sku, "quantity": 1} for sku in SKUS if INVENTORY.owner_of(sku) == name]
    assert scene.system.call("POST", "/v1/orders", order)[0] == 503
