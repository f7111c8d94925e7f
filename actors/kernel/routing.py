"""Which owner owns what: pure, stable, the same in every process."""

from __future__ import annotations

import zlib
from typing import ClassVar, Final

from actors.kernel.messages import OwnerName

PROCUREMENT: Final = OwnerName("procurement-0")
"""One owner has all of procurement: a house buys little beside what it sells."""


def shard_of(key: str, shards: int) -> int:
    """The shard of a key, 0 <= shard < `shards`, by CRC-32 of its UTF-8: spread evenly and the same for ever."""
    return zlib.crc32(key.encode()) % shards if shards > 1 else 0


class _Shards:
    """Owners of one kind, by the keys they own. Asked several times for every order, so the names are made once."""

    kind: ClassVar[str]

    def __init__(self, count: int) -> None:
        self.count = count
        self._names = tuple([OwnerName(f"{self.kind}-{shard}") for shard in range(count)])

    def owner_of(self, key: str) -> OwnerName:
        """The owner of a key."""
        return self._names[shard_of(key, self.count)]

    def names(self) -> list[OwnerName]:
        """Every shard."""
        return list(self._names)


class OrderShards(_Shards):
    """The order shards, by order id."""

    kind = "orders"


class InventoryShards(_Shards):
    """The inventory shards, by SKU."""

    kind = "inventory"
