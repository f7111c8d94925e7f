"""Commands that Ray cannot hang: it may hold Python's lock while it waits, or end the process it lives in.

So Ray is used in a forked process, and the one that the shell started waits for it, and ends it when it must.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

from gateway.kin import adopt_orphans, end_with, kill_all_below

HUNG: Final = 3
"""The exit code when there was no answer in time."""


@contextmanager
def bounded(limit_s: float) -> Iterator[None]:
    """Run the block, and what comes after it, in a process that is killed when the block takes longer than `limit_s`.

    What Ray prints in the block is dropped.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    done, say_done = os.pipe()
    child = os.fork()
    if child:
        os.close(say_done)
        _wait(child, done, limit_s)
    os.close(done)
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.write(say_done, b".")
        for used in (stderr, nowhere, say_done):
            os.close(used)


def _wait(child: int, done: int, limit_s: float) -> NoReturn:
    """Wait for the child, and end as it ends."""

    told: list[int] = []

    def pass_on(number: int, _frame: Any) -> None:
        told.append(number)
        os.kill(child, number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to both
    in_time = bool(select.select([done], [], [], limit_s)[0])
    finished = in_time and os.read(done, 1) == b"."
    if not in_time:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if not in_time:
        _end(HUNG, f"the system has not answered for {limit_s:g} s")
    if told:
        _end(128 + told[0])
    if not finished:
        _end(HUNG, "the system does not answer: Ray has ended this command")
    _end(128 - code if code < 0 else code)


def apart(folder: Path) -> None:
    """Go on in a process with a session of its own, so that signals to the group do not reach the Ray it will start.

    At a signal that process is killed with everything below it, and `folder` is removed: nobody needs what it was doing.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    lifeline, ours = os.pipe()
    adopt_orphans()
    child = os.fork()
    if not child:
        os.close(ours)
        os.setsid()
        end_with(lifeline)
        return
    os.close(lifeline)

    def end(number: int, _frame: Any) -> None:
        kill_all_below()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    kill_all_below()
    _end(128 - code if code < 0 else code)


def _end(code: int, line: str = "") -> NoReturn:
    if line:
        os.write(2, f"skuld: {line}: see its logs\n".encode())
    os._exit(code)
