"""Where an owner's time goes: every stage of a request on its own, in µs per reservation, as the fastest of several batches."""

import gc
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from actors.inventory.shard import InventoryShard
from actors.kernel.entry import START, EntryCodec
from actors.kernel.machine import Machine
from actors.kernel.messages import Event, Refusal
from actors.kernel.routing import OrderShards
from tests.benchmarks.bulk.owner_feed import NAME, PROMISED_AT, reserve, stocking
from tests.benchmarks.bulk.wishes import parts, wishes

BATCHES: Final = 30
_encode = msgspec.msgpack.Encoder().encode


def stages(size: int) -> dict[str, float]:
    """µs per reservation by stage; the sum is what an owner without loop, sockets and journal would take."""
    shard = InventoryShard(NAME, OrderShards(1))
    for command in stocking():
        _carry_out(shard, command)
    shard.forget_changes()
    found: dict[str, list[float]] = {}
    gc.disable()
    for part in parts(wishes(BATCHES * size, "stage"), size):
        _batch(shard, _encode(list(enumerate(map(reserve, part)))), found)
    gc.enable()
    return {name: 1e6 * min(times) / size for name, times in found.items()}


def _carry_out(shard: Machine, command: Any) -> None:
    outcome = shard.decide(command, PROMISED_AT)
    assert not isinstance(outcome, Refusal), outcome
    for event in outcome:
        shard.apply(event)


def _batch(shard: InventoryShard, payload: bytes, found: dict[str, list[float]]) -> None:
    def timed(name: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = work()
        found.setdefault(name, []).append(time.perf_counter() - began)
        return result

    kinds: Any = list[tuple[int, InventoryShard.command_types]]
    decoder = msgspec.msgpack.Decoder(kinds)
    codec: EntryCodec[Event] = EntryCodec(InventoryShard.event_types)
    requests = timed("decode", lambda: decoder.decode(payload))
    rush = timed("decide, apply and answer", lambda: shard.rush(requests, 0, PROMISED_AT))
    assert rush is not None
    assert rush.taken == len(requests)
    timed("encode the entry", lambda: codec.encode(START, rush.events))
    timed("encode the replies", lambda: _encode(rush.replies))
    levels = timed("read model", shard.changed_read_model)
    assert levels


def main() -> None:
    for name, us in stages(2_000).items():
        print(f"{name:20} {us:.2f}")


if __name__ == "__main__":
    main()
