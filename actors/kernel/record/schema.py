"""The schema, brought up to date by itself at every start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from actors.kernel.faults import Fault, StoreUnavailable
from actors.kernel.record.database import StoreRefused, faults_named
from actors.kernel.record.server_settings import unfit_settings

LOCK_TIMEOUT_S: Final = 20
"""Less than a connection waits for any answer (`QUERY_TIMEOUT_S`): it would break before the database says no."""


class SchemaNewer(Fault):
    """The database was made by a newer release: this one does not know its tables."""


def migrate(engine: Engine) -> None:
    """Create the tables, or bring them to this release. Two processes that start at once take turns.

    Raises:
        SchemaNewer: the database is ahead of this release.
        StoreUnavailable: another process is at it, or the database does not answer.
        StoreRefused: it will not have us, or is not set up to keep every row.
    """
    config, scripts = scripts_of()
    with faults_named("bringing the schema up to date"), engine.begin() as connection, _alone(connection):
        if unfit := unfit_settings(connection):
            raise StoreRefused(f"the database is not set up to keep every row: {unfit}")
        stands_at = MigrationContext.configure(connection).get_current_revision()
        known = {script.revision for script in scripts.walk_revisions()}
        if stands_at is not None and stands_at not in known:
            raise SchemaNewer(
                f"the database's schema is at {stands_at}, which this release does not know (it knows up to "
                f"{scripts.get_current_head()}): run the release that made it, or a newer one"
            )
        if stands_at != scripts.get_current_head():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def scripts_of() -> tuple[Config, ScriptDirectory]:
    """Alembic, told where our revisions are."""
    config = Config()
    config.set_main_option("script_location", "actors.kernel:migrations")
    return config, ScriptDirectory.from_config(config)


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    if connection.dialect.name == "sqlite":
        yield  # SQLite lets one writer in at a time, and its schema changes are part of the transaction
        return
    if connection.scalar(text("SELECT GET_LOCK('skuld-schema', :timeout)"), {"timeout": LOCK_TIMEOUT_S}) != 1:
        raise StoreUnavailable(
            f"bringing the schema up to date: another process has been at it for {LOCK_TIMEOUT_S} s: try again later"
        )
    try:
        yield
    finally:
        connection.execute(text("SELECT RELEASE_LOCK('skuld-schema')"))
