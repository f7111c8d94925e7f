"""The test servers themselves: what they promise to the tests above them."""

from __future__ import annotations

import pymysql
import pytest
import redis

from tests.patience import PATIENCE_S
from tests.servers.lossy_proxy import LossyProxy
from tests.servers.mariadb import MariaDbServer
from tests.servers.redis import RedisServer


def test_a_killed_redis_keeps_what_it_acknowledged(redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(redis_server.url)
    client.set("kept", "yes")
    redis_server.kill()
    redis_server.restart()
    assert redis.Redis.from_url(redis_server.url).get("kept") == b"yes"


def test_a_killed_mariadb_keeps_a_commit(own_mariadb: MariaDbServer) -> None:
    name = own_mariadb.make_database().rsplit("/", 1)[1]

    def connect() -> pymysql.Connection[pymysql.cursors.Cursor]:
        return pymysql.connect(host="127.0.0.1", port=own_mariadb.port, user="skuld", password="skuld", database=name)

    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (n INT)")
        cursor.execute("INSERT INTO kept VALUES (7)")
        connection.commit()
    own_mariadb.kill()
    own_mariadb.restart()
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT n FROM kept")
        assert cursor.fetchone() == (7,)


def test_the_proxy_loses_one_answer_although_the_write_happened(redis_server: RedisServer) -> None:
    proxy = LossyProxy(redis_server.port)
    try:
        client = redis.Redis(port=proxy.port, socket_timeout=PATIENCE_S, retry=None)
        client.ping()
        proxy.lose_next_answer(b"INCR")
        with pytest.raises(redis.exceptions.ConnectionError):
            client.execute_command("INCR", "count")
        assert proxy.lost == 1
        assert client.get("count") == b"1"
        assert client.incr("count") == 2
    finally:
        proxy.stop()
