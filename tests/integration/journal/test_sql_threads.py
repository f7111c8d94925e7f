"""Counting what a journal holds takes a while: appends do not wait for it."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from actors.kernel.entry import START, Position
from actors.kernel.journal.sql import SqlJournal, sqlite_engine
from actors.kernel.record.database import open_database
from tests.integration.journal.test_contract import OWNER
from tests.patience import PATIENCE_S


class Counting(SqlJournal):
    """Counts until it is told to stop."""

    def __init__(self, url_or_path: str | Path) -> None:
        super().__init__(OWNER, sqlite_engine(url_or_path) if isinstance(url_or_path, Path) else open_database(url_or_path))
        self.enough = threading.Event()

    def _length(self) -> int:
        with self._engine.connect() as connection:
            connection.exec_driver_sql("SELECT COUNT(*) FROM journal_entries")
            assert self.enough.wait(20)
        return super()._length()


@pytest.mark.parametrize("store", ["sqlite", "mariadb"])
def test_an_append_does_not_wait_for_the_count(store: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    where = tmp_path / "journal.sqlite" if store == "sqlite" else request.getfixturevalue("fresh_database")

    async def main() -> int:
        journal = Counting(where)
        await journal.open()
        counting = asyncio.create_task(journal.length())
        try:
            await asyncio.sleep(0)
            await asyncio.wait_for(journal.append(Position(1, 0), START, b"entry", {}), PATIENCE_S)
            assert await asyncio.wait_for(journal.last(), PATIENCE_S) == Position(1, 0)
        finally:
            journal.enough.set()
        length = await counting
        await journal.close()
        return length

    assert asyncio.run(main()) == 1
