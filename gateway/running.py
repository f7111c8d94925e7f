"""A running Skuld on this machine: placed in order, looked after, stopped in order."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from actors.kernel import composition, deploy
from actors.kernel.faults import Fault
from actors.kernel.owner_process import OwnerProcess, loopback
from actors.kernel.projector_process import ProjectorProcess
from actors.kernel.settings import SkuldSettings
from actors.kernel.transport.direct import DirectDialler
from actors.kernel.transport.port import Dialler
from actors.kernel.transport.ray_call import RayCallDialler, RayDirectory
from actors.kernel.transport.zeromq import ZeroMqDialler
from gateway.data_directory import CannotStart, RunningFile
from gateway.process import GatewayProcess

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

    def __init__(
        self, settings: SkuldSettings, namespace: str, say: Say, address: str | None = None, pid: int | None = None
    ) -> None:
        self.settings = settings
        self.pid = pid or os.getpid()
        """Who is told to stop."""
        self.namespace = namespace
        self.dashboard = ""
        self._say = say
        self._address = address
        self._processes: dict[str, Callable[[], Any]] = {}

    # ── starting ────────────────────────────────────────────────────────────────────────────────────────────────────
    def start_ray(self, session_dir: Path | None = None) -> None:
        """Start Ray, or join it.

        Raises:
            Fault: it does not start, and why.
        """
        self._say("starting Ray" if self._address is None else "joining Ray")
        self.dashboard = deploy.start_ray(
            self.settings.data_dir,
            address=self._address,
            namespace=self.namespace,
            dashboard=self.settings.dashboard,
            session_dir=session_dir,
        )

    def start(self, *, again: bool = False, leaving: Callable[[], None] = lambda: None) -> None:
        """Place everything, in the order in which things need each other, and wait until it serves.

        Args:
            again: it has served before, so what does not come up (a store that is away) is said and waited for.

        Raises:
            Fault: it does not start, and why; what was started is stopped again.
        """
        try:
            self._place_all()
            try:
                self._wait_until_serving()
            except CannotStart as fault:
                if not again:
                    raise
                self._say(str(fault))
            self._write_running_file()
        except BaseException:
            self._give_up(leaving, leave_actors=again)
            raise

    def _give_up(self, leaving: Callable[[], None], *, leave_actors: bool) -> None:
        """Stop at once what was started: nobody has been told that it serves, and what was answered is in the journals."""
        try:
            if self._processes and not leave_actors and deploy.joined():
                for name in self._processes:
                    deploy.remove(name)
        finally:
            leaving()
            deploy.leave_ray()

    def _place_all(self) -> None:
        settings = self.settings
        dialler = DIALLERS[settings.transport]()
        names = composition.owner_names(settings)
        where = loopback if self._address is None else deploy.address_of_node
        placed: dict[str, tuple[Any, ...]] = {
            name: (OwnerProcess, name, settings, RayDirectory(), dialler, where) for name in names
        }
        placed[PROJECTOR] = (ProjectorProcess, names, settings)
        placed |= {name: (GatewayProcess, name, settings, RayDirectory(), dialler) for name in self.gateways}
        fingerprint = hashlib.sha256(settings.model_dump_json().encode()).hexdigest()
        others = deploy.replace_others(dict.fromkeys(placed, fingerprint))
        if others:
            self._say(f"{', '.join(others)} ran on with other settings: replaced")
        self._processes = {name: _placer(name, fingerprint, *process) for name, process in placed.items()}
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
        """Where the gateways listen."""
        host = self.settings.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.settings.port}"

    def _write_running_file(self) -> None:
        settings = self.settings.model_dump(mode="json", exclude={"data_dir"})
        running = RunningFile(self.url, self.pid, deploy.ray_address(), self.namespace, self.dashboard, settings)
        path = self.settings.data_dir / "running.json"
        new = path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(running))
        new.replace(path)

    # ── watching and stopping ───────────────────────────────────────────────────────────────────────────────────────
    def watch(self, stopping: Callable[[], bool], alive: Callable[[], None]) -> None:
        """Place again whatever goes missing, until `stopping`; tells `alive` after each look that came to its end.

        Raises:
            Fault: Ray has lost this node.
        """
        supervisor = deploy.Supervisor(self._processes)
        while not stopping():
            for line in supervisor.look():
                self._say(line)
            alive()
            time.sleep(SUPERVISE_S)

    def stop(self, leaving: Callable[[], None] = lambda: None) -> None:
        """Stop in order: no new requests, then what is under way, then the rows, then the processes, at last Ray."""
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
            leaving()
            deploy.leave_ray()


def stop_limit_s(settings: SkuldSettings) -> float:
    """How long an orderly stop takes at most: gateways, owners and projector have `drain_s` each, and some for the rest."""
    return 3 * (settings.drain_s + 5) + 15


def _placer(name: str, fingerprint: str, process: type, *arguments: Any) -> Callable[[], Any]:
    return lambda: deploy.place(name, fingerprint, process, *arguments)


def _serves(status: Any) -> bool:
    """Whether a process does all it is there for; an owner of orders that has not heard from every shard takes but new ids."""
    if isinstance(status, Fault):
        return False
    return bool(status.get("port")) or (status.get("state") == "serving" and not status.get("shards_unheard"))
