"""A flash sale: so many buyers, each ordering one unit of the same SKU, as fast as the answers allow."""

import time
from dataclasses import dataclass
from typing import Final

import uvloop

from tests.benchmarks.load.open_loop import Client, request_bytes

SKU: Final = "SKU-0000"
NO_WAIT: Final = float("inf")
PATIENCE_S: Final = 600.0


@dataclass
class Sale:
    """How a flash sale went."""

    buyers: int
    units: int
    sold: int
    sold_out: int
    other: dict[int, int]
    unanswered: int
    seconds: float
    p50_ms: float
    p99_ms: float
    units_left: int = -1

    @property
    def exact(self) -> bool:
        return self.sold == min(self.units, self.buyers) and self.sold + self.sold_out == self.buyers and self.units_left == 0


def hold(port: int, buyers: int, units: int, connections: int) -> Sale:
    run = f"sale{time.time_ns():x}"
    requests = [
        request_bytes("/v1/orders", f'{{"order_id":"{run}-{buyer}","lines":[{{"sku":"{SKU}","quantity":1}}]}}'.encode(), port)
        for buyer in range(buyers)
    ]
    began = time.perf_counter()
    measured = uvloop.run(Client(port, requests, NO_WAIT, drain_s=PATIENCE_S).run(connections))
    statuses = dict(measured.statuses)
    return Sale(
        buyers=buyers,
        units=units,
        sold=statuses.pop(201, 0),
        sold_out=statuses.pop(409, 0),
        other=statuses,
        unanswered=measured.unanswered,
        seconds=time.perf_counter() - began,
        p50_ms=measured.p50_ms,
        p99_ms=measured.p99_ms,
    )
