"""What is broken, by name: each makes a fault once, under load, and gives the seconds until the system served again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import psutil

from tests.end_to_end.running_system import RunningSystem
from tests.servers.lossy_proxy import LossyProxy
from tests.servers.mariadb import MariaDbServer
from tests.servers.ray_node import RayNode
from tests.servers.redis import RedisServer

LOST_WITHIN_S: Final = 20.0
MARIADB_AWAY_S: Final = 30.0
MARIADB_AWAY_BRIEFLY_S: Final = 2.0
MOST_LURES: Final = 40
"""Ray restarts an owner on either of two nodes by chance: so often it is not on the wrong one."""
DETECTED_WITHIN_S: Final = 60.0
SHARDS: Final = 2
"""Owners of stock, and owners of orders: most orders are over several."""
GATEWAYS: Final = 2


@dataclass
class Scene:
    """A system on its servers, each behind a proxy that can lose answers."""

    system: RunningSystem
    redis: RedisServer
    mariadb: MariaDbServer
    redis_proxy: LossyProxy
    mariadb_proxy: LossyProxy
    _turns: Counter[str] = field(default_factory=Counter)

    def next_of(self, kind: str) -> str:
        """Processes of a kind (`orders`, `inventory`, `gateway`) in turn, by name."""
        self._turns[kind] += 1
        return f"{kind}-{self._turns[kind] % (GATEWAYS if kind == 'gateway' else SHARDS)}"


def _kill_owner(scene: Scene, owner: str) -> float:
    pid = scene.system.owner_pid(owner)
    os.kill(pid, signal.SIGKILL)
    return scene.system.wait_ready()


def kill_an_order_owner(scene: Scene) -> float:
    """kill -9 of an owner of orders."""
    return _kill_owner(scene, scene.next_of("orders"))


def kill_an_inventory_owner(scene: Scene) -> float:
    """kill -9 of an owner of stock."""
    return _kill_owner(scene, scene.next_of("inventory"))


def kill_both_ends_of_a_receipt(scene: Scene) -> float:
    """kill -9 of the owner of procurement and of an owner of stock, while goods are on their way between the two."""
    for owner in ("procurement-0", scene.next_of("inventory")):
        os.kill(_serving_pid(scene, owner), signal.SIGKILL)
    return scene.system.wait_ready()


def kill_the_gateway(scene: Scene) -> float:
    """kill -9 of a gateway."""
    os.kill(scene.system.process(scene.next_of("gateway")).pid, signal.SIGKILL)
    time.sleep(0.1)
    return scene.system.wait_ready()


def kill_the_projector(scene: Scene) -> float:
    """kill -9 of the projector."""
    os.kill(scene.system.process("projector").pid, signal.SIGKILL)
    began = time.monotonic()
    scene.system.process("projector")
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
    """Somebody starts an owner of stock a second time: one of the two has to leave."""
    owner = scene.next_of("inventory")
    command = [sys.executable, "-m", "tests.chaos.second_owner", owner]
    second = subprocess.Popen(command, env=scene.system.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        epoch = scene.system.figure(owner, "epoch")
        deadline = time.monotonic() + 60
        while scene.system.figure(owner, "epoch") < epoch + 2:
            assert time.monotonic() < deadline, "the first owner neither left nor came back"
            time.sleep(0.1)
        return scene.system.wait_ready()
    except StopIteration:  # it was away while we looked
        return scene.system.wait_ready()
    finally:
        second.kill()
        second.wait()


def mariadb_away(scene: Scene) -> float:
    """MariaDB is away for a while: orders flow on, a restarted owner serves without it."""
    return _without_mariadb(scene, MARIADB_AWAY_S)


def mariadb_away_briefly(scene: Scene) -> float:
    """The same for a moment: the restarted owner serves before it is back."""
    return _without_mariadb(scene, MARIADB_AWAY_BRIEFLY_S)


def _without_mariadb(scene: Scene, away_s: float) -> float:
    scene.mariadb.kill()
    kill_an_inventory_owner(scene)
    time.sleep(away_s)
    scene.mariadb.restart()
    return scene.system.wait_ready()


def freeze_a_raylet(scene: Scene) -> float:
    """Ray believes a node dead whose owner serves on: it makes a second one, and only the journal can tell them apart."""
    return _lose_sight_of_a_node(scene, scene.next_of("inventory"), owner_too=False)


def freeze_a_node(scene: Scene) -> float:
    """A node hangs, its owner too. When it wakes, a successor has long served; what it still had to do it must not do."""
    return _lose_sight_of_a_node(scene, scene.next_of("orders"), owner_too=True)


def _lose_sight_of_a_node(scene: Scene, owner: str, *, owner_too: bool) -> float:
    system = scene.system
    running = json.loads((system.data_dir / "running.json").read_text())
    node = RayNode(running["ray_address"], system.data_dir / "ray-token", system.env, system.data_dir / "logs" / "node.log")
    try:
        old = psutil.Process(_lure(scene, owner, node))
        epoch = system.figure(owner, "epoch")
        node.freeze()
        if owner_too:
            old.suspend()
        began = time.monotonic()
        new = _successor(scene, owner, old.pid)
        seconds = time.monotonic() - began
        assert system.figure(owner, "epoch") == epoch + 1, "somebody else has restarted it"
        if owner_too:
            assert old.is_running(), "the node's owner ended with nobody there to end it"
            old.resume()
        old.wait(20)  # fenced: its raylet is still frozen and did not end it
        assert f"past {epoch:.0f}-" in system.log(owner), "the old owner did not leave because of a newer one"
        node.thaw()
        assert psutil.pid_exists(new)
        return seconds
    finally:
        node.stop()


def _lure(scene: Scene, owner: str, node: RayNode) -> int:
    """Kill an owner until Ray restarts it on a node; gives its process."""
    for _ in range(MOST_LURES):
        pid = _serving_pid(scene, owner)
        if node.has(pid):
            return pid
        os.kill(pid, signal.SIGKILL)
        _successor(scene, owner, pid)
    raise AssertionError(f"Ray has not once placed {owner} on the second node")


def _successor(scene: Scene, owner: str, old: int) -> int:
    deadline = time.monotonic() + DETECTED_WITHIN_S
    while (pid := _serving_pid(scene, owner)) == old:
        assert time.monotonic() < deadline, f"{owner} has no successor"
        time.sleep(0.1)
    return pid


def _serving_pid(scene: Scene, owner: str) -> int:
    """The process of an owner, as soon as one answers."""
    deadline = time.monotonic() + DETECTED_WITHIN_S
    while True:
        try:
            return scene.system.owner_pid(owner)
        except (StopIteration, OSError):  # away while we asked
            assert time.monotonic() < deadline, f"{owner} does not answer"
            time.sleep(0.1)


FAULTS: Final[dict[str, Callable[[Scene], float]]] = {
    fault.__name__: fault
    for fault in (
        kill_an_order_owner, kill_an_inventory_owner, kill_both_ends_of_a_receipt, kill_the_gateway, kill_the_projector, kill_redis, kill_mariadb,
        lose_the_answer_of_an_append, lose_the_answer_of_a_commit, start_a_second_owner, mariadb_away_briefly,
    )
}  # fmt: skip

SLOW_FAULTS: Final[dict[str, Callable[[Scene], float]]] = {
    fault.__name__: fault for fault in (mariadb_away, freeze_a_raylet, freeze_a_node)
}
"""These take a quarter of a minute each."""
FAULTS_OF_TRANSPORT: Final = (
    "kill_an_order_owner", "kill_an_inventory_owner", "kill_the_gateway", "lose_the_answer_of_an_append",
    "start_a_second_owner",
)  # fmt: skip
"""Those that a way for commands to travel has to survive."""
FAULTS_OF_MEMORY: Final = ("kill_an_order_owner", "kill_an_inventory_owner", "mariadb_away_briefly")
"""Those that bring memory and rows apart."""
