"""Ray under `skuld up`: killed, it is started again; shared, each Skuld keeps its own; stopped, nothing is left of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.running_system import SKULD, RunningSystem
from tests.patience import PATIENCE_S
from tests.servers.process import free_port

BACK_WITHIN_S = 90.0
"""On a busy machine, after several deaths in a row; after the first it is some 10 s."""


@pytest.fixture(scope="module")
def system() -> Iterator[RunningSystem]:
    """An embedded system in a process group of its own, as a shell or `timeout` starts it."""
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        running = RunningSystem(Path(folder) / "data")
        running.own_group = True
        running.start()
        running.fill({"a": 100})
        yield running
        print(running.said)
        running.kill()


@pytest.mark.parametrize(
    "killed",
    [("DashboardAgent",), ("gcs_server",), ("attended", "raylet")],
    ids=" then ".join,
)
def test_a_ray_that_dies_is_started_again(system: RunningSystem, killed: tuple[str, ...]) -> None:
    order = {"order_id": f"before-{'-'.join(killed)}", "lines": [{"sku": "a", "quantity": 1}]}
    reserved = system.level("a")["reserved"]
    status, placed = system.call("POST", "/v1/orders", order)
    assert status == 201
    order_id = placed["order_id"]
    for name in killed:  # the second is one of the new ones: it dies while everything is being started
        system.process(name).kill()
        gone(system)
    assert system.wait_ready(BACK_WITHIN_S) < BACK_WITHIN_S
    assert system.call("GET", f"/v1/orders/{order_id}")[1]["state"] == "reserved"
    assert system.call("POST", "/v1/orders", order) == (201, placed)
    assert system.level("a")["reserved"] == reserved + 1
    assert system.run("status").returncode == 0


def gone(system: RunningSystem) -> None:
    """Wait until the fault is felt."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            system.call("GET", "/readyz")
        except OSError:
            return
        time.sleep(0.02)
    raise AssertionError("nothing was felt")


def test_processes_have_the_names_of_what_they_are(system: RunningSystem) -> None:
    for name in ("orders-0", "inventory-0", "projector", "gateway-0"):
        assert system.process(name).cmdline()[0] == f"ray::{name}"


def test_a_killed_owner_is_one_line(system: RunningSystem) -> None:
    before, pid = len(system.said), system.owner_pid("orders-0")
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while "is back" not in system.said[before:] and time.monotonic() < deadline:
        time.sleep(0.1)
    system.wait_ready()
    time.sleep(1.5)
    lines = system.said[before:].splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"orders-0 had died (process {pid}) and is back")


def test_two_systems_on_one_cluster_stay_two(system: RunningSystem) -> None:
    running = json.loads((system.data_dir / "running.json").read_text())
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        other = RunningSystem(Path(folder) / "data")
        other.arguments = ("--address", running["ray_address"])
        other.env["RAY_AUTH_TOKEN_PATH"] = str(system.data_dir / "ray-token")
        try:
            other.start()
            assert other.url != system.url
            pids = {name: (system.owner_pid(name), other.owner_pid(name)) for name in ("orders-0", "inventory-0")}
            other.fill({"b": 5})
            assert system.call("GET", "/v1/products/b")[0] == 404
            other.kill()
            assert other.call("GET", "/readyz")[0] == 200, "its owners are in a cluster that lives on"
            other.env["SKULD_PORT"] = str(free_port())  # other settings: what runs with the old ones is replaced
            other.start()
            assert other.url.endswith(other.env["SKULD_PORT"])
            assert other.owner_pid("orders-0") != pids["orders-0"][1]
            assert other.level("b")["available"] == 5
            found = other.owner_pid("orders-0")
            other.kill()
            other.start()
            assert other.owner_pid("orders-0") == found, "the same settings: it runs on"
            assert other.stop() == 0
            assert {name: system.owner_pid(name) for name in pids} == {name: pid for name, (pid, _) in pids.items()}
        finally:
            print(other.said)
            other.kill()


def test_a_signal_to_the_whole_group_stops_in_order(system: RunningSystem) -> None:
    processes = system.processes()
    began = time.monotonic()
    assert system.stop() == 0
    assert time.monotonic() - began < 30
    assert psutil.wait_procs(processes, timeout=5)[1] == []
    assert system.said.splitlines()[-1] == "stopping: answering what is under way"


def test_a_stop_without_ray_ends_at_once(system: RunningSystem) -> None:
    """As when systemd sends its signal to every process of the unit."""
    if not system.runs:
        system.start()
    processes = system.processes()
    began = time.monotonic()
    for process in processes:
        process.terminate()
    assert system.stop() == 0
    print(f"stopped after {time.monotonic() - began:.1f} s")
    assert time.monotonic() - began < 30, "it waits for a Ray that is gone"
    assert psutil.wait_procs(processes, timeout=5)[1] == []


def test_a_demo_that_is_told_to_stop_leaves_nothing() -> None:
    """A signal to the whole group, as `timeout` sends it, while Ray is being started or just was."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SKULD_")}
    demo = subprocess.Popen([*SKULD, "demo"], env=env, stdout=subprocess.PIPE, process_group=0)
    assert demo.stdout is not None
    while b"owners" not in demo.stdout.readline():
        assert demo.poll() is None
    processes = psutil.Process(demo.pid).children(recursive=True)
    assert any(process.name() == "raylet" for process in processes)
    os.killpg(demo.pid, signal.SIGTERM)
    assert demo.wait(PATIENCE_S) == 128 + signal.SIGTERM
    demo.stdout.close()
    assert psutil.wait_procs(processes, timeout=5)[1] == []
