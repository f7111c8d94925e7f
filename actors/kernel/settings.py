"""Settings, from the environment (`SKULD_…`) or a `.env` file. `skuld status --settings` lists them with their values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

_UNKNOWN_OPTION = re.compile(r"unexpected keyword argument '(\w+)'")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class SkuldSettings(BaseSettings):
    """Everything an operator can choose. Without any of it Skuld runs embedded, in `data_dir`, for this machine only."""

    model_config = SettingsConfigDict(env_prefix="SKULD_", env_file=".env", extra="ignore")

    data_dir: Path = Field(Path("skuld-data"), description="embedded stores, keys, history and logs")
    database_url: str = Field("", description="MySQL or MariaDB; SQLite in the data directory when unset")
    redis_url: str = Field("", description="the journal's Redis; the journal is in the database when unset")
    replica_url: str = Field("", description="a MySQL replica for reports and searches")
    redis_fsync: Literal["always", "everysec"] = Field("always", description="what Redis must promise at least")
    host: str = Field("127.0.0.1", description="address the gateway listens on")
    port: int = Field(8000, ge=0, le=65535, description="port of the gateway; 0 takes a free one")
    auth: Literal["on", "off"] = Field("on", description="off: no keys, allowed on a loopback address only")
    inventory_shards: int = Field(1, ge=1, le=1024, description="owners of stock; fixed once the system has started")
    order_shards: int = Field(1, ge=1, le=1024, description="owners of orders; fixed once the system has started")
    receive_to: Literal["receiving", "stock"] = Field(
        "receiving", description="where received goods go: stock makes them available at once, without putaway"
    )
    gateways: int = Field(1, ge=1, le=64, description="gateway processes on this node")
    transport: Literal["direct", "zeromq", "ray"] = Field(
        "direct", description="how commands travel between processes: direct is local sockets within a node, ZeroMQ between"
    )
    dashboard: bool = Field(True, description="start Ray's dashboard")
    time_zone: str = Field("UTC", description="whose days demand, orders and suggestions go by, as Europe/London")
    country: Literal["", "CN", "GB"] = Field("", description="whose holidays demand follows; none when unset")
    events: Path | None = Field(
        None, description="event table, Parquet or CSV: promotions, festivals and what else moves demand and is known ahead"
    )
    stock_outs: Literal["hide", "show"] = Field(
        "hide",
        description="show: orders come also for what is out of stock, and are all the demand there is",
    )
    drain_s: float = Field(20.0, gt=0, le=86_400, description="how long a stop waits for what is under way")

    @field_validator("data_dir")
    @classmethod
    def absolute(cls, value: Path) -> Path:
        """Ray's workers start elsewhere."""
        try:
            return value.expanduser().absolute()
        except RuntimeError as error:  # ~nobody
            raise ValueError(str(error)) from None

    @field_validator("time_zone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        """Of the IANA zones."""
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("must be a name of the IANA time zones, such as Europe/London") from None
        return value

    @field_validator("redis_url")
    @classmethod
    def of_redis(cls, value: str) -> str:
        """Told here, not by an owner that has started already."""
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        if value:
            _try_redis_url(value)
        return value

    @model_validator(mode="after")
    def sensible(self) -> SkuldSettings:
        """Refuse what would be unsafe or cannot work."""
        if self.auth == "off" and self.host not in LOOPBACK:
            raise ValueError(f"SKULD_AUTH=off is for a loopback address only, but SKULD_HOST is {self.host}")
        if self.redis_url and not self.database_url:
            raise ValueError("SKULD_REDIS_URL needs SKULD_DATABASE_URL: the journal in Redis is trimmed once MySQL has it")
        return self

    @property
    def sql_url(self) -> str:
        """The system of record."""
        return self.database_url or f"sqlite:///{self.data_dir / 'skuld.sqlite'}"


def _try_redis_url(url: str) -> None:
    """Make a connection of it without opening one: wrong ports and options are found here."""
    if url.startswith("unix://") and not url.removeprefix("unix://").partition("?")[0].rpartition("@")[2].startswith("/"):
        raise ValueError("must name the socket by its whole path, as in unix:///run/redis/redis.sock")
    try:
        ConnectionPool.from_url(url).make_connection()  # type: ignore[no-untyped-call]  # as in redis-py
    except TypeError as error:
        unknown = _UNKNOWN_OPTION.search(str(error))
        raise ValueError(f"has an option that is not known: {unknown.group(1)}" if unknown else str(error)) from None
    except RedisError as error:
        raise ValueError(str(error)) from None
