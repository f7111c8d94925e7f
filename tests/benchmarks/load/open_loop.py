"""Open-loop load: orders leave at a constant rate whatever the answers do, and latency counts from the intended moment.

A closed loop (wrk) slows down with the system and so hides its pauses; this does not. Raw sockets and a fixed request keep
the client's own share small. Run as a module: `python -m tests.benchmarks.load.open_loop --port 8000 --rate 1000`.
"""

import argparse
import asyncio
import bisect
import collections
import contextlib
import gc
import itertools
import json
import math
import random
import sys
import time
from dataclasses import asdict, dataclass
from typing import Final, cast

import uvloop

SKUS: Final = 1_000
DRAIN_S: Final = 10.0


@dataclass
class Measured:
    """What an open-loop run saw; latencies in milliseconds from the intended moment of sending."""

    rate_per_s: float
    answered: int
    unanswered: int
    statuses: dict[int, int]
    p50_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float
    client_late_p99_ms: float  # how late the client itself was: what of the figures is its own


def request_bytes(path: str, body: bytes, port: int) -> bytes:
    fields = (f"Host: 127.0.0.1:{port}", "Content-Type: application/json", f"Content-Length: {len(body)}")
    return "\r\n".join((f"POST {path} HTTP/1.1", *fields, "", "")).encode() + body


class Orders:
    """Bodies as in `orders.lua`: 1 to 3 different SKUs, Zipf with exponent 1."""

    def __init__(self, run: str, seed: int = 1) -> None:
        self.random, self.run = random.Random(seed), run
        self.cumulative = list(itertools.accumulate(1 / rank for rank in range(1, SKUS + 1)))

    def body(self, number: int) -> bytes:
        skus: set[int] = set()
        for _ in range(self.random.randint(1, 3)):
            skus.add(bisect.bisect_left(self.cumulative, self.random.random() * self.cumulative[-1]))
        lines = ",".join(f'{{"sku":"SKU-{sku:04d}","quantity":{self.random.randint(1, 3)}}}' for sku in sorted(skus))
        return f'{{"order_id":"{self.run}-{number}","lines":[{lines}]}}'.encode()


class Connection(asyncio.Protocol):
    """One request at a time; free again once its answer is whole."""

    def __init__(self, client: "Client") -> None:
        self.client, self.received = client, b""
        self.sent_for = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.received += data
        whole = answer_length(self.received)
        if whole:
            status = int(self.received[9:12])
            self.received = self.received[whole:]
            self.client.answered(self, status)

    def connection_lost(self, error: Exception | None) -> None:
        self.client.lost(self)


def answer_length(received: bytes) -> int:
    """Bytes of the first answer, 0 while it is not whole; its length is declared, or it comes in chunks."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head, at = received[:end].lower(), end + 4
    if b"transfer-encoding: chunked" in head:
        while (line := received.find(b"\r\n", at)) >= 0:
            size = int(received[at:line], 16)
            at = line + 2 + size + 2
            if size == 0:
                return at if len(received) >= at else 0
        return 0
    found = head.find(b"content-length:")
    at += int(head[found + 15 :].split(b"\r\n", 1)[0]) if found >= 0 else 0
    return at if len(received) >= at else 0


class Client:
    """Sends the next request when its moment comes, on a free connection, or as soon as one is free.

    With an infinite rate it is a closed loop: requests leave as connections come free, and latency counts from then.
    """

    def __init__(self, port: int, requests: list[bytes], rate: float, drain_s: float = DRAIN_S) -> None:
        self.port, self.requests, self.rate, self.drain_s = port, requests, rate, drain_s
        self.closed = math.isinf(rate)
        self.free: list[Connection] = []
        self.overdue: collections.deque[tuple[float, bytes]] = collections.deque()
        self.latencies: list[float] = []
        self.late: list[float] = []
        self.statuses: collections.Counter[int] = collections.Counter()
        self.cut = 0
        self.all_ended = asyncio.Event()

    async def run(self, connections: int) -> Measured:
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, connection = await loop.create_connection(lambda: Connection(self), "127.0.0.1", self.port)
            self.free.append(connection)
        gc.disable()
        if self.closed:
            self.overdue.extend((0.0, request) for request in self.requests)
            for _ in range(len(self.free)):
                self.send(self.free.pop(), *self.overdue.popleft())
        else:
            await self.send_on_time()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.all_ended.wait(), self.drain_s)
        gc.enable()
        for connection in self.free:
            connection.transport.close()
        return self.measured()

    async def send_on_time(self) -> None:
        began = time.perf_counter() + 0.01
        for number, request in enumerate(self.requests):
            due = began + number / self.rate
            ahead = due - time.perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
            elif number % 16 == 0:
                await asyncio.sleep(0)
            self.late.append(max(0.0, time.perf_counter() - due))
            if self.free:
                self.send(self.free.pop(), due, request)
            else:
                self.overdue.append((due, request))

    def send(self, connection: Connection, due: float, request: bytes) -> None:
        connection.sent_for = time.perf_counter() if self.closed else due
        connection.transport.write(request)

    def answered(self, connection: Connection, status: int) -> None:
        self.latencies.append(time.perf_counter() - connection.sent_for)
        self.statuses[status] += 1
        if self.overdue:
            self.send(connection, *self.overdue.popleft())
        else:
            self.free.append(connection)
        self.note_ended()

    def note_ended(self) -> None:
        if len(self.latencies) + self.cut >= len(self.requests):
            self.all_ended.set()

    def lost(self, connection: Connection) -> None:
        if connection in self.free:
            self.free.remove(connection)
        else:
            self.cut += 1
            self.note_ended()

    def measured(self) -> Measured:
        ordered = sorted(self.latencies)
        return Measured(
            rate_per_s=self.rate,
            answered=len(ordered),
            unanswered=len(self.requests) - len(ordered),
            statuses=dict(self.statuses),
            p50_ms=quantile_ms(ordered, 0.5),
            p99_ms=quantile_ms(ordered, 0.99),
            p999_ms=quantile_ms(ordered, 0.999),
            max_ms=quantile_ms(ordered, 1.0),
            client_late_p99_ms=quantile_ms(sorted(self.late), 0.99),
        )


def quantile_ms(ordered: list[float], share: float) -> float:
    return 1e3 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def send_orders(port: int, rate: float, seconds: float, connections: int = 64) -> Measured:
    orders = Orders(f"open{time.time_ns():x}")
    requests = [request_bytes("/v1/orders", orders.body(number), port) for number in range(int(rate * seconds))]
    return uvloop.run(Client(port, requests, rate).run(connections))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, default=1_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=64)
    chosen = parser.parse_args()
    json.dump(asdict(send_orders(chosen.port, chosen.rate, chosen.seconds, chosen.connections)), sys.stdout)


if __name__ == "__main__":
    main()
