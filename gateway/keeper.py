"""Keeps `skuld up` up: a small process without Ray, which starts the one that has Ray, and starts it anew when it fails.

Ray's libraries end the process they live in when their head is gone, and may hang it before; so who restarts Ray must not
have it. All state is in the journals, hence what is left of a failed Ray is killed, and everything is placed again.
It stands in a session of its own with all below it: a signal to the group of `skuld up` reaches the keeper alone, which stops
the rest in order.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import select
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.kin import adopt_orphans, descendants, kill_all_below, lives, reap

RAY, SERVES, ALIVE, LEAVING = b"R", b"S", b".", b"L"
"""What the attended process says through its pipe: Ray is up; everything is placed; all is well; it is about to leave Ray."""
VITAL: Final = frozenset({"gcs_server", "raylet"})
"""Without these two Ray is nothing. A raylet ends by itself when one of its agents does."""
DEAF_S: Final = 30.0
"""So long may a look at the actors take: longer, and Ray hangs."""
START_S: Final = 180.0
LEAVE_S: Final = 15.0
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 8.0
WELL_S: Final = 30.0
"""Who has served so long starts with the first pause again."""
LOOK_S: Final = 0.5


class Ended(NamedTuple):
    """How the attended process came to its end."""

    code: int
    reason: str


class Keeper:
    """Runs a command until it is told to stop."""

    def __init__(self, command: list[str], running_file: Path, stop_s: float) -> None:
        self._command = command
        self._running_file = running_file
        self._stop_s = stop_s
        self._signals: list[int] = []
        self._has_served = False
        self._wakes, wake = os.pipe()
        for end in (self._wakes, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # wakes

    def _note(self, number: int, _frame: Any) -> None:
        self._signals.append(number)

    def run(self) -> int:
        """Start, and start again; gives the exit code once it was told to stop, or could not start at all."""
        adopt_orphans()
        pause = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            again = self._has_served
            session, held = _session()
            attended = _Attended(self, [*self._command, "--session", session, *(("--again",) if again else ())], again=again)
            try:
                ended = attended.attend()
            finally:
                left = kill_all_below()
                attended.close()
                shutil.rmtree(session, ignore_errors=True)
                os.close(held)
                self._running_file.unlink(missing_ok=True)
            if left:
                say(f"these processes cannot be killed: {', '.join(left)}")
            if self._signals:
                return self._stopped(ended)
            if not self._has_served:
                if ended.reason and ended.code <= 0:
                    say(ended.reason)
                return ended.code if ended.code > 0 else 1
            if time.monotonic() - began > WELL_S:
                pause = FIRST_PAUSE_S
            say(f"{ended.reason}: Ray and all processes are started again in {pause:g} s")
            if self._sleep(pause):
                return 0
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _stopped(self, ended: Ended) -> int:
        if ended.reason:
            say(f"{ended.reason}: stopped at once; what was answered is in the journals")
        return 0 if ended.code == 0 or self._has_served else 128 + self._signals[0]

    def _sleep(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self._signals and (rest := deadline - time.monotonic()) > 0:
            self.wait(rest)
        return bool(self._signals)

    def wait(self, seconds: float, *others: int) -> bytes:
        """Wait for a signal, the end of a child, or words from `others`; gives the words."""
        ready = select.select([self._wakes, *others], [], [], seconds)[0]
        if self._wakes in ready:
            os.read(self._wakes, 4096)
        return b"".join(os.read(other, 4096) for other in others if other in ready)

    @property
    def stop_s(self) -> float:
        """How long an orderly stop may take."""
        return self._stop_s

    @property
    def signals(self) -> list[int]:
        """The stop signals that came."""
        return self._signals

    def served(self) -> None:
        """From now on it is started again, whatever ends it."""
        self._has_served = True


def _session() -> tuple[str, int]:
    """A directory for Ray, with a short path as it puts sockets there, locked while it is in use; those of keepers that were
    killed are removed."""
    for left in Path(tempfile.gettempdir()).glob("skuld-ray-*/keeper"):
        with contextlib.suppress(OSError):
            held = os.open(left, os.O_RDWR)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left.parent, ignore_errors=True)
            finally:
                os.close(held)
    session = tempfile.mkdtemp(prefix="skuld-ray-")
    held = os.open(f"{session}/keeper", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    return session, held


class _Attended:
    """One life of the attended process."""

    def __init__(self, keeper: Keeper, command: list[str], *, again: bool) -> None:
        self._keeper = keeper
        self._again = again
        self._words, say_here = os.pipe()
        end_with_us, self._lifeline = os.pipe()
        for theirs in (say_here, end_with_us):
            os.set_inheritable(theirs, True)
        command = [*command, "--say", str(say_here), "--lifeline", str(end_with_us), "--keeper", str(os.getpid())]
        self._pid = os.posix_spawn(command[0], command, os.environ, setsid=True, setsigdef=[signal.SIGINT, signal.SIGTERM])
        os.close(say_here)
        os.close(end_with_us)
        self._vital: dict[int, str] = {}
        self._deadline = time.monotonic() + START_S
        self._late = f"Skuld did not start in {START_S:g} s"
        self._told_to_stop = False
        self._has_ray = False

    def attend(self) -> Ended:
        """Watch it to its end, or until it is of no use any more."""
        while True:
            self._hear(self._keeper.wait(LOOK_S, self._words))
            ended = reap()
            if self._pid in ended:
                return self._ended(ended[self._pid])
            for pid, name in self._vital.items():
                if not lives(pid, self._pid):
                    return Ended(-1, f"Ray's {name} has ended")
            if time.monotonic() > self._deadline:
                return Ended(-1, self._late)
            self._pass_on()

    def close(self) -> None:
        """Close the pipes, once it has ended."""
        os.close(self._words)
        os.close(self._lifeline)

    def _hear(self, words: bytes) -> None:
        now = time.monotonic()
        if RAY in words or (self._again and not self._has_ray):  # a first start that fails says itself why
            self._has_ray = RAY in words
            below = descendants(self._pid)
            self._vital |= {pid: name for pid, name in below.items() if name in VITAL and lives(pid, self._pid)}
        if SERVES in words:
            self._keeper.served()
        if LEAVING in words:
            self._has_ray, self._vital = True, {}
            self._deadline, self._late = now + LEAVE_S, f"Ray did not end within {LEAVE_S:g} s"
        elif (ALIVE in words or SERVES in words) and not self._told_to_stop:
            self._deadline, self._late = now + DEAF_S, f"Ray has not answered for {DEAF_S:g} s"

    def _pass_on(self) -> None:
        """A first signal asks for an orderly stop, a second one ends everything."""
        signals = self._keeper.signals
        if len(signals) > 1:
            self._deadline, self._late = 0.0, "told twice"
        elif signals and not self._told_to_stop:
            self._told_to_stop = True
            self._deadline = time.monotonic() + self._keeper.stop_s
            self._late = f"the stop took more than {self._keeper.stop_s:g} s"
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGTERM)

    def _ended(self, code: int) -> Ended:
        if self._told_to_stop and code == 0:
            return Ended(0, "")
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        return Ended(code, f"the process that holds Ray {how}")


def say(line: str) -> None:
    """One line for the operator."""
    with contextlib.suppress(OSError):
        print(f"skuld: {line}", file=sys.stderr, flush=True)  # noqa: T201  # this process has no console


def keep(command: list[str], running_file: Path, stop_s: float) -> None:
    """Become the keeper: the same process, but small. Does not return.

    What is inheritable (the lock of the data directory) stays open.
    """
    own = [sys.executable, "-P", "-m", "gateway.keeper", "--running-file", str(running_file), "--stop-s", str(stop_s)]
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [*own, "--", *command])


def main() -> None:
    """Entry point of the keeper."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--running-file", type=Path, required=True)
    parser.add_argument("--stop-s", type=float, required=True)
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()
    sys.exit(Keeper(given.command, given.running_file, given.stop_s).run())


if __name__ == "__main__":
    main()
