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
from actors.kernel.record.database import open_database
from actors.kernel.record.writer import write_alarm
from actors.kernel.settings import SkuldSettings

log = structlog.get_logger()

NICENESS: Final = 5
"""Behind is where it belongs: on a busy machine owners and gateway go first, it catches up after."""
RESTART_PAUSE_S: Final = 2.0
TELL_S: Final = 1.0
"""How often it is looked whether an alarm is new, or over."""


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
        self._thread.begin_from_outside(self._tell())

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

    def _alarm_of(self, owner: OwnerName) -> str:
        projector = self._projectors[owner]
        return projector.alarm or ("" if projector.follows else self._alarms.get(owner, ""))

    async def _tell(self) -> None:
        """Write alarms beside the rows they are about: owners read them there, and tell whoever asks them how they are."""
        told: dict[OwnerName, str] = {}
        while True:
            await asyncio.sleep(TELL_S)
            for owner in tuple(self._projectors):
                alarm = self._alarm_of(owner)
                if told.get(owner) == alarm:
                    continue
                try:
                    await asyncio.to_thread(write_alarm, open_database(self._settings.sql_url), owner, alarm)
                    told[owner] = alarm
                except Fault as fault:
                    log.warning("an alarm that cannot be written", owner=owner, alarm=alarm, reason=str(fault))

    async def status(self) -> list[dict[str, Any]]:
        """How far each owner's rows are."""
        return [
            {**projector.status(), "alarm": self._alarm_of(owner), "pid": os.getpid()}
            for owner, projector in self._projectors.items()
        ]

    async def published(self) -> dict[str, float]:
        """The figures for Ray's dashboard, by metric."""
        projectors = self._projectors.values()
        alarms = sum(bool(self._alarm_of(owner)) for owner in self._projectors)
        return {
            "skuld_projector_events": sum(projector.events for projector in projectors),
            "skuld_projector_transactions": sum(projector.transactions for projector in projectors),
            "skuld_projector_alarms": alarms,
        }

    async def journal_ends(self) -> dict[OwnerName, Position]:
        """Where the journals end now; those that do not answer are left out."""
        return await self._thread.begin(self._journal_ends())

    async def _journal_ends(self) -> dict[OwnerName, Position]:
        ends = {owner: await projector.journal_end() for owner, projector in tuple(self._projectors.items())}
        return {owner: end for owner, end in ends.items() if end is not None}

    async def catch_up(self, timeout_s: float, ends: dict[OwnerName, Position] | None = None) -> bool:
        """Wait until all that is in the journals now (or stood at `ends`) is written.

        What comes meanwhile is not waited for, nor are rows that are refused: the next start replays them from the journal.
        """
        return await self._thread.begin(self._catch_up(timeout_s, ends or {}))

    async def _catch_up(self, timeout_s: float, ends: dict[OwnerName, Position]) -> bool:
        deadline = asyncio.get_running_loop().time() + timeout_s
        waiting: dict[OwnerName, Position | None] = {owner: ends.get(owner) for owner in self._owners}
        while asyncio.get_running_loop().time() < deadline:
            if any(projector.refused for projector in self._projectors.values()):
                return False
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
