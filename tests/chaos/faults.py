"""What is broken, by name: each makes a fault once, under load, and gives the seconds until the system served again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.end_to_end.running_system import RunningSystem
from tests.servers.lossy_proxy import LossyProxy
from tests.servers.mariadb import MariaDbServer
from tests.servers.redis import RedisServer

LOST_WITHIN_S: Final = 20.0
MARIADB_AWAY_S: Final = 30.0


@dataclass
class Scene:
    """A system on its servers, each behind a proxy that can lose answers."""

    system: RunningSystem
    redis: RedisServer
    mariadb: MariaDbServer
    redis_proxy: LossyProxy
    mariadb_proxy: LossyProxy


def _kill_owner(scene: Scene, owner: str) -> float:
    pid = scene.system.owner_pid(owner)
    os.kill(pid, signal.SIGKILL)
    return scene.system.wait_ready()


def kill_an_order_owner(scene: Scene) -> float:
    """kill -9 of the owner of orders."""
    return _kill_owner(scene, "orders-0")


def kill_an_inventory_owner(scene: Scene) -> float:
    """kill -9 of the owner of stock."""
    return _kill_owner(scene, "inventory-0")


def kill_the_gateway(scene: Scene) -> float:
    """kill -9 of the gateway."""
    os.kill(scene.system.worker_pid("GatewayProcess"), signal.SIGKILL)
    time.sleep(0.1)
    return scene.system.wait_ready()


def kill_the_projector(scene: Scene) -> float:
    """kill -9 of the projector."""
    os.kill(scene.system.worker_pid("ProjectorProcess"), signal.SIGKILL)
    began = time.monotonic()
    scene.system.worker_pid("ProjectorProcess")
    return time.monotonic() - began


def kill_redis(scene: Scene) -> float:
    """kill -9 of Redis, and its restart."""
    scene.redis.kill()
    time.sleep(0.5)
    began = time.monotonic()
    scene.redis.restart()
    scene.system.wait_ready()
    return time.monotonic() - began


def kill_mariadb(scene: Scene) -> float:
    """kill -9 of MariaDB, and its restart."""
    scene.mariadb.kill()
    time.sleep(1.0)
    scene.mariadb.restart()
    return scene.system.wait_ready()


def lose_the_answer_of_an_append(scene: Scene) -> float:
    """The entry is in the journal, its answer is lost and the connection with it."""
    return _lose(scene, scene.redis_proxy, b"EVALSHA")


def lose_the_answer_of_a_commit(scene: Scene) -> float:
    """The rows are committed, the answer is lost."""
    return _lose(scene, scene.mariadb_proxy, b"COMMIT")


def _lose(scene: Scene, proxy: LossyProxy, containing: bytes) -> float:
    before = proxy.lost
    proxy.lose_next_answer(containing)
    deadline = time.monotonic() + LOST_WITHIN_S
    while proxy.lost == before:
        assert time.monotonic() < deadline, f"no answer to {containing!r} came by to be lost"
        time.sleep(0.02)
    return scene.system.wait_ready()


def start_a_second_owner(scene: Scene) -> float:
    """Somebody starts the owner of stock a second time: one of the two has to leave."""
    command = [sys.executable, "-m", "tests.chaos.second_owner", "inventory-0"]
    second = subprocess.Popen(command, env=scene.system.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        epoch = scene.system.figure("inventory-0", "epoch")
        deadline = time.monotonic() + 60
        while scene.system.figure("inventory-0", "epoch") < epoch + 2:
            assert time.monotonic() < deadline, "the first owner neither left nor came back"
            time.sleep(0.1)
        return scene.system.wait_ready()
    except StopIteration:  # it was away while we looked
        return scene.system.wait_ready()
    finally:
        second.kill()
        second.wait()


def mariadb_away(scene: Scene) -> float:
    """MariaDB is away for half a minute: orders flow on, a restarted owner serves without it."""
    scene.mariadb.kill()
    kill_an_inventory_owner(scene)
    time.sleep(MARIADB_AWAY_S - 5)
    scene.mariadb.restart()
    return scene.system.wait_ready()


FAULTS: Final[dict[str, Callable[[Scene], float]]] = {
    fault.__name__: fault
    for fault in (
        kill_an_order_owner, kill_an_inventory_owner, kill_the_gateway, kill_the_projector, kill_redis, kill_mariadb,
        lose_the_answer_of_an_append, lose_the_answer_of_a_commit, start_a_second_owner,
    )
}  # fmt: skip
