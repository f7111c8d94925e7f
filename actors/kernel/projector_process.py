"""The process that follows every owner's journal into the system of record."""

from __future__ import annotations

import asyncio
import os
from typing import Any, Final

import structlog

from actors.kernel import composition
from actors.kernel.collector import spare_the_collector
from actors.kernel.entry import Position
from actors.kernel.faults import Fault, Fenced
from actors.kernel.logs import log_to
from actors.kernel.loop_thread import LoopThread
from actors.kernel.messages import OwnerName
from actors.kernel.projector import Projector
from actors.kernel.settings import SkuldSettings

log = structlog.get_logger()

NICENESS: Final = 5
"""Behind is where it belongs: on a busy machine owners and gateway go first, it catches up after."""
RESTART_PAUSE_S: Final = 2.0


class ProjectorProcess:
    """Follows the journals of `owners`, each on its own."""

    def __init__(self, owners: list[OwnerName], settings: SkuldSettings) -> None:
        os.nice(NICENESS)
        log_to(settings.data_dir, "projector")
        self._settings = settings
        self._owners = owners
        self._projectors: dict[OwnerName, Projector] = {}
        self._alarms: dict[OwnerName, str] = {}
        self._thread = LoopThread("projector")
        self._thread.begin_from_outside(spare_the_collector())
        for owner in owners:
            self._thread.begin_from_outside(self._follow(owner))

    def __repr__(self) -> str:
        return "projector"

    async def _follow(self, owner: OwnerName) -> None:
        """Follow for ever. A fault drops the projector's memory and begins again from the last snapshot."""
        while True:
            try:
                projector = Projector(
                    owner,
                    lambda: composition.make_machine(owner, self._settings),
                    composition.make_journal(owner, self._settings),
                    composition.make_record(owner, self._settings),
                )
                self._projectors[owner] = projector
                await projector.run()
            except Fenced as fault:
                log.warning("projector fenced, beginning again", owner=owner, reason=str(fault))
                self._alarms[owner] = str(fault)
            except Fault as fault:
                log.error("projector stopped", owner=owner, reason=str(fault))
                self._alarms[owner] = str(fault)
            except Exception as error:
                log.exception("projector failed", owner=owner)
                self._alarms[owner] = f"{type(error).__name__}: {error}"
            await asyncio.sleep(RESTART_PAUSE_S)

    async def status(self) -> list[dict[str, Any]]:
        """How far each owner's rows are."""
        return [
            {**projector.status(), "alarm": projector.alarm or self._alarms.get(owner, ""), "pid": os.getpid()}
            for owner, projector in self._projectors.items()
        ]

    async def published(self) -> dict[str, float]:
        """The figures for Ray's dashboard, by metric."""
        projectors = self._projectors.values()
        alarms = sum(bool(projector.alarm or self._alarms.get(owner)) for owner, projector in self._projectors.items())
        return {
            "skuld_projector_events": sum(projector.events for projector in projectors),
            "skuld_projector_transactions": sum(projector.transactions for projector in projectors),
            "skuld_projector_alarms": alarms,
        }

    async def catch_up(self, timeout_s: float) -> bool:
        """Wait until all that is in the journals now is written; what comes meanwhile is not waited for."""
        return await self._thread.begin(self._catch_up(timeout_s))

    async def _catch_up(self, timeout_s: float) -> bool:
        deadline = asyncio.get_running_loop().time() + timeout_s
        waiting: dict[OwnerName, Position | None] = dict.fromkeys(self._owners)
        while asyncio.get_running_loop().time() < deadline:
            for owner in [*waiting]:
                projector = self._projectors.get(owner)  # another one after a fault
                if projector is None:
                    continue
                waiting[owner] = end = waiting[owner] or await projector.journal_end()
                if end is not None and projector.applied >= end:
                    del waiting[owner]
            if not waiting:
                return True
            await asyncio.sleep(0.05)
        return False
