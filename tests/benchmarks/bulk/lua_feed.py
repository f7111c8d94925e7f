"""Peer (a)'s script without anything around it: pipelines from Python, and from Redis' own client in C."""

import json
import re
import socket
import subprocess
import time
from typing import Any, Final

import hiredis
import redis

from tests.benchmarks.bulk.wishes import AMPLE, Wish, parts
from tests.benchmarks.peers.redis_lua.script import KEYS, SHA, TEXT
from tests.benchmarks.stores import Redis
from tests.benchmarks.targets.port import SKUS, sku_name

KEPT_S: Final = 86_400
RECEIVED_AT_ONCE: Final = 1 << 20
PATIENCE_S: Final = 60.0


def prepare(store: Redis) -> redis.Redis:
    """The script loaded, plenty of each SKU, nothing else."""
    client = redis.Redis.from_url(store.url)
    client.flushall()
    client.script_load(TEXT)
    client.hset("stock", mapping={sku_name(number): AMPLE for number in range(SKUS)})
    return client


def arguments(wish: Wish) -> tuple[Any, ...]:
    """As `peers/redis_lua/app.py` calls it."""
    lines = json.dumps([{"sku": wish.sku, "quantity": wish.quantity}], separators=(",", ":"))
    return (SHA, KEYS, f"order:{wish.order_id}", "stock", "orders", wish.order_id, lines, KEPT_S, wish.sku, wish.quantity)


def client_pipelines(store: Redis, found: list[Wish], size: int) -> float:
    """Reservations per second through redis-py (parser: hiredis): one pipeline after the other, packed as they leave."""
    client = prepare(store)
    batches = [list(map(arguments, part)) for part in parts(found, size)]
    began = time.perf_counter()
    for batch in batches:
        pipeline = client.pipeline(transaction=False)
        for one in batch:
            pipeline.execute_command("EVALSHA", *one)
        pipeline.execute()
    return _checked(client, found) / (time.perf_counter() - began)


def packed_pipelines(store: Redis, found: list[Wish], size: int, in_flight: int) -> float:
    """The same, packed beforehand and written to a bare socket, so many pipelines in flight: what Redis itself can take."""
    client = prepare(store)
    batches = [b"".join(hiredis.pack_command(("EVALSHA", *arguments(wish))) for wish in part) for part in parts(found, size)]
    sizes = [len(part) for part in parts(found, size)]
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", store.port), timeout=PATIENCE_S) as line:
        reader = hiredis.Reader()
        for number, batch in enumerate(batches):
            line.sendall(batch)
            if number + 1 >= in_flight:
                _receive(line, reader, sizes[number + 1 - in_flight])
        for left in sizes[len(sizes) + 1 - in_flight :]:
            _receive(line, reader, left)
    return _checked(client, found) / (time.perf_counter() - began)


def _receive(line: socket.socket, reader: Any, count: int) -> None:
    while count:
        answer = reader.gets()
        if answer is False:
            reader.feed(line.recv(RECEIVED_AT_ONCE))
        elif isinstance(answer, hiredis.ReplyError):
            raise RuntimeError(str(answer))
        else:
            count -= 1


def _checked(client: redis.Redis, found: list[Wish]) -> int:
    """As many orders in the stream as were asked for."""
    taken = int(client.xlen("orders"))
    assert taken == len(found), f"{len(found)} asked, {taken} reserved"
    return taken


def c_client(store: Redis, count: int, pipeline: int, connections: int) -> float:
    """Reservations per second by `redis-benchmark`: a new order id each time, but always the same SKU and line."""
    prepare(store)
    sku = sku_name(0)
    lines = json.dumps([{"sku": sku, "quantity": 1}], separators=(",", ":"))
    order = "bulk-__rand_int__"
    script = ["EVALSHA", SHA, KEYS, f"order:{order}", "stock", "orders", order, lines, KEPT_S, sku, 1]
    options = ["-p", store.port, "-n", count, "-P", pipeline, "-c", connections, "-r", 10**11, "--csv"]
    command = ["redis-benchmark", *map(str, options), *map(str, script)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    found = re.search(
        r'"([0-9.]+)"(?:,"[0-9.]+"){6}$', ended.stdout.rstrip()
    )  # rate and six latencies; the name has quotes too
    if found is None:
        raise RuntimeError(f"redis-benchmark gave no result: {ended.stdout} {ended.stderr}")
    return float(found[1])
