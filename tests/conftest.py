"""Fixtures shared by all tests: real servers, and a check that nothing is left behind."""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings

from tests.patience import PATIENCE_S
from tests.servers.mariadb import MariaDbServer, make_template
from tests.servers.process import ServerMissing
from tests.servers.redis import RedisOnASocket, RedisServer, RedisWithTls

settings.register_profile(
    "skuld",
    deadline=None,  # a test never measures speed, and machines are busy
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,  # the same commit gives the same result
)
settings.register_profile("explore", settings.get_profile("skuld"), derandomize=False)
settings.load_profile("skuld")


def pytest_configure() -> None:
    """A run that is told to end takes down what it started. In the background of a shell it would not even hear Ctrl-C, nor its children."""
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.default_int_handler)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A temporary directory with a short path: sockets live there."""
    path = Path(tempfile.mkdtemp(prefix="sk-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def redis_server(short_folder: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own."""
    yield from _own_redis(short_folder, RedisServer)


@pytest.fixture
def redis_server_without_port(short_folder: Path) -> Iterator[RedisServer]:
    """A Redis on a unix socket."""
    yield from _own_redis(short_folder, RedisOnASocket)


@pytest.fixture
def redis_server_with_tls(short_folder: Path) -> Iterator[RedisServer]:
    """A Redis that wants certificates."""
    yield from _own_redis(short_folder, RedisWithTls)


def _own_redis(short_folder: Path, kind: Callable[[Path], RedisServer]) -> Iterator[RedisServer]:
    folder = short_folder / "redis"
    folder.mkdir()
    server = kind(folder)
    _start(server)
    yield server
    server.kill()


@pytest.fixture(scope="session")
def mariadb_template() -> Iterator[Path]:
    """An installed data directory."""
    folder = Path(tempfile.mkdtemp(prefix="sk-t-"))
    try:
        yield make_template(folder)
    except ServerMissing as missing:
        pytest.exit(str(missing), returncode=3)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def mariadb_server(mariadb_template: Path) -> Iterator[MariaDbServer]:
    """A MariaDB for the whole run; each test takes a database of its own."""
    folder = Path(tempfile.mkdtemp(prefix="sk-m-"))
    server = MariaDbServer(folder, mariadb_template)
    _start(server)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_mariadb(short_folder: Path, mariadb_template: Path) -> Iterator[MariaDbServer]:
    """A MariaDB of the test's own, to be killed."""
    folder = short_folder / "mariadb"
    folder.mkdir()
    server = MariaDbServer(folder, mariadb_template)
    _start(server)
    yield server
    server.kill()


@pytest.fixture
def fresh_database(mariadb_server: MariaDbServer) -> str:
    """The URL of a new database."""
    return mariadb_server.make_database()


def _start(server: RedisServer | MariaDbServer) -> None:
    try:
        server.start()
    except ServerMissing as missing:
        pytest.exit(str(missing), returncode=3)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run when a process that a test started is still there."""
    deadline = time.monotonic() + PATIENCE_S
    while (
        left := [child for child in psutil.Process().children(recursive=True) if _lives(child)]
    ) and time.monotonic() < deadline:
        time.sleep(0.2)
    if left:
        names = ", ".join(f"{child.pid} {child.name()}" for child in left)
        session.config.get_terminal_writer().line(f"processes left behind: {names}", red=True)
        session.exitstatus = 1


def _lives(child: psutil.Process) -> bool:
    try:
        return bool(child.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
