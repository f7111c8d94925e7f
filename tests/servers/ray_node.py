"""Another node of a system's Ray cluster, on this machine: its raylet can be frozen, so that Ray believes the node dead."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

HEALTH_CHECKS = {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
}
"""For the head: a frozen raylet is declared dead after some 8 s; a busy machine's is not (Ray's own values: 65 s)."""
START_TIMEOUT_S = 60.0
END_TIMEOUT_S = 20.0


class RayNode:
    """`ray start --address`, in the foreground. Ends with `stop`."""

    def __init__(self, address: str, token: Path, env: dict[str, str], log: Path) -> None:
        self._log = log
        command = [
            sys.executable, "-m", "ray.scripts.scripts", "start", f"--address={address}", "--block", "--num-cpus=1",
            "--object-store-memory=100000000", "--include-log-monitor=false",
        ]  # fmt: skip
        given = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token), "RAY_worker_niceness": "0"}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, env={**env, **given}, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )
        self._raylet = self._find_raylet()

    def _find_raylet(self) -> psutil.Process:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            for child in psutil.Process(self._process.pid).children():
                if child.name() == "raylet":
                    return child
            time.sleep(0.05)
        raise RuntimeError("the node did not start: " + self._log.read_text()[-2000:])

    def has(self, pid: int) -> bool:
        """Whether a process is a worker of this node."""
        try:
            return bool(psutil.Process(pid).ppid() == self._raylet.pid)
        except psutil.NoSuchProcess:
            return False

    def freeze(self) -> None:
        """SIGSTOP of the raylet only: its workers live on, and nobody watches them."""
        self._raylet.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it hears that it counts as dead, and ends by itself."""
        self._raylet.send_signal(signal.SIGCONT)
        self._raylet.wait(END_TIMEOUT_S)

    def stop(self) -> None:
        """End the node and all of its processes."""
        if self._process.poll() is None:
            children = psutil.Process(self._process.pid).children(recursive=True)
            if self._raylet.is_running():
                self._raylet.send_signal(signal.SIGCONT)
            self._process.terminate()
            for process in psutil.wait_procs(children, timeout=END_TIMEOUT_S)[1]:
                process.kill()
        self._process.wait(END_TIMEOUT_S)
