"""What the harness asks of every system it measures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import psutil

from tests.benchmarks.stores import MariaDB, Redis

SKUS = 1_000


def sku_name(number: int) -> str:
    return f"SKU-{number:04d}"


class Target(Protocol):
    """A system that takes orders at `http://127.0.0.1:port`; one instance is one start."""

    name: str
    port: int

    def start(self, directory: Path, redis: Redis, database: MariaDB) -> None:
        """Start its processes and return when `GET /readyz` answers 200."""

    def load(self, stock: Mapping[str, int]) -> None:
        """Make these SKUs known with so many units available."""

    def processes(self) -> list[tuple[str, psutil.Process]]:
        """Its processes now, each with its role; the stores not among them."""

    def rows_written(self) -> int:
        """Orders in MariaDB."""

    def units_left(self, sku: str) -> int:
        """Available units, from where the system decides."""

    def stop(self) -> None:
        """Stop its processes and wait until they have ended."""
