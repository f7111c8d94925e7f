"""The system of record as a job opens it: made and brought up to date by the rest of Skuld, only used here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from forecasting.parameters import ParameterError

KINDS: Final = ("sqlite", "mysql", "mariadb")
TIMEOUT_S: Final = 30


def open_record(url: str, data_dir: Path) -> Engine:
    """The engine of a URL; SQLite in the data directory when it is empty.

    Raises:
        ParameterError: it is no URL of a database that Skuld supports.
    """
    try:
        parsed = make_url(url or f"sqlite:///{data_dir / 'skuld.sqlite'}")
        kind = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        raise ParameterError("database-url", "unreadable", "that of a database, as mysql://user:password@host/name") from None
    if kind not in KINDS:
        raise ParameterError("database-url", f"of {kind}", "of mysql or mariadb, or empty for SQLite")
    if kind == "sqlite":
        return create_engine(parsed, connect_args={"timeout": TIMEOUT_S})
    limits = dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), TIMEOUT_S)
    driver = parsed.set(drivername=f"{kind}+pymysql")
    return create_engine(driver, pool_pre_ping=True, isolation_level="READ COMMITTED", connect_args=limits)
