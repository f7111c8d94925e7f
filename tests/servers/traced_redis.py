"""A Redis whose power can be cut: strace tells which bytes of its append-only file an fsync has covered, the rest is lost.

kill -9 is no power cut: what Redis has written stays in the kernel's cache and reaches the disk later. Nothing of that may
count here. The kernel's promise begins where an fsync returns, so that is what is kept: the bytes that were written before
the last fsync that returned had begun. A disk may keep more than that by luck, never less.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.servers.process import program
from tests.servers.redis import RedisServer

_CALL = re.compile(r"(\d+) +(?:<\.\.\. )?(write|fsync|fdatasync)(?:\(\d+<(.*?)>| resumed>)(.*)")
"""A line of strace: thread, call, file (unless the call is resumed), the rest. `write(8</aof>, ""..., 51) = 51`"""


def may_trace() -> bool:
    """Whether this machine lets a process trace its child; some containers do not."""
    return (
        subprocess.run([program("strace"), "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0
    )


class OnDisk(NamedTuple):
    """What is known of a file: bytes written, bytes that an fsync has covered, fsyncs that have begun."""

    written: int
    synced: int
    fsyncs: int


def on_disk(trace: Iterable[str], path: Path, size: int) -> OnDisk:
    """Follow a file through a trace. `size`: what it held, safely, when the trace began."""
    written = synced = size
    fsyncs = 0
    begun: dict[str, int] = {}
    writing: set[str] = set()
    for line in trace:
        match = _CALL.match(line)
        if match is None:
            continue
        thread, call, file, rest = match.groups()
        if file is not None and not file.endswith(str(path)):
            continue
        done = "= " in rest and "unfinished" not in rest
        if call == "write":
            if file is not None and not done:
                writing.add(thread)
            elif file is not None or thread in writing:
                writing.discard(thread)
                written += max(0, int(rest.rsplit("= ", 1)[1].split()[0]))
            continue
        if file is not None:
            begun[thread] = written
            fsyncs += 1
        if done and thread in begun and rest.rsplit("= ", 1)[1].split()[0] == "0":
            synced = max(synced, begun.pop(thread))
    return OnDisk(written, synced, fsyncs)


class TracedRedis(RedisServer):
    """redis-server under strace. Its file is never rewritten, so that one file holds everything."""

    def __init__(self, folder: Path, *, fsync: str) -> None:
        super().__init__(folder, fsync=fsync, extra=("--auto-aof-rewrite-percentage", "0"))
        self._trace = folder / "trace"
        self._file = folder / "appendonlydir" / "appendonly.aof.1.incr.aof"
        self._size = 0

    def command(self) -> list[str]:
        watched = ["-e", "trace=write,fsync,fdatasync", "-e", "signal=none"]
        options = ["-f", "-y", "-qq", "-s", "0", "--seccomp-bpf", *watched, "-P", str(self._file), "-o", str(self._trace)]
        return [program("strace"), *options, *super().command()]

    def start(self) -> None:
        """Start; what the file holds already is on disk."""
        self._trace.unlink(missing_ok=True)
        self._size = self._file.stat().st_size if self._file.exists() else 0
        super().start()

    @property
    def pid(self) -> int:
        """Redis itself: strace ends when it does."""
        pid: int = psutil.Process(super().pid).children()[0].pid
        return pid

    def on_disk(self) -> OnDisk:
        """How much of the file is safe now."""
        with self._trace.open() as trace:
            return on_disk(trace, self._file, self._size)

    def cut_power(self) -> int:
        """End Redis and take from its file what no fsync has covered; gives the bytes lost."""
        self.kill()
        known = self.on_disk()
        assert self._file.stat().st_size == known.written, f"the trace does not tell of all writes: {known}"
        os.truncate(self._file, known.synced)
        return known.written - known.synced

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self.pid, how)  # and no SIGCONT before it: a frozen one shall not write on
            self._process.wait(30)
