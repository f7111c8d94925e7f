"""A system that a demo starts for itself, in a directory that goes with it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from actors.kernel.settings import SkuldSettings
from gateway.bounded import apart
from gateway.cli.app import console, load_settings
from gateway.preparing import prepare
from gateway.running import Running


@dataclass(frozen=True, slots=True)
class OwnSystem:
    """One that is ready to start, with embedded stores."""

    settings: SkuldSettings
    admin_key: str | None
    running: Running
    folder: Path

    def start(self) -> None:
        """Start Ray, owners and gateway, and say where it serves."""
        self.running.start_ray(self.folder / "ray")
        self.running.start()
        console.print(f"[bold]Skuld serves at {self.running.url}[/bold], stores embedded in {self.folder}", soft_wrap=True)


@contextmanager
def own_system(prefix: str, *, keep: bool) -> Iterator[OwnSystem]:
    """A system in a new directory, in a process of its own; it is stopped, and its data removed unless they are to be kept."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    apart(folder)
    prepared = prepare(load_settings(data_dir=folder, port=0, database_url="", redis_url=""), say)
    running = Running(prepared.settings, prepared.namespace, say)
    try:
        yield OwnSystem(prepared.settings, prepared.admin_key, running, folder)
    finally:
        running.stop()
        prepared.lock.close()
        shutil.rmtree(folder / "ray", ignore_errors=True)
        if keep:
            console.print(f"data kept in {folder}: `SKULD_DATA_DIR={folder} .venv/bin/skuld up` serves it", soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def say(text: str) -> None:
    """A word on what is being done."""
    console.print(f"[dim]{text}[/dim]", soft_wrap=True)
