"""The write-behind of peer (a): orders from the stream into MariaDB, in batches.

Safe to stop anywhere: a batch leaves the stream after its commit, and a batch written twice is ignored the second time.
"""

import os
import signal
from typing import Any, Final

import msgspec
import pymysql
import redis
from sqlalchemy.engine import make_url

from tests.benchmarks.peers.redis_lua.app import STREAM, Line

BATCH: Final = 1_000
WAIT_MS: Final = 500
TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS lua_orders (order_id VARCHAR(64) PRIMARY KEY, state VARCHAR(16) NOT NULL,"
    " created_at TIMESTAMP(3) DEFAULT CURRENT_TIMESTAMP(3)) CHARACTER SET ascii",
    "CREATE TABLE IF NOT EXISTS lua_order_lines (order_id VARCHAR(64), line_no INT, sku VARCHAR(64) NOT NULL,"
    " quantity INT NOT NULL, PRIMARY KEY (order_id, line_no)) CHARACTER SET ascii",
)
INSERT_ORDERS: Final = "INSERT IGNORE INTO lua_orders (order_id, state) VALUES (%s, %s)"
INSERT_LINES: Final = "INSERT IGNORE INTO lua_order_lines (order_id, line_no, sku, quantity) VALUES (%s, %s, %s, %s)"

decode_lines: Final = msgspec.json.Decoder(list[Line]).decode


def connect(database_url: str) -> "pymysql.Connection[Any]":
    url = make_url(database_url)
    return pymysql.connect(
        host=url.host or "127.0.0.1",
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        database=url.database,
    )


def write(database: "pymysql.Connection[Any]", entries: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
    """Write one batch in one transaction; PyMySQL turns each `executemany` into multi-row inserts."""
    orders, lines = [], []
    for _, fields in entries:
        order_id = fields[b"o"].decode()
        orders.append((order_id, "reserved"))
        lines += [(order_id, no, line.sku, line.quantity) for no, line in enumerate(decode_lines(fields[b"l"]))]
    with database.cursor() as cursor:
        cursor.executemany(INSERT_ORDERS, orders)
        cursor.executemany(INSERT_LINES, lines)
    database.commit()


def next_id(entry_id: bytes) -> str:
    moment, number = entry_id.decode().split("-")
    return f"{moment}-{int(number) + 1}"


def main() -> None:
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    stream = redis.Redis.from_url(os.environ["REDIS_URL"])
    database = connect(os.environ["DATABASE_URL"])
    with database.cursor() as cursor:
        for table in TABLES:
            cursor.execute(table)
    last: Any = b"0-0"
    while not stopping:
        for _, entries in stream.xread({STREAM: last}, count=BATCH, block=WAIT_MS) or ():
            write(database, entries)
            last = entries[-1][0]
            stream.xtrim(STREAM, minid=next_id(last), approximate=False)


if __name__ == "__main__":
    main()
