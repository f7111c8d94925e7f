"""Skuld under measurement: `skuld up` with the journal in Redis and the system of record in MariaDB."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.stores import MariaDB, Redis
from tests.benchmarks.targets.peer import wait_until_ready
from tests.servers.process import free_port

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 60.0
BATCH = 1_000
RAY_ITSELF = ("raylet", "gcs_server", "dashboard", "log_monitor", "runtime_env", "default_worker", "ray::IDLE", "monitor.py")


class Skuld:
    name = "skuld"

    def start(self, directory: Path, redis: Redis, database: MariaDB) -> None:
        self.port, self.database, self.log = free_port(), database, directory / "skuld.log"
        self.data_dir = directory / "skuld"
        environment = {
            "SKULD_DATABASE_URL": database.url.replace("mysql+pymysql:", "mysql:"),
            "SKULD_REDIS_URL": redis.url,
            "SKULD_DATA_DIR": str(self.data_dir),
            "SKULD_AUTH": "off",
            "SKULD_DASHBOARD": "false",
        }
        command = [str(Path(sys.executable).with_name("skuld")), "up", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=directory, env={**os.environ, **environment}, stdout=log, stderr=log)
        self.root = psutil.Process(self.process.pid)
        try:
            wait_until_ready(self.port, self.process, self.log, START_TIMEOUT_S)
        except BaseException:
            self.stop()
            raise

    def load(self, stock: Mapping[str, int]) -> None:
        skus = list(stock)
        for at in range(0, len(skus), BATCH):
            part = skus[at : at + BATCH]
            self.post("/v1/products:batch", [{"sku": sku, "name": sku} for sku in part])
            self.post(
                "/v1/adjustments:batch", [{"sku": sku, "quantity": stock[sku], "reason": "opening_stock"} for sku in part]
            )

    def post(self, path: str, items: list[dict[str, Any]]) -> None:
        """Send a batch; every item of it must succeed."""
        url, headers = f"http://127.0.0.1:{self.port}{path}", {"Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(items).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            refused = [one for one in results(json.load(answer)) if int(one.get("status", 200)) >= 400]
        if refused:
            raise RuntimeError(f"{path}: {len(refused)} of {len(items)} refused, the first: {refused[0]}")

    def processes(self) -> list[tuple[str, psutil.Process]]:
        if self.process.poll() is not None:
            raise RuntimeError(f"skuld has ended: {self.log.read_text()[-4000:]}")
        found = [("supervisor", self.root)]
        for process in self.root.children(recursive=True):
            try:
                found.append((role(" ".join(process.cmdline())), process))
            except psutil.Error:
                continue
        return found

    def owner_pid(self, owner: str) -> int:
        """The process of an owner, by its own word."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60) as answer:
            text = answer.read().decode()
        line = next(line for line in text.splitlines() if line.startswith(f'skuld_owner_pid{{owner="{owner}"}}'))
        return int(float(line.split()[-1]))

    def rows_written(self) -> int:
        return self.database.count("orders")

    def units_left(self, sku: str) -> int:
        url = f"http://127.0.0.1:{self.port}/v1/inventory-levels/{sku}?consistent=true"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return int(json.load(answer)["available"])

    def stop(self) -> None:
        """SIGTERM, and the drain it asks for; what is left of its own tree after the limit is killed."""
        try:
            tree = self.root.children(recursive=True)
        except psutil.Error:
            tree = []
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        _, left = psutil.wait_procs(tree, timeout=10)
        for process in left:
            process.kill()


def results(answer: Any) -> list[dict[str, Any]]:
    """A batch's answers, bare or in an envelope."""
    if isinstance(answer, dict):
        answer = answer.get("results", answer.get("items", []))
    return [one for one in answer if isinstance(one, dict)]


def role(command: str) -> str:
    """What a process does, from its title: `ray::inventory-0` and the like, without the number."""
    if "gateway attended" in command:
        return "supervisor"
    if any(word in command for word in RAY_ITSELF):
        return "ray"
    named = re.search(r"ray::([A-Za-z_]+)", command)
    return named.group(1).lower() if named else "other"
