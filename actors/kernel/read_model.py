"""Stock levels from Redis: changed in the same step as the journal, so never staler than the last answer."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

import msgspec
from redis.exceptions import RedisError

from actors.inventory.levels import Level
from actors.kernel.journal.redis_stream import connect, read_model_key
from actors.kernel.routing import InventoryShards

_decoder = msgspec.msgpack.Decoder(Level)


class RedisReadModel:
    """Levels by SKU."""

    def __init__(self, url: str, inventory: InventoryShards) -> None:
        self._redis = connect(url)
        self._inventory = inventory

    async def level(self, sku: str) -> Level | None:
        """The level of a SKU; None when Redis has none, or is away: then the owner is asked."""
        try:
            data = await cast("Awaitable[bytes | None]", self._redis.hget(read_model_key(self._inventory.owner_of(sku)), sku))
        except (RedisError, OSError):
            return None
        return _decoder.decode(data) if data is not None else None

    async def close(self) -> None:
        """Let go of connections."""
        await self._redis.aclose()
