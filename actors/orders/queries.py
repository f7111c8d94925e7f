"""What an order shard can be asked without changing anything."""

from __future__ import annotations

from actors.kernel.messages import Query, ReadStatus


class ReadOrder(Query, tag="ReadOrder", frozen=True, array_like=True, gc=False):
    """An order with its counters and timeline."""

    order_id: str


OrderQuery = ReadStatus | ReadOrder
