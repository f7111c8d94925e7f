"""A whole Skuld, started by its own command as a user would, with hands on its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from tests.patience import PATIENCE_S

SKULD = [sys.executable, "-m", "gateway"]
START_TIMEOUT_S = 120.0


class RunningSystem:
    """`skuld up` in a data directory."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SKULD_")},
            "SKULD_DATA_DIR": str(data_dir),
            "SKULD_PORT": "0",
            "SKULD_AUTH": "off",
            "SKULD_DASHBOARD": "false",
            **{f"SKULD_{name.upper()}": value for name, value in settings.items()},
        }
        self.url = ""
        self.arguments: tuple[str, ...] = ()
        """More of the command line."""
        self.own_group = False
        """Whether the command leads a process group, as in a shell: by default it is in that of the tests, and ends with them."""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> RunningSystem:
        """Start, and wait until every owner serves."""
        assert not self.runs, "started twice"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        running = self.data_dir / "running.json"
        running.unlink(missing_ok=True)  # of one that was killed
        log = (self.data_dir.parent / "up.log").open("ab")
        self._process = subprocess.Popen(
            [*SKULD, "up", *self.arguments], env=self.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            process_group=0 if self.own_group else None,
        )  # fmt: skip
        log.close()
        deadline = time.monotonic() + START_TIMEOUT_S
        while not running.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("skuld up: " + (self.data_dir.parent / "up.log").read_text(errors="replace")[-3000:])
            time.sleep(0.05)
        self.url = json.loads(running.read_text())["url"]
        self.wait_ready()
        return self

    @property
    def runs(self) -> bool:
        """Whether the command runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> int:
        """SIGTERM (to the group where it has one of its own), and the exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            (os.killpg if self.own_group else os.kill)(self._process.pid, signal.SIGTERM)
        return self._process.wait(90)

    @property
    def said(self) -> str:
        """What the command has printed."""
        return (self.data_dir.parent / "up.log").read_text(errors="replace")

    def kill(self) -> None:
        """kill -9 of the command: Ray's processes end with it."""
        assert self._process is not None
        if self._process.poll() is not None:
            return
        children = self.processes()
        self._process.kill()
        self._process.wait(30)
        psutil.wait_procs(children, timeout=30)

    # ── HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request; gives status and JSON."""
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = urllib.request.Request(self.url + path, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text[:1] in b"{[" and text else text.decode()
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def wait_ready(self, timeout_s: float = PATIENCE_S) -> float:
        """Wait until `/readyz` says so; gives the seconds it took."""
        began = time.monotonic()
        while time.monotonic() - began < timeout_s:
            try:
                if self.call("GET", "/readyz")[0] == 200:
                    return time.monotonic() - began
            except OSError:
                pass
            time.sleep(0.05)
        raise TimeoutError(f"not ready after {timeout_s} s")

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run another `skuld` command against this system, with its settings unless others are given."""
        command = [*SKULD, *arguments]
        return subprocess.run(command, env=env or self.env, capture_output=True, text=True, timeout=150, check=False)

    # ── processes ───────────────────────────────────────────────────────────────────────────────────────────────────
    def processes(self) -> list[psutil.Process]:
        """Everything below the command."""
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=True)

    def process(self, name: str) -> psutil.Process:
        """A process below the command, by its name, or by the title that Ray gives it; waits while it is being started."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for child in self.processes():
                try:
                    if (
                        child.name() == name
                        or f"ray::{name}" in (line := " ".join(child.cmdline()))
                        or f"gateway {name}" in line
                    ):
                        return child
                except psutil.Error:
                    continue
            time.sleep(0.05)
        raise LookupError(f"no process {name}")

    def owner_pid(self, owner: str) -> int:
        """The process of an owner, by its own word."""
        _, text = self.call("GET", "/metrics")
        line = next(line for line in text.splitlines() if line.startswith(f'skuld_owner_pid{{owner="{owner}"}}'))
        return int(float(line.split()[-1]))

    def log(self, process: str) -> str:
        """What an owner, the projector or the gateway has logged."""
        return (self.data_dir / "logs" / f"{process}.log").read_text()

    def figure(self, owner: str, name: str) -> float:
        """A figure of an owner."""
        _, text = self.call("GET", "/metrics")
        start = f'skuld_owner_{name}{{owner="{owner}"}}'
        return float(next(line for line in text.splitlines() if line.startswith(start)).split()[-1])

    def fill(self, units: dict[str, int]) -> None:
        """Products with opening stock."""
        products = [{"sku": sku, "name": sku} for sku in units]
        counts = [{"sku": sku, "quantity": quantity, "reason": "opening_stock"} for sku, quantity in units.items()]
        for path, items in (("/v1/products:batch", products), ("/v1/adjustments:batch", counts)):
            status, answer = self.call("POST", path, items, Idempotency_Key="fill")
            assert status == 200, answer
            assert {result["status"] for result in answer["results"]} <= {200, 201}, answer["results"][:3]

    def level(self, sku: str) -> dict[str, Any]:
        """A level, from the owner itself."""
        status, level = self.call("GET", f"/v1/inventory-levels/{sku}?consistent=true")
        assert status == 200, level
        found: dict[str, Any] = level
        return found
