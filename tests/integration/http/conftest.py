"""One Skuld in this process for all tests of the HTTP surface: embedded stores, two shards of each kind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.in_process import InProcess


@pytest.fixture(scope="session")
def skuld() -> Iterator[InProcess]:
    """A running system."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        system = InProcess(Path(folder) / "data", inventory_shards=2, order_shards=2).start()
        system.fill({f"h-{number}": 1000 for number in range(10)})
        yield system
        system.stop()
