"""A whole Skuld inside the test's own process: real owners, projector, gateway and sockets, without Ray. Starts in a moment."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actors.kernel import composition, owner_process, projector_process
from actors.kernel.logs import log_to
from actors.kernel.messages import OwnerName
from actors.kernel.owner_process import OwnerProcess, loopback
from actors.kernel.projector_process import ProjectorProcess
from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from actors.kernel.settings import SkuldSettings
from actors.kernel.transport.direct import DirectDialler
from actors.kernel.transport.port import Dialler, Endpoint
from gateway import process as gateway_process
from gateway.process import GatewayProcess
from tests.end_to_end.running_system import RunningSystem
from tests.patience import PATIENCE_S


class HereDirectory:
    """Finds the owners of this process."""

    def __init__(self) -> None:
        self.owners: dict[OwnerName, OwnerProcess] = {}

    async def resolve(self, owner: OwnerName) -> Endpoint | None:
        found = self.owners.get(owner)
        return await found.endpoint() if found is not None else None


class InProcess(RunningSystem):
    """`RunningSystem`'s HTTP, over processes that are only objects here."""

    def __init__(
        self, data_dir: Path, address_of_node: Callable[[], str] = loopback, dialler: Dialler | None = None, **settings: Any
    ) -> None:
        super().__init__(data_dir)
        self.address_of_node = address_of_node
        self.dialler = dialler or DirectDialler()
        given: dict[str, Any] = {"data_dir": data_dir, "port": 0, "auth": "off", **settings}
        self.settings = SkuldSettings(_env_file=None, **given)  # type: ignore[call-arg]  # pydantic-settings' own argument
        self.directory = HereDirectory()

    def start(self) -> InProcess:
        """Start everything, and wait until every owner serves."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        migrate(open_database(self.settings.sql_url))
        with pytest.MonkeyPatch.context() as patch:
            for module in (owner_process, projector_process, gateway_process):
                patch.setattr(module, "log_to", lambda *_: None)
            log_to(self.data_dir, "all")
            patch.setattr(os, "nice", lambda _: 0)
            names = composition.owner_names(self.settings)
            for name in names:
                self.directory.owners[name] = OwnerProcess(
                    name, self.settings, self.directory, self.dialler, self.address_of_node
                )
            self.projector = ProjectorProcess(names, self.settings)
            self._gateway = GatewayProcess("gateway-0", self.settings, self.directory, self.dialler)
        while not (port := asyncio.run(self._gateway.status())["port"]):
            pass
        self.url = f"http://127.0.0.1:{port}"
        self.wait_ready()
        return self

    def shard_of(self, sku: str) -> OwnerName:
        """The owner of a SKU."""
        return composition.inventory_shards(self.settings).owner_of(sku)

    def level_rows(self) -> None:
        """Wait until the rows are level with the journals."""
        assert asyncio.run(self.projector.catch_up(PATIENCE_S))

    async def _let_go_of_journals(self) -> None:
        """A projector's process just ends; here its connections would outlive it."""
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        for projector in self.projector._projectors.values():
            await projector._journal.close()

    def steps_under_way(self) -> int:
        """Steps that owners owe each other, and owners that have not recorded or answered all they were asked."""
        owners = [process._owner for process in self.directory.owners.values()]
        return sum(len(owner._outbox) + owner.is_busy for owner in owners if owner is not None)

    def events(self) -> int:
        """Events of all owners that are in the rows."""
        return round(asyncio.run(self.projector.published())["skuld_projector_events"])

    def stop(self) -> int:
        """Stop everything in order."""

        async def leave() -> None:
            await self._gateway.drain(5)
            await self._gateway.stop()
            for owner in self.directory.owners.values():
                await owner.drain(5)
                await owner.stop()

        asyncio.run(leave())
        self.projector._thread.run(self._let_go_of_journals())
        for thread in (self._gateway._thread, self.projector._thread, *[o._thread for o in self.directory.owners.values()]):
            thread.stop()
        for url in {self.settings.sql_url, self.settings.replica_url} - {""}:
            open_database(url).dispose()
        return 0
