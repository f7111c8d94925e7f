"""The process of one gateway: a loop of its own, the client to the owners, and the HTTP server."""

from __future__ import annotations

import asyncio
import os
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from actors.kernel import composition
from actors.kernel.client import OwnerClient
from actors.kernel.collector import collect_seldom
from actors.kernel.faults import Fault
from actors.kernel.logs import log_to
from actors.kernel.loop_thread import LoopThread
from actors.kernel.read_model import RedisReadModel
from actors.kernel.record.database import open_database
from actors.kernel.settings import SkuldSettings
from actors.kernel.transport.port import Dialler, Directory
from gateway.app import create_app
from gateway.auth import Keys
from gateway.key_store import SqlKeyStore
from gateway.metrics import Metrics
from gateway.server import HttpServer
from gateway.settings import GatewaySettings
from gateway.system import System

log = structlog.get_logger()
RESTART_PAUSE_S = 1.0


class GatewayProcess:
    """One gateway. Starting never raises; until it listens, `status` says why not."""

    def __init__(self, name: str, settings: SkuldSettings, directory: Directory, dialler: Dialler) -> None:
        log_to(settings.data_dir, name)
        self._metrics = Metrics(name)
        self._name = name
        self._settings = settings
        self._directory = directory
        self._dialler = dialler
        self._alarm = "starting"
        self._server: HttpServer | None = None
        self._client: OwnerClient | None = None
        self._thread = LoopThread(name)
        self._thread.begin_from_outside(self._start())

    def __repr__(self) -> str:
        return self._name

    async def _start(self) -> None:
        while True:
            try:
                await self._listen()
                self._alarm = ""
                return
            except Fault as fault:
                self._alarm = str(fault)
            except Exception as error:
                log.exception("the gateway does not start")
                self._alarm = f"{type(error).__name__}: {error}"
            await asyncio.sleep(RESTART_PAUSE_S)

    async def _listen(self) -> None:
        settings = self._settings
        client = self._client = OwnerClient(
            composition.inventory_shards(settings),
            composition.order_shards(settings),
            self._directory,
            self._dialler,
            dict(composition.REPLY_TYPES),
        )
        record = open_database(settings.sql_url)
        inventory = composition.inventory_shards(settings)
        system = System(
            owners=client,
            record=record,
            keys=Keys(SqlKeyStore(record)),
            settings=GatewaySettings(
                settings.host,
                settings.port,
                settings.auth == "on",
                settings.data_dir,
                put_away=settings.receive_to == "receiving",
                zone=ZoneInfo(settings.time_zone),
            ),
            read_model=RedisReadModel(settings.redis_url, inventory) if settings.redis_url else None,
            metrics=self._metrics,
            replica=open_database(settings.replica_url) if settings.replica_url else None,
        )
        self._server = HttpServer(create_app(system), system, settings.host, settings.port, shared=settings.gateways > 1)
        await self._server.start()
        collect_seldom()

    async def status(self) -> dict[str, Any]:
        """Where it listens, or why it does not."""
        port = self._server.port if self._server is not None else 0
        return {"pid": os.getpid(), "host": self._settings.host, "port": port, "alarm": self._alarm}

    async def published(self) -> dict[str, float]:
        """The figures for Ray's dashboard, by metric."""
        return self._metrics.sums()

    async def drain(self, timeout_s: float) -> bool:
        """Answer what is under way and take nothing new."""
        return await self._thread.begin(self._server.drain(timeout_s)) if self._server is not None else True

    async def undrain(self) -> None:
        """Take new requests again."""
        if self._server is not None:
            await self._thread.begin(self._server.undrain())

    async def stop(self) -> None:
        """Close the port."""
        if self._server is not None:
            await self._thread.begin(self._server.stop())
        if self._client is not None:
            await self._thread.begin(self._client.close())
