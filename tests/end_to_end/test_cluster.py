"""`cluster.yaml` for real: `ray up` over ssh, jobs, `ray submit`, `ray down`; nothing is left, and no other Ray is touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import psutil
import pytest

from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from forecasting.history.importing import import_days
from forecasting.history.store import HistoryStore
from forecasting.registry.pointers import read_pointers, write_pointers
from forecasting.registry.stand_in import StandIn
from forecasting.tasks import ray_runner
from forecasting.window.place import Place
from tests.servers.process import free_port
from tests.servers.sshd import SshServer

ROOT = Path(__file__).parents[2]
RAY = Path(sys.executable).with_name("ray")
SMALL = "--num-cpus=2 --min-worker-port=30000 --max-worker-port=30999 --object-store-memory=100000000 --include-log-monitor=false --ray-client-server-port={} --dashboard-agent-listen-port={}"
SERIES, DAYS = 12, 70
COMMAND_S, END_S = 150.0, 30.0
CONNECTIONS = "ray_ssh_*/*"
"""Where `ray up` keeps its connections, whatever its own temporary directory is."""


class Cluster:
    """The project's cluster.yaml, with the addresses of this machine."""

    def __init__(self, folder: Path, server: SshServer) -> None:
        self.home = server.home
        self.data_dir = folder / "data"
        self.dashboard = free_port()
        changes = {
            "cluster_name: skuld": f"cluster_name: skuld-{server.port}",  # ssh keeps connections by the cluster's name
            "/opt/skuld": ROOT,
            "/var/lib/skuld": self.data_dir,
            "ssh_user: skuld": f"ssh_user: {server.user}",
            "ssh_private_key: ~/.ssh/id_ed25519": f"ssh_private_key: {server.key}\n  ssh_proxy_command: {server.proxy_command}",
            "6385": free_port(),
            "8265": self.dashboard,
            "export RAY_USAGE_STATS_ENABLED=0": f"export RAY_USAGE_STATS_ENABLED=0 RAY_TMPDIR={folder}/t",
            "--head --block": "--head --block " + SMALL.format(free_port(), free_port()),
        }
        text = (ROOT / "cluster.yaml").read_text()
        for before, after in changes.items():
            assert before in text
            text = text.replace(before, str(after))
        self.file = folder / "cluster.yaml"
        self.file.write_text(text)
        (folder / "t").mkdir()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SKULD_", "RAY_"))}
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(self.home / ".skuld" / "token")}
        self.env = {**inherited, **token, "RAY_TMPDIR": str(folder / "t"), "RAY_USAGE_STATS_ENABLED": "0"}

    def ray(self, *arguments: str) -> str:
        """Run a command of Ray's; gives what it said."""
        done = subprocess.run(
            [str(RAY), *arguments], env=self.env, cwd=ROOT, timeout=COMMAND_S, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        log = self.home / ".skuld" / "ray.log"
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{log.read_text()[-2000:] if log.exists() else ''}"
        return done.stdout

    def pid(self) -> int:
        """The process that the head was started as."""
        return int((self.home / ".skuld" / "ray.pid").read_text())

    def end(self) -> None:
        """Whatever happened, by the wrapper that ends this Ray alone."""
        wrapper = self.home / ".skuld" / "bin" / "ray"
        if wrapper.exists():
            subprocess.run([str(wrapper), "stop"], env={**self.env, "HOME": str(self.home)}, timeout=60, check=False)


@pytest.fixture
def cluster(short_folder: Path) -> Iterator[Cluster]:
    """Data of an installation, an sshd to its machine; whatever is started is ended."""
    (short_folder / "ssh").mkdir()
    server = SshServer(short_folder / "ssh")
    server.start()
    found = Cluster(short_folder, server)
    fill(found.data_dir)
    before = set(Path("/tmp").glob(CONNECTIONS))
    try:
        yield found
    finally:
        found.end()
        server.stop()
        for folder in set(Path("/tmp").glob(CONNECTIONS)) - before:
            shutil.rmtree(folder, ignore_errors=True)


def fill(data_dir: Path) -> None:
    """Ten weeks of demand, and a champion."""
    data_dir.mkdir()
    days = np.datetime64("2026-01-05") + np.arange(DAYS)
    units = np.random.default_rng(3).poisson(4, (SERIES, DAYS))
    columns = {
        "sku": np.repeat([f"s-{row}" for row in range(SERIES)], DAYS),
        "day": np.tile(days, SERIES),
        "units": units.ravel(),
    }
    pl.DataFrame(columns).with_columns(pl.col("day").cast(pl.Date)).write_parquet(data_dir / "before.parquet")
    import_days(HistoryStore(data_dir / "history"), data_dir / "before.parquet", "main")
    engine = open_database(f"sqlite:///{data_dir / 'skuld.sqlite'}")
    migrate(engine)
    place = Place(engine, data_dir)
    champion = StandIn("week 2+1", "TSB, counts")
    place.artefacts.keep(champion)
    with place.rows() as rows:
        before = read_pointers(rows, "week 2+1")
        assert write_pointers(rows, before, before.promoted(champion.digest, date(2026, 1, 5), 1, "first"))
    engine.dispose()


def outcome(said: str) -> dict[str, object]:
    """The line of JSON that a scoring job prints."""
    line = next(line for line in said.splitlines() if line.startswith("[{"))
    found: dict[str, object] = json.loads(line)[0]
    return found


def doubled(shared: int, number: int) -> int:
    """Work of another Ray."""
    return shared * number


@pytest.mark.timeout(900)
def test_a_cluster_comes_up_scores_and_goes_down_without_touching_another_ray(cluster: Cluster) -> None:
    with ray_runner(cpus=1) as other:
        assert other.run(doubled, 2, [1, 2], "work") == [2, 4]
        cluster.ray("up", "-y", "--no-config-cache", str(cluster.file))
        head = psutil.Process(cluster.pid())
        below = head.children(recursive=True)
        assert {"gcs_server", "raylet"} <= {process.name() for process in below}

        where = cluster.ray("exec", str(cluster.file), "command -v ray")
        assert str(cluster.home / ".skuld" / "bin" / "ray") in where, "its `ray stop` is the one that ends by id"
        address = f"http://127.0.0.1:{cluster.dashboard}"
        told = cluster.ray("job", "submit", "--address", address, "--", "python", "-m", "forecasting.job", "score")
        last = date(2026, 1, 4) + timedelta(DAYS)
        assert (outcome(told)["written"], outcome(told)["cutoff"]) == (SERIES, str(last))
        again = cluster.ray("submit", str(cluster.file), "forecasting/job.py", "score", "--slot", "'week 2+1'")
        assert outcome(again)["written"] == 0, "a second run changes nothing"

        cluster.ray("down", "-y", str(cluster.file))
        below += [process for process in (head,) if process.is_running()]
        assert psutil.wait_procs(below, timeout=END_S)[1] == []
        assert not (cluster.home / ".skuld" / "ray.pid").exists()
        deadline = time.monotonic() + END_S
        while left := [
            one.pid
            for one in psutil.process_iter(["cmdline"])
            if f"{cluster.data_dir.parent}/t/" in " ".join(one.info["cmdline"] or [])
        ]:
            assert time.monotonic() < deadline, left
            time.sleep(0.2)
        assert other.run(doubled, 3, [1, 2], "work") == [3, 6], "the other Ray lives"
