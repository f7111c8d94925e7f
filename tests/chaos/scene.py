"""Sets the scene: Redis and MariaDB behind proxies, and a system on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.chaos.faults import Scene
from tests.chaos.load import fill
from tests.end_to_end.running_system import RunningSystem
from tests.servers.lossy_proxy import LossyProxy
from tests.servers.mariadb import MariaDbServer, make_template
from tests.servers.redis import RedisServer


@contextmanager
def scene_in(folder: Path) -> Iterator[Scene]:
    """A running system with stock; everything ends with the block."""
    with ExitStack() as undo:
        for name in ("redis", "mariadb"):
            (folder / name).mkdir()
        redis = RedisServer(folder / "redis")
        redis.start()
        undo.callback(redis.kill)
        mariadb = MariaDbServer(folder / "mariadb", make_template(folder))
        mariadb.start()
        undo.callback(mariadb.kill)
        proxies = LossyProxy(redis.port), LossyProxy(mariadb.port)
        for proxy in proxies:
            undo.callback(proxy.stop)
        database = mariadb.make_database().replace(str(mariadb.port), str(proxies[1].port))
        system = RunningSystem(folder / "data", redis_url=f"redis://127.0.0.1:{proxies[0].port}/0", database_url=database)
        undo.callback(system.kill)
        system.start()
        fill(system)
        yield Scene(system, redis, mariadb, *proxies)
        assert system.stop() == 0
