"""What the two peers share: Python processes of ours, started and stopped as children."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[3]
API_PROCESSES = 2  # the faster choice for both peers on two cores
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0


def wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path, timeout_s: float = START_TIMEOUT_S) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"not ready: {log.read_text()[-4000:]}")
        time.sleep(0.1)


class Children:
    """Named child processes with one log file."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.log = log
        self.environment = {**os.environ, **environment}
        self.started: list[tuple[str, subprocess.Popen[bytes]]] = []

    def run_module(self, role: str, module: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        self.started.append((role, process))
        return process

    def processes(self) -> list[tuple[str, psutil.Process]]:
        found = []
        for role, process in self.started:
            if process.poll() is not None:
                raise RuntimeError(f"{role} has ended: {self.log.read_text()[-4000:]}")
            parent = psutil.Process(process.pid)
            found += [(role, one) for one in (parent, *parent.children(recursive=True))]
        return found

    def stop(self) -> None:
        for _, process in self.started:
            process.terminate()
        for _, process in self.started:
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.started.clear()
