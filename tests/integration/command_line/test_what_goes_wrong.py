"""Whatever goes wrong on the command line: one clear line, a useful exit code, never a traceback."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
import redis
from sqlalchemy import make_url

from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from gateway.auth import Keys
from gateway.cli import main
from gateway.data_directory import admin_key, lock_directory
from gateway.key_store import SqlKeyStore
from tests.servers.redis import RedisServer


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Skuld = Callable[..., Ended]


@pytest.fixture
def skuld(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Skuld]:
    """Runs a command in this process, with settings of its own."""
    for name in [name for name in os.environ if name.startswith("SKULD_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKULD_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str, **settings: str) -> Ended:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["skuld", *arguments])
            for name, value in settings.items():
                patch.setenv(f"SKULD_{name.upper()}", value)
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
            else:
                code = 0
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    yield run
    for url in ("data", "other"):
        open_database(f"sqlite:///{tmp_path / url / 'skuld.sqlite'}").dispose()


def one_line(ended: Ended) -> str:
    """The line of a command that failed as it should."""
    assert ended.code == 1, ended
    assert ended.err.startswith("skuld: "), ended
    assert ended.err.count("\n") == 1, ended.err
    return ended.err.removeprefix("skuld: ").strip()


WRONG_SETTINGS = [
    ({"port": "99999"}, "SKULD_PORT='99999': Input should be less than or equal to 65535"),
    ({"port": "http"}, "SKULD_PORT='http': Input should be a valid integer"),
    ({"auth": "maybe"}, "SKULD_AUTH='maybe': Input should be 'on' or 'off'"),
    ({"auth": "off", "host": "0.0.0.0"}, "SKULD_AUTH=off is for a loopback address only, but SKULD_HOST is 0.0.0.0"),
    ({"redis_url": "redis://x"}, "SKULD_REDIS_URL needs SKULD_DATABASE_URL"),
    (
        {"redis_url": "http://me:secret@x", "database_url": "mysql://x"},
        "SKULD_REDIS_URL='http://me:***@x': must begin with redis://",
    ),
    ({"inventory_shards": "0"}, "SKULD_INVENTORY_SHARDS='0'"),
    ({"database_url": "nonsense"}, "the database URL cannot be read"),
    ({"database_url": "postgresql://a/b"}, "a postgresql database is not supported"),
    (
        {"database_url": "mysql://u:p@127.0.0.1:1/x"},
        "the database does not answer: Can't connect to MySQL server on '127.0.0.1'",
    ),
    ({"database_url": "mysql://u:p@127.0.0.1:abc/x"}, "the database URL cannot be read: invalid literal"),
    (
        {"redis_url": "redis://x:abc/0", "database_url": "mysql://x"},
        "SKULD_REDIS_URL='redis://x:abc/0': Port could not be cast",
    ),
    ({"redis_url": "redis://x?a=1", "database_url": "mysql://x"}, "has an option that is not known: a"),
    ({"redis_url": "unix://r.sock", "database_url": "mysql://x"}, "must name the socket by its whole path"),
    (
        {"redis_url": "unix:///nowhere/r.sock", "database_url": "mysql://u:p@127.0.0.1:1/x"},
        "Redis at /nowhere/r.sock does not answer",
    ),
    ({"host": "no.such.host.invalid"}, "of no.such.host.invalid cannot be used"),
    ({"host": "\udcff"}, "cannot be used: encoding of hostname failed"),
    ({"data_dir": "~nobody-here/data"}, "SKULD_DATA_DIR='~nobody-here/data': Could not determine home directory."),
    ({"drain_s": "inf"}, "SKULD_DRAIN_S='inf': Input should be less than or equal to 86400"),
    ({"auth": "x" * 5000}, f"SKULD_AUTH='{'x' * 80}': Input should be"),
]


@pytest.mark.parametrize(("settings", "says"), WRONG_SETTINGS, ids=lambda value: str(value)[:40])
def test_a_setting_that_cannot_be_used_is_named(skuld: Skuld, settings: dict[str, str], says: str) -> None:
    assert says in one_line(skuld("up", **{"port": "0", **settings}))


def test_no_password_is_shown_wherever_it_stands_in_an_address(skuld: Skuld) -> None:
    for url in ("redis://me:secret@x/0", "redis://x/0?db=1&password=secret", "rediss://x/0?ssl_password=secret&db=1"):
        shown = skuld("status", "--settings", "--json", redis_url=url, database_url="mysql://u:secret@h/n?passwd=secret")
        assert shown.code == 0, shown
        assert "secret" not in shown.out
        assert "***" in shown.out


NO_DATABASE = "mysql://u:p@127.0.0.1:1/x"
"""Redis is tried first."""


def test_a_redis_that_is_away(skuld: Skuld) -> None:
    line = one_line(skuld("up", port="0", redis_url="redis://127.0.0.1:1/0", database_url=NO_DATABASE))
    assert line.startswith("Redis at 127.0.0.1:1 does not answer: ")


def test_a_wrong_password_for_redis(skuld: Skuld, redis_server: RedisServer) -> None:
    with redis.Redis(port=redis_server.port) as client:
        client.config_set("requirepass", "right")
    for wrong in ("", ":secret@"):
        url = f"redis://{wrong}127.0.0.1:{redis_server.port}/0"
        line = one_line(skuld("up", port="0", redis_url=url, database_url=NO_DATABASE))
        assert line.startswith(f"Redis at 127.0.0.1:{redis_server.port} will not have us: ")
        assert "secret" not in line


def test_a_redis_that_would_lose_what_it_takes(skuld: Skuld, short_folder: Path) -> None:
    weak = RedisServer(short_folder, fsync="everysec")
    weak.start()
    try:
        line = one_line(skuld("up", port="0", redis_url=weak.url, database_url=NO_DATABASE))
    finally:
        weak.kill()
    assert "would lose what it acknowledges: appendfsync is everysec, must be always" in line


def test_a_port_in_use(skuld: Skuld) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert one_line(skuld("up", "--port", str(port))) == f"port {port} of 127.0.0.1 cannot be used: Address already in use"


@pytest.mark.parametrize(
    "command",
    [("up",), ("keys", "list"), ("keys", "create", "till"), ("journal", "show", "orders-0"), ("status",), ("verify",)],
)
def test_a_data_directory_that_cannot_be_written(skuld: Skuld, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("in the way")
    line = one_line(skuld(*command, data_dir=str(tmp_path / "file" / "data"), port="0"))
    assert str(tmp_path / "file") in line


@pytest.mark.parametrize(
    ("id", "says"),
    [("none", "no valid key none"), ("\udcff", "no valid key '\\udcff'"), ("x" * 100_000, f"no valid key {'x' * 80}")],
)
def test_a_key_that_is_none_cannot_be_revoked(skuld: Skuld, id: str, says: str) -> None:
    assert skuld("keys", "create", "till").code == 0
    assert one_line(skuld("keys", "revoke", id)) == says


def test_a_key_that_is_revoked_is_said_to_be(skuld: Skuld) -> None:
    key_id = skuld("keys", "create", "till").out.split("_")[1]
    assert f"key {key_id} is revoked" in skuld("keys", "revoke", key_id).out


@pytest.mark.parametrize("command", [("keys", "list"), ("keys", "revoke", "a"), ("journal", "show", "orders-0")])
def test_where_no_skuld_ever_was_there_is_nothing_to_look_into_and_nothing_is_made(
    skuld: Skuld, tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert one_line(skuld(*command)).endswith("no Skuld was ever started there")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", [("status",), ("verify",), ("drain",), ("replay", "lines.csv"), ("bench",)])
def test_no_running_system(skuld: Skuld, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "lines.csv").write_text("order_id,sku,quantity\no1,a,1\n")
    assert one_line(skuld(*command)) == f"no Skuld runs on {tmp_path / 'data'}: start one with `skuld up`"


def test_a_system_that_was_killed_is_no_running_one(skuld: Skuld, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "lock").touch()
    left = '{"url": "http://127.0.0.1:1", "pid": 1, "ray_address": "127.0.0.1:1", "namespace": "n", "dashboard": ""}'
    (tmp_path / "data" / "running.json").write_text(left)
    assert one_line(skuld("status")).startswith("no Skuld runs on ")


HUNG = """
import sys
from gateway.cli import inspect, main
inspect.STATUS_S = 4.0
sys.argv = ["skuld", "status"]
main()
"""


def test_a_system_that_hangs_does_not_hang_its_commands(skuld: Skuld, tmp_path: Path) -> None:
    lock = lock_directory(tmp_path / "data")
    assert "does not serve yet: it is being started, or stopped" in one_line(skuld("status"))
    file = tmp_path / "data" / "running.json"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        running = '{"url": "http://127.0.0.1:1", "pid": 1, "ray_address": "%s", "namespace": "n", "dashboard": ""}'
        file.write_text(running % "127.0.0.1:1")
        assert one_line(skuld("status")) == "Ray at 127.0.0.1:1 does not answer: Connection refused"
        file.write_text(running % address)
        command = [sys.executable, "-c", HUNG]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 3, ended
        assert ended.stderr == "skuld: the system has not answered for 4 s: see its logs\n"
    lock.close()


def test_a_database_that_is_none(skuld: Skuld, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "skuld.sqlite").write_bytes(b"no database at all, but long enough to be looked at " * 20)
    for command in (("up", "--port", "0"), ("keys", "list")):
        assert one_line(skuld(*command, data_dir=str(tmp_path / "other"))).endswith("file is not a database")


def test_a_schema_of_a_newer_release(skuld: Skuld, tmp_path: Path) -> None:
    assert skuld("keys", "create", "till").code == 0
    with sqlite3.connect(tmp_path / "data" / "skuld.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    for command in (("up", "--port", "0"), ("keys", "list")):
        assert one_line(skuld(*command)).startswith("the database's schema is at 9999, which this release does not know")


def test_an_older_schema_is_brought_up_to_date(skuld: Skuld, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    sqlite3.connect(tmp_path / "data" / "skuld.sqlite").close()
    listed = skuld("keys", "list", "--json")
    assert (listed.code, listed.out.strip()) == (0, "[]")


def test_a_wrong_password_and_an_unknown_database(skuld: Skuld, fresh_database: str) -> None:
    url = make_url(fresh_database)
    wrong = url.set(username="nobody", password="wrong").render_as_string(hide_password=False)
    for command in (("up", "--port", "0"), ("keys", "list")):
        line = one_line(skuld(*command, database_url=wrong))
        assert line.startswith("bringing the schema up to date: the database refuses: Access denied for user 'nobody'@")
        assert "wrong" not in line, "the password is not shown"
    unknown = url.set(database="nothing").render_as_string(hide_password=False)
    assert "Unknown database 'nothing'" in one_line(skuld("up", database_url=unknown, port="0"))


def test_a_database_that_does_not_know_the_admin_key(tmp_path: Path) -> None:
    """As after a change from the embedded stores to servers."""
    said: list[str] = []
    engines = [open_database(f"sqlite:///{tmp_path / name}.sqlite") for name in ("before", "after")]
    for engine in engines:
        migrate(engine)
    first = admin_key(engines[0], tmp_path, said.append)
    assert admin_key(engines[0], tmp_path, said.append) == first
    assert said == []
    second = admin_key(engines[1], tmp_path, said.append)
    assert second != first
    assert said == [f"the database does not know the admin key in {tmp_path / 'admin-key'}: a new one is written there"]
    assert (tmp_path / "admin-key").read_text().strip() == second
    assert (tmp_path / "admin-key").stat().st_mode & 0o777 == 0o600
    caller = Keys(SqlKeyStore(engines[1])).check(second)
    assert caller is not None
    assert caller.role == "admin"
    assert SqlKeyStore(engines[1]).revoke(second.split("_")[1], 1)
    assert admin_key(engines[1], tmp_path, said.append) == second, "a key that was revoked stays so"
    assert "is revoked" in said[-1]
    for engine in engines:
        engine.dispose()


FILES = {
    "none.csv": (None, "there is no such file"),
    "empty.csv": (b"", "the file is empty"),
    "header.csv": (b"order_id,sku,quantity\n", "it has a header but no rows"),
    "columns.csv": (
        b"a,b\n1,2\n",
        "columns InvoiceNo (order_id), StockCode (sku), Quantity (quantity) missing; found 'a', 'b'",
    ),
    "twice.csv": (b"order_id,sku,sku,quantity\no1,a,b,1\n", "column 'sku' is there 2 times"),
    "noise.parquet": (os.urandom(3000), "neither Parquet nor CSV"),
    "cut.parquet": (b"PAR1" + b"\x00" * 100, "damaged, it cannot be read to its end"),
    "bad.csv": (
        b"order_id,sku,quantity\no1,,2\no2,b,x\no3,b,0\n",
        "none of its 3 rows can be used; the first: row 1: sku is missing",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_replayed(skuld: Skuld, tmp_path: Path, name: str) -> None:
    content, says = FILES[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    line = one_line(skuld("replay", name, "--url", "http://127.0.0.1:1"))
    assert line.startswith(name)
    assert says in line


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"order_id": [[1]], "sku": ["a"], "quantity": [1]}, "column order_id has type List(Int64), expected text"),
        ({"order_id": ["o"], "sku": ["a"], "quantity": [True]}, "column quantity has type Boolean, expected whole numbers"),
        (
            {"order_id": ["o"], "sku": ["a"], "quantity": [None]},
            "none of its 1 rows can be used; the first: row 1: quantity is missing",
        ),
        ({"order_id": ["o"], "quantity": [1]}, "column StockCode (sku) missing; found 'order_id', 'quantity'"),
    ],
    ids=["lists", "booleans", "nulls", "columns"],
)
def test_a_parquet_file_of_wrong_types(skuld: Skuld, tmp_path: Path, columns: dict[str, list[object]], says: str) -> None:
    pl.DataFrame(columns).write_parquet(tmp_path / "lines.parquet")
    assert says in one_line(skuld("replay", "lines.parquet", "--url", "http://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("journal", "show", "nobody"), "no owner is called nobody: there are inventory-0, orders-0"),
        (("journal", "show", "orders-0", "--after", "x"), "--after 'x' is no position such as 1-42"),
        (
            ("journal", "show", "orders-0", "--after", "99999999999999999999-0"),
            "--after '99999999999999999999-0' is beyond every",
        ),
        (
            ("journal", "show", "orders-0", "--after", "1-99999999999999999999"),
            "--after '1-99999999999999999999' is beyond every",
        ),
        (("journal", "show", "orders-0", "--after", "9" * 5000), f"--after '{'9' * 40}' is"),
        (("journal", "show", "orders-0", "--after=-1-0"), "--after '-1-0' is no position such as 1-42"),
        (("journal", "show", "orders-0", "--after", "\u0661-\u0662"), "is no position such as 1-42"),
        (("journal", "show", "orders-0\n"), "no owner is called 'orders-0\\n': there are inventory-0"),
        (("bench", "--url", "http://[::1"), "'http://[::1' is no address such as http://127.0.0.1:8000"),
        (("bench", "--url", "http://127.0.0.1:99999"), "is no address such as"),
        (("bench", "--url", f"http://{'a' * 70_000}"), "is no address such as"),
        (("bench", "--url", "http://me:secret@127.0.0.1:1"), "the address of 127.0.0.1 has a user in it"),
        (("bench", "--url", "http://127.0.0.1:1", "--key", "a\r\nb: c"), "the API key given is none"),
        (("replay", "/dev/zero"), "/dev/zero: this is a device, not a file"),
        (("keys", "create", "a", "--role", "king"), "role 'king' is none of admin, integration"),
        (("keys", "create", ""), 'name = "": must not be blank'),
        (("keys", "create", "a\nb"), 'name = "a\\nb": must not contain U+000A'),
        (("keys", "create", "x" * 300), "must have at most 200 characters"),
        (("bench", "--url", "nonsense"), "'nonsense' is no address such as http://127.0.0.1:8000"),
        (("bench", "--url", "http://127.0.0.1:1"), "http://127.0.0.1:1 does not answer"),
    ],
)
def test_arguments_that_name_nothing(skuld: Skuld, command: tuple[str, ...], says: str) -> None:
    assert says in one_line(skuld(*command))


@pytest.mark.parametrize("command", [("nonsense",), ("up", "--port", "x"), ("bench", "--orders", "0"), ("replay",)])
def test_a_command_line_that_does_not_parse_exits_2(skuld: Skuld, command: tuple[str, ...]) -> None:
    ended = skuld(*command)
    assert ended.code == 2
    assert "Traceback" not in ended.err


def test_settings_that_are_not_text(skuld: Skuld, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"SKULD_PORT=\xff")
    assert one_line(skuld("status", "--settings")).startswith("the settings in .env are not UTF-8: ")


NO_ADDRESSES = ["", "x:abc", "127.0.0.1:99999999999999999999"]


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_a_file_of_a_running_system_that_names_no_address(skuld: Skuld, tmp_path: Path, address: str) -> None:
    lock = lock_directory(tmp_path / "data")
    running = f'{{"url": "http://127.0.0.1:1", "pid": 1, "ray_address": "{address}", "namespace": "n", "dashboard": ""}}'
    (tmp_path / "data" / "running.json").write_text(running)
    for command in ("status", "verify", "drain"):
        assert one_line(skuld(command)).startswith("running.json names no address of Ray: ")
    (tmp_path / "data" / "admin-key").write_bytes(b"\xff\xfe")
    assert "is none: a key is printable ASCII on one line" in one_line(skuld("bench", "--orders", "1"))
    lock.close()
