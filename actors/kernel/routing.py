"""Which owner owns what: pure, stable, the same in every process."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from actors.kernel.messages import OwnerName


def shard_of(key: str, shards: int) -> int:
    """The shard of a key, 0 <= shard < `shards`, by CRC-32 of its UTF-8: spread evenly and the same for ever."""
    return zlib.crc32(key.encode()) % shards if shards > 1 else 0


@dataclass(frozen=True, slots=True)
class OrderShards:
    """The order shards, by order id."""

    count: int

    def owner_of(self, order_id: str) -> OwnerName:
        """The owner of an order."""
        return OwnerName(f"orders-{shard_of(order_id, self.count)}")

    def names(self) -> list[OwnerName]:
        """Every order shard."""
        return [OwnerName(f"orders-{shard}") for shard in range(self.count)]


@dataclass(frozen=True, slots=True)
class InventoryShards:
    """The inventory shards, by SKU."""

    count: int

    def owner_of(self, sku: str) -> OwnerName:
        """The owner of a SKU's stock."""
        return OwnerName(f"inventory-{shard_of(sku, self.count)}")

    def names(self) -> list[OwnerName]:
        """Every inventory shard."""
        return [OwnerName(f"inventory-{shard}") for shard in range(self.count)]
