"""The data directory: it belongs to one running Skuld, and tells other commands where that is."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import msgspec
from sqlalchemy import Engine

from actors.kernel.faults import Fault
from gateway.auth import Keys, make_key
from gateway.key_store import SqlKeyStore


class CannotStart(Fault):
    """Skuld does not start; the message says why, in one line."""


class RunningFile(msgspec.Struct):
    """What other commands need to find a running system: kept in the data directory while it runs."""

    url: str
    pid: int
    ray_address: str
    namespace: str
    dashboard: str
    settings: dict[str, Any] = {}
    """Those it was started with, by name: the file is for its owner's eyes, as they may hold passwords."""


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


def admin_key(engine: Engine, data_dir: Path, say: Callable[[str], None]) -> str:
    """The admin's key, kept beside the data for its owner only: made at the first start, and when the store knows none such.

    The store is another one than that which the key was made in when a database has been configured since.
    """
    path, store = data_dir / "admin-key", SqlKeyStore(engine)
    token = path.read_text(errors="replace").strip() if path.exists() else ""
    if Keys(store).check(token) is not None:
        return token
    stored = store.find(token.split("_")[1]) if token.count("_") >= 2 else None
    if stored is not None and stored.revoked_at is not None:
        say(f"the admin key in {path} is revoked: `skuld keys create NAME --role admin` makes another")
        return token
    if token:
        say(f"the database does not know the admin key in {path}: a new one is written there")
    token, made = make_key("admin", "admin")
    store.add(made)
    new = path.with_suffix(".new")
    handle = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(token + "\n")
    new.replace(path)
    return token


def find_running(data_dir: Path) -> RunningFile:
    """The system that runs on a data directory.

    Raises:
        Fault: none does.
    """
    alive = False
    try:
        alive = _locked(data_dir)
        running = msgspec.json.decode((data_dir / "running.json").read_bytes(), type=RunningFile)
    except (OSError, msgspec.MsgspecError):
        if alive:
            raise CannotStart(f"the Skuld on {data_dir} does not serve yet: it is being started, or stopped") from None
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
