"""Sets the scene: Redis and MariaDB behind proxies, and a system on them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tests.chaos.faults import GATEWAYS, SHARDS, Scene
from tests.chaos.goods import fill
from tests.end_to_end.running_system import RunningSystem
from tests.servers.lossy_proxy import LossyProxy
from tests.servers.mariadb import MariaDbServer, make_template
from tests.servers.ray_node import HEALTH_CHECKS
from tests.servers.redis import RedisServer

FORGETFUL: Final = Path(__file__).parent / "forgetful"


@contextmanager
def scene_in(
    folder: Path,
    make_redis: Callable[[Path], RedisServer] = RedisServer,
    template: Path | None = None,
    *,
    forgetful: bool = False,
    **settings: str,
) -> Iterator[Scene]:
    """A running system with stock; everything ends with the block.

    Args:
        forgetful: its owners remember little (`forgetful/sitecustomize.py`).
        template: an installed MariaDB to copy; one is installed without it.
        settings: Skuld's, without the prefix.
    """
    with ExitStack() as undo:
        for name in ("redis", "mariadb"):
            (folder / name).mkdir()
        redis = make_redis(folder / "redis")
        redis.start()
        undo.callback(redis.kill)
        mariadb = MariaDbServer(folder / "mariadb", template or make_template(folder))
        mariadb.start()
        undo.callback(mariadb.kill)
        proxies = LossyProxy(redis.port), LossyProxy(mariadb.port)
        for proxy in proxies:
            undo.callback(proxy.stop)
        database = mariadb.make_database().replace(str(mariadb.port), str(proxies[1].port))
        redis_url = f"redis://127.0.0.1:{proxies[0].port}/0"
        several = {"inventory_shards": str(SHARDS), "order_shards": str(SHARDS), "gateways": str(GATEWAYS)}
        system = RunningSystem(folder / "data", redis_url=redis_url, database_url=database, **(several | settings))
        system.env |= HEALTH_CHECKS | ({"PYTHONPATH": str(FORGETFUL)} if forgetful else {})
        undo.callback(system.kill)
        system.start()
        fill(system)
        yield Scene(system, redis, mariadb, *proxies)
        if system.runs:  # a test may have ended it because it refuses to serve
            assert system.stop() == 0


@contextmanager
def new_scene(
    template: Path, make_redis: Callable[[Path], RedisServer] = RedisServer, *, forgetful: bool = False, **settings: str
) -> Iterator[Scene]:
    """`scene_in` a folder of its own with a short path (sockets live there); prints the logs' complaints for a failed test."""
    folder = Path(tempfile.mkdtemp(prefix="sk-c-"))
    try:
        with scene_in(folder, make_redis, template, forgetful=forgetful, **settings) as scene:
            yield scene
    finally:
        for log in sorted((folder / "data" / "logs").glob("*.log")):
            lines = [line for line in log.read_text().splitlines() if '"level": "info"' not in line]
            print(log.name, *lines[-12:], sep="\n")
        shutil.rmtree(folder, ignore_errors=True)
