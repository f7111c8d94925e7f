"""Before anything is started: what would only fail later is found out now: the port, the stores, a changed setting."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Iterable
from typing import IO, Final, NamedTuple

from actors.kernel import composition
from actors.kernel.record.database import open_database
from actors.kernel.record.meta import keep_or_compare, kept
from actors.kernel.record.schema import migrate
from actors.kernel.settings import SkuldSettings
from gateway.data_directory import admin_key, lock_directory
from gateway.server import listen, listen_anywhere

Say = Callable[[str], None]
DATASETS: Final = "SKULD_DATASETS"
"""Where the demo looks for real order lines; no setting of a system."""


class Prepared(NamedTuple):
    """An installation that can be started."""

    settings: SkuldSettings
    """With the port that was found free."""
    namespace: str
    """Of its actors in Ray: another installation on the same cluster has another."""
    admin_key: str | None
    lock: IO[str]
    """Of the data directory: closing it gives it up."""


def prepare(settings: SkuldSettings, say: Say, *, alone: bool = True) -> Prepared:
    """Make the data directory ours, and try everything that a start needs.

    Args:
        alone: nothing of ours can run yet. On a Ray cluster our own gateway of a run before may listen on the port.

    Raises:
        Fault: it cannot be started, and why.
    """
    for name in unknown_settings(os.environ):
        say(f"{name} is no setting of Skuld: `skuld status --settings` lists them")
    lock = lock_directory(settings.data_dir)
    try:
        (settings.data_dir / "running.json").unlink(missing_ok=True)  # of a run that was killed
        if alone or not settings.port:
            with listen(settings.host, settings.port) if settings.port else listen_anywhere(settings.host) as taken:
                port = taken.getsockname()[1]  # a free one is chosen once: a restarted gateway listens where the first did
            settings = settings.model_copy(update={"port": port})
        if settings.redis_url:
            asyncio.run(_try_journal(settings))
        engine = open_database(settings.sql_url)
        migrate(engine)
        keep_or_compare(engine, _facts(settings))
        namespace = f"skuld-{kept(engine, 'installation', secrets.token_hex(6))}"
        key = admin_key(engine, settings.data_dir, say) if settings.auth == "on" else None
    except BaseException:
        lock.close()
        raise
    return Prepared(settings, namespace, key, lock)


def unknown_settings(environment: Iterable[str]) -> list[str]:
    """Names that look like settings and are none, by a slip of the pen as a rule."""
    known = {f"SKULD_{name.upper()}" for name in SkuldSettings.model_fields} | {DATASETS}
    return sorted(name for name in environment if name.startswith("SKULD_") and name not in known)


async def _try_journal(settings: SkuldSettings) -> None:
    journal = composition.make_journal(composition.owner_names(settings)[0], settings)
    try:
        await journal.open()
    finally:
        await journal.close()


def _facts(settings: SkuldSettings) -> dict[str, str]:
    journal = "redis" if settings.redis_url else "database" if settings.database_url else "files"
    return {
        "SKULD_INVENTORY_SHARDS": str(settings.inventory_shards),
        "SKULD_ORDER_SHARDS": str(settings.order_shards),
        "journal": journal,
    }
