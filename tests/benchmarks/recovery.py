"""kill -9 of one owner of a running system, of the other, and of both: how long until each serves again, and where the time goes."""

import json
import os
import signal
import statistics
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.benchmarks.harness import load_ample_stock, started
from tests.benchmarks.load.bulk_orders import OrderStream
from tests.benchmarks.load.open_loop import send_orders
from tests.benchmarks.memory import fill_stock
from tests.benchmarks.report import console
from tests.benchmarks.targets.skuld import Skuld

OWNERS: Final = ("inventory-0", "orders-0")
GOAL_S: Final = 5.0
PATIENCE_S: Final = 60.0
ASK_AGAIN_S: Final = 0.02
RATE: Final = 1_000.0
LOADED_S: Final = 10
"""Orders come at this rate for so long before each kill: the journal has something to replay."""
BETWEEN_S: Final = 5.0


class Probe(NamedTuple):
    """A request that only this owner can answer."""

    owner: str
    url: str
    body: bytes | None = None


def recovery(skus: int, orders: int, runs: int) -> list[dict[str, Any]]:
    """A row per kill and owner, either alone and then both together, `runs` times; times in seconds from the kill."""
    with started(Skuld) as target:
        assert isinstance(target, Skuld)
        names = fill_stock(target, skus)
        load_ample_stock(target)
        OrderStream(target.port, names).place(orders)
        console.print(f"[dim]{skus:,} SKUs and {orders:,} open orders are there[/dim]")
        base = f"http://127.0.0.1:{target.port}/v1"
        order = {"order_id": "asked-again", "lines": [{"sku": names[0], "quantity": 1}]}
        probes = (
            Probe(OWNERS[0], f"{base}/inventory-levels/{names[0]}?consistent=true"),
            Probe(OWNERS[1], f"{base}/orders", json.dumps(order).encode()),  # from the second time on a repeat: no stock asked
        )
        for probe in probes:
            until_served(probe, time.monotonic())
        rows = []
        for number in range(runs):
            for killed in ((probes[0],), (probes[1],), probes):
                send_orders(target.port, RATE, LOADED_S)
                for row in kill(target, killed):
                    rows.append({"kill": number + 1, "together": len(killed), **row})
                    console.print(f"[dim]{row}[/dim]")
                time.sleep(BETWEEN_S)
    return rows


def kill(target: Skuld, probes: tuple[Probe, ...]) -> list[dict[str, Any]]:
    pids = {probe.owner: target.owner_pid(probe.owner) for probe in probes}
    killed_at, began = time.time(), time.monotonic()
    for pid in pids.values():
        os.kill(pid, signal.SIGKILL)
    with ThreadPoolExecutor(len(probes)) as pool:
        served = list(pool.map(lambda probe: until_served(probe, began), probes))
    return [
        {"owner": probe.owner, "serves_again_s": seconds, **told(target.data_dir / "logs" / f"{probe.owner}.log", killed_at)}
        for probe, seconds in zip(probes, served, strict=True)
    ]


def until_served(probe: Probe, began: float) -> float:
    """Ask until there is an answer, as a client with patience would."""
    while time.monotonic() - began < PATIENCE_S:
        try:
            request = urllib.request.Request(probe.url, probe.body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=PATIENCE_S):
                return time.monotonic() - began
        except OSError:
            time.sleep(ASK_AGAIN_S)
    raise RuntimeError(f"{probe.owner} did not serve again in {PATIENCE_S:g} s")


def told(log: Path, killed_at: float) -> dict[str, Any]:
    """What the successor logged: its steps, one after the other, in seconds."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    since = [line for line in lines if moment(line) >= killed_at]
    began = next(line for line in since if line["event"] == "starting")
    loaded, serving = ([line for line in since if line["event"] == event][-1] for event in ("snapshot loaded", "serving"))
    begun_again = [line for line in since if line["event"] == "not serving yet"]
    for line in begun_again:
        console.print(f"[dim]{line['owner']} began again: {line['reason']}[/dim]")
    return {
        "process_is_there_s": moment(began) - killed_at,  # Ray notices, takes a worker, imports
        "journal_is_claimed_s": moment(loaded) - loaded["seconds"] - moment(began),
        "snapshot_s": loaded["seconds"],
        "replay_s": moment(serving) - moment(loaded),
        "replayed": serving["replayed"],
        "begun_again": len(begun_again),
        "recovery_s": serving["seconds"],
    }


def moment(line: dict[str, Any]) -> float:
    return datetime.fromisoformat(line["timestamp"]).timestamp()


def medians(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row per owner, killed alone and together with the other; every kill within the goal?"""
    found = []
    for owner, together in product(OWNERS, (1, len(OWNERS))):
        of_owner = [row for row in rows if (row["owner"], row["together"]) == (owner, together)]
        figures = [name for name in of_owner[0] if name not in {"kill", "owner", "together"}]
        middle = {name: statistics.median(row[name] for row in of_owner) for name in figures}
        worst = max(row["serves_again_s"] for row in of_owner)
        found.append({"owner": owner, "killed_together": together, **middle, "slowest_s": worst, "in_time": worst <= GOAL_S})
    return found
