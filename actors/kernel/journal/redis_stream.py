"""The journal in a Redis stream; the read model beside it changes in the same script."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Mapping
from importlib.resources import files
from typing import Any, Final, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from actors.kernel.entry import Position, StoredEntry
from actors.kernel.faults import JournalDamaged, JournalTooWeak, StoreFull, StoreUnavailable
from actors.kernel.journal.port import StoredSnapshot, StoreMemory, refuse_unless_last
from actors.kernel.journal.redis_wire import Exchange, RedisRefused, RedisWire, address_of
from actors.kernel.messages import OwnerName

REDIS_TIMEOUT_S: Final = 10.0
"""Longer than a slow fsync, shorter than a client's patience; what happened is asked afterwards."""
UNFINISHED_S: Final = 3600
"""Pieces of a snapshot whose writer died are forgotten after so long."""
REST: Final = 3.0
"""Between two pieces the store is left to the owners so many times as long as it took one: they wait for its fsync, too."""
NODES_SAMPLED: Final = 20
"""Of a stream, for an estimate of its size: its entries are of one owner, and alike."""
APPEND: Final = files("actors.kernel.journal").joinpath("append.lua").read_text()
KEEP_SNAPSHOT: Final = files("actors.kernel.journal").joinpath("keep_snapshot.lua").read_text()

T = TypeVar("T")


def connect(url: str) -> Redis:
    """A client that never repeats a command by itself: only the journal knows whether that is safe."""
    return Redis.from_url(
        url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S, retry=Retry(NoBackoff(), 0)
    )


class RedisStreamJournal:
    """Stream `skuld:{owner}:journal`, its tail, its read model (a hash), and its snapshot (a list of pieces)."""

    def __init__(self, owner: OwnerName, url: str, *, fsync: str = "always") -> None:
        self.owner = owner
        self._fsync = fsync
        self._wire = RedisWire(url, self._check_settings)
        self._redis: Any = connect(url)  # its types mix the synchronous client's answers with ours
        prefix = f"skuld:{{{owner}}}"
        self._journal, self._tail = f"{prefix}:journal", f"{prefix}:tail"
        self._read_model, self._snapshot = read_model_key(owner), f"{prefix}:snapshot"
        self._append_sha = ""

    async def open(self) -> None:
        """Connect, and check the settings that durability rests on."""
        await self._ask(self._redis.ping())  # the general client tells best what keeps it out
        self._append_sha = (await self._call("SCRIPT", "LOAD", APPEND)).decode()

    async def _check_settings(self, exchange: Exchange) -> None:
        """With every connection of the wire: a Redis that was restarted, or another one, may have weaker settings."""
        flat = await exchange(("CONFIG", "GET", "*"))
        settings = {name.decode(): value.decode() for name, value in zip(flat[::2], flat[1::2], strict=True)}
        weak = weak_settings(settings, self._fsync)
        if weak:
            raise JournalTooWeak(f"Redis at {self._address()} would lose what it acknowledges: {'; '.join(weak)}")

    async def last(self) -> Position:
        """The tail."""
        tail = await self._call("GET", self._tail)
        return Position.parse((tail or b"0-0").decode())

    async def append(self, position: Position, after: Position, data: bytes, read_model: Mapping[str, bytes]) -> None:
        """One script: check the tail, add the entry, move the tail, set the read model."""
        fields = [part for pair in read_model.items() for part in pair]
        keys = (self._journal, self._tail, self._read_model)
        arguments = (self._append_sha, 3, *keys, str(position), str(after), data, *fields)
        try:
            found = await self._wire.call("EVALSHA", *arguments)
        except RedisRefused as error:
            if not str(error).startswith("NOSCRIPT"):
                raise self._fault_of(error) from None
            await self._call("SCRIPT", "LOAD", APPEND)  # a restarted Redis has forgotten the script; it was not run
            found = await self._call("EVALSHA", *arguments)
        refuse_unless_last(self.owner, Position.parse(found.decode()), after)

    async def _call(self, *command: Any) -> Any:
        try:
            return await self._wire.call(*command)
        except RedisRefused as error:
            raise self._fault_of(error) from None

    def _fault_of(self, error: RedisRefused) -> StoreUnavailable:
        kind = StoreFull if str(error).startswith("OOM") else StoreUnavailable
        return kind(f"Redis at {self._wire.address} cannot serve now: {error}")

    async def read(self, after: Position, limit: int) -> list[StoredEntry]:
        """Entries after a position."""
        found = await self._ask(self._redis.xrange(self._journal, min=f"({after}", count=limit))
        return [StoredEntry(Position.parse(key.decode()), fields[b"d"]) for key, fields in found]

    async def trim(self, through: Position) -> None:
        """By position, never by length: a length says nothing about what has been stored elsewhere.

        Over the wire, whose Redis has been asked whether it keeps what it takes: the snapshot, which is all that is left.
        """
        await self._call("XTRIM", self._journal, "MINID", "=", f"{through.epoch}-{through.number + 1}")

    async def save_snapshot(self, snapshot: StoredSnapshot) -> None:
        """Write the pieces under a key of their own, then put them in their place in one step."""
        key = f"{self._snapshot}:{snapshot.position}"
        unfinished = f"{key}:{secrets.token_hex(8)}"  # a second projector may write the same snapshot at this moment
        try:
            await self._write_pieces(unfinished, snapshot.chunks)
        except StoreFull:
            await self._ask(self._redis.unlink(unfinished))  # what has no use must not take the room of what has
            raise
        keys = (self._snapshot, unfinished, key)
        await self._ask(self._redis.eval(KEEP_SNAPSHOT, 3, *keys, str(snapshot.position), len(snapshot.chunks)))

    async def _write_pieces(self, unfinished: str, chunks: list[bytes]) -> None:
        for chunk in chunks:
            began = time.perf_counter()
            await self._ask(
                self._redis.pipeline(transaction=False).rpush(unfinished, chunk).expire(unfinished, UNFINISHED_S).execute()
            )
            await asyncio.sleep(REST * (time.perf_counter() - began))

    async def _pointer(self) -> tuple[str, int] | None:
        """Which snapshot is the newest, and of how many pieces it is."""
        pointer = await self._ask(self._redis.get(self._snapshot))
        if pointer is None:
            return None
        position, pieces = pointer.decode().split()
        return position, int(pieces)

    async def load_snapshot(self) -> StoredSnapshot | None:
        """The snapshot the pointer names; one that is being replaced at this moment is asked for again."""
        while (pointer := await self._pointer()) is not None:
            position, pieces = pointer
            key = f"{self._snapshot}:{position}"
            chunks = await self._ask(self._redis.lrange(key, 0, -1))
            if len(chunks) == pieces:
                return StoredSnapshot(Position.parse(position), chunks)
            if pointer == await self._pointer():
                raise JournalDamaged(f"the snapshot of {self.owner} at {position} has {len(chunks)} of {pieces} pieces")
        return None

    async def length(self) -> int:
        """Entries in the stream."""
        length: int = await self._ask(self._redis.xlen(self._journal))
        return length

    async def memory(self) -> StoreMemory:
        """By Redis's own count, which is what its `maxmemory` limits."""
        found = await self._ask(self._redis.info("memory"))
        journal = await self._ask(self._redis.memory_usage(self._journal, samples=NODES_SAMPLED))
        return StoreMemory(journal or 0, found["used_memory"], found["maxmemory"])

    async def close(self) -> None:
        """Close the connections."""
        self._wire.close()
        await self._redis.aclose()

    async def _ask(self, call: Awaitable[T]) -> T:
        """Every failure of the store is one fault."""
        try:
            return await call
        except OutOfMemoryError:  # what it says names the command, with all that was in it
            raise StoreFull(f"Redis at {self._address()} has no memory left: it uses all that maxmemory allows") from None
        except (BusyLoadingError, ReadOnlyError) as error:
            raise StoreUnavailable(f"Redis at {self._address()} cannot serve now: {error}") from None
        except (AuthenticationError, NoPermissionError) as error:
            raise StoreUnavailable(f"Redis at {self._address()} will not have us: {error}") from None
        except ResponseError as error:
            raise StoreUnavailable(f"Redis at {self._address()} refused: {error}") from None
        except (RedisError, OSError, TimeoutError) as error:
            raise StoreUnavailable(f"Redis at {self._address()} does not answer: {error}") from None

    def _address(self) -> str:
        options: dict[str, Any] = self._redis.connection_pool.connection_kwargs
        return address_of(options)


def read_model_key(owner: OwnerName) -> str:
    """The hash that holds an owner's read model."""
    return f"skuld:{{{owner}}}:read-model"


def weak_settings(settings: Mapping[str, str], fsync: str) -> list[str]:
    """Settings of a Redis that make it weaker than promised, each with the value it needs."""
    needed = {"appendonly": "yes", "no-appendfsync-on-rewrite": "no", "maxmemory-policy": "noeviction"}
    if fsync == "always":
        needed["appendfsync"] = "always"
    elif fsync == "everysec" and settings.get("appendfsync") == "no":
        needed["appendfsync"] = "everysec"
    return [f"{name} is {settings.get(name)}, must be {value}" for name, value in needed.items() if settings.get(name) != value]
