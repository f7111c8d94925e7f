"""Stock levels, and what is to come, from Redis: changed in one step with the journal, so never staler than an answer."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

import msgspec
from redis.exceptions import RedisError

from actors.inventory.levels import Level
from actors.kernel.journal.redis_stream import connect, read_model_key
from actors.kernel.messages import OwnerName
from actors.kernel.routing import PROCUREMENT, InventoryShards
from actors.procurement.incoming import Incoming

_decoder = msgspec.msgpack.Decoder(Level)
_incoming = msgspec.msgpack.Decoder(Incoming)


class RedisReadModel:
    """Levels by SKU."""

    def __init__(self, url: str, inventory: InventoryShards) -> None:
        self._redis = connect(url)
        self._inventory = inventory

    async def level(self, sku: str) -> Level | None:
        """The level of a SKU; None when Redis has none, or is away: then the owner is asked."""
        data = await self._kept(self._inventory.owner_of(sku), sku)
        return _decoder.decode(data) if data is not None else None

    async def incoming(self, sku: str) -> Incoming | None:
        """What is still to come of a SKU; None as above."""
        data = await self._kept(PROCUREMENT, sku)
        return _incoming.decode(data) if data is not None else None

    async def _kept(self, owner: OwnerName, key: str) -> bytes | None:
        try:
            return await cast("Awaitable[bytes | None]", self._redis.hget(read_model_key(owner), key))
        except (RedisError, OSError):
            return None

    async def close(self) -> None:
        """Let go of connections."""
        await self._redis.aclose()
