"""Keys whose answers have left memory: all of them for ever in a filter, the latest by name until the rows have them.

A key that is not in the filter has never been seen, so nothing is looked up for it, and new work goes on while the system of
record is away. The filter (Bloom, 1970) never misses a key; it takes a new one for an old one once in a thousand million
times. A million keys take 6 MB.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from actors.kernel.messages import Message

BITS_PER_KEY: Final = 48
PROBES: Final = 20
"""Bits a key sets: in a full layer (1 - exp(-20/48))**20 = 5e-10 of the other keys find all of theirs set."""
BITS_OF_PROBE: Final = 25
"""Of a digest of 512 bits; each probe has its own, as those of double hashing fall together too often in small layers."""
FIRST_LAYER: Final = 1 << 17
LARGEST_LAYER: Final = 1 << BITS_OF_PROBE
"""Bits in a layer of the filter: each is sixteen times as large as the one before, up to this (4 MB, 700,000 keys)."""
GROWTH: Final = 16


class ForgottenKeys(Message, tag="ForgottenKeys", frozen=True, array_like=True, gc=False):
    """One layer of the filter, oldest first: how many keys are in it, and its bits."""

    keys: int
    bits: bytes


class _Layer:
    __slots__ = ("bits", "keys", "mask")

    def __init__(self, bits: bytearray, keys: int = 0) -> None:
        self.bits = bits
        self.keys = keys
        self.mask = len(bits) * 8 - 1

    @property
    def room(self) -> int:
        """Keys it is for."""
        return len(self.bits) * 8 // BITS_PER_KEY


def _hashed(key: str) -> int:
    """Where the bits of a key are, one probe after the other."""
    return int.from_bytes(blake2b(key.encode()).digest(), "little")


class Forgotten:
    """What has left a bounded memory. The filter is part of the state; `lately` is not, as no snapshot is ahead of the rows."""

    def __init__(self) -> None:
        self._layers: list[_Layer] = []
        self._unlisted = 0
        self.lately = LatelyForgotten()

    def __len__(self) -> int:
        """How many keys; those that came back and left again count once."""
        return self._unlisted + sum(layer.keys for layer in self._layers)

    def __contains__(self, key: str) -> bool:
        """Whether it may be one of them; False is certain."""
        if not self._layers:
            return self._unlisted > 0
        return self._unlisted > 0 or self._has(_hashed(key))

    def _has(self, hashed: int) -> bool:
        for layer in reversed(self._layers):
            bits, mask, places = layer.bits, layer.mask, hashed
            for _ in range(PROBES):
                if not bits[(places & mask) >> 3] >> (places & 7) & 1:
                    break
                places >>= BITS_OF_PROBE
            else:
                return True
        return False

    def add(self, key: str) -> None:
        """This key leaves memory."""
        self.lately.add(key)
        places = _hashed(key)
        if self._has(places):
            return
        layer = self._layer_with_room()
        layer.keys += 1
        for _ in range(PROBES):
            layer.bits[(places & layer.mask) >> 3] |= 1 << (places & 7)
            places >>= BITS_OF_PROBE

    def _layer_with_room(self) -> _Layer:
        newest = self._layers[-1] if self._layers else None
        if newest is not None and newest.keys < newest.room:
            return newest
        bits = FIRST_LAYER if newest is None else min(len(newest.bits) * 8 * GROWTH, LARGEST_LAYER)
        self._layers.append(_Layer(bytearray(bits // 8)))
        return self._layers[-1]

    def records(self) -> Iterable[ForgottenKeys]:
        """The filter, for a snapshot."""
        return [ForgottenKeys(layer.keys, bytes(layer.bits)) for layer in self._layers]

    def restore(self, record: ForgottenKeys) -> None:
        """Take one layer of a snapshot."""
        self._layers.append(_Layer(bytearray(record.bits), record.keys))

    def restored(self, keys: int) -> None:
        """There were so many in all. Snapshots of earlier builds have no filter: from then on every key may be one of them."""
        self._unlisted = keys - len(self)


class LatelyForgotten:
    """Keys that may not be in the rows yet, in two generations: about such nobody can tell now, so nobody may be told."""

    def __init__(self) -> None:
        self._newer: set[str] = set()
        self._older: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._newer or key in self._older

    def __len__(self) -> int:
        return len(self._newer) + len(self._older)

    def add(self, key: str) -> None:
        """This key leaves memory."""
        self._newer.add(key)

    def rows_have_passed(self) -> None:
        """The rows have all that had been forgotten when this was called last."""
        self._older, self._newer = self._newer, set()
