"""A row that the database refuses is told as what it is, everywhere, until somebody has mended it."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from actors.kernel import projector
from actors.kernel.record.database import open_database
from gateway import verify
from gateway.verify import why_not_level
from tests.integration.in_process import InProcess
from tests.patience import PATIENCE_S


def until(said: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not said():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_refused_row_is_named_until_it_is_written(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "REFUSED_RETRY_S", 0.5)
    monkeypatch.setattr(verify, "ALARM_PASSES_S", math.inf)  # what is refused is told without waiting for it to pass
    skuld = InProcess(tmp_path / "data", database_url=fresh_database).start()

    def change(statement: str) -> None:
        with open_database(fresh_database).begin() as connection:
            connection.execute(text(statement))

    def rows() -> dict[str, str]:
        skuld.wait_ready()  # orders are taken
        found: dict[str, str] = skuld.call("GET", "/readyz")[1]["rows"]
        return found

    def ask(method: str, *arguments: Any) -> Any:
        return asyncio.run(getattr(skuld.projector, method)(*arguments))

    def gauge() -> str:
        found = re.search(r'skuld_owner_rows_alarm{owner="inventory-0"} (.*)', skuld.call("GET", "/metrics")[1])
        assert found
        return found[1]

    try:
        assert rows() == {}
        change("ALTER TABLE products MODIFY unit VARCHAR(5) NOT NULL")
        assert skuld.call("PUT", "/v1/products/apple", {"name": "Apple", "unit": "kilogram"})[0] == 201
        until(rows)
        assert "the database refuses the data: DataError 1406 Data too long for column 'unit'" in rows()["inventory-0"]
        assert "table products, row sku = 'apple'" in rows()["inventory-0"]
        assert gauge() == "1.0"
        (named,) = why_not_level(ask)
        assert named == f"inventory-0: {rows()['inventory-0']}"
        change("ALTER TABLE products MODIFY unit VARCHAR(64) NOT NULL")
        until(lambda: not rows())
        assert why_not_level(ask) == []
        assert gauge() == "0.0"
    finally:
        skuld.stop()
