"""Peer (a) under measurement."""

from collections.abc import Mapping
from pathlib import Path

import psutil
import redis

from tests.benchmarks.stores import MariaDB, Redis, free_port
from tests.benchmarks.targets.peer import API_PROCESSES, Children, wait_until_ready


class RedisLua:
    """`pipelined`: the same peer with the orders that wait together sent as one pipeline."""

    def __init__(self, pipelined: bool = False, workers: int = API_PROCESSES) -> None:
        self.name = "redis-lua-pipelined" if pipelined else "redis-lua"
        self.pipelined, self.workers = pipelined, workers

    def start(self, directory: Path, redis: Redis, database: MariaDB) -> None:
        self.port, self.redis, self.database = free_port(), redis, database
        environment = {
            "REDIS_URL": redis.url,
            "DATABASE_URL": database.url,
            "PORT": str(self.port),
            "WORKERS": str(self.workers),
            "PIPELINE": "1" if self.pipelined else "0",
        }
        self.children = Children(directory / "redis_lua.log", environment)
        app = self.children.run_module("api", "tests.benchmarks.peers.redis_lua.app")
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
