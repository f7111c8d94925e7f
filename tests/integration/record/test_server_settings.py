"""A database that would lose a commit is refused by the name of the setting, whether it holds the rows alone or the journal too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from actors.kernel.faults import JournalTooWeak
from actors.kernel.journal.sql import SqlJournal
from actors.kernel.messages import OwnerName
from actors.kernel.record.database import StoreRefused, open_database
from actors.kernel.record.schema import migrate
from tests.servers.mariadb import MariaDbServer


class WithBinaryLog(MariaDbServer):
    """Writes a binary log, which MariaDB does not sync unless it is told to."""

    def command(self) -> list[str]:
        return [*super().command(), "--log-bin=log", "--server-id=1"]


@pytest.fixture
def with_binary_log(short_folder: Path, mariadb_template: Path) -> Iterator[MariaDbServer]:
    server = WithBinaryLog(short_folder, mariadb_template)
    server.start()
    yield server
    server.kill()


def refused(server: MariaDbServer, *statements: str) -> list[str]:
    """What the rows' and the journal's starts say once the server is set up so."""
    url = server.make_database()
    with server._root() as root, root.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    with pytest.raises(StoreRefused) as rows:
        migrate(open_database(url))
    with pytest.raises(JournalTooWeak) as journal:
        asyncio.run(SqlJournal(OwnerName("orders-0"), open_database(url)).open())
    open_database(url).dispose()
    return [str(rows.value), str(journal.value)]


def test_commits_that_are_not_flushed_are_refused_by_name(own_mariadb: MariaDbServer) -> None:
    for said in refused(own_mariadb, "SET GLOBAL innodb_flush_log_at_trx_commit = 2"):
        assert said.endswith("innodb_flush_log_at_trx_commit is 2, must be 1")


def test_a_binary_log_that_is_not_synced_is_refused_by_name(with_binary_log: MariaDbServer) -> None:
    for said in refused(with_binary_log):
        assert said.endswith("sync_binlog is 0, must be 1 while log_bin is on")
    with with_binary_log._root() as root, root.cursor() as cursor:
        cursor.execute("SET GLOBAL sync_binlog = 1")
    url = with_binary_log.make_database()
    engine = open_database(url)
    migrate(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM owners")) == 0
    engine.dispose()
