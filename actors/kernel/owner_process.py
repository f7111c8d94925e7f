"""The process of one owner: loop, journal, transport and machine put together. Ray places it; tests run it without."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, Final

import structlog

from actors.kernel import composition
from actors.kernel.acknowledged import NOTHING, AcknowledgedNote
from actors.kernel.client import OwnerClient
from actors.kernel.collector import spare_the_collector
from actors.kernel.entry import START, EntryCodec, Position
from actors.kernel.faults import Fault, JournalDamaged, JournalTooWeak, StoreUnavailable
from actors.kernel.journal.port import Journal, StoreMemory
from actors.kernel.logs import log_to
from actors.kernel.loop_thread import LoopThread
from actors.kernel.machine import broken_invariants
from actors.kernel.messages import OwnerName
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.record.database import open_database
from actors.kernel.record.writer import known_position, raise_epoch, read_alarm
from actors.kernel.recovery import check_has, check_rows_follow
from actors.kernel.service import OwnerService, SenderChannel
from actors.kernel.settings import SkuldSettings
from actors.kernel.transport.direct import DirectServer
from actors.kernel.transport.port import Dialler, Directory, Endpoint
from actors.kernel.transport.whole import whole_response
from actors.kernel.watermarks import why_full

log = structlog.get_logger()

LAG_CHECK_S: Final = 1.0
ALARM_CHECK_S: Final = 2.0
RESTART_PAUSE_S: Final = 1.0
WEAK_PAUSE_S: Final = 5.0


def loopback() -> str:
    """The address of a node that is alone."""
    return "127.0.0.1"


class OwnerProcess:
    """One owner and everything around it.

    Starting never raises: until the owner serves, commands are answered Busy, and recovery is tried for ever, because a
    supervisor restarts a process that dies but not one that cannot be built.
    """

    def __init__(
        self,
        name: OwnerName,
        settings: SkuldSettings,
        directory: Directory,
        dialler: Dialler,
        address_of_node: Callable[[], str] = loopback,
    ) -> None:
        log_to(settings.data_dir, name)
        log.info("starting", owner=name, pid=os.getpid())
        self.name = name
        self._settings = settings
        self._note = AcknowledgedNote(name, settings.data_dir, settings.sql_url)
        self._directory = directory
        self._dialler = dialler
        self._address_of_node = address_of_node
        self._alarm = ""
        self._final = False
        """The alarm will not pass by itself."""
        self._lag = 0
        self._memory = StoreMemory()
        self._ready = asyncio.Event()
        self._owner: Owner | None = None
        self._service: OwnerService | None = None
        self._server: DirectServer | None = None
        self._journal: Journal | None = None
        self._client: OwnerClient | None = None
        self._watches: list[asyncio.Task[None]] = []
        self._thread = LoopThread(name)
        self._thread.begin_from_outside(self._start())

    def __repr__(self) -> str:
        return f"{self.name}"

    # ── inside the loop ─────────────────────────────────────────────────────────────────────────────────────────────
    async def _start(self) -> None:
        self._thread.loop.create_task(spare_the_collector())  # before recovery, which makes nearly all there is to walk
        server = DirectServer(self._on_request, self._address_of_node())
        await server.listen()
        self._server = server
        while True:
            try:
                await self._serve()
                return
            except JournalTooWeak as fault:  # whoever strengthens it need not restart us
                self._wail(str(fault), final=True)
                log.error("not serving", owner=self.name, reason=str(fault))
                await asyncio.sleep(WEAK_PAUSE_S)
            except JournalDamaged as fault:
                self._wail(str(fault), final=True)
                log.error("not serving", owner=self.name, reason=str(fault))
                return
            except Fault as fault:
                self._wail(str(fault))
                log.warning("not serving yet", owner=self.name, reason=str(fault))
                await asyncio.sleep(RESTART_PAUSE_S)
            except Exception as error:
                self._wail(f"{type(error).__name__}: {error}", final=True)
                log.exception("recovery failed", owner=self.name)
                return

    def _wail(self, alarm: str, *, final: bool = False) -> None:
        """Let everybody who asks know why it does not serve."""
        self._alarm, self._final = alarm, final
        if self._owner is not None:
            self._owner.trouble = alarm

    async def _serve(self) -> None:
        settings = self._settings
        self._client = OwnerClient(
            composition.inventory_shards(settings),
            composition.order_shards(settings),
            self._directory,
            self._dialler,
            dict(composition.REPLY_TYPES),
        )
        self._journal = composition.make_journal(self.name, settings)
        machine = composition.make_machine(self.name, settings)
        owner = Owner(self.name, machine, self._journal, Outbox(self._client), self._leave)
        self._service = OwnerService(owner)
        self._owner = owner
        if not self._may_lose:
            owner.note_loss_with(self._note.leave)
        stored, epoch = await asyncio.to_thread(self._stored_position)
        acknowledged = await asyncio.to_thread(self._note.find)
        await owner.start(epoch, stored, acknowledged)
        if acknowledged is not NOTHING:
            await asyncio.to_thread(self._note.forget)
        self._alarm, self._final = "", False
        owner.turn_away_when(self._why_full)
        owner.recall_with(composition.make_recall(self.name, self._settings))
        codec = EntryCodec[Any](machine.event_types)
        watches = (self._raise_epoch(owner.epoch, codec), self._watch_lag(), self._watch_rows(owner), self._watch_alarm(owner))
        self._watches = [self._thread.loop.create_task(watch) for watch in watches]

    @property
    def _may_lose(self) -> bool:
        """Whether the journal is one that was chosen although it may lose the last second."""
        return bool(self._settings.redis_url) and self._settings.redis_fsync != "always"

    def _stored_position(self) -> tuple[Position, int]:
        """What the system of record knows of this owner; nothing when it is away, which a Redis journal survives."""
        try:
            return known_position(open_database(self._settings.sql_url), self.name)
        except StoreUnavailable:
            return START, 0

    async def _raise_epoch(self, epoch: int, codec: EntryCodec[Any]) -> None:
        """Tell the system of record that older projectors of this owner are over; tried until it is there.

        From then on the rows follow this epoch only. Whoever started while they were away compares them with the journal now.
        """
        assert self._journal is not None
        while True:
            try:
                engine = open_database(self._settings.sql_url)
                await asyncio.to_thread(raise_epoch, engine, self.name, epoch)
                stored, _ = await asyncio.to_thread(known_position, engine, self.name)
                await check_rows_follow(self.name, self._journal, codec, stored)
                await check_has(self.name, self._journal, codec, await asyncio.to_thread(self._note.find))
                return
            except JournalDamaged as fault:
                self._leave(str(fault))  # the successor finds the same before it serves, and says so
            except Fault:
                await asyncio.sleep(RESTART_PAUSE_S)

    async def _watch_lag(self) -> None:
        assert self._journal is not None
        while True:
            await asyncio.sleep(LAG_CHECK_S)
            try:
                self._lag = await self._journal.length()
                if self._owner is not None:
                    self._owner.figures.journal_entries = self._lag
                self._memory = await self._journal.memory()
            except StoreUnavailable:
                continue

    async def _watch_rows(self, owner: Owner) -> None:
        """Let go of forgotten keys that the rows have."""
        forgotten, mark = owner.machine.forgotten.lately, owner.position
        while True:
            await asyncio.sleep(LAG_CHECK_S)
            if not forgotten:
                continue
            try:
                stored, _ = await asyncio.to_thread(known_position, open_database(self._settings.sql_url), self.name)
            except Fault:
                continue
            if stored >= mark:
                forgotten.rows_have_passed()
                mark = await owner.all_recorded()

    async def _watch_alarm(self, owner: Owner) -> None:
        """Know what keeps the rows from following, for whoever asks."""
        while True:
            try:
                owner.rows_alarm = await asyncio.to_thread(read_alarm, open_database(self._settings.sql_url), self.name)
            except Fault as fault:
                owner.rows_alarm = str(fault)
            await asyncio.sleep(ALARM_CHECK_S)

    def _why_full(self) -> str:
        return why_full(self.name, self._lag, self._memory)

    def _on_request(self, payload: bytes, channel: SenderChannel) -> None:
        if self._service is not None:
            self._service.receive(payload, channel)

    def _leave(self, reason: str) -> None:
        """Die, so that the supervisor starts a successor that rebuilds from the journal."""
        log.error("left", owner=self.name, reason=reason)
        os._exit(1)

    # ── from outside the loop ───────────────────────────────────────────────────────────────────────────────────────
    async def endpoint(self) -> Endpoint | None:
        """Where commands for this owner go."""
        return self._server.endpoint if self._server is not None else None

    async def handle(self, payload: bytes) -> bytes:
        """A request that came through Ray: the response when every message in it is answered."""
        return await self._thread.begin(self._handle(payload))

    async def _handle(self, payload: bytes) -> bytes:
        return await whole_response(self._service, payload) if self._service is not None else b""

    async def status(self) -> dict[str, Any]:
        """How the owner is: state, alarm, figures."""
        owner = self._owner
        return {
            "owner": self.name,
            "pid": os.getpid(),
            "state": owner.state if owner is not None else "starting",
            "alarm": self._alarm,
            "final": self._final,
            "epoch": owner.epoch if owner is not None else 0,
            "journal_entries": self._lag,
            **(await self._thread.begin(self._figures())),
        }

    async def _figures(self) -> dict[str, float]:
        if self._owner is None or self._owner.state != "serving":
            return {}
        return {**self._owner.figures.as_dict(), **self._owner.machine.figures()}

    async def published(self) -> dict[str, float]:
        """The figures for Ray's dashboard, by metric."""
        owner = self._owner
        figures = {"serving": float(owner is not None and owner.state == "serving"), "epoch": owner.epoch if owner else 0}
        figures |= await self._thread.begin(self._figures())
        return {f"skuld_owner_{name}": value for name, value in figures.items() if "_le_" not in name}

    async def broken_invariants(self) -> list[str]:
        """Reconciliation of the owner's memory."""
        return await self._thread.begin(self._broken_invariants())

    async def _broken_invariants(self) -> list[str]:
        machine = self._owner.machine if self._owner is not None else None
        return broken_invariants(machine) if machine is not None else [f"{self.name} is not serving"]

    async def drain(self, timeout_s: float) -> bool:
        """Finish what is under way and take nothing new."""
        return await self._thread.begin(self._owner.drain(timeout_s)) if self._owner is not None else True

    async def stop(self) -> None:
        """Leave in order."""
        await self._thread.begin(self._stop())

    async def _stop(self) -> None:
        for watch in self._watches:
            watch.cancel()
        if self._owner is not None:
            await self._owner.stop()
        if self._server is not None:
            self._server.close()
        if self._client is not None:
            await self._client.close()
