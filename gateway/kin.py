"""Processes below this one, by /proc: found without asking them, ended without leaving one behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import threading
import time
from pathlib import Path
from typing import Final

PR_SET_CHILD_SUBREAPER: Final = 36
LOOK_AGAIN_S: Final = 0.02
KILL_S: Final = 20.0


def adopt_orphans() -> None:
    """From now on the children of our children are ours when their parents die: none of them can get away."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_with(lifeline: int) -> None:
    """Kill this process and everything below it when the other end of a pipe is closed, as it is when who holds it is killed.

    A signal of the kernel's (PR_SET_PDEATHSIG) would end this process alone, and Ray's agents look for theirs a minute long.
    """

    def wait() -> None:
        os.read(lifeline, 1)
        adopt_orphans()
        kill_all_below(KILL_S)
        os._exit(1)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} is refused")


def descendants(of: int) -> dict[int, str]:
    """Processes below one, with their names; those that have ended and only wait to be reaped are none."""
    children: dict[int, list[tuple[int, str]]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and (found := _stat(int(entry.name))) is not None:
            name, parent = found
            children.setdefault(parent, []).append((int(entry.name), name))
    below: dict[int, str] = {}
    look = [of]
    while look:
        for pid, name in children.get(look.pop(), ()):
            below[pid] = name
            look.append(pid)
    return below


def lives(pid: int, parent: int) -> bool:
    """Whether a process is there and still the child of that parent (numbers are used again)."""
    found = _stat(pid)
    return found is not None and found[1] == parent


def _stat(pid: int) -> tuple[str, int] | None:
    """Name and parent; None when it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")  # the name may hold spaces and brackets
    state, parent = rest.split()[:2]
    return None if state in "ZX" else (name, int(parent))


def reap() -> dict[int, int]:
    """Children that have ended, with their exit codes (minus the signal's number for those killed)."""
    ended = {}
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended[found[0]] = os.waitstatus_to_exitcode(found[1])
    return ended


def kill_all_below(timeout_s: float = KILL_S) -> list[str]:
    """kill -9 of everything below this process, until nothing is left; gives the names of what would not die in time."""
    deadline = time.monotonic() + timeout_s
    while (left := descendants(os.getpid())) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        reap()
        time.sleep(LOOK_AGAIN_S)
    while _has_children() and time.monotonic() < deadline:  # orphans come to us a moment after their parents' death
        reap()
        time.sleep(LOOK_AGAIN_S)
    return sorted(left.values())


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
