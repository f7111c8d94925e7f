"""A running Skuld on this machine: started in order, watched, stopped in order."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import IO, Any, Final

import msgspec

from actors.kernel import composition, deploy
from actors.kernel.faults import Fault
from actors.kernel.owner_process import OwnerProcess
from actors.kernel.projector_process import ProjectorProcess
from actors.kernel.record.database import open_database
from actors.kernel.record.meta import keep_or_compare
from actors.kernel.record.schema import migrate
from actors.kernel.settings import SkuldSettings
from actors.kernel.transport.direct import DirectDialler
from actors.kernel.transport.port import Dialler
from actors.kernel.transport.ray_call import RayCallDialler, RayDirectory
from actors.kernel.transport.zeromq import ZeroMqDialler
from gateway.data_directory import CannotStart, RunningFile, admin_key, lock_directory
from gateway.process import GatewayProcess
from gateway.server import listen

DIALLERS: Final[dict[str, Callable[[], Dialler]]] = {
    "direct": DirectDialler,
    "zeromq": ZeroMqDialler,
    "ray": RayCallDialler,
}
START_TIMEOUT_S: Final = 90.0
SUPERVISE_S: Final = 1.0
PROJECTOR: Final = "projector"

Say = Callable[[str], None]


class Running:
    """Starts everything, keeps it there, and stops it in order."""

    def __init__(self, settings: SkuldSettings, say: Say, address: str | None = None) -> None:
        self.settings = settings
        self.dashboard = ""
        self.admin_key: str | None = None
        self._say = say
        self._address = address
        self._lock: IO[str] | None = None
        self._processes: dict[str, Callable[[], Any]] = {}

    # ── starting ────────────────────────────────────────────────────────────────────────────────────────────────────
    def start(self) -> None:
        """Start, in the order in which things need each other.

        Raises:
            Fault: it does not start, and why; what was started is stopped again.
        """
        self._lock = lock_directory(self.settings.data_dir)
        try:
            self._prepare()
            self._say("starting Ray")
            settings = self.settings
            self.dashboard = deploy.start_ray(settings.data_dir, address=self._address, dashboard=settings.dashboard)
            self._place_all()
            self._wait_until_serving()
            self._write_running_file()
        except BaseException:
            self._give_up()
            raise

    def _prepare(self) -> None:
        """Find out now, before all else starts, what would only fail later: the port, the stores, a changed setting."""
        with listen(self.settings.host, self.settings.port) as taken:
            port = taken.getsockname()[1]  # a free one is chosen once: a restarted gateway listens where the first did
        settings = self.settings = self.settings.model_copy(update={"port": port})
        if settings.redis_url:
            asyncio.run(_try_journal(settings))
        engine = open_database(settings.sql_url)
        migrate(engine)
        keep_or_compare(engine, _facts(settings))
        self.admin_key = admin_key(engine, settings.data_dir) if settings.auth == "on" else None

    def _give_up(self) -> None:
        """Stop at once what was started: nobody has been told that it serves, and what was answered is in the journals."""
        try:
            if self._processes and deploy.joined():
                for name in self._processes:
                    deploy.remove(name)
        finally:
            self._leave()

    def _place_all(self) -> None:
        settings = self.settings
        dialler = DIALLERS[settings.transport]()
        names = composition.owner_names(settings)
        for name in names:
            self._processes[name] = _placer(name, OwnerProcess, name, settings, RayDirectory(), dialler)
        self._processes[PROJECTOR] = _placer(PROJECTOR, ProjectorProcess, names, settings)
        for number in range(settings.gateways):
            gateway = f"gateway-{number}"
            self._processes[gateway] = _placer(gateway, GatewayProcess, gateway, settings, RayDirectory(), dialler)
        for place in self._processes.values():
            place()

    def _wait_until_serving(self) -> None:
        """Wait for owners and gateways; an owner that will never serve says so."""
        names = composition.owner_names(self.settings)
        self._say(f"starting {len(names)} owners")
        deadline = time.monotonic() + START_TIMEOUT_S
        waiting = [*names, *self.gateways]
        alarm = ""
        while waiting:
            if time.monotonic() > deadline:
                raise CannotStart(f"{', '.join(waiting)} did not come up in {START_TIMEOUT_S:g} s{alarm and ': '}{alarm}")
            answers = deploy.call_all(waiting, "status")
            for name, status in answers.items():
                if isinstance(status, Fault):
                    alarm = str(status)
                elif status.get("final"):
                    raise CannotStart(f"{name}: {status['alarm']}")
                elif status["alarm"] not in {"", "starting", alarm}:
                    alarm = status["alarm"]
                    self._say(f"{name} waits: {alarm}")
            waiting = [name for name in waiting if not _serves(answers[name])]
            time.sleep(0.1)

    @property
    def gateways(self) -> list[str]:
        """The names of the gateways."""
        return [f"gateway-{number}" for number in range(self.settings.gateways)]

    @property
    def url(self) -> str:
        """Where the first gateway listens."""
        status = deploy.call(self.gateways[0], "status")
        host = f"[{status['host']}]" if ":" in status["host"] else status["host"]
        return f"http://{host}:{status['port']}"

    def _write_running_file(self) -> None:
        running = RunningFile(self.url, os.getpid(), deploy.ray_address(), self.dashboard)
        path = self.settings.data_dir / "running.json"
        path.write_bytes(msgspec.json.encode(running))

    # ── watching and stopping ───────────────────────────────────────────────────────────────────────────────────────
    def watch(self, stopping: Callable[[], bool]) -> None:
        """Place again whatever goes missing, until `stopping`."""
        while not stopping():
            for name in deploy.supervise(self._processes):
                self._say(f"{name} was missing and is placed again")
            time.sleep(SUPERVISE_S)

    def stop(self) -> None:
        """Stop in order: no new requests, then what is under way, then the rows, then the processes."""
        settings = self.settings
        (settings.data_dir / "running.json").unlink(missing_ok=True)
        try:
            if self._processes and deploy.joined():
                patience_s = settings.drain_s + 5
                deploy.call_all(self.gateways, "drain", settings.drain_s, timeout_s=patience_s)
                deploy.call_all(self.gateways, "stop", timeout_s=5)
                owners = composition.owner_names(settings)
                deploy.call_all(reversed(owners), "drain", settings.drain_s, timeout_s=patience_s)
                deploy.call_all([PROJECTOR], "catch_up", settings.drain_s, timeout_s=patience_s)
                deploy.call_all(owners, "stop", timeout_s=5)
                for name in (*self.gateways, *owners, PROJECTOR):
                    deploy.remove(name)
        finally:
            self._leave()

    def _leave(self) -> None:
        deploy.leave_ray()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _placer(name: str, process: type, *arguments: Any) -> Callable[[], Any]:
    return lambda: deploy.place(name, process, *arguments)


def _serves(status: Any) -> bool:
    """Whether a process does all it is there for; an owner of orders that has not heard from every shard takes but new ids."""
    if isinstance(status, Fault):
        return False
    return bool(status.get("port")) or (status.get("state") == "serving" and not status.get("shards_unheard"))


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
