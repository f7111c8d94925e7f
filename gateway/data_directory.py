"""The data directory: it belongs to one running Skuld, and tells other commands where that is."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

import msgspec
from sqlalchemy import Engine

from actors.kernel.faults import Fault
from gateway.auth import make_key
from gateway.key_store import SqlKeyStore


class CannotStart(Fault):
    """Skuld does not start; the message says why, in one line."""


class RunningFile(msgspec.Struct):
    """What other commands need to find a running system: kept in the data directory while it runs."""

    url: str
    pid: int
    ray_address: str
    dashboard: str


def lock_directory(data_dir: Path) -> IO[str]:
    """Make the data directory this process's own.

    Raises:
        CannotStart: it cannot be written, or another Skuld runs on it.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (data_dir / "lock").open("a")
    except OSError as error:
        raise CannotStart(f"the data directory {data_dir} cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise CannotStart(f"another Skuld runs on the data directory {data_dir}") from None
    return lock


def admin_key(engine: Engine, data_dir: Path) -> str:
    """The admin's key, made at the first start and kept beside the data for its owner only."""
    path = data_dir / "admin-key"
    if path.exists():
        return path.read_text().strip()
    token, stored = make_key("admin", "admin")
    SqlKeyStore(engine).add(stored)
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(token + "\n")
    return token


def find_running(data_dir: Path) -> RunningFile:
    """The system that runs on a data directory.

    Raises:
        Fault: none does.
    """
    try:
        running = msgspec.json.decode((data_dir / "running.json").read_bytes(), type=RunningFile)
        alive = _locked(data_dir)
    except (OSError, msgspec.MsgspecError):
        alive = False
    if not alive:
        raise CannotStart(f"no Skuld runs on {data_dir}: start one with `skuld up`")
    return running


def _locked(data_dir: Path) -> bool:
    """Whether a live process has the data directory: one that was killed leaves its file, but not its lock."""
    with (data_dir / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
