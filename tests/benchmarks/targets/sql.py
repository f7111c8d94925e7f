"""Peer (b) under measurement."""

from collections.abc import Mapping
from pathlib import Path

import psutil
from sqlalchemy import create_engine, insert, select

from tests.benchmarks.peers.sql_for_update.app import metadata, stock
from tests.benchmarks.stores import MariaDB, Redis
from tests.benchmarks.targets.peer import API_PROCESSES, Children, wait_until_ready
from tests.servers.process import free_port


class SqlForUpdate:
    name = "sql"

    def __init__(self, workers: int = API_PROCESSES) -> None:
        self.workers = workers

    def start(self, directory: Path, redis: Redis, database: MariaDB) -> None:
        self.port, self.database = free_port(), database
        self.engine = create_engine(database.url)
        metadata.create_all(self.engine)
        environment = {"DATABASE_URL": database.url, "PORT": str(self.port), "WORKERS": str(self.workers)}
        self.children = Children(directory / "sql.log", environment)
        app = self.children.run_module("api", "tests.benchmarks.peers.sql_for_update.app")
        wait_until_ready(self.port, app, self.children.log)

    def load(self, units: Mapping[str, int]) -> None:
        with self.engine.begin() as connection:
            connection.execute(stock.delete().where(stock.c.sku.in_(list(units))))
            connection.execute(insert(stock), [{"sku": sku, "available": count} for sku, count in units.items()])

    def processes(self) -> list[tuple[str, psutil.Process]]:
        return self.children.processes()

    def rows_written(self) -> int:
        return self.database.count("sql_orders")

    def units_left(self, sku: str) -> int:
        with self.engine.begin() as connection:
            return int(connection.execute(select(stock.c.available).where(stock.c.sku == sku)).scalar_one())

    def stop(self) -> None:
        self.children.stop()
        self.engine.dispose()
