"""Peer (a) under measurement."""

from collections.abc import Mapping
from pathlib import Path

import psutil
import redis

from tests.benchmarks.stores import MariaDB, Redis
from tests.benchmarks.targets.peer import API_PROCESSES, Children, wait_until_ready
from tests.servers.process import free_port


class RedisLua:
    """`way`: `obvious` (pydantic and a pool), or the lean one with `pool`, `pipelined` or `multiplexed`, the fastest."""

    def __init__(self, way: str = "multiplexed", workers: int = API_PROCESSES) -> None:
        self.name = "redis-lua" if way == "pool" else f"redis-lua-{way}"
        self.way, self.workers = way, workers

    def start(self, directory: Path, redis: Redis, database: MariaDB) -> None:
        self.port, self.redis, self.database = free_port(), redis, database
        environment = {
            "REDIS_URL": redis.url,
            "DATABASE_URL": database.url,
            "PORT": str(self.port),
            "WORKERS": str(self.workers),
            "WAY": self.way,
        }
        self.children = Children(directory / "redis_lua.log", environment)
        module = "obvious" if self.way == "obvious" else "app"
        app = self.children.run_module("api", f"tests.benchmarks.peers.redis_lua.{module}")
        self.children.run_module("worker", "tests.benchmarks.peers.redis_lua.worker")
        wait_until_ready(self.port, app, self.children.log)

    def load(self, stock: Mapping[str, int]) -> None:
        redis.Redis.from_url(self.redis.url).hset("stock", mapping=dict(stock))

    def processes(self) -> list[tuple[str, psutil.Process]]:
        return self.children.processes()

    def rows_written(self) -> int:
        return self.database.count("lua_orders")

    def units_left(self, sku: str) -> int:
        return int(redis.Redis.from_url(self.redis.url).hget("stock", sku) or 0)  # type: ignore[arg-type]

    def stop(self) -> None:
        self.children.stop()
